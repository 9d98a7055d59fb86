package llm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/router"
)

// written is a model's answer.
type written struct {
	text string // all of it
	rest string // what was not sent as a part
}

const (
	// partsAfter is when an answer begins to be sent in parts. The callback's own answer leaves within five seconds; a
	// part sent earlier could be overtaken by it.
	partsAfter = 6 * time.Second
	// minPart is the least that is worth a message of its own, in bytes; members are sent 30 a minute at most.
	minPart = 600
	// maxOutput bounds an answer, in bytes.
	maxOutput = 24 << 10
)

// write streams the answer; paragraphs that are complete go ahead when it takes long. What came before a stream broke off
// is an answer too.
func (l *llm) write(ctx context.Context, q *router.Request, messages []turn) (written, error) {
	began := l.env.Clock()
	var all strings.Builder
	sent, parts := 0, 0
	for piece, err := range l.pieces(ctx, q, messages) {
		if err != nil {
			if strings.TrimSpace(all.String()) == "" {
				return written{}, err
			}
			l.env.Log.WarnContext(ctx, "model's answer broke off", "user", q.From, "err", err)
			all.WriteString(l.env.Say("\n\n（回答中断了）", "\n\n(the answer broke off)"))
			break
		}
		all.WriteString(piece)
		if all.Len() > maxOutput {
			text := cut(all.String(), maxOutput) + l.env.Say("\n\n（太长，已截断）", "\n\n(too long, cut off)")
			all.Reset()
			all.WriteString(text)
			break
		}
		if l.env.Clock().Sub(began) < partsAfter {
			continue
		}
		if end := paragraph(all.String()[sent:]); end > 0 {
			if err := l.part(ctx, q, parts, all.String()[sent:sent+end]); err != nil {
				return written{}, err
			}
			sent, parts = sent+end, parts+1
		}
	}
	text := all.String()
	rest := strings.TrimSpace(text[sent:])
	if rest == "" && parts == 0 {
		return written{}, fmt.Errorf("the model's answer is empty")
	}
	if rest == "" {
		rest = "—"
	}
	return written{text: strings.TrimSpace(text), rest: rest}, nil
}

// pieces is the model's answer piece by piece, with what it finds out by tools on the way.
func (l *llm) pieces(ctx context.Context, q *router.Request, messages []turn) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for range maxRounds {
			var calls []toolCall
			for piece, err := range l.model.stream(ctx, messages, &calls) {
				if !yield(piece, err) {
					return
				}
			}
			if len(calls) == 0 {
				return
			}
			messages = append(messages, l.use(ctx, q, calls)...)
		}
		yield("", errors.New("the model asks for one tool after the other"))
	}
}

// part sends a part of an answer. Its ID follows from the message: run again after a crash, it is not sent twice.
func (l *llm) part(ctx context.Context, q *router.Request, n int, text string) error {
	return l.env.Send(ctx, plugins.Message{
		ID: fmt.Sprintf("%s/%d/%d/%d", q.From, q.CreateTime, q.Message.ID, n), To: plugins.Member(q.From), Reply: l.reply(strings.TrimSpace(text)),
	})
}

// paragraph is where the last complete paragraph ends, if it is worth sending; never within a block of code.
func paragraph(text string) int {
	if len(text) < minPart {
		return 0
	}
	end, at, fenced := 0, 0, false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
		}
		at += len(line)
		if trimmed == "" && !fenced && strings.HasSuffix(line, "\n") {
			end = at
		}
	}
	if end < minPart {
		return 0
	}
	return end
}

// cut shortens to at most n bytes, not within a character.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
