package plugintest

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// User is a member.
func (b *Bot) User(id string) *User { return &User{b, id} }

// User is a member who writes to the app.
type User struct {
	bot *Bot
	id  string
}

// Says sends a text.
func (u *User) Says(text string) Answer {
	u.bot.T.Helper()
	return u.Sends("<MsgType>text</MsgType><Content>"+escape(text)+"</Content>", fmt.Sprintf("%s says %q", u.id, text))
}

// Clicks clicks a button of a card, with the options that are chosen.
func (u *User) Clicks(key string, options ...string) Answer {
	u.bot.T.Helper()
	var chosen strings.Builder
	for _, o := range options {
		chosen.WriteString("<OptionId>" + escape(o) + "</OptionId>")
	}
	return u.Sends("<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>"+escape(key)+"</EventKey><TaskId>t</TaskId><ResponseCode>c</ResponseCode>"+
		"<SelectedItems><SelectedItem><QuestionKey>vote</QuestionKey><OptionIds>"+chosen.String()+"</OptionIds></SelectedItem></SelectedItems>",
		fmt.Sprintf("%s clicks %q", u.id, key))
}

// Sends sends a message with these elements; what is for messages of failures.
func (u *User) Sends(elements, what string) Answer {
	b := u.bot
	b.T.Helper()
	b.mu.Lock()
	b.ids++
	doc := fmt.Sprintf("<xml><ToUserName>ww1</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>%s<MsgId>%d</MsgId><AgentID>1</AgentID></xml>",
		escape(u.id), b.now.Unix(), elements, b.ids)
	b.mu.Unlock()
	m, err := message.Parse([]byte(doc))
	if err != nil {
		b.T.Fatal(err)
	}
	q := &router.Request{Message: m, App: b.Host.App, Attempt: 1, Log: b.Host.Log, User: func(context.Context) (*router.User, error) {
		if u := b.Users[m.From]; u != nil {
			return u, nil
		}
		return nil, fmt.Errorf("no member %s", m.From)
	}}
	r, err := b.route(b.T.Context(), q)
	a := Answer{t: b.T, what: what, Err: err, Reply: r}
	if r != nil {
		if a.Units, err = r.Units(reply.Options{}); err != nil {
			b.T.Errorf("%s: the answer cannot be rendered: %v", what, err)
		}
		a.Text = plain(a.Units)
	}
	return a
}

func escape(s string) string {
	var out bytes.Buffer
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.String()
}

func plain(us []reply.Unit) string {
	lines := make([]string, len(us))
	for i, u := range us {
		lines[i] = u.Plain
	}
	return strings.Join(lines, "\n")
}
