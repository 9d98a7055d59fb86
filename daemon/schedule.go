package daemon

import (
	"context"
	"time"
)

// runSchedules runs what is due of an app's rules, until ctx ends. A reload wakes it.
func (n *node) runSchedules(ctx context.Context, app string, wake <-chan struct{}) {
	for {
		next, err := n.set(app).RunDue(ctx, time.Now(), n.log)
		if err != nil && ctx.Err() == nil {
			n.log.Error("schedules", "app", app, "err", err)
		}
		t := time.NewTimer(max(time.Until(next), 100*time.Millisecond))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-wake:
			t.Stop()
		case <-t.C:
		}
	}
}
