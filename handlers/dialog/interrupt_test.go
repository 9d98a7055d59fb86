package dialog

import (
	"context"
	"testing"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func TestCommandInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy Interrupt
		lines  []string
	}{
		{"asked, yes", InterruptAsk, []string{"/help", "放弃", "是", "已取消 | router: /help", "3", "router: 3"}},
		{"asked, no", InterruptAsk, []string{"/help", "放弃", "否", "请几天？", "3", "哪种"}},
		{"asked, cancel is no", InterruptAsk, []string{"/help", "放弃", "取消", "请几天？", "3", "哪种"}},
		{"asked, answered instead", InterruptAsk, []string{"/help", "放弃", "3", "哪种"}},
		{"full-width slash", InterruptAsk, []string{"／help", "放弃"}},
		{"queued", InterruptQueue, []string{"/a", "先完成", "3", "哪种", "/b", "先完成", "1", "提交吗", "是", "已提交：zhangsan/年假/3 | router: /a | router: /b", "x", "router: x"}},
		{"queued until cancelled", InterruptQueue, []string{"/a", "先完成", "取消", "已取消 | router: /a"}},
		{"queue is bounded", InterruptQueue, []string{"/1", "先", "/2", "先", "/3", "先", "/4", "先", "/5", "先", "/6", "放弃", "否", "请几天"}},
		{"cancelled", InterruptCancel, []string{"/help", "已取消 | router: /help", "3", "router: 3"}},
		{"passed", InterruptPass, []string{"/help", "router: /help", "3", "哪种"}},
		{"a new start in the middle", InterruptPass, []string{"3", "哪种", "/开始", "上一个对话已放弃"}},
		{"never", InterruptNever, []string{"/help", "1 到 15"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t, defineLeave(new([]string), OnCommand(c.policy)))
			b.talk("开始", "请几天")
			for i := 0; i < len(c.lines); i += 2 {
				b.talk(c.lines[i], c.lines[i+1])
				b.restart()
			}
		})
	}
}

func TestMenuClickIsACommand(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talk("开始", "请几天")
	got, err := b.deliver("hr", "zhangsan", b.parse("<MsgType>event</MsgType><Event>click</Event><EventKey>menu</EventKey>"))
	if err != nil {
		t.Fatal(err)
	}
	b.expect("menu", got, "放弃")
	b.talk("是", "已取消 | router: menu")
}

func TestClickOnCancelEndsTheDialogOfThatName(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	for _, c := range []struct{ say, event, key, want string }{
		{"", "click", "leave.cancel", "router: leave.cancel"}, // there is no dialog
		{"请几天", "click", "travel.cancel", "放弃"},               // of another name: a command
		{"", "click", "leave.cancel", "已取消"},
		{"请几天", "template_card_event", "travel.cancel", "router: travel.cancel"},
		{"", "template_card_event", "leave.cancel", "已取消"},
	} {
		if c.say != "" {
			b.talk("开始", c.say)
		}
		got, err := b.deliver("hr", "zhangsan", b.parse("<MsgType>event</MsgType><Event>"+c.event+"</Event><EventKey>"+c.key+"</EventKey>"))
		if err != nil {
			t.Fatal(err)
		}
		b.expect(c.key, got, c.want)
		b.restart()
	}
}

func TestHeldCommandSurvivesASecondDelivery(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string), OnCommand(InterruptCancel)))
	b.talk("开始", "请几天")
	m := b.text("/help")
	for range 2 {
		got, err := b.deliver("hr", "zhangsan", m)
		if err != nil {
			t.Fatal(err)
		}
		b.expect("/help", got, "已取消 | router: /help")
		b.restart()
	}
}

func TestOwnCommands(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)), WithCommands(wordMatcher("退订")))
	b.talk("开始", "请几天", "/help", "1 到 15", "退订", "放弃")
}

type wordMatcher string

func (w wordMatcher) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	return nil, q.Text == string(w)
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string), Timeout(5*time.Minute)))
	b.talk("开始", "请几天", "3", "哪种")
	b.advance(4 * time.Minute)
	b.talk("9", "序号")
	b.advance(4 * time.Minute)
	if len(b.notices) != 0 {
		t.Fatalf("notices %v before the time is over", b.notices)
	}
	b.restart() // the deadline is found in the store
	b.advance(2 * time.Minute)
	if len(b.notices) != 1 || b.notices[0].User != "zhangsan" || b.notices[0].App != "hr" {
		t.Fatalf("notices %+v, want one to zhangsan", b.notices)
	}
	b.advance(time.Hour)
	if len(b.notices) != 1 {
		t.Fatalf("%d notices, want no second one", len(b.notices))
	}
	b.talk("2", "router: 2", "继续", "哪种", "2", "病假 3 天")
	b.advance(24*time.Hour + time.Second)
	b.talk("继续", "router: 继续")
}

func TestCancelAfterTimeout(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talk("开始", "请几天")
	b.advance(11 * time.Minute)
	b.talk("取消", "已取消", "继续", "router: 继续")
}

func TestTimeoutWithoutNotifier(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)), WithNotifier(nil))
	b.talk("开始", "请几天")
	b.advance(11 * time.Minute)
	b.talk("在吗", "已为你保存。回复「继续」接着填，回复「取消」放弃。 | router: 在吗", "在吗", "router: 在吗", "继续", "请几天")
	if len(b.engine.timers.due) != 0 {
		t.Error("deadlines are kept though nobody is told")
	}
}

func TestDelayedMessageIsNotLate(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talk("开始", "请几天")
	m := b.text("3") // written now, delivered much later
	b.advance(time.Hour)
	got, err := b.deliver("hr", "zhangsan", m)
	if err != nil {
		t.Fatal(err)
	}
	b.expect("3", got, "哪种")
}

func TestFailedNoticeIsTriedAgain(t *testing.T) {
	t.Parallel()
	var ids []string
	b := newBot(t, defineLeave(new([]string)), WithNotifier(func(_ context.Context, n Notice) error {
		ids = append(ids, n.ID)
		if len(ids) == 1 {
			return errBoom
		}
		return nil
	}))
	b.talk("开始", "请几天")
	b.mu.Lock()
	b.now = b.now.Add(11 * time.Minute)
	b.mu.Unlock()
	if err := b.engine.Sweep(t.Context()); err == nil {
		t.Error("Sweep with a failing notifier: no error")
	}
	b.advance(2 * time.Minute)
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("notices %v, want two of one ID", ids)
	}
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	told := make(chan string, 1)
	b := newBot(t, defineLeave(new([]string)), WithNotifier(func(_ context.Context, n Notice) error {
		told <- n.User
		return nil
	}))
	b.talk("开始", "请几天")
	b.mu.Lock()
	b.now = b.now.Add(11 * time.Minute)
	b.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.engine.Run(ctx) }()
	if user := <-told; user != "zhangsan" {
		t.Errorf("told %q", user)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestTurnOfAnotherProcessIsLeftAlone(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}), make(chan struct{})
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if _, err := d.Ask("a"); err != nil {
				return nil, err
			}
			_, err := Do(d, "slow", func(context.Context) (int, error) {
				select {
				case inside <- struct{}{}:
				default:
				}
				<-release
				return 0, nil
			})
			return reply.Text("完"), err
		})
	}, WithReplicas())
	b.talk("开始", "a")
	first := b.table
	m := b.text("1")
	done := make(chan string)
	go func() {
		r, err := first.Handle(t.Context(), &router.Request{Message: m, App: "hr"})
		if err != nil || r == nil {
			t.Errorf("first process: %v, %v", r, err)
		}
		done <- "ended"
	}()
	<-inside
	b.restart() // the second process
	b.talk("2", "还在处理")
	close(release)
	<-done
	b.talk("2", "router: 2")
}

func TestEnglish(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			n, err := d.AskInt("How many days?", Between(1, 15))
			if err != nil {
				return nil, err
			}
			_ = n
			return nil, d.Confirm("Sure?")
		})
	}, WithLanguage("en"))
	b.talk("开始", "How many", "x", "Please enter a number from 1 to 15\nFor example: 3", "back", "first question", "3", "Sure?", "maybe", "yes or no", "no", "Cancelled")
}
