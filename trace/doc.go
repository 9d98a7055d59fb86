// Package trace remembers, for each message, what happened to it: why it was or was not answered.
//
//	rec := trace.NewRecorder(kv, trace.WithTTL(24*time.Hour))
//	defer rec.Close()
//	rec.Add(id, trace.Step{What: trace.Received, Attempt: 1})
//	r, err := rec.Get(ctx, id)
//
// # What a trace holds
//
// Steps with their times, in the order they happened: received, duplicate, routed, handled, answered or deferred,
// queued, sent, failed, delivered, dead. A step carries names, numbers and error codes. It never carries message text,
// captures, tokens or secrets, so that a trace may be pasted into a ticket.
//
// # Promises
//
// A Recorder is safe for concurrent use. Add never blocks and never fails: a trace is a help, not a record of account.
// What is in memory is written to the KV in the background, so a crash loses at most the last second. Memory is bounded;
// the oldest traces leave it first.
package trace
