package bottest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// User is a member (成员) who talks to the bot, and what reached him.
type User struct {
	bot    *Bot
	member simulator.Member

	unread   []Message
	shown    map[int64]simulator.Seen // everything that he sees, by its number, as it looks now
	order    []int64
	answered time.Time // when the callback of his last act was
	update   string    // how a card changed since his last act; "" when none did
}

// Message is something that a member sees.
type Message = simulator.Seen

// UserOption is one choice of User.
type UserOption func(*simulator.Member)

// Name sets what the member is called. Default: the user id.
func Name(name string) UserOption { return func(m *simulator.Member) { m.Name = name } }

// Departments sets the departments (部门) of the member, which exist from then on. Default: the root, 1.
func Departments(ids ...int) UserOption { return func(m *simulator.Member) { m.Departments = ids } }

// Tags sets the tags (标签) of the member, which exist from then on.
func Tags(ids ...int) UserOption { return func(m *simulator.Member) { m.Tags = ids } }

// Leader sets the user id of the direct leader.
func Leader(id string) UserOption { return func(m *simulator.Member) { m.Leader = id } }

// Position sets the job title.
func Position(title string) UserOption { return func(m *simulator.Member) { m.Position = title } }

// ReadsWeChat lets the member read in WeChat, which shows neither markdown nor cards.
func ReadsWeChat() UserOption { return func(m *simulator.Member) { m.Reader = simulator.ReadsWeChat } }

// User is the member of a user id, who is a new one the first time. Options change him.
func (b *Bot) User(id string, opts ...UserOption) *User {
	b.t.Helper()
	u := b.users[id]
	if u != nil && len(opts) == 0 {
		return u
	}
	if u == nil {
		u = b.user(id)
	}
	for _, opt := range opts {
		opt(&u.member)
	}
	b.world.do(func() {
		for _, d := range u.member.Departments {
			b.department(d)
		}
		u.member = b.sim.AddMember(u.member)
	})
	return u
}

// user is the entry of a member, whom others than User may have made.
func (b *Bot) user(id string) *User {
	u := b.users[id]
	if u == nil {
		u = &User{bot: b, member: simulator.Member{UserID: id}, shown: map[int64]simulator.Seen{}}
		b.users[id] = u
	}
	return u
}

// department makes sure that a department exists. It runs in the world.
func (b *Bot) department(id int) {
	if !slices.ContainsFunc(b.sim.Departments(), func(d simulator.Department) bool { return d.ID == id }) {
		b.sim.AddDepartment(simulator.Department{ID: id, Name: fmt.Sprintf("部门 %d", id)})
	}
}

// sees takes a message in, or how one looks now.
func (u *User) sees(m Message) {
	old, known := u.shown[m.Seq]
	u.shown[m.Seq] = m
	if !known {
		u.order = append(u.order, m.Seq)
		u.unread = append(u.unread, m)
		u.bot.talk.say(m.Time, "bot to %s: %s%s", u.member.UserID, kind(m), hanging(m.Text))
		return
	}
	switch {
	case m.Recalled && !old.Recalled:
		u.bot.talk.note("%s does not see it any more: %s", u.member.UserID, hanging(m.Text))
	case m.Card != nil && old.Card != nil && m.Card.Updates > old.Card.Updates:
		u.update = m.Text
		u.bot.talk.note("%s's card is now: %s", u.member.UserID, hanging(m.Text))
	}
	for i := range u.unread {
		if u.unread[i].Seq == m.Seq {
			u.unread[i] = m
		}
	}
}

func kind(m Message) string {
	if m.Type == "text" {
		return ""
	}
	return "[" + m.Type + "] "
}

// act lets the member do something, a full second after what was before, and waits for what comes of it.
func (u *User) act(do func() *simulator.Delivery) *simulator.Delivery {
	u.bot.t.Helper()
	b := u.bot
	u.update = ""
	var d *simulator.Delivery
	b.world.do(func() {
		// The platform tells two equal events apart by their second alone.
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		d = do()
		u.answered = time.Now()
		b.settle(oneBeat)
	})
	b.look()
	return d
}

// delivered fails the test if the platform was not content.
func (u *User) delivered(d *simulator.Delivery, what string) *User {
	u.bot.t.Helper()
	if d.Problem != "" {
		u.bot.fatalf("%s %s: %s", u.member.UserID, what, d.Problem)
	}
	if !d.Received {
		u.bot.fatalf("%s %s: the bot does not take it: %+v", u.member.UserID, what, d.Attempts)
	}
	return u
}

// Sends sends any message or event: see Image, Voice, Location and the simulator's others.
func (u *User) Sends(m simulator.Message) *User {
	u.bot.t.Helper()
	d := u.act(func() *simulator.Delivery { return u.bot.sim.Send(context.Background(), u.bot.app, u.member.UserID, m) })
	return u.delivered(d, "sends "+m.Note)
}

// Says sends a text.
func (u *User) Says(text string) *User {
	u.bot.t.Helper()
	return u.Sends(simulator.Text(text))
}

// Enters opens the app.
func (u *User) Enters() *User {
	u.bot.t.Helper()
	return u.Sends(simulator.Enter())
}

// Menu chooses an entry of the app's menu by its key.
func (u *User) Menu(key string) *User {
	u.bot.t.Helper()
	return u.Sends(simulator.Click(key))
}

// SendsImage sends a picture, whose bytes the bot can fetch.
func (u *User) SendsImage(name string, data []byte) *User {
	u.bot.t.Helper()
	var m simulator.Message
	u.bot.world.do(func() { m = simulator.Image(u.bot.sim.AddPicture(u.bot.app.CorpID, name, data)) })
	return u.Sends(m)
}

// SendsVoice sends a recording in AMR, whose bytes the bot can fetch.
func (u *User) SendsVoice(name string, data []byte) *User {
	u.bot.t.Helper()
	var m simulator.Message
	u.bot.world.do(func() { m = simulator.Voice(u.bot.sim.AddMedia(u.bot.app.CorpID, "voice", name, data), "amr") })
	return u.Sends(m)
}

// Clicks presses a button of a card that the member sees, the newest one that has it, by its key or its words. Choices
// are what he picked in the card's questions.
func (u *User) Clicks(button string, choices ...Choice) *User {
	u.bot.t.Helper()
	card, key, ok := u.find(button)
	if !ok {
		u.bot.fatalf("%s sees no button %q", u.member.UserID, button)
	}
	for i, c := range choices {
		choices[i] = card.resolve(c)
	}
	d := u.act(func() *simulator.Delivery {
		return u.bot.sim.Press(context.Background(), u.bot.app, u.member.UserID, card.task, key, choices...)
	})
	return u.delivered(d, fmt.Sprintf("clicks %q", button))
}

// ExpectNoButton expects that the member sees no card with a button of that key or words, which can be pressed.
func (u *User) ExpectNoButton(button string) *User {
	u.bot.t.Helper()
	if card, _, ok := u.find(button); ok && !card.grey {
		u.bot.fatalf("%s sees a button %q:\n%s", u.member.UserID, button, card.text)
	}
	return u
}

// find looks for a button in the member's cards, the newest first; those that can be pressed come before the others.
func (u *User) find(button string) (found card, key string, ok bool) {
	for _, seq := range slices.Backward(u.order) {
		c, is := cardOf(u.shown[seq])
		if !is {
			continue
		}
		k, has := c.button(button)
		switch {
		case has && !c.grey:
			return c, k, true
		case has && !ok:
			found, key, ok = c, k, true
		}
	}
	return found, key, ok
}

// texts are what a member reads in messages.
func texts(ms []Message) string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Text
	}
	return strings.Join(lines, "\n")
}
