// Package boltstore keeps the storage contract in one bbolt file: the embedded store of a daemon on one machine.
//
//	store, err := boltstore.Open("data/botd.db")
//	if err != nil {
//		return err // errors.Is(err, storage.ErrLocked): another process has it open
//	}
//	defer store.Close()
//
// # Durability
//
// A call that changes something returns after its change is synced to disk, or it returns an error. One goroutine
// commits: it takes whatever calls wait, runs them in one bbolt transaction, and answers each with its own result. So a
// lone caller waits for one commit, and many callers share one. A call whose result depends on the data (ErrExists,
// ErrConflict, ErrFull) fails alone; an error of the disk fails everyone in that transaction, changes nothing, and the
// next call tries anew. A context that ends withdraws a call only before its transaction has begun.
//
// After a crash everything that was answered is there, and leases of the process that died are void at once: the file
// has one owner, so nobody else can hold one. Attempt is committed with Pull and so survives, too.
//
// # Memory
//
// Of a queue's items the order, lanes and times are in memory, a few hundred bytes each, bounded by the queue's limit;
// bodies, dead letters and acknowledged ids are read from the file.
//
// # The file
//
// Open creates the folder with mode 0700 and the file with 0600, and writes the process id into a second file,
// <file>.pid, which names the owner to those who come too late. A Store is safe for concurrent use.
package boltstore
