package router

import "strings"

// A turn is one message's way through a table: the forms of its text and the machine for its expressions, made once
// and shared by all rules that are tried. Handlers never see it, so it may be used again afterwards.
type turn struct {
	foldedText, narrowText string
	haveFolded, haveNarrow bool

	machine machine
	scratch scratch // of the index
}

func (t *turn) reset() {
	t.foldedText, t.narrowText = "", ""
	t.haveFolded, t.haveNarrow = false, false
	t.machine.reset()
}

// folded is Fold of the text.
func (q *Request) folded() string {
	t := q.turn
	if t == nil {
		return Fold(q.Text)
	}
	if !t.haveFolded {
		t.foldedText, t.haveFolded = Fold(q.Text), true
	}
	return t.foldedText
}

// narrowed is the trimmed text in half width.
func (q *Request) narrowed() string {
	t := q.turn
	if t == nil {
		return strings.TrimSpace(narrow(q.Text))
	}
	if !t.haveNarrow {
		t.narrowText, t.haveNarrow = strings.TrimSpace(narrow(q.Text)), true
	}
	return t.narrowText
}
