package bottest

import (
	"fmt"
	"strings"
	"time"
)

// transcript is the conversation so far, for people.
type transcript struct{ lines []string }

func (t *transcript) say(at time.Time, format string, args ...any) {
	t.lines = append(t.lines, at.Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

func (t *transcript) note(format string, args ...any) {
	t.lines = append(t.lines, "         ("+fmt.Sprintf(format, args...)+")")
}

// Transcript is the conversation so far: what members said and saw, the calls that were out of the ordinary, the bot's
// warnings. A failure prints it.
func (b *Bot) Transcript() string {
	text := "The conversation:\n" + strings.Join(b.talk.lines, "\n")
	if log := b.log.warnings(); log != "" {
		text += "\nThe bot's warnings:\n" + log
	}
	return text
}

// hanging is a text of several lines, indented under its first.
func hanging(s string) string { return strings.ReplaceAll(s, "\n", "\n           ") }
