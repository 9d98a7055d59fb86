package assembly

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// askRule tells one rule a text, as the sender of q, and returns what he would read.
func (a *App) askRule(ctx context.Context, q *router.Request, name, text string) (string, error) {
	a.mu.Lock()
	set := a.set
	a.mu.Unlock()
	if set.Table == nil {
		return "", fmt.Errorf("no rule %q", name)
	}
	rules := set.Table.Rules()
	i := slices.IndexFunc(rules, func(r router.Rule) bool { return r.Name == name })
	if i < 0 {
		return "", fmt.Errorf("no rule %q", name)
	}
	only, err := router.NewTable(rules[i:i+1], nil)
	if err != nil {
		return "", err
	}
	told := *q
	told.Message = &message.Message{To: q.To, From: q.From, CreateTime: q.CreateTime, Type: message.TypeText, ID: q.ID, AgentID: q.AgentID, Text: text}
	r, matched, err := only.Handle(ctx, &told)
	switch {
	case err != nil:
		return "", err
	case len(matched) == 0:
		return "", fmt.Errorf("the rule %q does not take %q", name, text)
	case r == nil:
		return "", nil
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		return "", err
	}
	var lines []string
	for _, u := range units {
		lines = append(lines, u.Plain)
	}
	return strings.Join(lines, "\n"), nil
}
