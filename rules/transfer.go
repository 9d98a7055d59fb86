package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
)

// transferSpec hands the member's conversation over to people. What he writes from then on is passed to them, and one
// of them answers with "#3 text" to the app; the number tells several conversations apart.
type transferSpec struct {
	Where   strictyaml.Where
	To      *toSpec          `yaml:"to,required" doc:"who is told, and may answer"`
	Text    *strictyaml.Text `yaml:"text" doc:"what they are told first; default: what the member wrote"`
	Timeout time.Duration    `yaml:"timeout" default:"30m" min:"1m" max:"7d" doc:"ends the transfer when nobody writes for so long"`
	Reply   *replySpec       `yaml:"reply" doc:"what the member is told; default: a sentence"`
}

// UnmarshalYAML takes user ids too.
func (x *transferSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain transferSpec
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(x))
		return
	}
	x.Where.Pos, x.Timeout = n.Pos(), 30*time.Minute
	n.Into(&x.To)
}

// JSONSchema describes both forms.
func (x *transferSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&x.To), b.Struct(x))
}

// handover is one open transfer.
type handover struct {
	Number  int           `json:"n"`
	Member  string        `json:"m"`
	Name    string        `json:"name"`
	To      Recipients    `json:"to"`
	Agent   string        `json:"a,omitempty"` // who has answered first
	Timeout time.Duration `json:"t"`
}

// handovers keeps the open transfers of an app in the store: one record by number, and one that names the number by
// member. Both expire when nobody writes.
type handovers struct {
	c    *compiler
	kv   storage.KV
	app  string
	lang string
}

func (c *compiler) transfer(x *transferSpec, s *sight) step {
	c.transfers = true
	hs := c.handovers()
	to, first := c.recipients(x.To, s), c.text(x.Text, s)
	var said maker
	if x.Reply != nil {
		said = c.reply(x.Reply, s)
	}
	return step{
		name: "transfer",
		effect: func(ctx context.Context, t *turn) (map[string]any, error) {
			h := handover{Member: t.q.From, Name: memberName(ctx, t.q), To: to(t), Timeout: x.Timeout}
			what := t.text(first)
			if x.Text == nil {
				what = t.q.Text
			}
			if t.err != nil {
				return nil, t.err
			}
			return nil, hs.open(ctx, h, what, t.id("transfer"))
		},
		reply: func(t *turn) (reply.Reply, bool) {
			if said == nil {
				return reply.Text(sayTransferred.In(hs.lang)), false
			}
			return said(t), false
		},
	}
}

func (c *compiler) handovers() *handovers {
	return &handovers{c: c, kv: c.options.State, app: c.options.App, lang: c.options.Language}
}

// memberName is the sender's name, or his id where the directory has none.
func memberName(ctx context.Context, q *router.Request) string {
	if u, err := member(ctx, q); err == nil && u != nil && u.Name != "" {
		return u.Name
	}
	return q.From
}

// rules are the routes of open transfers; they come before everything else.
func (hs *handovers) rules() []router.Rule {
	return []router.Rule{
		{Name: "transfer: answer", Match: answerOf{hs}, Handler: router.HandlerFunc(hs.answer), Priority: math.MaxInt32},
		{Name: "transfer: member", Match: memberOf{hs}, Handler: router.HandlerFunc(hs.relay), Priority: math.MaxInt32},
	}
}

func (hs *handovers) memberKey(user string) string { return "transfer/" + hs.app + "/m/" + user }
func (hs *handovers) numberKey(n int) string       { return "transfer/" + hs.app + "/n/" + strconv.Itoa(n) }

// maxHandovers is how many transfers of an app may be open at once: numbers stay short enough to type.
const maxHandovers = 999

var errManyHandovers = errors.New("transfer: too many are open")

// open begins a transfer, or goes on with the one that the member has.
func (hs *handovers) open(ctx context.Context, h handover, what, id string) error {
	if h.To.Nobody() {
		return errors.New("transfer: there is nobody to tell")
	}
	if old, ok, err := hs.ofMember(ctx, h.Member); err != nil || ok {
		if err == nil {
			err = hs.tell(ctx, old, sayRelayed.In(hs.lang, old.Number, old.Name, what), id)
		}
		return err
	}
	for h.Number = 1; h.Number <= maxHandovers; h.Number++ {
		value, err := json.Marshal(h)
		if err != nil {
			return err
		}
		_, err = hs.kv.Create(ctx, hs.numberKey(h.Number), value, h.Timeout)
		if errors.Is(err, storage.ErrExists) {
			continue
		}
		if err == nil {
			_, err = hs.kv.Put(ctx, hs.memberKey(h.Member), []byte(strconv.Itoa(h.Number)), h.Timeout)
		}
		if err != nil {
			return fmt.Errorf("transfer: %w", err)
		}
		intro := sayNewTransfer.In(hs.lang, h.Number, h.Name, h.Number, h.Number)
		return hs.tell(ctx, h, intro+"\n"+what, id)
	}
	return errManyHandovers
}

// tell sends to the one who answers, or to all who were told when nobody has yet.
func (hs *handovers) tell(ctx context.Context, h handover, what, id string) error {
	return hs.send(ctx, h, reply.Text(what), id)
}

func (hs *handovers) send(ctx context.Context, h handover, r reply.Reply, id string) error {
	to := h.To
	if h.Agent != "" {
		to = Recipients{Users: []string{h.Agent}}
	}
	return hs.c.deliver(ctx, Outgoing{ID: id, App: hs.app, To: to, Reply: r})
}

func (hs *handovers) ofMember(ctx context.Context, user string) (handover, bool, error) {
	e, err := hs.kv.Get(ctx, hs.memberKey(user))
	if errors.Is(err, storage.ErrNotFound) {
		return handover{}, false, nil
	}
	if err != nil {
		return handover{}, false, fmt.Errorf("transfer: %w", err)
	}
	n, err := strconv.Atoi(string(e.Value))
	if err != nil {
		return handover{}, false, nil
	}
	h, ok, err := hs.byNumber(ctx, n)
	return h, ok && h.Member == user, err
}

func (hs *handovers) byNumber(ctx context.Context, n int) (h handover, ok bool, err error) {
	e, err := hs.kv.Get(ctx, hs.numberKey(n))
	if errors.Is(err, storage.ErrNotFound) {
		return handover{}, false, nil
	}
	if err != nil {
		return handover{}, false, fmt.Errorf("transfer: %w", err)
	}
	return h, json.Unmarshal(e.Value, &h) == nil, nil
}

// keep renews both records.
func (hs *handovers) keep(ctx context.Context, h handover) error {
	value, err := json.Marshal(h)
	if err == nil {
		_, err = hs.kv.Put(ctx, hs.numberKey(h.Number), value, h.Timeout)
	}
	if err == nil {
		_, err = hs.kv.Put(ctx, hs.memberKey(h.Member), []byte(strconv.Itoa(h.Number)), h.Timeout)
	}
	return err
}

func (hs *handovers) end(ctx context.Context, h handover) error {
	if err := hs.kv.Delete(ctx, hs.memberKey(h.Member)); err != nil {
		return err
	}
	return hs.kv.Delete(ctx, hs.numberKey(h.Number))
}

var endWords = []string{"结束", "end"}

func isEnd(text string) bool {
	return slices.Contains(endWords, strings.ToLower(strings.TrimSpace(text)))
}

// memberOf matches what a member writes while he is with a person.
type memberOf struct{ hs *handovers }

// Match looks the member's transfer up.
func (m memberOf) Match(ctx context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type == message.TypeEvent || q.Type == "" {
		return nil, false
	}
	_, ok, err := m.hs.ofMember(ctx, q.From)
	return nil, ok && err == nil
}

// Explain says what was looked for.
func (m memberOf) Explain(context.Context, *router.Request) router.Part {
	return router.Part{Kind: "transfer", Want: []string{"a member who talks to a person"}}
}

// relay passes a member's message on.
func (hs *handovers) relay(ctx context.Context, q *router.Request) (reply.Reply, error) {
	h, ok, err := hs.ofMember(ctx, q.From)
	if err != nil || !ok {
		return nil, err
	}
	id := requestID(q) + "/transfer"
	if isEnd(q.Text) {
		if err := hs.tell(ctx, h, sayEndedFor.In(hs.lang, h.Number), id); err != nil {
			return nil, err
		}
		return reply.Text(sayEnded.In(hs.lang)), hs.end(ctx, h)
	}
	if err := hs.keep(ctx, h); err != nil {
		return nil, err
	}
	return nil, hs.send(ctx, h, hs.quote(h, q), id)
}

// quote is a member's message as those who answer see it.
func (hs *handovers) quote(h handover, q *router.Request) reply.Reply {
	media := reply.Media{ID: q.Field("MediaId")}
	who := func(what string) reply.Reply { return reply.Text(sayRelayed.In(hs.lang, h.Number, h.Name, what)) }
	switch q.Type {
	case message.TypeText:
		return who(q.Text)
	case message.TypeImage:
		return reply.List(who("↓"), reply.Image(media))
	case message.TypeVoice:
		return reply.List(who("↓"), reply.Voice(media))
	case message.TypeVideo:
		return reply.List(who("↓"), reply.Video(media))
	case message.TypeLocation:
		return who(q.Field("Label") + " " + q.Field("Location_X") + "," + q.Field("Location_Y"))
	}
	return who(strings.TrimSpace(q.Field("Title") + " " + q.Field("Url")))
}

// answerOf matches "#3 text" of those who may answer.
type answerOf struct{ hs *handovers }

var numbered = regexp.MustCompile(`(?s)^\s*[#＃]\s*(\d{1,3})[\s:：,，]*(.*)$`)

// Match reads the number, and looks up whether the sender was told of it.
func (m answerOf) Match(ctx context.Context, q *router.Request) (map[string]string, bool) {
	found := numbered.FindStringSubmatch(q.Text)
	if q.Type != message.TypeText || found == nil {
		return nil, false
	}
	n, _ := strconv.Atoi(found[1])
	h, ok, err := m.hs.byNumber(ctx, n)
	if err != nil || !ok || h.Member == q.From || !m.hs.told(ctx, h, q) {
		return nil, false
	}
	return map[string]string{"number": found[1], "rest": found[2]}, true
}

// Explain says what was looked for.
func (m answerOf) Explain(context.Context, *router.Request) router.Part {
	return router.Part{Kind: "transfer", Want: []string{"#1 text, from one who was told"}}
}

// told reports whether the sender is one of those who were asked.
func (hs *handovers) told(ctx context.Context, h handover, q *router.Request) bool {
	if slices.Contains(h.To.Users, q.From) || h.To.All {
		return true
	}
	_, ok := (&group{Audience: Audience{Departments: h.To.Departments, Tags: h.To.Tags}, tree: hs.c.options.Tree}).Match(ctx, q)
	return ok
}

// answer passes an answer to the member. The first one who answers has the conversation from then on.
func (hs *handovers) answer(ctx context.Context, q *router.Request) (reply.Reply, error) {
	n, _ := strconv.Atoi(q.Vars["number"])
	h, ok, err := hs.byNumber(ctx, n)
	if err != nil {
		return nil, err
	}
	if !ok {
		return reply.Text(sayNoTransfer.In(hs.lang, n)), nil
	}
	id, name := requestID(q)+"/transfer", memberName(ctx, q)
	if isEnd(q.Vars["rest"]) {
		if err := hs.toMember(ctx, h, sayEnded.In(hs.lang), id); err != nil {
			return nil, err
		}
		return reply.Text(sayEndedFor.In(hs.lang, n)), hs.end(ctx, h)
	}
	if h.Agent == "" {
		if err := hs.tell(ctx, h, sayTaken.In(hs.lang, n, name), id+"/taken"); err != nil {
			return nil, err
		}
	}
	h.Agent = q.From
	if err := hs.keep(ctx, h); err != nil {
		return nil, err
	}
	if err := hs.toMember(ctx, h, name+"："+q.Vars["rest"], id); err != nil {
		return nil, err
	}
	return reply.Text(sayDelivered.In(hs.lang, n)), nil
}

func (hs *handovers) toMember(ctx context.Context, h handover, what, id string) error {
	return hs.c.deliver(ctx, Outgoing{ID: id, App: hs.app, To: Recipients{Users: []string{h.Member}}, Reply: reply.Text(what)})
}
