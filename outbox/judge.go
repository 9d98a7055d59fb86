package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/wecombot/wecombot/wecom"
)

// verdict is what to do about a failed send.
type verdict struct {
	class   string // label of the metric
	code    int
	detail  string // for the trace
	reason  string // of a dead letter
	wait    time.Duration
	unknown bool // it may have arrived
	dead    bool
	done    bool
}

// banLength is how long the platform refuses after a minute limit was hit (doc 90312).
const banLength = 60 * time.Second

// judge applies the reaction classes of the error table (doc 90313).
func judge(err error) verdict {
	var refused *wecom.Error
	if errors.As(err, &refused) {
		return judgeCode(refused)
	}
	var transport *wecom.TransportError
	if errors.As(err, &transport) {
		return verdict{class: "network", detail: "no answer from the platform", unknown: transport.Sent}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return verdict{class: "network", detail: "interrupted", unknown: true}
	}
	var file *mediaError
	if errors.As(err, &file) {
		return verdict{class: "local", detail: file.reason, reason: file.reason, dead: true}
	}
	if errors.Is(err, errStaleMedia) {
		return verdict{class: "expired", detail: err.Error()}
	}
	var remote net.Error
	if errors.As(err, &remote) || errors.Is(err, errNotFetched) {
		return verdict{class: "network", detail: "a file to send could not be fetched"}
	}
	return verdict{class: "local", detail: err.Error(), reason: err.Error(), dead: true}
}

func judgeCode(e *wecom.Error) verdict {
	v := verdict{code: int(e.Code), detail: e.Code.Hint("en")}
	v.reason = fmt.Sprintf("errcode %d: %s (%s)", int(e.Code), e.Code.Hint("zh-CN"), e.Code.Hint("en"))
	switch e.Code.Class() {
	case wecom.ClassBusy:
		v.class = "busy"
	case wecom.ClassRate:
		v.class, v.wait = "rate", banLength
	case wecom.ClassToken: // the client refreshed once already
		v.class, v.wait = "token", 5*time.Second
	case wecom.ClassDone:
		v.class, v.done = "done", true
	case wecom.ClassAdmin:
		v.class, v.dead = "admin", true
	case wecom.ClassExpired:
		v.class, v.dead = "expired", true
	default:
		v.class, v.dead = "permanent", true
	}
	return v
}

// backoff doubles from first to longest, with up to half of it as jitter.
type backoff struct{ first, longest time.Duration }

func (b backoff) after(fails int) time.Duration {
	d := b.first
	for range fails - 1 {
		if d *= 2; d >= b.longest {
			d = b.longest
			break
		}
	}
	return d - time.Duration(rand.Int64N(int64(d)/2+1))
}
