package bottest

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// patience is how long, on the machine's own clock, a bot may take for one thing. Only what the bot's clock does not see
// takes long: a connection or a channel made outside of it, or a handler that never rests.
const patience = 30 * time.Second

// world is a goroutine in a bubble of testing/synctest, which does what the test asks it for. While the test thinks, the
// bubble's root waits on a channel of the outside, so its clock stands still; while the root sleeps, it runs ahead.
type world struct {
	t     *testing.T
	tasks chan func()
	ended chan struct{}
	stuck bool
}

func newWorld(t *testing.T, begin time.Time) *world {
	w := &world{t: t, tasks: make(chan func()), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		synctest.Test(t, func(*testing.T) {
			time.Sleep(time.Until(begin)) // the bubble's time begins with the year 2000
			for task := range w.tasks {
				task()
			}
		})
	}()
	return w
}

// do runs f in the bubble and waits for it.
func (w *world) do(f func()) {
	w.t.Helper()
	if w.stuck {
		w.t.FailNow()
	}
	done := make(chan any, 1)
	task := func() {
		defer func() { done <- recover() }()
		f()
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case w.tasks <- task:
	case <-late.C:
		w.giveUp()
	}
	select {
	case v := <-done:
		if v != nil {
			panic(v)
		}
	case <-late.C:
		w.giveUp()
	}
}

func (w *world) giveUp() {
	w.t.Helper()
	w.stuck = true
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	w.t.Fatalf("the bot does not come to rest within %s. It waits for something that its clock does not see, a connection or channel made "+
		"outside of it, or does not stop working. Goroutines:\n%s", patience, stacks)
}

// end lets the bubble end. A bubble with something left in it cannot.
func (w *world) end(left error) error {
	if w.stuck || left != nil {
		return nil
	}
	close(w.tasks)
	select {
	case <-w.ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("goroutines are left after the bot was closed")
	}
}
