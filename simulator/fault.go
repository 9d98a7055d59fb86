package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// callbackPath is the Path of faults in the delivery of callbacks.
const callbackPath = "callback"

type faultKind string

const (
	faultErrcode   faultKind = "errcode"
	faultTimeout   faultKind = "timeout"
	faultReset     faultKind = "reset"
	faultHTTP      faultKind = "http"
	faultHTML      faultKind = "html"
	faultTruncated faultKind = "truncated"
	faultSlow      faultKind = "slow"
	faultJitter    faultKind = "jitter"
	faultRevoke    faultKind = "revoke"
	faultDrop      faultKind = "drop"
	faultDuplicate faultKind = "duplicate"
)

// Fault is something that goes wrong on purpose. Make one with the constructors (FailCode(42001).On("message/send").At(3))
// or with ParseFault("message/send:42001@3"); the zero Fault does nothing.
type Fault struct {
	kind  faultKind
	after bool // the platform has done its work; only the answer suffers
	code  int  // errcode or HTTP status
	delay time.Duration

	path  string // "": every API call but gettoken
	calls []span // which calls; none: each
	every int    // each n-th; 0: see calls
}

// span is calls first to last; last 0: no end.
type span struct{ first, last int }

// FailCode answers an errcode without doing anything.
func FailCode(errcode int) Fault { return Fault{kind: faultErrcode, code: errcode} }

// TimeoutBefore never answers, and the call is not done. In a callback: the attempt does not reach the app.
func TimeoutBefore() Fault { return Fault{kind: faultTimeout} }

// TimeoutAfter does what the call asks for and never answers. In a callback: the app's answer is lost.
func TimeoutAfter() Fault { return Fault{kind: faultTimeout, after: true} }

// ResetBefore cuts the connection, and the call is not done.
func ResetBefore() Fault { return Fault{kind: faultReset} }

// ResetAfter does what the call asks for and cuts the connection.
func ResetAfter() Fault { return Fault{kind: faultReset, after: true} }

// FailHTTP answers an HTTP status, and the call is not done.
func FailHTTP(status int) Fault { return Fault{kind: faultHTTP, code: status} }

// FailHTTPAfter does what the call asks for and answers an HTTP status.
func FailHTTPAfter(status int) Fault { return Fault{kind: faultHTTP, code: status, after: true} }

// AnswerHTML answers a page instead of JSON, and the call is not done.
func AnswerHTML() Fault { return Fault{kind: faultHTML} }

// AnswerTruncated does what the call asks for and answers the first half of the JSON.
func AnswerTruncated() Fault { return Fault{kind: faultTruncated, after: true} }

// Slow does what the call asks for and answers late. In a callback: the attempt starts late.
func Slow(d time.Duration) Fault { return Fault{kind: faultSlow, delay: d, after: true} }

// Jitter delays an attempt of a callback by a random time up to d.
func Jitter(d time.Duration) Fault { return Fault{kind: faultJitter, delay: d} }

// Revoke makes all access tokens invalid, then handles the call, which will answer 40014.
func Revoke() Fault { return Fault{kind: faultRevoke} }

// Drop accepts a message with errcode 0 and shows it to nobody.
func Drop() Fault { return Fault{kind: faultDrop} }

// Duplicate delivers a callback in two copies at once.
func Duplicate() Fault { return Fault{kind: faultDuplicate, path: callbackPath} }

// On limits the fault to an API path, "message/send", or to "callback", the delivery of callbacks.
func (f Fault) On(path string) Fault {
	f.path = strings.TrimPrefix(strings.TrimPrefix(path, "/"), "cgi-bin/")
	return f
}

// At limits the fault to the n-th call of its path, counted from 1 since it was injected. Several calls add up.
func (f Fault) At(n ...int) Fault {
	f.calls = append([]span(nil), f.calls...)
	for _, i := range n {
		f.calls = append(f.calls, span{i, i})
	}
	return f
}

// From lets the fault begin with the n-th call.
func (f Fault) From(n int) Fault {
	f.calls = append(append([]span(nil), f.calls...), span{n, 0})
	return f
}

// Between limits the fault to the calls first to last.
func (f Fault) Between(first, last int) Fault {
	f.calls = append(append([]span(nil), f.calls...), span{first, last})
	return f
}

// Every lets the fault happen at each n-th call.
func (f Fault) Every(n int) Fault { f.every = n; return f }

// fault is a Fault with its counter, guarded by the server's lock.
type fault struct {
	Fault
	seen int
}

// Inject adds faults. The first one that applies to a call is the one that happens.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &fault{Fault: f})
	}
}

// ClearFaults takes all faults back.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults lists the injected faults in the text form of ParseFault.
func (s *Server) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, f := range s.faults {
		out = append(out, f.String())
	}
	return out
}

// takeFault counts a call of path and returns the fault that happens to it. Every fault counts every call of its
// path, also those that another fault spoils.
func (s *Server) takeFault(path string) fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit fault
	for _, f := range s.faults {
		if f.kind == "" || !f.covers(path) {
			continue
		}
		f.seen++
		if hit.kind == "" && f.applies(f.seen) {
			hit = *f
		}
	}
	return hit
}

func (f Fault) covers(path string) bool {
	if f.path == "" {
		return path != callbackPath && path != "gettoken"
	}
	return f.path == path
}

func (f Fault) applies(n int) bool {
	if f.every > 0 && n%f.every != 0 {
		return false
	}
	if len(f.calls) == 0 {
		return true
	}
	for _, c := range f.calls {
		if n >= c.first && (c.last == 0 || n <= c.last) {
			return true
		}
	}
	return false
}

// pause is how long an attempt of a callback starts late.
func (f Fault) pause() time.Duration {
	switch f.kind {
	case faultSlow:
		return f.delay
	case faultJitter:
		return time.Duration(rand.Int64N(int64(f.delay) + 1))
	}
	return 0
}

// before plays the part of the fault that comes before the call is handled, and reports whether that was all.
func (s *Server) before(w http.ResponseWriter, r *http.Request, f fault) bool {
	if f.after {
		return false
	}
	switch f.kind {
	case faultErrcode:
		writeAnswer(w, refuse(f.code, "injected fault").answer())
	default:
		return s.spoil(w, r, f, answer{})
	}
	return true
}

// spoil plays the fault that befalls an answer, and reports whether there was one.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f fault, a answer) bool {
	switch f.kind {
	case faultTimeout:
		select {
		case <-r.Context().Done():
		case <-s.stop.Done():
		}
		panic(http.ErrAbortHandler) // an answer now would be one
	case faultReset:
		panic(http.ErrAbortHandler)
	case faultHTTP:
		http.Error(w, http.StatusText(f.code), f.code)
	case faultHTML:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>please wait</body></html>")
	case faultTruncated:
		a.body = a.body[:len(a.body)/2]
		writeAnswer(w, a)
	case faultSlow:
		sleep(r.Context(), f.delay)
		writeAnswer(w, a)
	default:
		return false
	}
	return true
}
