package wecom

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// core is what all credentials share: one call after another over HTTP, with retries and bans. It knows nothing of
// services.
type core struct {
	options
	stream *http.Client // as options.http without a total timeout: a download takes as long as its context allows

	life   context.Context // of background renewals
	stop   context.CancelFunc
	mu     sync.Mutex // orders background and close
	closed bool
	busy   sync.WaitGroup
}

func startCore(o options) *core {
	h := *o.http
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	stream := h
	stream.Timeout = 0
	o.http = &h
	c := &core{options: o, stream: &stream}
	c.life, c.stop = context.WithCancel(context.Background())
	return c
}

func (c *core) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.busy.Wait()
}

// background runs f until close waits for it; after close it does not.
func (c *core) background(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.busy.Go(f)
	return true
}

// call is one operation before its token is known.
type call struct {
	method, path string
	query        url.Values
	gate         *gate
	token        *tokenSource // nil: the operation carries none
	param        string       // query parameter of the token; empty: the usual one
	body         *payload     // nil: none
	stream       bool         // the answer's body outlives the call
	byteRange    string       // header Range; empty: the whole file
	secrets      []string     // what else must not stand in an error
}

func (r *call) op() string { return r.method + " " + r.path }

// json makes a call whose body and answer are JSON.
func (c *core) json(ctx context.Context, r *call, body, out any) error {
	if body != nil {
		p, err := jsonPayload(body)
		if err != nil {
			return wrapOp(r, err)
		}
		r.body = p
	}
	return c.do(ctx, r, func(resp *http.Response) error { return c.readJSON(r, resp, out) })
}

// do makes the call until it succeeds, fails for good, or may not be repeated. accept reads the answer.
func (c *core) do(ctx context.Context, r *call, accept func(*http.Response) error) error {
	if err := r.gate.banned(r.path, c.now()); err != nil {
		return err
	}
	for renewed, try := false, 0; ; {
		if err := r.gate.wait(ctx, r.path); err != nil {
			return &TransportError{Op: r.op(), Err: err}
		}
		token := ""
		if r.token != nil {
			var err error
			if token, err = r.token.get(ctx); err != nil {
				return err // its own retries are behind it
			}
		}
		err := c.exchange(ctx, r, token, accept)
		if renewed && err == nil {
			r.token.worked(token)
		}
		switch {
		case err == nil || !r.body.repeatable():
			return err
		case !renewed && r.token != nil && errorClass(err) == ClassToken && r.token.invalidate(token):
			renewed = true // not counted as a try: the call was refused unread
			continue
		case try >= c.retries || !mayRepeat(r, err) || !c.pause(ctx, try):
			return err
		}
		try++
	}
}

// exchange makes the call once.
func (c *core) exchange(ctx context.Context, r *call, token string, accept func(*http.Response) error) (err error) {
	start := time.Now()
	defer func() { c.note(ctx, r, err, time.Since(start)) }()
	var sent atomic.Bool // the transport's goroutines set it
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// A context that ends while the request is being written would race with WroteRequest: from the moment there is
		// a connection, the request may arrive, unless writing it failed.
		GotConn:      func(httptrace.GotConnInfo) { sent.Store(true) },
		WroteRequest: func(w httptrace.WroteRequestInfo) { sent.Store(w.Err == nil) },
	})
	req, err := c.request(ctx, r, token)
	if err != nil {
		return wrapOp(r, err)
	}
	client := c.http
	if r.stream {
		client = c.stream
	}
	resp, err := client.Do(req)
	if err != nil {
		return &TransportError{Op: r.op(), Sent: sent.Load(), Err: withoutURL(err)}
	}
	if err = accept(resp); err != nil || !r.stream {
		_ = resp.Body.Close() // what it could say was said by reading
	}
	return c.refused(r, token, err)
}

// refused turns what accept found into the package's error types, and opens the ban of a rate answer.
func (c *core) refused(r *call, token string, err error) error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e):
		return &TransportError{Op: r.op(), Sent: true, Err: err}
	}
	e.Op = r.op()
	for _, secret := range slices.Concat(r.secrets, []string{token}) {
		if secret != "" {
			e.Message = strings.ReplaceAll(e.Message, secret, "***")
		}
	}
	if e.Class() == ClassRate {
		r.gate.ban(r.path, c.now().Add(c.ban), e)
	}
	return e
}

func (c *core) request(ctx context.Context, r *call, token string) (*http.Request, error) {
	q := url.Values{}
	maps.Copy(q, r.query)
	if token != "" {
		q.Set(cmp.Or(r.param, r.token.cred.param()), token)
	}
	if c.debug {
		q.Set("debug", "1")
	}
	target := c.base + r.path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	var body io.Reader
	if r.body != nil {
		var err error
		if body, err = r.body.open(); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	if r.byteRange != "" {
		req.Header.Set("Range", r.byteRange)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", r.body.contentType)
		if r.body.size > 0 {
			req.ContentLength = r.body.size
		}
	}
	return req, nil
}

// mayRepeat reports whether a failed call may simply be made again after a pause.
func mayRepeat(r *call, err error) bool {
	var lost *TransportError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errTooLarge), errors.Is(err, errUnexpected):
		return false
	case errors.As(err, &lost):
		return !lost.Sent || reads(r.method, r.path)
	}
	return errorClass(err) == ClassBusy
}

// reads reports whether a call changes nothing, so that it may be made again although its outcome is unknown. Of calls
// that wecom/spec does not know, those by GET are taken to read.
func reads(method, path string) bool {
	if method == http.MethodGet {
		return !writing[path]
	}
	return reading[path]
}

// pause waits before the repetition of a try, and reports false when the context ends before that.
func (c *core) pause(ctx context.Context, try int) bool {
	d := c.backoff << min(try, 6) // a minute is as long as a ban
	d = time.Duration(float64(d) * (0.5 + c.jitter()))
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *core) note(ctx context.Context, r *call, err error, took time.Duration) {
	var refused *Error
	switch {
	case err == nil:
		c.log.DebugContext(ctx, "call", "op", r.op(), "took", took)
	case errors.As(err, &refused):
		c.log.LogAttrs(ctx, slog.LevelWarn, "call refused", slog.String("op", r.op()),
			slog.Int("errcode", int(refused.Code)), slog.String("errmsg", refused.Message), slog.Duration("took", took))
	default:
		c.log.WarnContext(ctx, "call without answer", "op", r.op(), "err", err, "took", took)
	}
}
