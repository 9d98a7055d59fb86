package boltstore

import (
	"math"
	"runtime"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// committer is the one goroutine that writes. It alone touches the queues' memory.
type committer struct {
	store  *store
	queues []*queue
	token  uint64 // of the last lease
	spaces spaces
	unsure bool // the last commit failed, yet its changes are in the file: sync them with the next
	failed bool // the last group
	last   int  // size of the last group
}

const (
	cleanEvery = 30 * time.Second // when nothing else goes on
	lookAgain  = 10 * time.Second // at the latest: the clock may be set, or stand still while the machine sleeps
	calmDown   = time.Second      // after a failure, unless somebody calls
)

func (c *committer) run() {
	defer close(c.store.done)
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var buf []*op
	for {
		ops, closed := c.gather(buf[:0])
		c.turn(ops)
		buf = ops
		clear(buf)
		if closed {
			c.dismiss()
			return
		}
		if c.store.inbox.len() > 0 {
			continue
		}
		timer.Reset(c.idle())
		select {
		case <-c.store.inbox.wake:
		case <-timer.C:
		case <-tick.C:
			c.tidy()
		}
	}
}

// gather takes what waits. Callers of the last group are only just waking up: to let them come too makes the groups,
// and so the throughput, twice as large.
func (c *committer) gather(buf []*op) ([]*op, bool) {
	for i := 0; i < 4 && c.store.inbox.len() < c.last; i++ {
		runtime.Gosched()
	}
	ops, closed := c.store.inbox.take(buf)
	c.last = len(ops)
	return ops, closed
}

// idle is how long there will be nothing to do for those who pull.
func (c *committer) idle() time.Duration {
	if c.failed {
		return calmDown
	}
	now, next := c.store.now(), int64(math.MaxInt64)
	for _, q := range c.queues {
		if len(q.pullers) > 0 {
			next = min(next, q.sched.Next())
		}
	}
	return time.Duration(min(max(next-now, 0), int64(lookAgain)))
}

// turn carries out one group.
func (c *committer) turn(ops []*op) {
	changes := ops[:0]
	for _, o := range ops {
		switch {
		case !o.take():
		case o.look != nil:
			o.err = o.look()
			o.answer()
		default:
			changes = append(changes, o)
		}
	}
	if !c.canServe() && len(changes) == 0 {
		c.failed = false
		return
	}
	g, err := c.begin()
	if err == nil {
		err = c.fill(g, changes)
	}
	if err == nil {
		err = g.end()
	}
	c.failed = err != nil
	for _, o := range changes {
		if err != nil {
			o.err = err
		}
		o.answer()
	}
	if g != nil {
		g.deliver(err)
	}
}

// fill runs the calls of a group, then hands out what can be pulled.
func (c *committer) fill(g *group, changes []*op) error {
	for _, o := range changes {
		if o.err = o.change(g); g.err != nil {
			break
		}
	}
	for _, q := range c.queues {
		q.serve(g)
	}
	c.spaces.clean(g, cleanWithGroup)
	return g.err
}

// canServe also tells the queues the time.
func (c *committer) canServe() bool {
	now, can := c.store.now(), false
	for _, q := range c.queues {
		q.sched.Advance(now)
		can = can || q.canServe()
	}
	return can
}

func (o *op) answer() {
	if o.done != nil {
		o.done <- o.err
	}
}

// adopt loads a queue and serves it from now on.
func (c *committer) adopt(q *queue) error {
	if err := q.load(); err != nil {
		return err
	}
	c.queues = append(c.queues, q)
	return nil
}

// dismiss ends every Pull that still waits.
func (c *committer) dismiss() {
	for _, q := range c.queues {
		for _, p := range q.pullers {
			if p.take() {
				p.out <- pulled{err: storage.ErrClosed}
			}
		}
		q.pullers = nil
	}
}
