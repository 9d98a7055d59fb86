package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Problem is one thing wrong in a file, for the person who wrote the file.
type Problem struct {
	File      string
	Line, Col int    // from 1, Col in characters; 0 where only the file is known
	Message   string // what is wrong, with what was found
	Hint      string // what to write instead; may be empty
}

// String is "file:line:col: message (hint)".
func (p Problem) String() string {
	s := Pos{p.File, p.Line, p.Col}.String() + ": " + p.Message
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Error makes a problem usable as an error.
func (p Problem) Error() string { return p.String() }

// Sort orders problems by place: by the files in the order given, others after them in that of their first problem.
func Sort(ps []Problem, files ...string) {
	rank := map[string]int{}
	for _, f := range files {
		rank[f] = len(rank)
	}
	for _, p := range ps {
		if _, ok := rank[p.File]; !ok {
			rank[p.File] = len(rank)
		}
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

// Pos is where a value stands. The zero value is nowhere.
type Pos struct {
	File      string
	Line, Col int // from 1, Col in characters
}

// String is "file:line:col", or just the file where the line is not known.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// Problem is a problem at p.
func (p Pos) Problem(format string, args ...any) Problem {
	return Problem{File: p.File, Line: p.Line, Col: p.Col, Message: fmt.Sprintf(format, args...)}
}

// WithHint is p with a hint.
func (p Problem) WithHint(format string, args ...any) Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// didYouMean is the hint for a wrong name: the nearest of the allowed ones, or all of them.
func didYouMean(near string, allowed []string) string {
	switch {
	case near != "":
		return "did you mean " + strconv.Quote(near) + "?"
	case len(allowed) == 0:
		return ""
	default:
		return "possible: " + list(allowed)
	}
}
