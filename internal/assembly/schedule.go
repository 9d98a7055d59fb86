package assembly

import (
	"context"
	"time"
)

// runSchedules runs what is due of the app's rules, until ctx ends. New rules wake it.
func (a *App) runSchedules(ctx context.Context) {
	for {
		a.mu.Lock()
		set := a.set
		a.mu.Unlock()
		next, err := set.RunDue(ctx, time.Now(), a.host.Log)
		if err != nil && ctx.Err() == nil {
			a.host.Log.Error("schedules", "app", a.Name, "err", err)
		}
		t := time.NewTimer(max(time.Until(next), 100*time.Millisecond))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-a.wake:
			t.Stop()
		case <-t.C:
		}
	}
}
