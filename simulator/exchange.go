package simulator

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// target is where a callback goes: the app's settings at the time it began.
type target struct {
	app      App
	envelope envelope
}

// request builds the encrypted body and the query of one attempt.
func (t target) request(plaintext string, now time.Time) (string, url.Values, error) {
	encrypted, err := t.envelope.seal(randomBytes(randomSize), []byte(plaintext), t.app.CorpID)
	if err != nil {
		return "", nil, err
	}
	outer := []Element{CDATA("ToUserName", t.app.CorpID), CDATA("Encrypt", encrypted)}
	if t.app.AgentID != 0 {
		outer = append(outer, CDATA("AgentID", strconv.FormatInt(t.app.AgentID, 10)))
	}
	return document(outer...), t.signed(encrypted, now), nil
}

// signed is the query that goes with a ciphertext.
func (t target) signed(encrypted string, now time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), hex.EncodeToString(randomBytes(8))
	return url.Values{
		"msg_signature": {t.envelope.signature(timestamp, nonce, encrypted)},
		"timestamp":     {timestamp},
		"nonce":         {nonce},
	}
}

// exchange posts and reads the answer. Redirects are answers like any other status.
func (s *Server) exchange(ctx context.Context, callback string, query url.Values, body string) (int, string, error) {
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	where, err := withQuery(callback, query)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(ctx, method, where, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, "", errors.New("the callback URL is not valid")
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, "", plainError(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil {
		return 0, "", fmt.Errorf("connection broken within the answer: %w", plainError(err))
	}
	if len(answer) > maxReply {
		return 0, "", errors.New("answer is over 1 MiB")
	}
	return res.StatusCode, string(answer), nil
}

// withQuery adds the platform's parameters to those of the configured URL.
func withQuery(callback string, query url.Values) (string, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return "", errors.New("the callback URL is not valid")
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += query.Encode()
	return u.String(), nil
}

// plainError drops the URL that net/http puts in front: it carries the signature.
func plainError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// callbackClient neither follows redirects nor uses a proxy.
func callbackClient(rt http.RoundTripper) *http.Client {
	if rt == nil {
		rt = &http.Transport{
			DialContext:         (&net.Dialer{}).DialContext,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
		}
	}
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// VerifyURL does what the save button of the admin console does: it asks the callback URL to decrypt an echostr,
// within a second (doc 90930).
func (s *Server) VerifyURL(ctx context.Context, a App) error {
	s.mu.Lock()
	found := s.findApp(a)
	if found == nil {
		s.mu.Unlock()
		return fmt.Errorf("simulator: no app %d", a.AgentID)
	}
	t := target{app: found.App}
	s.mu.Unlock()
	return s.verify(ctx, t)
}

func (s *Server) verify(ctx context.Context, t target) error {
	var err error
	if t.envelope, err = newEnvelope(t.app.Token, t.app.EncodingAESKey); err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	want := strconv.FormatUint(uint64(s.opt.now().UnixNano()), 10)
	echo, err := t.envelope.seal(randomBytes(randomSize), []byte(want), t.app.CorpID)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	query := t.signed(echo, s.opt.now())
	query.Set("echostr", echo)
	ctx, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	status, answer, err := s.exchange(ctx, t.app.CallbackURL, query, "")
	switch {
	case err != nil:
		return fmt.Errorf("simulator: URL verification: %w", err)
	case status != http.StatusOK:
		return fmt.Errorf("simulator: URL verification: HTTP status %d", status)
	case answer != want:
		return errors.New("simulator: URL verification: the answer is not the decrypted echostr")
	}
	return nil
}
