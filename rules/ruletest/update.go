package ruletest

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
)

// Apply rewrites the `equals` of test files to what was answered, for `botd test --update`. Block scalars ("|", ">") are
// left alone. It returns how many it changed.
func (r *Report) Apply() (int, error) {
	byFile := map[string][]Update{}
	for _, res := range r.Results {
		for _, u := range res.Updates {
			byFile[u.Old.Pos.File] = append(byFile[u.Old.Pos.File], u)
		}
	}
	changed := 0
	for file, updates := range byFile {
		raw, err := os.ReadFile(file)
		if err != nil {
			return changed, err
		}
		out, n := apply(raw, updates)
		if n == 0 {
			continue
		}
		if err := os.WriteFile(file, out, 0o644); err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// apply replaces from the end, so that places before stay where they are.
func apply(raw []byte, updates []Update) ([]byte, int) {
	type edit struct {
		from, to int
		text     []byte
	}
	var edits []edit
	for _, u := range updates {
		quoted, err := json.Marshal(u.New) // a JSON string is a double-quoted scalar
		if from, to, ok := u.Old.Span(raw); ok && err == nil {
			edits = append(edits, edit{from, to, quoted})
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	for _, e := range edits {
		raw = slices.Concat(raw[:e.from], e.text, raw[e.to:])
	}
	return raw, len(edits)
}
