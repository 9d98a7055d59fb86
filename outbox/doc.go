// Package outbox delivers what the bot says actively: durably, in order, at the platform's pace, and without doubling.
//
//	box, err := outbox.New(store, outbox.WithRecorder(rec))
//	box.SetApp("hr", outbox.App{Client: client, AgentID: 1000002})
//	box.Start()
//	err = box.Push(ctx, outbox.Delivery{ID: "a1", App: "hr", To: outbox.To{User: "zhangsan"}, Units: units})
//	box.Close(ctx)
//
// # One delivery
//
// A Delivery is a list of rendered messages for one target. Push returns when it is durable. The deliveries of one
// target are sent one after another; the units of a delivery in order, each confirmed by the platform before the next
// leaves. Progress is stored after each unit, so a crash resumes at the unit that was under way, never before it.
//
// # Unknown outcomes
//
// A send whose request left and whose answer never came may have arrived. It is tried again with the platform's own
// enable_duplicate_check (doc 90236), with an interval just long enough to cover the first attempt: a longer one would
// take two equal answers of one hour for one.
//
// # Pace
//
// The platform drops what exceeds 30 messages a minute or 1,000 an hour for one member and app, without an error. The
// outbox keeps under both, and leaves answers room that broadcasts may not use. Answers and broadcasts have queues and
// workers of their own, so that a broadcast to everybody does not delay an answer.
//
// # Reaction to refusals
//
// By class of the errcode (doc 90313): busy and network failures back off with jitter until the delivery expires; a rate
// limit waits for the ban length; what only an administrator or the author can mend becomes a dead letter with the
// reason, to be listed, retried or dropped.
package outbox
