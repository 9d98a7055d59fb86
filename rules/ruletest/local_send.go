package ruletest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/rules"
)

// plug makes the app's plugins, and adds what they have to the options of its rules.
func (b *localBot) plug(l *Local, o *rules.Options) error {
	if l.Plugins == nil {
		return nil
	}
	roles := handlers.Roles{}
	for name, r := range o.Roles {
		roles[name] = handlers.Role{Users: r.Users, Departments: r.Departments, Tags: r.Tags}
	}
	app, err := l.Plugins(plugins.Host{
		App: o.App, Store: b.store, Language: o.Language, Location: o.Location, Clock: b.clock, Timer: b.at, Outbox: pushed{b}, Transport: b,
		Dialogs: b.engine, Roles: roles, Members: b.members,
	})
	if err != nil {
		return err
	}
	b.plugged = app
	o.Routes = append(slices.Clone(o.Routes), app.Rules()...)
	all := maps.Clone(o.Handlers)
	if all == nil {
		all = app.Handlers()
	} else {
		maps.Copy(all, app.Handlers())
	}
	o.Handlers = all
	return app.Start(context.Background())
}

// Send implements rules.Sender.
func (b *localBot) Send(_ context.Context, o rules.Outgoing) error {
	units, err := o.Reply.Units(reply.Options{})
	if err != nil {
		return err
	}
	to := slices.Clone(o.To.Users)
	for _, d := range o.To.Departments {
		to = append(to, "department:"+strconv.Itoa(d))
	}
	for _, t := range o.To.Tags {
		to = append(to, "tag:"+strconv.Itoa(t))
	}
	if o.To.Chat != "" {
		to = append(to, "chat:"+o.To.Chat)
	}
	if o.To.All {
		to = append(to, "all")
	}
	if o.After <= 0 {
		b.note(o.ID, to, units)
		return nil
	}
	b.at(b.clock().Add(o.After), func() {
		if !b.anyDecided(o.Unless) {
			b.note(o.ID, to, units)
		}
	})
	return nil
}

// anyDecided reports whether one of the cards was answered by a button.
func (b *localBot) anyDecided(cards []rules.Outgoing) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(cards, func(o rules.Outgoing) bool { return b.decided[o.ID] })
}

// pushed takes what plugins send.
type pushed struct{ b *localBot }

// Push implements plugins.Outbox.
func (p pushed) Push(_ context.Context, ds ...outbox.Delivery) error {
	for _, d := range ds {
		note := func() { p.b.note(d.ID, receivers(d.To), d.Units) }
		if d.NotBefore.After(p.b.clock()) {
			p.b.at(d.NotBefore, note)
		} else {
			note()
		}
	}
	return nil
}

// receivers are those of a call of the platform, as Sends is written.
func receivers(to outbox.To) []string {
	var all []string
	add := func(prefix, ids string) {
		for id := range strings.SplitSeq(ids, "|") {
			if id != "" {
				all = append(all, prefix+id)
			}
		}
	}
	if to.User == "@all" {
		return []string{"all"}
	}
	add("", to.User)
	add("department:", to.Party)
	add("tag:", to.Tag)
	add("chat:", to.Chat)
	return all
}

// note keeps a message that was sent, once.
func (b *localBot) note(id string, to []string, units []reply.Unit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ids[id] {
		return
	}
	b.ids[id] = true
	for _, user := range b.readers(to) {
		b.see(user, units, id)
	}
	b.sent = append(b.sent, Sent{to, read(units)})
}

// readers are the members who see a message, as far as the case knows them.
func (b *localBot) readers(to []string) []string {
	var users []string
	for _, x := range to {
		if !strings.Contains(x, ":") && x != "all" {
			users = append(users, x)
		}
	}
	for id, u := range b.c.Members {
		in := func(kind string, ids []int) bool {
			return slices.ContainsFunc(ids, func(n int) bool { return slices.Contains(to, kind+strconv.Itoa(n)) })
		}
		if slices.Contains(to, "all") || in("department:", u.Departments) || in("tag:", u.Tags) {
			users = append(users, id)
		}
	}
	return users
}
