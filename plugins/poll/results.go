package poll

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// bars is how long the bar of all votes is, in blocks.
const bars = 10

// tally is the results as text.
func (p *polls) tally(ctx context.Context, one poll) (string, error) {
	counts, members, err := p.book.votes(ctx, one)
	if err != nil {
		return "", err
	}
	lines := []string{fmt.Sprintf(p.env.Say("📊 %d. %s（%d 人）", "📊 %d. %s (%d members)"), one.Number, one.Question, members)}
	for i, o := range one.Options {
		n := 0
		if members > 0 {
			n = (counts[i]*bars + members - 1) / members
		}
		lines = append(lines, fmt.Sprintf("%s%s %d %s", strings.Repeat("▇", n), strings.Repeat("▁", bars-n), counts[i], o))
	}
	if one.Closed {
		lines = append(lines, p.env.Say("已结束", "over"))
	}
	return strings.Join(lines, "\n"), nil
}

func (p *polls) results(ctx context.Context, q *router.Request, a numberArgs) (reply.Reply, error) {
	one, err := p.book.poll(ctx, a.Number)
	if err != nil {
		return nil, err
	}
	may := false
	if one != nil {
		if may, err = p.owns(ctx, q, *one); err != nil {
			return nil, err
		}
	}
	if one == nil || !may && !p.config.Live {
		return reply.Text(p.env.Say("没有这个投票，或结果不公开。", "There is no such poll, or its results are not open.")), nil
	}
	text, err := p.tally(ctx, *one)
	if err != nil {
		return nil, err
	}
	return reply.Text(text), nil
}

// owns reports whether the sender asked the question, or may ask all.
func (p *polls) owns(ctx context.Context, q *router.Request, one poll) (bool, error) {
	if strings.EqualFold(one.From, q.From) || len(p.config.Roles) == 0 {
		return strings.EqualFold(one.From, q.From), nil
	}
	return p.env.Has(ctx, q, p.config.Roles...)
}

func (p *polls) end(ctx context.Context, q *router.Request, a numberArgs) (reply.Reply, error) {
	one, err := p.book.poll(ctx, a.Number)
	if err != nil {
		return nil, err
	}
	if one == nil {
		return reply.Text(p.env.Say("没有这个投票。", "There is no such poll.")), nil
	}
	may, err := p.owns(ctx, q, *one)
	switch {
	case err != nil:
		return nil, err
	case !may:
		return reply.Text(p.env.Say("只有发起人可以结束投票。", "Only who asked may end the poll.")), nil
	}
	if _, err := p.book.close(ctx, a.Number); err != nil {
		return nil, err
	}
	one.Closed = true
	text, err := p.tally(ctx, *one)
	if err != nil {
		return nil, err
	}
	return reply.Text(text), nil
}

// closeAt ends a poll when its time is over.
func (p *polls) closeAt(one poll) {
	p.env.At("close", one.Until, func(ctx context.Context) error {
		err := p.finish(ctx, one.Number)
		if err != nil {
			one.Until = p.env.Clock().Add(time.Minute)
			p.closeAt(one) // once more
		}
		return err
	})
}

// finish tells who asked how the poll went, and closes it after it: a crash in between tells it again under the same
// ID, which is not sent twice.
func (p *polls) finish(ctx context.Context, number int) error {
	one, err := p.book.poll(ctx, number)
	if err != nil || one == nil || one.Closed {
		return err
	}
	one.Closed = true
	text, err := p.tally(ctx, *one)
	if err != nil {
		return err
	}
	err = p.env.Send(ctx, plugins.Message{ID: fmt.Sprint("results-", number), To: plugins.Member(one.From), Reply: reply.Text(text)})
	if err != nil {
		return err
	}
	_, err = p.book.close(ctx, number)
	return err
}
