package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// attempts tries up to three times. f is the fault of the first attempt; later ones ask for their own.
func (s *Server) attempts(ctx context.Context, d *delivery, t target, copyNumber int, f fault) {
	if t.app.CallbackURL == "" {
		s.problem(d, "the app has no callback URL")
		return
	}
	for n := 1; n <= maxAttempts; n++ {
		if n > 1 {
			if copyNumber == 1 {
				f = s.takeFault(callbackPath)
			}
			if !sleep(ctx, s.opt.retryDelay) {
				return
			}
		}
		if !sleep(ctx, f.pause()) {
			return
		}
		if s.attempt(ctx, d, t, n, copyNumber, f) || ctx.Err() != nil {
			return
		}
	}
}

func (s *Server) problem(d *delivery, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Problem = text
	s.publishDelivery(d)
}

// attempt posts once and reports whether the platform takes the callback as received.
func (s *Server) attempt(ctx context.Context, d *delivery, t target, n, copyNumber int, f fault) bool {
	s.mu.Lock()
	now := s.opt.now()
	i := len(d.Attempts)
	d.Attempts = append(d.Attempts, Attempt{Number: n, Start: now})
	att := &d.Attempts[i]
	if copyNumber > 1 {
		att.Copy = copyNumber
	}
	plaintext := d.Plaintext
	s.publishDelivery(d)
	s.mu.Unlock()

	began := time.Now()
	out := s.post(ctx, t, plaintext, now, f)
	took := time.Since(began)

	s.mu.Lock()
	defer s.mu.Unlock()
	att = &d.Attempts[i]
	att.Took, att.Status, att.TimedOut, att.Done = took, out.status, out.timedOut, true
	att.Request, att.Query, att.Response = out.request, out.query, out.response
	if out.err != nil {
		att.Err = out.err.Error()
	}
	if out.err == nil && !d.answered(out.response) {
		att.Err = "the answer is not success"
	}
	ok := out.err == nil && out.status == http.StatusOK && d.answered(out.response)
	if ok {
		d.Received = true
		s.acceptReply(d, t, []byte(out.response))
	}
	s.publishDelivery(d)
	return ok
}

// posted is what came of one POST.
type posted struct {
	query, request, response string
	status                   int
	timedOut                 bool
	err                      error
}

// post encrypts with fresh random bytes, nonce and time, and sends.
func (s *Server) post(ctx context.Context, t target, plaintext string, now time.Time, f fault) (out posted) {
	body, query, err := t.request(plaintext, now)
	if err != nil {
		return posted{err: err}
	}
	out.request, out.query = body, query.Encode()
	if f.kind != "" && !f.after && (f.kind == faultTimeout || f.kind == faultReset) {
		out.err, out.timedOut = errors.New("injected fault: "+f.text()), f.kind == faultTimeout
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.callbackFor)
	defer cancel()
	out.status, out.response, out.err = s.exchange(ctx, t.app.CallbackURL, query, body)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		out.timedOut, out.err = true, fmt.Errorf("no answer within %v", s.opt.callbackFor)
		out.status, out.response = 0, ""
	case f.after && (f.kind == faultTimeout || f.kind == faultReset):
		out.err, out.timedOut = errors.New("injected fault: "+f.text()), f.kind == faultTimeout
		out.status, out.response = 0, ""
	case out.err == nil && out.status != http.StatusOK:
		out.err = fmt.Errorf("HTTP status %d", out.status)
	}
	return out
}

// sleep waits and reports whether ctx still holds.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
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
