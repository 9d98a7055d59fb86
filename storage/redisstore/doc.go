// Package redisstore keeps the KV contract on a Redis server, so that several machines share what they know; its
// queues are another store's.
//
//	local, err := boltstore.Open("data/botd.db")
//	...
//	store, err := redisstore.Open("redis://:password@redis.example:6379/0?prefix=hr-bot:", local)
//	...
//	defer store.Close() // closes local, too
//
// # Queues
//
// A queue must not lose what it accepted, and a Redis server as it is usually run forgets the last second when it
// crashes. So each machine has its queues in a local store, and what it accepted it delivers: the order of a lane holds
// per machine. Machines that have to share queues use natsstore. With no local store Queue returns an error that says so.
//
// # Who guarantees what
//
// Redis: that Create and Update have one winner, that values expire, and durability as far as the server is told to
// (appendonly yes, appendfsync always; maxmemory-policy noeviction, or it drops live values). This package: revisions,
// and that a call repeated after a broken connection recognises its own first try.
//
// Scan walks all keys of the Redis database and sorts those that match, which is fine for some ten thousand.
//
// # The URL
//
// redis:// or rediss:// (TLS) or unix://, as go-redis reads it; besides, prefix is put before every key (default
// "wecombot:"). Errors never show the URL: it may hold a password. A Store is safe for concurrent use.
package redisstore
