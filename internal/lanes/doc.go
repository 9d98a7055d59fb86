// Package lanes decides what a queue hands out next. It is the scheduling state of a queue, in memory and without
// bodies: which item heads which lane, which heads are ready, waiting or leased, and what has expired.
//
//	q := lanes.New()
//	q.Add(lanes.Item{Seq: 1, ID: "a", Lane: "zhangsan"})
//	q.Advance(now)
//	if e := q.Ready(); e != nil {
//		q.Lease(e, token, now+int64(time.Minute))
//	}
//
// # Order
//
// A lane is a list by Seq and only its head counts. The head is leased, or waits for its NotBefore, or is ready; ready
// heads are handed out by priority, then by Seq. A leased head keeps its place, so a lane is never in two hands.
//
// # Journal
//
// A store that commits in groups changes the queue while it builds a transaction, and must take all of that back when
// the commit fails: Begin remembers every entry as it was before its first change, Rollback puts them back.
//
// A Queue is not safe for concurrent use. Times are Unix nanoseconds; 0 is none.
package lanes
