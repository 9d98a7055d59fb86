package wecom

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Error is a call the platform understood and refused.
type Error struct {
	Op      string // "POST /cgi-bin/message/send", without the query: it holds the token
	Code    Code
	Message string // errmsg, for people: it may change, so nothing matches on it
}

func (e *Error) Error() string {
	return fmt.Sprintf("wecom: %s: errcode %d: %s", e.Op, int(e.Code), e.Message)
}

// Unwrap returns the code, so that errors.Is(err, ErrUserNotFound) works.
func (e *Error) Unwrap() error { return e.Code }

// Class says what to do. It differs from the code's own for 40001, which asks for another secret when it answers a
// token request, and for another token elsewhere.
func (e *Error) Class() Class {
	if e.Code == ErrInvalidSecret && strings.HasSuffix(e.Op, pathGetToken) {
		return ClassAdmin
	}
	return e.Code.Class()
}

// TransportError is a call without a usable answer: network failure, time-out, HTTP 5xx, not JSON.
type TransportError struct {
	Op   string
	Sent bool // the request may have reached the platform: its outcome is unknown
	Err  error
}

func (e *TransportError) Error() string { return fmt.Sprintf("wecom: %s: %v", e.Op, e.Err) }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// CallerIP returns the address that the platform saw, which it names when it is not one of the trusted ones (60020).
func CallerIP(err error) (netip.Addr, bool) {
	var e *Error
	if !errors.As(err, &e) || e.Code != ErrUntrustedIP {
		return netip.Addr{}, false
	}
	_, rest, _ := strings.Cut(e.Message, "from ip:")
	rest = strings.TrimLeft(rest, " ")
	if i := strings.IndexAny(rest, ", "); i >= 0 {
		rest = rest[:i]
	}
	ip, perr := netip.ParseAddr(rest)
	return ip, perr == nil
}

// errorClass is the class of a refusal; what is no refusal is permanent.
func errorClass(err error) Class {
	var e *Error
	if !errors.As(err, &e) {
		return ClassPermanent
	}
	return e.Class()
}

// withoutURL drops what net/http tells about the address, which holds the token.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func wrapOp(r *call, err error) error { return fmt.Errorf("wecom: %s: %w", r.op(), err) }
