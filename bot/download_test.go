package bot_test

import (
	"context"
	"io"
	"strconv"
	"testing"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/simulator"
)

func TestHandlersReadWhatMembersSend(t *testing.T) {
	t.Parallel()
	b := setup(t, config{routes: func(r *router.Router) {
		r.HandleFunc(router.Type(message.TypeImage), func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			image, _ := message.As[message.Image](q.Message)
			d, err := q.Download(ctx, image.MediaID)
			if err != nil {
				return nil, err
			}
			defer d.Close()
			data, err := io.ReadAll(d)
			return reply.Text(strconv.Itoa(len(data)) + " bytes"), err
		})
	}})
	id := b.sim.AddMedia(b.app.CorpID, "image", "a.png", make([]byte, 70_000))
	b.sim.Send(b.ctx, b.app, "zhangsan", simulator.Image("http://example.invalid/a.png", id))
	b.sees("zhangsan", "70000 bytes")
}
