package bottest

import (
	"regexp"
	"strings"
)

// Read returns the next message that the member has not read yet, and waits for it while the bot works on one; a minute
// of the bot's time at most.
func (u *User) Read() Message {
	u.bot.t.Helper()
	return u.next("an answer")
}

func (u *User) next(want string) Message {
	u.bot.t.Helper()
	if len(u.unread) == 0 {
		u.bot.await(u.member.UserID, longWait)
	}
	if len(u.unread) == 0 {
		u.bot.fatalf("%s is told nothing, want %s", u.member.UserID, want)
	}
	m := u.unread[0]
	u.unread = u.unread[1:]
	return m
}

// Expect expects that the next messages are these, word for word; cards and markdown as they are read aloud.
func (u *User) Expect(texts ...string) *User {
	u.bot.t.Helper()
	for _, want := range texts {
		if got := u.next(want).Text; got != want {
			u.bot.fatalf("%s is told\n%s\nwant\n%s", u.member.UserID, got, want)
		}
	}
	return u
}

// ExpectContains expects that the next message contains all parts.
func (u *User) ExpectContains(parts ...string) *User {
	u.bot.t.Helper()
	got := u.next(strings.Join(parts, " … ")).Text
	for _, part := range parts {
		if !strings.Contains(got, part) {
			u.bot.fatalf("%s is told\n%s\nwhich does not contain\n%s", u.member.UserID, got, part)
		}
	}
	return u
}

// ExpectMatch expects that the next message matches an RE2 pattern.
func (u *User) ExpectMatch(pattern string) *User {
	u.bot.t.Helper()
	re, err := regexp.Compile(pattern)
	if err != nil {
		u.bot.fatalf("%v", err)
	}
	if got := u.next(pattern).Text; !re.MatchString(got) {
		u.bot.fatalf("%s is told\n%s\nwhich does not match %s", u.member.UserID, got, pattern)
	}
	return u
}

// ExpectCard expects that the next message is a card with this title.
func (u *User) ExpectCard(title string) *User {
	u.bot.t.Helper()
	m := u.next("a card " + title)
	c, ok := cardOf(m)
	if !ok || c.title != title {
		u.bot.fatalf("%s is told\n%s\nwant a card with the title %s", u.member.UserID, m.Text, title)
	}
	return u
}

// ExpectUpdate expects that a card of the member changed since his last act, and that it contains all parts now.
func (u *User) ExpectUpdate(parts ...string) *User {
	u.bot.t.Helper()
	if u.update == "" {
		u.bot.await(u.member.UserID, longWait)
	}
	if u.update == "" {
		u.bot.fatalf("no card of %s has changed", u.member.UserID)
	}
	for _, part := range parts {
		if !strings.Contains(u.update, part) {
			u.bot.fatalf("%s's card is now\n%s\nwhich does not contain\n%s", u.member.UserID, u.update, part)
		}
	}
	return u
}

// ExpectNone expects that the member was told nothing more.
func (u *User) ExpectNone() *User {
	u.bot.t.Helper()
	if len(u.unread) > 0 {
		u.bot.fatalf("%s is told, where nothing is expected:\n%s", u.member.UserID, texts(u.unread))
	}
	return u
}

// ExpectLater is Expect, and the messages come later than the callback was answered: the bot took its time.
func (u *User) ExpectLater(texts ...string) *User {
	u.bot.t.Helper()
	for _, want := range texts {
		m := u.next(want)
		if m.Text != want {
			u.bot.fatalf("%s is told\n%s\nwant\n%s", u.member.UserID, m.Text, want)
		}
		if !m.Time.After(u.answered) {
			u.bot.fatalf("%s is told at once, want it later:\n%s", u.member.UserID, m.Text)
		}
	}
	return u
}
