// Package storage is the contract of what a bot keeps: small values by key (KV) and work that must not be lost (Queue).
//
//	store, err := boltstore.Open("data/botd.db")
//	...
//	q, err := store.Queue("outbox", 0)
//	...
//	err = q.Push(ctx, storage.Item{ID: "answer-1", Lane: "zhangsan", Body: body}) // nil: it is on disk
//	...
//	lease, err := q.Pull(ctx, time.Minute) // one worker of many
//	...
//	err = q.Ack(ctx, lease)
//
// # Lanes
//
// Items of a lane (a conversation, a recipient) are pulled in the order of their Push, one at a time: the next one only
// after the one before was acknowledged, given up or dropped. A head that waits for its time or its retry holds its lane.
// Lanes do not hold each other.
//
// # At least once
//
// A lease is a promise with an end. A worker that dies, or is too slow and does not renew it with Save, loses it, and the
// item is pulled again with Attempt one higher. What the first worker had done cannot be known here: Attempt > 1 is the
// hint to look.
//
// # Backends
//
// boltstore keeps one file on one machine. natsstore is for several machines. redisstore shares the KV of several machines
// and leaves queues to another store. memstore is for tests. All pass the exam in storagetest.
//
// # Errors
//
// Those declared here are matched with errors.Is. An error of Pull other than the context's means that the store is in
// trouble (a full disk, a lost connection): wait a moment before the next Pull. Keys, ids and bodies are in no error.
package storage
