// Package memstore is the storage contract in memory: for tests, and for trying things out without a file.
//
//	store := memstore.New()
//	defer store.Close()
//	sessions, err := store.KV("sessions")
//
// It keeps every promise of package storage but durability. Nothing runs in the background: what has expired is
// forgotten at later calls. Under testing/synctest it follows the bubble's clock; WithClock gives it another one, and
// then a Pull that waits looks at that clock again at the latest after the time it wanted to wait, and at every change
// of its queue.
package memstore
