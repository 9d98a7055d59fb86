package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Priorities of the two rules of a Set: a known command comes before what people write in rules, an unknown one after
// it, because a rule may have a prefix that begins with a slash.
const (
	knownPriority   = 1 << 20
	unknownPriority = -1 << 20
)

// Set is the commands of an app.
type Set struct {
	clock    func() time.Time
	location *time.Location
	lang     string
	has      func(ctx context.Context, q *router.Request, roles ...string) (bool, error)

	mu       sync.RWMutex
	commands map[string]owned // by folded name and alias
}

type owned struct {
	Command
	owner string
}

// SetOption sets one choice of NewSet; the last one wins.
type SetOption func(*Set)

// WithClock sets where the time comes from. Default time.Now.
func WithClock(now func() time.Time) SetOption { return func(s *Set) { s.clock = now } }

// WithLocation sets the time zone of dates. Default time.Local.
func WithLocation(l *time.Location) SetOption { return func(s *Set) { s.location = l } }

// WithLanguage sets the language of sentences, "zh-CN" or "en". Default zh-CN.
func WithLanguage(lang string) SetOption { return func(s *Set) { s.lang = lang } }

// WithRoles sets who has which role. Default: nobody has any.
func WithRoles(has func(ctx context.Context, q *router.Request, roles ...string) (bool, error)) SetOption {
	return func(s *Set) { s.has = has }
}

// NewSet is an empty set.
func NewSet(opts ...SetOption) *Set {
	s := &Set{clock: time.Now, location: time.Local, lang: "zh-CN", commands: map[string]owned{}}
	s.has = func(context.Context, *router.Request, ...string) (bool, error) { return false, nil }
	for _, set := range opts {
		set(s)
	}
	return s
}

// Add adds an owner's commands, all or none. A name that is taken is an error that names both owners.
func (s *Set) Add(owner string, cs ...Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := map[string]owned{}
	var errs []error
	for _, c := range cs {
		for _, name := range append([]string{c.name}, c.aliases...) {
			key := router.Fold(name)
			other, taken := s.commands[key]
			if !taken {
				other, taken = fresh[key]
			}
			if taken {
				errs = append(errs, fmt.Errorf("command /%s of %s is already a command of %s", name, owner, other.owner))
			}
			fresh[key] = owned{c, owner}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	maps.Copy(s.commands, fresh)
	return nil
}

// Remove takes an owner's commands back.
func (s *Set) Remove(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, c := range s.commands {
		if c.owner == owner {
			delete(s.commands, key)
		}
	}
}

// Rules are the set in a table: one rule that runs commands, before other rules, and one that suggests the nearest for a
// name that is none, after them.
func (s *Set) Rules() []router.Rule {
	return []router.Rule{
		{Name: "command", Match: known{s}, Handler: router.HandlerFunc(s.run), Priority: knownPriority},
		{Name: "unknown command", Match: unknown{s}, Handler: router.HandlerFunc(s.suggest), Priority: unknownPriority},
	}
}

// Visible are the commands that the sender may use, by name.
func (s *Set) Visible(ctx context.Context, q *router.Request) ([]Command, error) {
	s.mu.RLock()
	all := make([]Command, 0, len(s.commands))
	for key, c := range s.commands {
		if key == router.Fold(c.name) && !c.hidden {
			all = append(all, c.Command)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b Command) int { return cmp.Compare(a.name, b.name) })
	var seen []Command
	for _, c := range all {
		ok, err := s.may(ctx, q, c)
		if err != nil {
			return nil, err
		}
		if ok {
			seen = append(seen, c)
		}
	}
	return seen, nil
}

func (s *Set) may(ctx context.Context, q *router.Request, c Command) (bool, error) {
	if len(c.roles) == 0 {
		return true, nil
	}
	return s.has(ctx, q, c.roles...)
}

func (s *Set) find(name string) (Command, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, ok := s.commands[router.Fold(name)]
	return c.Command, ok
}

func (s *Set) env() env { return env{now: s.clock().In(s.location), lang: s.lang} }

func (s *Set) run(ctx context.Context, q *router.Request) (reply.Reply, error) {
	name, l, _ := split(q.Text)
	c, ok := s.find(name)
	if !ok {
		return s.suggest(ctx, q) // it was removed since it matched
	}
	switch ok, err := s.may(ctx, q, c); {
	case err != nil:
		return nil, err
	case !ok:
		return reply.Text(s.env().say(sayDenied, c.name, strings.Join(c.roles, "、"))), nil
	}
	return c.call(ctx, q, l, s.env())
}

func (s *Set) suggest(ctx context.Context, q *router.Request) (reply.Reply, error) {
	name, _, _ := split(q.Text)
	visible, err := s.Visible(ctx, q)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range visible {
		names = append(append(names, c.name), c.aliases...)
	}
	if near := nearest.Name(router.Fold(name), names); near != "" {
		return reply.Text(s.env().say(sayNear, name, "/"+near)), nil
	}
	return reply.Text(s.env().say(sayUnknown, name)), nil
}

// known matches commands of the set; the member's roles are the handler's business, so that he is told.
type known struct{ set *Set }

func (known) String() string { return "a command" }

func (k known) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	name, l, ok := split(q.Text)
	if !ok {
		return nil, false
	}
	if _, ok := k.set.find(name); !ok {
		return nil, false
	}
	return map[string]string{"command": name, "rest": l.text}, true
}

// unknown matches what looks like a command.
type unknown struct{ set *Set }

func (unknown) String() string { return "an unknown command" }

func (u unknown) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	_, _, ok := split(q.Text)
	return nil, ok
}
