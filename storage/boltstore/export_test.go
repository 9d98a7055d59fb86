package boltstore

import (
	bolt "go.etcd.io/bbolt"

	"github.com/wecombot/wecombot/storage"
)

// Unmap makes bbolt lose the file, as it does when the system refuses a larger mapping.
func Unmap(s storage.Store) error { return s.(*store).db.Load().Close() }

// Commits counts the transactions the file has seen.
func Commits(s storage.Store) (n int) {
	_ = s.(*store).db.Load().View(func(tx *bolt.Tx) error { n = tx.ID(); return nil })
	return n
}

// Reached tells whether the file shows a transaction.
func Reached(s storage.Store, id int) bool { return s.(*store).c.reached(id) }

// Entries counts what is in the file, whether it is over or not.
func Entries(s storage.Store) (n int) {
	_ = s.(*store).db.Load().View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if string(name) != metaBucket {
				n += b.Stats().KeyN
			}
			return nil
		})
	})
	return n
}
