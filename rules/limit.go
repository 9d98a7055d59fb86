package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
)

// limitSpec is how often a rule acts. Over the limit it still takes the message, and answers Reply or nothing.
type limitSpec struct {
	Where strictyaml.Where
	Times int           `yaml:"times" default:"1" min:"1" max:"1000" doc:"how many times"`
	Every time.Duration `yaml:"every,required" min:"1s" max:"30d" doc:"within which time"`
	Per   string        `yaml:"per" enum:"member|app" default:"member" doc:"counted for each member, or for all together"`
	Reply *replySpec    `yaml:"reply" doc:"what is answered over the limit; nothing: silence"`
}

// UnmarshalYAML takes a cool-down too.
func (l *limitSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain limitSpec
	if n.Kind() != strictyaml.Scalar {
		n.Into((*plain)(l))
		return
	}
	l.Times, l.Per = 1, "member"
	n.Into(&l.Every)
}

// JSONSchema describes both forms.
func (l *limitSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&l.Every), b.Struct(l))
}

// limited wraps what a rule does. Requests whose turn was counted before, by a run that a crash ended, are not counted
// again.
func (c *compiler) limited(name string, l *limitSpec, next router.Handler) router.Handler {
	var over maker
	if l.Reply != nil {
		over = c.reply(l.Reply, c.base)
	}
	counter := counter{state: c.options.State, now: c.now, times: l.Times, every: l.Every}
	key := "limit/" + c.options.App + "/" + name + "/"
	return router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		who := q.From
		if l.Per == "app" {
			who = "*"
		}
		switch ok, err := counter.take(ctx, key+who, requestID(q)); {
		case err != nil:
			return nil, err
		case ok:
			return next.Handle(ctx, q)
		case over == nil:
			return nil, nil
		}
		return (&turn{ctx: ctx, q: q, app: c.options.App}).make(over)
	})
}

// counter counts within a sliding window, in the store.
type counter struct {
	state storage.KV
	now   func() time.Time
	times int
	every time.Duration
}

// use is one counted turn.
type use struct {
	At int64  `json:"t"` // unix milliseconds
	ID string `json:"i"` // of the request
}

// take counts the request, and reports false when there were enough.
func (c *counter) take(ctx context.Context, key, id string) (bool, error) {
	for range 20 { // a conflict is another request that was counted meanwhile
		ok, err := c.try(ctx, key, id)
		if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return ok, err
		}
	}
	return false, fmt.Errorf("limit: %w", storage.ErrConflict)
}

func (c *counter) try(ctx context.Context, key, id string) (bool, error) {
	entry, err := c.state.Get(ctx, key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return false, fmt.Errorf("limit: %w", err)
	}
	var uses, recent []use
	_ = json.Unmarshal(entry.Value, &uses) // what cannot be read counts for nothing
	now := c.now()
	for _, u := range uses {
		if u.ID == id {
			return true, nil
		}
		if now.Sub(time.UnixMilli(u.At)) < c.every {
			recent = append(recent, u)
		}
	}
	if len(recent) >= c.times {
		return false, nil
	}
	value, err := json.Marshal(append(recent, use{now.UnixMilli(), id}))
	if err != nil {
		return false, err
	}
	if entry.Rev == 0 {
		_, err = c.state.Create(ctx, key, value, c.every)
	} else {
		_, err = c.state.Update(ctx, key, value, c.every, entry.Rev)
	}
	return err == nil, err
}
