package lanes

// Add puts an item in its place by Seq. Its ID and Seq must be new to the queue.
func (q *Queue) Add(item Item) *Entry {
	e := &Entry{Item: item, expiry: -1}
	q.remember(e)
	q.insert(e)
	return e
}

// Remove takes an entry out.
func (q *Queue) Remove(e *Entry) {
	q.remember(e)
	q.takeOut(e)
}

// Lease hands out an entry: its Attempt grows by one.
func (q *Queue) Lease(e *Entry, token uint64, until int64) {
	q.change(e, func() { e.Attempt, e.Token, e.Until = e.Attempt+1, token, until })
}

// Renew moves the end of a lease.
func (q *Queue) Renew(e *Entry, until int64) {
	q.change(e, func() { e.Until = until })
}

// Release ends a lease; the entry stays where it is and waits for notBefore.
func (q *Queue) Release(e *Entry, notBefore int64) {
	q.change(e, func() { e.Token, e.Until, e.NotBefore = 0, 0, notBefore })
}

// Return takes a lease back that nobody used: it does not count as an attempt.
func (q *Queue) Return(e *Entry) {
	q.change(e, func() { e.Attempt, e.Token, e.Until = e.Attempt-1, 0, 0 })
}

// change alters scheduling fields of an entry in its place; Seq, ID, Lane and Expires stay.
func (q *Queue) change(e *Entry, set func()) {
	q.remember(e)
	q.untrack(e)
	set()
	q.track(e)
	q.settle(e.lane)
}

// track counts an entry where its own state, not its lane's, matters.
func (q *Queue) track(e *Entry) {
	if e.Token != 0 {
		q.leased++
		e.lane.leased = e
	} else if e.Expires != 0 {
		q.expiring.push(e)
	}
}

func (q *Queue) untrack(e *Entry) {
	if e.Token != 0 {
		q.leased--
		e.lane.leased = nil
	}
	if e.expiry >= 0 {
		q.expiring.remove(e.expiry)
	}
}

func (q *Queue) insert(e *Entry) {
	l := q.lanes[e.Lane]
	if l == nil {
		l = &lane{name: e.Lane, place: -1}
		q.lanes[e.Lane] = l
	}
	e.lane, e.Lane, e.in = l, l.name, true // one copy of the name for all items of a lane
	q.byID[e.ID] = e
	q.link(e)
	l.link(e)
	q.track(e)
	q.settle(l)
}

func (q *Queue) takeOut(e *Entry) {
	l := e.lane
	q.untrack(e)
	q.unlink(e)
	l.unlink(e)
	delete(q.byID, e.ID)
	e.in, e.lane = false, nil
	if l.head == nil {
		l.leave()
		delete(q.lanes, l.name)
		return
	}
	q.settle(l)
}

// settle puts a lane into the heap where it belongs.
func (q *Queue) settle(l *lane) {
	l.leave()
	switch {
	case l.leased != nil:
		l.wake, l.home = l.leased.Until, &q.waiting
	case l.head.NotBefore > q.now:
		l.wake, l.home = l.head.NotBefore, &q.waiting
	default:
		l.home = &q.ready
	}
	l.home.push(l)
}

func (l *lane) leave() {
	if l.home != nil {
		l.home.remove(l.place)
		l.home = nil
	}
}

// link finds the place by Seq: nearly always the end. What comes back (revived, rolled back) is old, so it looks from the front.
func (q *Queue) link(e *Entry) {
	if q.last == nil || q.last.Seq < e.Seq {
		e.prev, e.next = q.last, nil
	} else {
		e.next = q.first
		for e.next.Seq < e.Seq {
			e.next = e.next.next
		}
		e.prev = e.next.prev
	}
	if e.prev == nil {
		q.first = e
	} else {
		e.prev.next = e
	}
	if e.next == nil {
		q.last = e
	} else {
		e.next.prev = e
	}
}

func (q *Queue) unlink(e *Entry) {
	if e.prev == nil {
		q.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		q.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
}

func (l *lane) link(e *Entry) {
	if l.tail == nil || l.tail.Seq < e.Seq {
		e.ahead, e.behind = l.tail, nil
	} else {
		e.behind = l.head
		for e.behind.Seq < e.Seq {
			e.behind = e.behind.behind
		}
		e.ahead = e.behind.ahead
	}
	if e.ahead == nil {
		l.head = e
	} else {
		e.ahead.behind = e
	}
	if e.behind == nil {
		l.tail = e
	} else {
		e.behind.ahead = e
	}
}

func (l *lane) unlink(e *Entry) {
	if e.ahead == nil {
		l.head = e.behind
	} else {
		e.ahead.behind = e.behind
	}
	if e.behind == nil {
		l.tail = e.ahead
	} else {
		e.behind.ahead = e.ahead
	}
	e.ahead, e.behind = nil, nil
}
