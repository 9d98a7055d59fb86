package reply

import (
	"encoding/json"
	"strings"
)

// Mentions are people to be notified in a group: user ids or "@all", and phone numbers or "@all". Only the text of a
// webhook can mention a phone number.
type Mentions struct{ Users, Mobiles []string }

// WithMentions mentions people with the first text or markdown of r where the target is a group (TargetChat,
// TargetWebhook). A single chat needs no mention: there they are left out.
func WithMentions(r Reply, m Mentions) Reply { return mention{r, m} }

type mention struct {
	Reply
	who Mentions
}

func (m mention) Units(o Options) ([]Unit, error) {
	us, err := unitsOf(m.Reply, o)
	if err != nil || !o.Target.route().mentions {
		return us, err
	}
	for i, u := range us {
		switch u.MsgType {
		case "text":
			us[i].Body = m.inText(u)
			return us, nil
		case "markdown":
			return m.inMarkdown(us, i, o), nil
		}
	}
	return us, nil
}

type textBody struct {
	Content string   `json:"content"`
	Users   []string `json:"mentioned_list,omitempty"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

func (m mention) inText(u Unit) json.RawMessage {
	return bodyOf(textBody{u.Plain, m.who.Users, m.who.Mobiles})
}

// inMarkdown writes <@userid> behind the unit, or into one of its own where there is no room (docs 90248, 91770).
func (m mention) inMarkdown(us []Unit, i int, o Options) []Unit {
	if len(m.who.Users) == 0 {
		return us
	}
	ats := "<@" + strings.Join(m.who.Users, "><@") + ">"
	var body textBody
	if err := json.Unmarshal(us[i].Body, &body); err != nil { // of our own making
		panic("reply: " + err.Error())
	}
	if s := body.Content + "\n" + ats; len(s) <= o.Target.route().markdown {
		us[i].Body = contentBody(s)
		return us
	}
	return append(us, Unit{MsgType: "markdown", Body: contentBody(ats), Plain: ats})
}
