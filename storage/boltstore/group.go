package boltstore

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

const metaBucket = "meta"

// group is one write transaction, with what it changes in memory.
type group struct {
	c       *committer
	tx      *bolt.Tx
	now     int64
	buckets map[string]*bolt.Bucket
	queues  []*queue // whose memory it changes
	granted []grant
	dirty   bool
	err     error // of the disk: nothing of the group will be kept
}

// begin opens the transaction, and the file before it if bbolt has lost it.
func (c *committer) begin() (*group, error) {
	tx, err := c.store.db.Load().Begin(true)
	if unusable(err) {
		if err = c.reopen(); err == nil {
			tx, err = c.store.db.Load().Begin(true)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	return &group{c: c, tx: tx, now: c.store.now(), buckets: map[string]*bolt.Bucket{}, dirty: c.unsure}, nil
}

// reopen opens the file again. It was unlocked meanwhile, so what was known of it is not trusted.
func (c *committer) reopen() error {
	c.store.db.Load().Close()
	db, err := c.store.openFile()
	if err != nil {
		return err
	}
	c.store.db.Store(db)
	for _, q := range c.queues {
		if err := q.load(); err != nil {
			return err
		}
	}
	return nil
}

// end commits, or takes everything back, on disk and in memory.
func (g *group) end() error {
	keep, err := g.commit()
	for _, q := range g.queues {
		if keep {
			q.sched.Commit()
		} else {
			q.sched.Rollback()
			q.dead = q.deadBefore
		}
	}
	return err
}

// commit ends the transaction; keep tells whether the file shows it. That can be so although err is not nil: a commit
// that failed at its very last sync has happened as far as readers and the next transaction can see.
func (g *group) commit() (keep bool, err error) {
	if g.err != nil || !g.dirty {
		_ = g.tx.Rollback() // it fails only where the transaction has ended already
		return g.err == nil, g.err
	}
	id := g.tx.ID()
	if err := g.tx.Commit(); err != nil {
		keep = g.c.reached(id)
		g.c.unsure = g.c.unsure || keep
		return keep, fmt.Errorf("commit: %w", err)
	}
	g.c.unsure = false
	return true, nil
}

// reached tells whether the file shows the transaction with this id.
func (c *committer) reached(id int) bool {
	now := -1
	_ = c.store.db.Load().View(func(tx *bolt.Tx) error { now = tx.ID(); return nil })
	return now >= id
}

// deliver answers those who pulled.
func (g *group) deliver(err error) {
	for _, gr := range g.granted {
		if err != nil {
			gr.lease, gr.err = gr.none, err
		}
		gr.to.out <- gr.pulled
	}
}

// bucket returns a bucket, new where it has to be; nil when that failed.
func (g *group) bucket(name string) *bolt.Bucket {
	if b := g.buckets[name]; b != nil {
		return b
	}
	b := g.tx.Bucket([]byte(name))
	if b == nil && g.err == nil {
		if b, g.err = g.tx.CreateBucket([]byte(name)); g.err != nil {
			return nil
		}
		g.dirty = true
		g.c.spaces.add(name)
	}
	g.buckets[name] = b
	return b
}

// get returns bytes that are valid until the next change.
func (g *group) get(bucket string, key []byte) []byte {
	if b := g.bucket(bucket); b != nil {
		return b.Get(key)
	}
	return nil
}

// put keeps value as it is: the caller must not change it any more.
func (g *group) put(bucket string, key, value []byte) {
	if b := g.bucket(bucket); b != nil && g.err == nil {
		g.dirty = true
		g.err = b.Put(key, value)
	}
}

func (g *group) delete(bucket string, key []byte) {
	if b := g.bucket(bucket); b != nil && g.err == nil {
		g.dirty = true
		g.err = b.Delete(key)
	}
}

// next returns the next number of a bucket; never 0, never twice.
func (g *group) next(bucket string) uint64 {
	b := g.bucket(bucket)
	if b == nil || g.err != nil {
		return 0
	}
	g.dirty = true
	var n uint64
	n, g.err = b.NextSequence()
	return n
}
