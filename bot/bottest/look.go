package bottest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/simulator"
)

const (
	step     = 20 * time.Millisecond  // between two looks at a bot that is busy
	oneBeat  = 900 * time.Millisecond // the rest of an answer follows its beginning within this
	longWait = time.Minute            // for an answer to arrive, with the retries that it needs
)

// settle lets time pass until the bot has nothing to do, or for at most d. It runs in the world.
func (b *Bot) settle(d time.Duration) {
	for until := time.Now().Add(d); ; time.Sleep(step) {
		synctest.Wait()
		if !b.node.busy() || !time.Now().Before(until) {
			return
		}
	}
}

// await lets time pass until something new reached the member, the bot has nothing to do any more, or for at most d.
func (b *Bot) await(user string, d time.Duration) {
	b.world.do(func() {
		before := len(b.sim.Inbox(user))
		for until := time.Now().Add(d); ; time.Sleep(step) {
			synctest.Wait()
			if len(b.sim.Inbox(user)) > before || !b.node.busy() || !time.Now().Before(until) {
				return
			}
		}
	})
	b.look()
}

// look takes in what happened on the platform since the last look.
func (b *Bot) look() {
	var events []simulator.Event
	b.world.do(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		for e := range b.sim.Events(now, b.seen) {
			events = append(events, e)
			b.seen = e.Seq
		}
	})
	for _, e := range events {
		b.take(e)
	}
}

func (b *Bot) take(e simulator.Event) {
	switch e.Kind {
	case simulator.EventDelivery:
		if d := e.Delivery; len(d.Attempts) == 0 && !d.Done && d.Problem == "" {
			b.talk.say(d.Time, "%s says %s", d.User, hanging(d.Note))
		} else if d.Done && d.Problem != "" {
			b.talk.note("problem: %s", d.Problem)
		}
	case simulator.EventSeen:
		b.user(e.Seen.User).sees(*e.Seen)
	case simulator.EventLost:
		b.talk.say(e.Lost.Time, "%s does not see %s: %s %s", e.Lost.User, hanging(e.Lost.Text), e.Lost.Reason, e.Lost.Detail)
		if e.Lost.Reason == simulator.LostReply || e.Lost.Reason == simulator.LostNoReply {
			b.lost = append(b.lost, fmt.Sprintf("the platform does not show an answer to %s: %s %s", e.Lost.User, e.Lost.Reason, e.Lost.Detail))
		}
	case simulator.EventCall:
		b.called(*e.Call)
	}
}

// usual are the calls that a bot makes by itself.
var usual = map[string]bool{
	"gettoken": true, "message/send": true, "message/update_template_card": true, "message/recall": true, "appchat/send": true, "media/upload": true,
	"user/get": true, "user/simplelist": true, "user/list": true, "user/list_id": true, "department/list": true, "department/simplelist": true,
	"department/get": true, "tag/list": true, "tag/get": true,
}

func (b *Bot) called(c simulator.Call) {
	path := strings.TrimPrefix(c.Path, "/cgi-bin/")
	if !usual[path] || c.ErrCode != 0 || c.Fault != "" {
		b.talk.say(c.Time, "%s", callLine(c))
	}
	fine := usual[path] || b.opt.mayCall[path]
	if c.Fault == "" && (!fine || c.ErrCode != 0 || c.Status != 200) {
		b.calls = append(b.calls, c)
	}
}

func callLine(c simulator.Call) string {
	line := fmt.Sprintf("%s %s", c.Method, c.Path)
	if c.Body != "" {
		line += " " + c.Body
	}
	if c.Fault != "" {
		line += " (fault " + c.Fault + ")"
	}
	if c.ErrCode != 0 || c.Status != 200 {
		line += fmt.Sprintf(" → status %d, errcode %d %s", c.Status, c.ErrCode, c.ErrMsg)
	}
	return line
}

// ExpectCall expects that the bot has called an API path, "user/create", and returns the first such call that was not
// expected yet.
func (b *Bot) ExpectCall(path string) simulator.Call {
	b.t.Helper()
	for i, c := range b.calls {
		if c.Path == "/cgi-bin/"+path {
			b.calls = slices.Delete(b.calls, i, i+1)
			return c
		}
	}
	b.fatalf("%s was not called", path)
	return simulator.Call{}
}

// undelivered are answers that ended as dead letters though the platform worked.
func (b *Bot) undelivered() []string {
	out := b.lost
	b.world.do(func() {
		dead, err := b.node.box.Dead(context.Background(), 0)
		if err != nil {
			out = append(out, err.Error())
		}
		if b.faulty {
			return
		}
		for _, d := range dead {
			out = append(out, fmt.Sprintf("not delivered to %s: %s", d.To, d.Reason))
		}
	})
	return out
}

func asErrors(ps []strictyaml.Problem) []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
