package router

import (
	"context"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/message"
)

// words compares the folded text of a message with folded words.
type words struct {
	op     wordOp
	folded []string
}

type wordOp uint8

const (
	opExact wordOp = iota
	opPrefix
	opKeyword
)

// Exact matches text messages that are one of words, but for case, width and surrounding space.
func Exact(ws ...string) Matcher { return &words{opExact, foldAll(ws)} }

// Prefix matches text messages that begin with one of words, but for case and width; Vars["rest"] is what follows the
// longest of them, as the member typed it, without surrounding space.
func Prefix(ws ...string) Matcher { return &words{opPrefix, longestFirst(foldAll(ws))} }

// Keyword matches text messages that contain one of words anywhere, but for case and width. Inside a longer word
// counts too: "vpn" is in "openvpn".
func Keyword(ws ...string) Matcher { return &words{opKeyword, foldAll(ws)} }

func foldAll(ws []string) []string {
	folded := make([]string, len(ws))
	for i, w := range ws {
		folded[i] = Fold(w)
	}
	return folded
}

func (m *words) Match(_ context.Context, q *Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	text := q.folded()
	switch m.op {
	case opExact:
		return nil, slices.Contains(m.folded, text)
	case opPrefix:
		for _, w := range m.folded {
			if strings.HasPrefix(text, w) {
				return map[string]string{"rest": afterFolded(q.Text, w)}, true
			}
		}
	case opKeyword:
		for _, w := range m.folded {
			if strings.Contains(text, w) {
				return nil, true
			}
		}
	}
	return nil, false
}

func (m *words) test(ctx context.Context, q *Request) (map[string]string, bool, error) {
	vars, ok := m.Match(ctx, q)
	return vars, ok, nil
}

func (m *words) guard() guard {
	kind := map[wordOp]termKind{opExact: foldedIs, opPrefix: foldedStarts, opKeyword: foldedContains}[m.op]
	return terms(typeBit(message.TypeText), kind, m.folded)
}

func (m *words) String() string { return m.op.String() + " " + strings.Join(m.folded, "|") }

func (op wordOp) String() string { return [...]string{"exact", "prefix", "keyword"}[op] }
