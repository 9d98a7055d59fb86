package message

import (
	"strconv"
	"strings"
)

// Field returns the text of the first element at a path below the root, as "ScanCodeInfo/ScanResult". Names are
// compared without case; an index, counted from 0, picks among repeated siblings: "SelectedItems/SelectedItem[1]/QuestionKey".
// A missing element is "".
func (m *Message) Field(path string) string {
	var first string
	m.find(path, func(value string) bool {
		first = value
		return false
	})
	return first
}

// Fields returns the texts of all elements at a path, in their order: "SelectedItems/SelectedItem/QuestionKey" are
// the keys of all questions.
func (m *Message) Fields(path string) []string {
	var all []string
	m.find(path, func(value string) bool {
		all = append(all, value)
		return true
	})
	return all
}

// Has reports whether there is an element at a path, even an empty one. In a change of a member, an empty Mobile was
// deleted and a missing one did not change.
func (m *Message) Has(path string) bool {
	found := false
	m.find(path, func(string) bool {
		found = true
		return false
	})
	return found
}

// find calls visit for every element at path until it returns false.
func (m *Message) find(path string, visit func(string) bool) {
	z := scanner{s: m.raw}
	for z.next() && z.kind != startTag {
		continue
	}
	z.find(path, visit)
}

// find walks the children of the element that just started. It recurses as deep as the path at most, and no deeper
// than the document.
func (z *scanner) find(path string, visit func(string) bool) bool {
	step, rest, deeper := strings.Cut(path, "/")
	name, index := splitIndex(step)
	for seen := 0; z.next() && z.kind != endTag; {
		if z.kind != startTag {
			continue
		}
		if !strings.EqualFold(z.name, name) {
			z.skip()
			continue
		}
		seen++
		switch {
		case index >= 0 && index != seen-1:
			z.skip()
		case deeper:
			if !z.find(rest, visit) {
				return false
			}
		case !visit(z.value()):
			return false
		}
	}
	return true
}

// splitIndex reads "Name[2]"; without an index it is -1.
func splitIndex(step string) (name string, index int) {
	name, number, ok := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	if !ok {
		return step, -1
	}
	index, err := strconv.Atoi(number)
	if err != nil || index < 0 {
		return "", -1 // no element has this name
	}
	return name, index
}
