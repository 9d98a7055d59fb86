package rules

import (
	"context"
	"strings"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// fallback compiles what answers when no rule does. It sees the suggestions.
func (l *loader) fallback(f *fallback, wanted bool) router.Handler {
	l.subject = "fallback"
	s := l.base.with(l.compiler, "suggest", map[string]any{"suggest": ""})
	before := len(l.problems)
	steps := l.steps(&f.action, s)
	if !f.Form.IsZero() {
		l.report(f.Form.Pos, "start the form by a rule", "a fallback cannot start a form")
	}
	if len(l.problems) > before {
		return nil
	}
	phrases := &l.phrases // complete when the set is
	app := l.options.App
	var h router.Handler = router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		t := &turn{ctx: ctx, q: q, app: app}
		if wanted {
			t.extra = map[string]any{"suggest": phrases.like(ctx, q)}
		}
		return t.perform(steps)
	})
	if f.Every > 0 {
		h = l.limited("(fallback)", &limitSpec{Times: 1, Every: f.Every, Per: "member"}, h)
	}
	return h
}

// wantsSuggestions reports whether a file's text uses suggest at all, since finding them costs a look at every phrase.
func wantsSuggestions(raw []byte) bool { return strings.Contains(string(raw), "suggest") }
