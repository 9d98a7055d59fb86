package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"
)

// Token is an access token and when it ends. Neither String nor a log shows its value.
type Token struct {
	Value   string
	Expires time.Time
}

// String hides the value.
func (t Token) String() string { return "***, until " + t.Expires.Format(time.RFC3339) }

// GoString hides the value from %#v.
func (t Token) GoString() string { return t.String() }

// LogValue hides the value.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// TokenStore shares tokens between processes and over restarts. Keys name corp and a fingerprint of the secret, never
// the secret. A failing store never makes a call fail: the client goes on with what it has in memory.
type TokenStore interface {
	LoadToken(ctx context.Context, key string) (Token, bool, error)
	SaveToken(ctx context.Context, key string, t Token) error
}

const (
	fetchTimeout = 30 * time.Second // of one token request with its retries
	storeTimeout = 2 * time.Second  // of a token store, before the client goes on without it
	quiet        = time.Minute      // after a refused token request, before the next; also trust in a token confirmed
	tokenLife    = 2 * time.Hour    // where the answer does not say (doc 91039: 7200 s)
)

const pathGetToken = "/cgi-bin/gettoken"

var errClosed = errors.New("wecom: client is closed")

// credential is one way to get tokens.
type credential interface {
	key() string   // of the cache: who asks, and a fingerprint of its secret
	param() string // the query parameter that carries the token
	fetch(ctx context.Context, c *conn) (Token, error)
}

// corpSecret is the credential of an app of one corp, doc 91039.
type corpSecret struct{ corpID, secret string }

func (s corpSecret) key() string   { return "corp:" + s.corpID + ":" + fingerprint(s.secret) }
func (s corpSecret) param() string { return "access_token" }

func (s corpSecret) fetch(ctx context.Context, c *conn) (Token, error) {
	r := c.operation("GET", pathGetToken, url.Values{"corpid": {s.corpID}, "corpsecret": {s.secret}})
	r.secrets = []string{s.secret}
	return c.fetchToken(ctx, r, nil, "access_token")
}

// fingerprint tells secrets apart without giving them away.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:8])
}

// tokenSource keeps the token of one credential.
type tokenSource struct {
	core *core
	conn *conn // that token requests go through
	cred credential

	mu        sync.Mutex
	current   Token
	renewAt   time.Time // from then on the token is renewed in the background
	revoked   string    // the value the platform refused last: not taken from the store again
	confirmed string    // a value refused, and then handed out again by the platform:
	trust     time.Time // until then it is not asked about once more
	refusal   error     // of the last token request,
	silence   time.Time // repeated to callers until then
	running   *flight
}

// flight is one token request that any number of callers wait for.
type flight struct {
	done chan struct{}
	tok  Token
	err  error
}

func newTokenSource(c *conn, cred credential) *tokenSource {
	return &tokenSource{core: c.core, conn: c, cred: cred}
}

// get returns a token that has not ended as far as we know.
func (s *tokenSource) get(ctx context.Context) (string, error) {
	s.mu.Lock()
	now := s.core.now()
	if s.current.Value != "" && now.Before(s.current.Expires) {
		defer s.mu.Unlock()
		if !now.Before(s.renewAt) {
			s.start(ctx)
		}
		return s.current.Value, nil
	}
	if s.refusal != nil && now.Before(s.silence) {
		defer s.mu.Unlock()
		return "", s.refusal
	}
	f := s.start(ctx)
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.tok.Value, f.err
	case <-ctx.Done():
		return "", &TransportError{Op: "token", Err: ctx.Err()}
	}
}

// invalidate drops a token that the platform refused, unless it was replaced meanwhile, and reports whether it is worth
// trying again.
func (s *tokenSource) invalidate(value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Value != value {
		return true
	}
	if s.confirmed == value && s.core.now().Before(s.trust) {
		return false // the platform itself says that the token is fine: it is of the wrong kind for this call
	}
	s.current, s.revoked = Token{}, value
	s.running = nil // a renewal under way asked before the refusal: it may bring the same token again
	return true
}

// worked takes the trust in a confirmed token back: the call that was refused went through with it, so it is of the right
// kind, and another refusal is news.
func (s *tokenSource) worked(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.confirmed == value {
		s.confirmed = ""
	}
}

// start joins or starts the flight. It outlives the caller, whose context lends only its values. s.mu is held.
func (s *tokenSource) start(ctx context.Context) *flight {
	if s.running != nil {
		return s.running
	}
	f := &flight{done: make(chan struct{})}
	s.running = f
	old, revoked := s.current.Value, s.revoked
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	release := context.AfterFunc(s.core.life, cancel)
	started := s.core.background(func() {
		defer cancel()
		defer release()
		tok, err := s.renew(ctx, old, revoked)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.land(f, tok, err)
	})
	if !started {
		cancel()
		s.land(f, Token{}, errClosed)
	}
	return f
}

// renew takes a token from the store that is not known here yet, or else from the platform.
func (s *tokenSource) renew(ctx context.Context, old, revoked string) (Token, error) {
	stored := s.load(ctx)
	if stored.Value != "" && stored.Value != old && stored.Value != revoked && s.core.now().Before(stored.Expires) {
		return stored, nil
	}
	tok, err := s.cred.fetch(ctx, s.conn)
	if err == nil {
		s.save(ctx, tok)
	}
	return tok, err
}

func (s *tokenSource) load(ctx context.Context) Token {
	if s.core.store == nil {
		return Token{}
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	tok, ok, err := s.core.store.LoadToken(ctx, s.cred.key())
	if err != nil {
		s.core.log.WarnContext(ctx, "load token", "err", err)
	}
	if err != nil || !ok {
		return Token{}
	}
	return tok
}

func (s *tokenSource) save(ctx context.Context, tok Token) {
	if s.core.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := s.core.store.SaveToken(ctx, s.cred.key(), tok); err != nil {
		s.core.log.WarnContext(ctx, "save token", "err", err)
	}
}

// land hands a flight's result to its waiters, and keeps it unless another flight took over. s.mu is held.
func (s *tokenSource) land(f *flight, tok Token, err error) {
	f.tok, f.err = tok, err
	close(f.done)
	if s.running != f {
		return
	}
	s.running = nil
	now := s.core.now()
	if err != nil {
		s.renewAt = now.Add(quiet) // a token still alive goes on serving
		var refused *Error
		if errors.As(err, &refused) && refused.Class() != ClassBusy {
			s.refusal, s.silence = err, now.Add(quiet)
		}
		return
	}
	if tok.Value == s.revoked {
		s.confirmed, s.trust = tok.Value, now.Add(quiet)
	}
	s.current, s.refusal = tok, nil
	left := tok.Expires.Sub(now)
	s.renewAt = tok.Expires.Add(-left/10 - time.Duration(s.core.jitter()*float64(left/20)))
}

// fetchToken makes a token request: the answer's field named name, and expires_in in seconds.
func (c *conn) fetchToken(ctx context.Context, r *call, body any, name string) (Token, error) {
	asked := c.core.now()
	var answer map[string]any
	if err := c.core.json(ctx, r, body, &answer); err != nil {
		return Token{}, err
	}
	value, _ := answer[name].(string)
	if value == "" {
		return Token{}, &TransportError{Op: r.op(), Sent: true, Err: errors.New("answer holds no " + name)}
	}
	life := tokenLife
	if s, ok := answer["expires_in"].(float64); ok && s > 0 {
		life = time.Duration(s * float64(time.Second))
	}
	return Token{Value: value, Expires: asked.Add(life)}, nil
}

// fixedToken is a token that somebody else asked for.
type fixedToken string

func (t fixedToken) key() string   { return "token:" + fingerprint(string(t)) }
func (t fixedToken) param() string { return "access_token" }

func (t fixedToken) fetch(_ context.Context, c *conn) (Token, error) {
	return Token{Value: string(t), Expires: c.core.now().Add(tokenLife)}, nil
}
