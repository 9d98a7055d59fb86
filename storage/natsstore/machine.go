package natsstore

import (
	"fmt"
	"time"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

// machine is a queue as the log up to seq amounts to. It must not depend on anything else: no clock, no random numbers,
// no order of a map.
type machine struct {
	seq    uint64
	now    int64  // unix ns, of the newest command
	count  uint64 // items ever pushed
	sched  *lanes.Queue
	bodies map[uint64][]part // by the Seq of an item that is not dead
	dead   graves
	acked  acked
	partly map[string]partial // pushes whose last part has not come yet
	uses   map[uint64]int     // messages of bodies → how many items need them

	head head
}

// head is the newest snapshot.
type head struct {
	seq   uint64 // its message in the log; 0: there is none
	at    int64  // unix ns
	upTo  uint64 // it contains the log up to here
	parts []part
}

// outcome is what a command has done.
type outcome struct {
	err     error // one of storage's
	got     bool  // a pull has an item; save has kept it
	item    lanes.Item
	body    []part
	garbage []uint64 // messages of bodies that nobody needs any more
}

type partial struct {
	items []item
	at    int64
}

// maxPartial is how long a push may take from its first to its last part.
const maxPartial = int64(10 * time.Minute)

func newMachine() *machine {
	return &machine{
		sched:  lanes.New(),
		bodies: map[uint64][]part{},
		dead:   graves{byID: map[text]*grave{}},
		acked:  acked{at: map[text]int64{}},
		partly: map[string]partial{},
		uses:   map[uint64]int{},
	}
}

// apply plays the command that the server stored as number seq at time now.
func (m *machine) apply(c *command, seq uint64, now int64) (out outcome) {
	m.seq = seq
	m.now = max(m.now, now)
	m.sched.Advance(m.now)
	for e := m.sched.Expired(); e != nil; e = m.sched.Expired() {
		m.bury(e, storage.ReasonExpired)
	}
	m.acked.forget(m.now)
	for key, p := range m.partly {
		if p.at+maxPartial <= m.now {
			delete(m.partly, key)
		}
	}
	m.do(c, seq, &out)
	return out
}

func (m *machine) do(c *command, seq uint64, out *outcome) {
	switch c.Op {
	case opPush:
		m.push(c, out)
	case opPull:
		m.pull(c, seq, out)
	case opRevive:
		out.err = m.revive(c)
	case opDrop:
		out.err = m.drop(string(c.ID), out)
	case opHead:
		m.setHead(c, seq, m.now)
	case opReturn, opSave, opAck, opRetry, opDead:
		e := m.sched.Get(string(c.ID))
		if e == nil || e.Token == 0 || e.Token != c.Token {
			out.err = storage.ErrConflict
			m.unused(c.Body, out)
			return
		}
		m.end(c, e, out)
	}
}

func (m *machine) setHead(c *command, seq uint64, at int64) {
	m.head = head{seq: seq, at: at, upTo: c.Snapshot, parts: c.Body}
}

// end does what the holder of a lease wants.
func (m *machine) end(c *command, e *lanes.Entry, out *outcome) {
	switch c.Op {
	case opReturn:
		m.sched.Return(e)
	case opSave:
		m.sched.Renew(e, lanes.After(m.now, c.Lease))
		m.use(c.Body)
		old := m.bodies[e.Seq]
		m.bodies[e.Seq] = c.Body
		m.release(old, out)
		out.got, out.item = true, e.Item
	case opAck:
		m.acked.add(text(e.ID), m.now)
		m.remove(e, out)
	case opRetry:
		m.sched.Release(e, c.At)
	case opDead:
		m.bury(e, string(c.Reason))
	}
}

func (m *machine) push(c *command, out *outcome) {
	items := c.Items
	key := fmt.Sprint(c.From, "/", c.N)
	if p, ok := m.partly[key]; ok {
		items = append(p.items[:len(p.items):len(p.items)], items...)
		delete(m.partly, key)
	}
	if c.More {
		m.partly[key] = partial{items: items, at: m.now}
		return
	}
	var fresh []item
	seen := map[text]bool{}
	for _, it := range items {
		if !seen[it.ID] && !m.knows(it.ID) {
			seen[it.ID] = true
			fresh = append(fresh, it)
		}
	}
	if len(fresh) > 0 && m.sched.Len()+len(fresh) > c.Limit {
		out.err, fresh = storage.ErrFull, nil
	}
	for _, it := range fresh {
		m.count++
		it.Seq, it.Pushed = m.count, m.now
		m.add(it)
	}
	for _, it := range items {
		m.unused(it.Body, out)
	}
}

func (m *machine) knows(id text) bool {
	return m.sched.Get(string(id)) != nil || m.dead.byID[id] != nil || m.acked.at[id] != 0
}

func (m *machine) add(it item) {
	m.sched.Add(it.scheduled())
	m.bodies[it.Seq] = it.Body
	m.use(it.Body)
}

func (m *machine) pull(c *command, seq uint64, out *outcome) {
	e := m.sched.Ready()
	if e == nil {
		return
	}
	m.sched.Lease(e, seq, lanes.After(m.now, c.Lease))
	out.got, out.item, out.body = true, e.Item, m.bodies[e.Seq]
}

func (m *machine) bury(e *lanes.Entry, reason string) {
	g := &grave{item: itemOf(e.Item, m.bodies[e.Seq]), Died: m.now, Reason: text(reason)}
	g.Token, g.Until = 0, 0
	m.dead.add(g)
	delete(m.bodies, e.Seq)
	m.sched.Remove(e)
}

func (m *machine) revive(c *command) error {
	g := m.dead.byID[c.ID]
	switch {
	case g == nil:
		return storage.ErrNotFound
	case m.sched.Len() >= c.Limit:
		return storage.ErrFull
	}
	m.dead.remove(g)
	it := g.item.scheduled()
	it.NotBefore, it.Expires, it.Attempt = 0, 0, 0
	m.sched.Add(it)
	m.bodies[it.Seq] = g.Body
	return nil
}

func (m *machine) drop(id string, out *outcome) error {
	if g := m.dead.byID[text(id)]; g != nil {
		m.dead.remove(g)
		m.release(g.Body, out)
		return nil
	}
	e := m.sched.Get(id)
	switch {
	case e == nil:
		return storage.ErrNotFound
	case e.Token != 0:
		return storage.ErrConflict
	}
	m.remove(e, out)
	return nil
}

func (m *machine) remove(e *lanes.Entry, out *outcome) {
	body := m.bodies[e.Seq]
	delete(m.bodies, e.Seq)
	m.sched.Remove(e)
	m.release(body, out)
}

// use counts who needs the messages of a body.
func (m *machine) use(body []part) {
	for _, p := range body {
		m.uses[p.Seq]++
	}
}

func (m *machine) release(body []part, out *outcome) {
	for _, p := range body {
		if m.uses[p.Seq]--; m.uses[p.Seq] <= 0 {
			delete(m.uses, p.Seq)
		}
	}
	m.unused(body, out)
}

// unused reports the messages of a body that nobody needs, or ever needed.
func (m *machine) unused(body []part, out *outcome) {
	for _, p := range body {
		if m.uses[p.Seq] == 0 {
			out.garbage = append(out.garbage, p.Seq)
		}
	}
}

// size is how much there is to store in a snapshot.
func (m *machine) size() int { return m.sched.Len() + len(m.dead.order) + len(m.acked.order) }
