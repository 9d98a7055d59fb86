package lanes

// record is an entry as it was before a change.
type record struct {
	entry *Entry
	was   Item
	in    bool
}

// Begin starts remembering changes.
func (q *Queue) Begin() { q.recording = true }

// Commit keeps all changes since Begin.
func (q *Queue) Commit() { q.forget() }

// Rollback takes back all changes since Begin.
func (q *Queue) Rollback() {
	for i := len(q.journal) - 1; i >= 0; i-- {
		r := q.journal[i]
		if r.entry.in {
			q.takeOut(r.entry)
		}
		r.entry.Item = r.was
		if r.in {
			q.insert(r.entry)
		}
	}
	q.forget()
}

func (q *Queue) forget() {
	clear(q.journal) // or it would keep removed entries alive
	q.journal, q.recording = q.journal[:0], false
}

func (q *Queue) remember(e *Entry) {
	if q.recording {
		q.journal = append(q.journal, record{entry: e, was: e.Item, in: e.in})
	}
}
