package weblogin

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// session is what the session cookie holds.
type session struct {
	User
	Until time.Time `json:"until"`
}

type userKey struct{}

// UserFrom is who makes the request, behind Require or Optional.
func UserFrom(ctx context.Context) (*User, bool) {
	u, ok := ctx.Value(userKey{}).(*User)
	return u, ok
}

// Require lets only members through. A browser that opens a page is sent to log in and comes back to it; any other
// request is answered 401.
func (l *Login) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, ok := l.user(r); ok {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, u)))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !opensPage(r) {
			http.Error(w, "not logged in", http.StatusUnauthorized)
			return
		}
		l.redirect(w, l.base+l.URL(r.RequestURI))
	})
}

// Optional lets everybody through, and tells who it is where that is known.
func (l *Login) Optional(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, ok := l.user(r); ok {
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, u))
		}
		next.ServeHTTP(w, r)
	})
}

// opensPage tells a page from what a page loads. Browsers without fetch metadata are taken at their method.
func opensPage(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (mode == "" || mode == "navigate")
}

// user reads the session cookie.
func (l *Login) user(r *http.Request) (*User, bool) {
	c, err := r.Cookie(l.sessionCookie())
	if err != nil {
		return nil, false
	}
	var s session
	if !l.keys.open(forSession, c.Value, &s) || !l.now().Before(s.Until) {
		return nil, false
	}
	return &s.User, true
}

// memory is a Once of this process.
type memory struct {
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // until when it must be remembered
}

// First implements Once.
func (m *memory) First(_ context.Context, id string, life time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if until, ok := m.used[id]; ok && now.Before(until) {
		return false, nil
	}
	if m.used == nil {
		m.used = map[string]time.Time{}
	}
	for old, until := range m.used { // only who began a login gets here: there are few
		if !now.Before(until) {
			delete(m.used, old)
		}
	}
	m.used[id] = now.Add(life)
	return true, nil
}
