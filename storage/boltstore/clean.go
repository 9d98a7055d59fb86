package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/internal/lanes"
	"github.com/wecombot/wecombot/storage"
)

const (
	cleanWithGroup = 16  // entries removed along with other work: more than a group usually adds
	cleanWhenIdle  = 512 // and in a transaction of their own
)

// spaces are the buckets that list what ends when: keys start with a time.
type spaces struct {
	names []string
	turn  int
}

func (c *committer) findSpaces() error {
	return c.store.db.Load().View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			c.spaces.add(string(name))
			return nil
		})
	})
}

// add notes a bucket if it is such a list. A bucket whose creation is taken back may stay: it is skipped while absent.
func (s *spaces) add(name string) {
	listed := strings.HasPrefix(name, expiryPrefix) || strings.HasPrefix(name, ackedPrefix)
	if listed && !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
}

// clean removes up to budget entries that are over from the next list, and says how many there were.
func (s *spaces) clean(g *group, budget int) int {
	if len(s.names) == 0 || g.err != nil {
		return 0
	}
	s.turn = (s.turn + 1) % len(s.names)
	list := s.names[s.turn]
	b := g.tx.Bucket([]byte(list))
	if b == nil {
		return 0
	}
	var over [][2][]byte
	c := b.Cursor()
	for k, v := c.First(); k != nil && len(over) < budget && endOf(list, k) <= g.now; k, v = c.Next() {
		over = append(over, [2][]byte{bytes.Clone(k), bytes.Clone(v)})
	}
	for _, kv := range over {
		if name, ok := strings.CutPrefix(list, expiryPrefix); ok {
			forgetValue(g, kvPrefix+name, kv[0])
		} else {
			forgetID(g, idPrefix+strings.TrimPrefix(list, ackedPrefix), kv[0], kv[1])
		}
		g.delete(list, kv[0])
	}
	return len(over)
}

// endOf is the time at which an entry of a list is over.
func endOf(list string, key []byte) int64 {
	t := int64(binary.BigEndian.Uint64(key))
	if strings.HasPrefix(list, ackedPrefix) {
		return lanes.After(t, storage.AckedFor)
	}
	return t
}

// forgetValue removes the value that a list says is over, if it still is the same.
func forgetValue(g *group, data string, listed []byte) {
	if old := g.get(data, listed[8:]); len(old) >= kvHeader && bytes.Equal(old[8:16], listed[:8]) {
		g.delete(data, listed[8:])
	}
}

// forgetID removes an acknowledged id, if it has not been acknowledged again.
func forgetID(g *group, ids string, listed, id []byte) {
	if state := g.get(ids, id); isAcked(state) && bytes.Equal(state[1:9], listed[:8]) {
		g.delete(ids, id)
	}
}

// tidy cleans up while nothing else goes on: what is over in every list, and items that have expired.
func (c *committer) tidy() {
	for quiet := 0; quiet <= len(c.spaces.names) && c.store.inbox.len() == 0; quiet++ {
		g, err := c.begin()
		if err != nil {
			c.store.log.WarnContext(context.Background(), "store: clean up", "error", err)
			return
		}
		if c.spaces.clean(g, cleanWhenIdle) > 0 {
			quiet = 0
		}
		for _, q := range c.queues {
			q.enter(g)
		}
		if err := g.end(); err != nil {
			c.store.log.WarnContext(context.Background(), "store: clean up", "error", err)
			return
		}
	}
}
