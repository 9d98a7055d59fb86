package weblogin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

// begun is a login under way, kept in the browser's cookie. The secret never stands in a link.
type begun struct {
	Secret string    `json:"s"`
	Return string    `json:"r"`
	Until  time.Time `json:"u"`
}

// start sends the browser to the platform.
func (l *Login) start(w http.ResponseWriter, r *http.Request) {
	l.tidy(w, r)
	b := begun{Secret: rand.Text(), Return: l.returnPath(r.URL.Query().Get("return")), Until: l.now().Add(stateLife)}
	state := l.keys.challenge(b.Secret)
	l.setCookie(w, l.stateCookie(state), l.keys.seal(forState, b), stateLife)
	l.redirect(w, l.platform(r, state))
}

// platform is the page of the platform that leads back with a code: the silent one within the client, also that of
// WeChat, else the one with the QR code.
func (l *Login) platform(r *http.Request, state string) string {
	back := l.base + l.path + "/callback"
	if agent := strings.ToLower(r.UserAgent()); !strings.Contains(agent, "wxwork") && !strings.Contains(agent, "micromessenger") {
		return l.client.OAuth.LoginURL(&wecom.OAuthLoginURLRequest{LoginType: "CorpApp", AgentID: l.agent, RedirectURI: back, State: state})
	}
	scope := "snsapi_base"
	if l.detail {
		scope = "snsapi_privateinfo"
	}
	return l.client.OAuth.AuthorizeURL(&wecom.OAuthAuthorizeURLRequest{Scope: scope, AgentID: l.agent, RedirectURI: back, State: state})
}

// callback takes the code that the platform sends the browser back with.
func (l *Login) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	b, err := l.finish(w, r, q.Get("state"))
	if err == nil {
		var u *User
		if u, err = l.identify(r.Context(), q.Get("code")); err == nil {
			l.setCookie(w, l.sessionCookie(), l.keys.seal(forSession, session{*u, u.At.Add(l.session)}), l.session)
			l.log.InfoContext(r.Context(), "logged in", "user", u.UserID)
			l.redirect(w, l.base+b.Return)
			return
		}
	}
	if _, ok := l.user(r); ok && (errors.Is(err, ErrState) || errors.Is(err, ErrUsed)) {
		l.redirect(w, l.base+b.Return) // the client opens some links twice: who is logged in need not care
		return
	}
	l.log.WarnContext(r.Context(), "login failed", "err", err)
	l.fail(w, r, err)
}

// finish takes the login under way that a state belongs to, once.
func (l *Login) finish(w http.ResponseWriter, r *http.Request, state string) (begun, error) {
	b := begun{Return: "/"}
	name := l.stateCookie(state)
	c, err := r.Cookie(name)
	if err != nil {
		return b, ErrState
	}
	l.setCookie(w, name, "", -1)
	var kept begun
	if !l.keys.open(forState, c.Value, &kept) || !same(l.keys.challenge(kept.Secret), state) || !l.now().Before(kept.Until) {
		return b, ErrState
	}
	first, err := l.once.First(r.Context(), state, stateLife)
	if err == nil && !first {
		err = ErrUsed
	}
	return kept, err
}

// identify asks the platform whose code it is.
func (l *Login) identify(ctx context.Context, code string) (*User, error) {
	if code == "" {
		return nil, ErrState
	}
	v, err := l.client.OAuth.GetUser(ctx, code)
	if err != nil {
		return nil, err
	}
	if v.UserID == "" {
		return nil, ErrMember
	}
	u := &User{UserID: v.UserID, At: l.now()}
	if l.detail && v.UserTicket != "" {
		if u.Detail, err = l.client.OAuth.GetUserDetail(ctx, v.UserTicket); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (l *Login) logout(w http.ResponseWriter, _ *http.Request) {
	l.setCookie(w, l.sessionCookie(), "", -1)
	l.redirect(w, l.base+"/")
}

func (l *Login) redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// returnPath is a path of this site, or "/". Browsers take backslashes for slashes and skip tabs and line ends, so that
// "/\evil" and "/\t/evil" would lead elsewhere. The login's own pages would lead in circles.
func (l *Login) returnPath(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil, u.Scheme != "", u.Host != "", u.Opaque != "":
	case !strings.HasPrefix(to, "/"), strings.HasPrefix(to, "//"), len(to) > 1024:
	case strings.ContainsFunc(to, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
	case u.Path == l.path, strings.HasPrefix(u.Path, l.path+"/"):
	default:
		return u.RequestURI()
	}
	return "/"
}
