package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
)

// click is a member's answer to a card (template_card_event, doc 90240).
type click struct {
	task  string
	scope string // of the decision: the member, where each answers for himself
}

// clickOf returns the click that a run is about. A choice of the card's menu is none: it decides nothing.
func (r *run) clickOf() (click, bool) {
	if r.msg.TaskID == "" || r.msg.Event != "template_card_event" && r.msg.Event != "taskcard_click" {
		return click{}, false
	}
	c := click{task: r.msg.TaskID}
	switch r.msg.Field("CardType") {
	case "vote_interaction", "multiple_interaction":
		c.scope = strings.ToLower(r.msg.From)
	}
	return c, true
}

// keyed is a mutex for each key that is in use.
type keyed struct {
	mu sync.Mutex
	by map[string]*holder
}

type holder struct {
	free chan struct{} // holds one element while nobody has the lock
	uses int
}

// lock waits for the key, or until ctx ends.
func (k *keyed) lock(ctx context.Context, key string) (unlock func(), err error) {
	k.mu.Lock()
	if k.by == nil {
		k.by = map[string]*holder{}
	}
	h := k.by[key]
	if h == nil {
		h = &holder{free: make(chan struct{}, 1)}
		h.free <- struct{}{}
		k.by[key] = h
	}
	h.uses++
	k.mu.Unlock()
	left := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if h.uses--; h.uses == 0 {
			delete(k.by, key)
		}
	}
	select {
	case <-h.free:
		return func() { h.free <- struct{}{}; left() }, nil
	case <-ctx.Done():
		left()
		return nil, ctx.Err()
	}
}

// decided answers a click on a card that is decided already: with the face that the decision gave it. handled is false
// when the click is for the handler.
func (r *run) decided(ctx context.Context, c click) (rep reply.Reply, handled bool, err error) {
	d, ok, err := r.b.box.Cards().Decided(ctx, r.app.Name, c.task, c.scope)
	if err != nil || !ok {
		return nil, false, err
	}
	rep, err = r.face(ctx, d)
	return rep, true, err
}

// face is how a decided card looks for the run's member.
func (r *run) face(ctx context.Context, d outbox.Decision) (reply.Reply, error) {
	if d.Label != "" {
		if strings.EqualFold(d.User, r.msg.From) {
			return reply.UpdateButton(d.Label), nil
		}
		return reply.UpdateButton(r.nameOf(ctx, d.User) + "：" + d.Label), nil
	}
	var u reply.Unit
	if err := json.Unmarshal(d.Face, &u); err != nil {
		return nil, fmt.Errorf("face of a decided card: %w", err)
	}
	return stored{u}, nil
}

// stored is a rendered unit as a reply.
type stored struct{ unit reply.Unit }

// Units implements reply.Reply.
func (s stored) Units(reply.Options) ([]reply.Unit, error) { return []reply.Unit{s.unit}, nil }

// nameOf is a member's name, or his id where it cannot be had.
func (r *run) nameOf(ctx context.Context, user string) string {
	if d := r.app.Directory; d != nil {
		if u, err := d.User(ctx, user); err == nil && u.Name != "" {
			return u.Name
		}
	}
	return user
}

// decide makes the change of a card among units the card's decision. When another decision was first, that one's face
// replaces the change.
func (r *run) decide(ctx context.Context, units []reply.Unit) ([]reply.Unit, error) {
	c, ok := r.clickOf()
	i := slices.IndexFunc(units, isUpdate)
	if !ok || i < 0 {
		return units, nil
	}
	face, err := json.Marshal(units[i])
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	mine := outbox.Decision{User: r.msg.From, Face: face}
	var button struct {
		Name string `json:"replace_name"`
	}
	if json.Unmarshal(units[i].Body, &button) == nil {
		mine.Label = button.Name
	}
	first, err := r.b.box.Cards().Decide(ctx, r.app.Name, c.task, c.scope, mine)
	if err != nil || strings.EqualFold(first.User, mine.User) {
		return units, err
	}
	r.echo = true
	rep, err := r.face(ctx, first)
	if err != nil {
		return nil, err
	}
	return rep.Units(r.app.Options)
}

func isUpdate(u reply.Unit) bool {
	_, _, ok := u.Update()
	return ok
}

// changes are the deliveries that change a clicked card: for the one who clicked, unless that goes passively, and for the
// others who got the card.
func (r *run) changes(ctx context.Context, u reply.Unit, passive bool) []outbox.Delivery {
	me := outbox.To{User: r.msg.From}
	card, err := r.b.box.Cards().Get(ctx, r.app.Name, r.msg.TaskID)
	if err != nil || card.To.Empty() {
		card.To = me
	}
	others := without(card.To, r.msg.From)
	if r.echo && !others.Empty() { // the one who decided tells everybody, this member too
		return nil
	}
	if passive {
		if others.Empty() {
			return nil
		}
		return []outbox.Delivery{r.change("/o", others, r.forOthers(u))}
	}
	if others.Empty() {
		return []outbox.Delivery{r.change("/u", me, u)}
	}
	// One response code makes one call, so all see what the others see.
	return []outbox.Delivery{r.change("/o", card.To, r.forOthers(u))}
}

func (r *run) change(suffix string, to outbox.To, u reply.Unit) outbox.Delivery {
	d := r.delivery(suffix, []reply.Unit{u}, r.b.now())
	d.To, d.Task = to, r.msg.TaskID
	return d
}

// forOthers names the member who decided, on a button that is replaced by a label.
func (r *run) forOthers(u reply.Unit) reply.Unit {
	var button struct {
		Name string `json:"replace_name"`
	}
	if u.MsgType != "update_button" || json.Unmarshal(u.Body, &button) != nil {
		return u
	}
	units, err := reply.UpdateButton(r.who + "：" + button.Name).Units(r.app.Options)
	if err != nil {
		return u
	}
	return units[0]
}

// without takes one member out of the named ones. Members of departments and tags stay.
func without(to outbox.To, user string) outbox.To {
	if to.User == "@all" {
		return to
	}
	ids := slices.DeleteFunc(strings.Split(to.User, "|"), func(id string) bool { return id == "" || strings.EqualFold(id, user) })
	to.User = strings.Join(ids, "|")
	return to
}
