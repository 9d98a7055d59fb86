// Package natsstore keeps the storage contract, KV and queues, on NATS JetStream: for a bot that runs on several machines.
//
//	store, err := natsstore.Open("nats://bot:password@nats.example:4222?prefix=hr-bot&replicas=3")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// # How a queue works
//
// A queue is a log of commands in a JetStream stream: push these, pull one, this one is done. JetStream puts the commands
// of all machines in one order; each machine reads all of them and plays them through the same rules, so each has the
// same queue in memory, and whether a command did something (who got the item, whether the id was known, whether the
// lease still held) is the same everywhere. Time in these rules is the time at which the server stored the command: the
// machines' own clocks do not matter. Bodies are in a second stream and read when an item is pulled. From time to time
// one machine stores what the log amounts to, and the log before is deleted.
//
// # Who guarantees what
//
// JetStream: that what it acknowledged is kept (replicas=3 survives the loss of a server; a single server should run with
// sync_interval: always), one order of the commands, delivery to every machine, and redelivery after a broken connection.
// This package: everything the contract says about ids, lanes, leases, order and dead letters, on top of that order. One
// item of a lane in one machine's hands follows from it: there is no moment at which two commands could both have won.
//
// Each machine has of every item, dead letter and id acknowledged in the last 24 hours some hundred bytes in memory, no
// bodies. A lease's Until is the server's time; a value's ttl is judged by the clocks of the machines, which should agree to
// the second.
//
// # Errors
//
// A call repeats what it sent for up to ten seconds while the connection is broken; JetStream recognises the repetition.
// After that, or when its context ends, it returns an error although the change may have been made. Push may simply be
// called again. An item pulled for a Pull that gave up is given back, as if it had not been pulled.
//
// # Versions
//
// The rules have a version, and a machine that reads a command of a newer one stops with an error instead of guessing:
// update all machines together.
//
// # The URL
//
// nats:// or tls://, several servers separated by commas; prefix names the streams (default "wecombot", [A-Za-z0-9_-]) and
// replicas is for streams made new (default 1). Errors never show the URL: it may hold a password. JetStream of version
// 2.9 is enough. A Store is safe for concurrent use.
package natsstore
