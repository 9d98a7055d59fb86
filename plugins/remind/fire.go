package remind

import (
	"context"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
)

// late is how much too late a reminder may come before it says when it should have come.
const late = 5 * time.Minute

// arm sets the timer of a reminder.
func (r *reminder) arm(n note) {
	key := n.key()
	r.disarm(key)
	stop := r.env.At("reminder", n.At, func(ctx context.Context) error { return r.fire(ctx, key, n.At) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.armed[key] = stop
}

func (r *reminder) disarm(key string) {
	r.mu.Lock()
	stop := r.armed[key]
	delete(r.armed, key)
	r.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// fire says a reminder, unless it was dropped or changed. A crash between saying and noting says it again under the same
// ID, which is not sent twice.
func (r *reminder) fire(ctx context.Context, key string, at time.Time) error {
	n, err := r.book.get(ctx, key)
	if err != nil || n == nil || !n.At.Equal(at) {
		return err
	}
	now := r.env.Clock().In(r.env.Location)
	text := r.env.Say("⏰ 提醒：", "⏰ Reminder: ") + n.Text
	if now.Sub(at) > late {
		text += fmt.Sprintf(r.env.Say("（本应在 %s）", " (was due %s)"), when.Moment(at, now, r.env.English()))
	}
	err = r.env.Send(ctx, plugins.Message{ID: fmt.Sprintf("%s@%d", key, at.Unix()), To: plugins.Member(n.User), Reply: reply.Text(text)})
	if err != nil {
		r.again(key, at)
		return err
	}
	if n.Every.IsZero() {
		return r.book.remove(ctx, key)
	}
	n.At = n.Every.Next(now)
	if err := r.book.put(ctx, *n); err != nil {
		return err
	}
	r.arm(*n)
	return nil
}

// again tries a reminder once more that could not be said.
func (r *reminder) again(key string, at time.Time) {
	r.env.At("reminder", r.env.Clock().Add(time.Minute), func(ctx context.Context) error { return r.fire(ctx, key, at) })
}
