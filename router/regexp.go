package router

import (
	"context"
	"regexp"
	"strings"

	"github.com/wecombot/wecombot/message"
)

// Regexp matches text messages that re matches, without surrounding space; its named groups are captures. A text that
// does not match is tried again with full-width letters and digits made half-width, so that \d finds １２.
func Regexp(re *regexp.Regexp) Matcher { return &pattern{re: re, names: re.SubexpNames()} }

type pattern struct {
	re    *regexp.Regexp
	names []string
}

func (m *pattern) Match(_ context.Context, q *Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	text := strings.TrimSpace(q.Text)
	found := m.re.FindStringSubmatchIndex(text)
	if found == nil {
		slim := q.narrowed()
		if slim == text {
			return nil, false
		}
		if text, found = slim, m.re.FindStringSubmatchIndex(slim); found == nil {
			return nil, false
		}
	}
	return m.captures(text, found), true
}

func (m *pattern) captures(text string, found []int) map[string]string {
	var vars map[string]string
	for i, name := range m.names {
		if name == "" {
			continue
		}
		if vars == nil {
			vars = make(map[string]string, len(m.names)-1)
		}
		vars[name] = "" // an optional group that took no part
		if from := found[2*i]; from >= 0 {
			vars[name] = text[from:found[2*i+1]]
		}
	}
	return vars
}

func (m *pattern) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	vars, ok := m.Match(ctx, q)
	return vars, ok, nil
}

func (m *pattern) String() string { return "regexp " + m.re.String() }
