package dialog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// keyPrefix begins the keys of the buttons that a dialog shows: "dlg:" id ":" mark ":" value.
const keyPrefix = "dlg:"

// maxButtons is how many buttons a card may have (doc 90236).
const maxButtons = 6

// maxTitle is about how much of a card's title is shown, in characters; a longer prompt goes below it.
const maxTitle = 26

// card shows a question's choices as buttons. Members who read in WeChat, where cards are not shown, get the prompt.
func (d *D) card(mark uint32, prompt string, choices []string) reply.Reply {
	title, _, _ := strings.Cut(prompt, "\n") // the choices that the prompt lists are on the buttons
	card := reply.Card(title)
	if utf8.RuneCountInString(title) > maxTitle {
		card = reply.Card(d.def.version.name).Text(title)
	}
	for _, c := range choices {
		card = card.Button(c, buttonKey(d.rec.id, mark, c))
	}
	return reply.WithFallback(card, prompt)
}

func buttonKey(id uint64, mark uint32, value string) string {
	return fmt.Sprintf("%s%016x:%08x:%s", keyPrefix, id, mark, value)
}

// isOwnClick reports whether the message is a click on a card of a dialog.
func isOwnClick(q *router.Request) bool {
	return q.Type == message.TypeEvent && q.Event == "template_card_event" && strings.HasPrefix(q.Key, keyPrefix)
}

// current reports whether the click is on the question that is asked, and not on a card that was shown before.
func (t *turn) current() bool {
	if t.rec.state == nil {
		return false
	}
	if t.rec.last == t.last {
		return true // a second delivery
	}
	return t.rec.phase == phaseWaiting && strings.HasPrefix(t.q.Key, buttonKey(t.rec.id, t.rec.pending, ""))
}

// choice is the value of the button that was clicked.
func choice(q *router.Request) string {
	if !isOwnClick(q) {
		return ""
	}
	parts := strings.SplitN(q.Key, ":", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[3]
}
