package router

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/wecombot/wecombot/message"
)

// Explanation says, rule by rule, why a table answers a message as it does. Its String and Format are for people, its
// JSON for scripts.
type Explanation struct {
	Rules    []RuleExplanation `json:"rules"`               // in the order in which they are tried
	Matched  []string          `json:"matched,omitempty"`   // the rules that run, in order
	Winner   string            `json:"winner,omitempty"`    // the matched rule that ends the walk
	NotFound bool              `json:"not_found,omitempty"` // nothing matched, and the fallback answers
}

// RuleExplanation is one rule's part in it.
type RuleExplanation struct {
	Name     string            `json:"name"`
	Source   string            `json:"source,omitempty"`
	Outcome  Outcome           `json:"outcome"`
	Continue bool              `json:"continue,omitempty"`
	Vars     map[string]string `json:"vars,omitempty"` // captures
	Why      *Part             `json:"why,omitempty"`  // nil where the rule was not reached
}

// Outcome is what became of a rule.
type Outcome string

// The outcomes.
const (
	OutcomeMatched    Outcome = "matched"
	OutcomeNoMatch    Outcome = "no_match"    // evaluated, and false
	OutcomeFailed     Outcome = "failed"      // evaluated, and in error: no match
	OutcomeFiltered   Outcome = "filtered"    // the index left it out without evaluating it
	OutcomeNotReached Outcome = "not_reached" // an earlier rule ended the walk
)

// Part is one condition of a rule with its truth.
type Part struct {
	Kind    string   `json:"kind"`           // "keyword", "when", "expr" (within when), "value" (within expr), "and" …
	Want    []string `json:"want,omitempty"` // the words, types, keys …; the source of an expression
	Got     string   `json:"got,omitempty"`  // what was found instead, or the value
	OK      bool     `json:"ok"`
	Skipped bool     `json:"skipped,omitempty"` // what came before decided
	Error   string   `json:"error,omitempty"`
	Parts   []Part   `json:"parts,omitempty"`

	vars map[string]string
}

// Explain says what Handle would do with q, without running a handler. It evaluates the rules that the index leaves
// out, too, and may therefore read the member's record where Handle would not. What a handler of an earlier rule with
// Continue would put into the session is not there.
func (t *Table) Explain(ctx context.Context, q *Request) Explanation {
	at := *q
	at.turn = new(turn)
	if at.Log == nil {
		at.Log = slog.New(slog.DiscardHandler)
	}
	candidate := make(map[int]bool)
	found := t.index.candidates(&at)
	for i, more := found.next(); more; i, more = found.next() {
		candidate[i] = true
	}
	var x Explanation
	for i := range t.rules {
		r := &t.rules[i]
		e := RuleExplanation{Name: r.Name, Source: r.Source, Continue: r.Continue, Outcome: OutcomeNotReached}
		if x.Winner == "" {
			why := explain(ctx, r.Match, &at)
			e.Why, e.Outcome = &why, outcome(why, candidate[i])
		}
		if e.Outcome == OutcomeMatched {
			e.Vars = e.Why.vars
			x.Matched = append(x.Matched, r.Name)
			if !r.Continue {
				x.Winner = r.Name
			}
		}
		x.Rules = append(x.Rules, e)
	}
	x.NotFound = len(x.Matched) == 0 && t.falls(&at)
	return x
}

func outcome(why Part, candidate bool) Outcome {
	switch {
	case !candidate:
		return OutcomeFiltered
	case why.OK:
		return OutcomeMatched
	case why.failed():
		return OutcomeFailed
	}
	return OutcomeNoMatch
}

// failed says whether an expression of the part failed.
func (p *Part) failed() bool {
	if p.Kind == "when" {
		return p.Error != ""
	}
	for i := range p.Parts {
		if p.Parts[i].failed() {
			return true
		}
	}
	return false
}

// Explainer is a Matcher of another package that says more of itself than yes or no: Kind, Want and Got in words.
type Explainer interface {
	Matcher
	Explain(ctx context.Context, q *Request) Part
}

func explain(ctx context.Context, m Matcher, q *Request) Part {
	if m, ok := m.(matcher); ok {
		return m.explain(ctx, q)
	}
	vars, ok := m.Match(ctx, q)
	p := Part{Kind: "custom"}
	if m, explains := m.(Explainer); explains {
		p = m.Explain(ctx, q)
	}
	p.OK, p.vars = ok, vars
	return p
}

// skipped is the part of a matcher that was not tried.
func skipped(m Matcher) Part {
	p := Part{Kind: "custom"}
	if m, ok := m.(matcher); ok {
		p = m.part()
	}
	p.Skipped = true
	return p
}

func (anyMatcher) part() Part    { return Part{Kind: "any"} }
func (f *field) part() Part      { return Part{Kind: f.name, Want: f.values} }
func (m keyPrefix) part() Part   { return Part{Kind: "key_prefix", Want: m} }
func (m *words) part() Part      { return Part{Kind: m.op.String(), Want: m.folded} }
func (m *pattern) part() Part    { return Part{Kind: "regexp", Want: []string{m.re.String()}} }
func (m exprMatcher) part() Part { return Part{Kind: "when", Want: []string{m.src}} }
func (ms and) part() Part        { return Part{Kind: "and", Want: []string{ms.String()}} }
func (ms or) part() Part         { return Part{Kind: "or", Want: []string{ms.String()}} }
func (n not) part() Part         { return Part{Kind: "not", Want: []string{describe(n.m)}} }

func (m typeMatcher) part() Part {
	p := Part{Kind: "type"}
	for _, t := range m {
		p.Want = append(p.Want, string(t))
	}
	return p
}

func (m anyMatcher) explain(context.Context, *Request) Part {
	p := m.part()
	p.OK = true
	return p
}

func (f *field) explain(ctx context.Context, q *Request) Part {
	p := f.part()
	_, p.OK = f.Match(ctx, q)
	p.Got = f.get(q)
	return p
}

func (m typeMatcher) explain(ctx context.Context, q *Request) Part {
	p := m.part()
	_, p.OK = m.Match(ctx, q)
	p.Got = string(q.Type)
	return p
}

func (m keyPrefix) explain(ctx context.Context, q *Request) Part {
	p := m.part()
	p.vars, p.OK = m.Match(ctx, q)
	p.Got = q.Key
	return p
}

func (m *words) explain(ctx context.Context, q *Request) Part {
	p := m.part()
	p.vars, p.OK = m.Match(ctx, q)
	p.Got = q.folded()
	return textOnly(p, q)
}

func (m *pattern) explain(ctx context.Context, q *Request) Part {
	p := m.part()
	p.vars, p.OK = m.Match(ctx, q)
	p.Got = q.Text
	return textOnly(p, q)
}

// textOnly says why words and patterns do not match other messages.
func textOnly(p Part, q *Request) Part {
	if q.Type == message.TypeText {
		return p
	}
	p.Got = ""
	p.Parts = []Part{{Kind: "type", Want: []string{string(message.TypeText)}, Got: string(q.Type)}}
	return p
}

func (ms and) explain(ctx context.Context, q *Request) Part {
	p := Part{Kind: "and", OK: true}
	for _, m := range ms {
		if !p.OK {
			p.Parts = append(p.Parts, skipped(m))
			continue
		}
		part := explain(ctx, m, q)
		p.OK = part.OK
		p.vars, q = capture(p.vars, part.vars, q)
		p.Parts = append(p.Parts, part)
	}
	return p
}

func (ms or) explain(ctx context.Context, q *Request) Part {
	p := Part{Kind: "or"}
	for _, m := range ms {
		if p.OK {
			p.Parts = append(p.Parts, skipped(m))
			continue
		}
		part := explain(ctx, m, q)
		p.OK, p.vars = part.OK, part.vars
		p.Parts = append(p.Parts, part)
	}
	return p
}

func (n not) explain(ctx context.Context, q *Request) Part {
	part := explain(ctx, n.m, q)
	return Part{Kind: "not", OK: !part.OK && !part.failed(), Parts: []Part{part}}
}

func (m exprMatcher) explain(ctx context.Context, q *Request) Part {
	p := m.part()
	_, ok, err := m.test(ctx, q)
	if p.OK = ok; err != nil {
		p.Error = err.Error()
	} else {
		p.Got = strconv.FormatBool(ok)
	}
	p.Parts = m.explainParts(ctx, q)
	return p
}
