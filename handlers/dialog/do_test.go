package dialog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/storage"
)

// crashKV fails every write after the first n, like a process that was killed there.
type crashKV struct {
	storage.KV
	left int
}

var errKilled = errors.New("killed")

func (k *crashKV) alive() error {
	if k.left--; k.left < 0 {
		return errKilled
	}
	return nil
}

func (k *crashKV) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	if err := k.alive(); err != nil {
		return 0, err
	}
	return k.KV.Create(ctx, key, value, ttl)
}

func (k *crashKV) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	if err := k.alive(); err != nil {
		return 0, err
	}
	return k.KV.Update(ctx, key, value, ttl, rev)
}

// TestCrashAtEveryWrite kills the process before its n-th write, starts another one, and delivers the message again: the
// conversation ends the same, and every effect has one key.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	script := []string{"开始", "3", "x", "是", "4", "是"}
	for n := range 40 {
		var ran []string
		b := newBot(t, func(e *Engine) *Definition {
			return e.Define("x", func(d *D) (reply.Reply, error) {
				days, err := d.AskInt("几天？")
				if err != nil {
					return nil, err
				}
				ok, err := d.AskYesNo("行吗？")
				if err != nil {
					return nil, err
				}
				a, err := Do(d, "first", func(context.Context) (int, error) { ran = append(ran, d.Key("first")); return days * 10, nil })
				if err != nil {
					return nil, err
				}
				c, err := Do(d, "second", func(context.Context) (int, error) { ran = append(ran, d.Key("second")); return a + 1, nil })
				if err != nil {
					return nil, err
				}
				d.Say(reply.Text(fmt.Sprint(c)))
				more, err := d.AskInt("还要？")
				if err != nil {
					return nil, err
				}
				if err := d.Confirm("完？"); err != nil {
					return nil, err
				}
				return reply.Text(fmt.Sprint(days, ok, a, c, more)), nil
			})
		})
		kv := b.kv
		b.kv = &crashKV{KV: kv, left: n}
		b.restart()
		crashed, last := false, ""
		for _, text := range script {
			m := b.text(text)
			got, err := b.deliver("hr", "zhangsan", m)
			if errors.Is(err, errKilled) {
				crashed = true
				b.kv = kv
				b.restart()
				got, err = b.deliver("hr", "zhangsan", m)
			}
			if err != nil {
				t.Fatalf("crash at %d, %q: %v", n, text, err)
			}
			last = got
		}
		if last != "3 true 30 31 4" {
			t.Errorf("crash at %d: %q", n, last)
		}
		slices.Sort(ran)
		if keys := slices.Compact(ran); len(keys) != 2 {
			t.Errorf("crash at %d: keys %v, want two", n, keys)
		}
		if !crashed {
			return // every write was tried
		}
	}
	t.Error("the script never ran without a crash")
}

func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	ran := 0
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if _, err := d.Ask("a"); err != nil {
				return nil, err
			}
			_, err := Do(d, "pay", func(context.Context) (int, error) { ran++; return 1, nil }, AtMostOnce())
			if errors.Is(err, ErrInterrupted) {
				return reply.Text("不确定是否已付款"), nil
			}
			return reply.Text("已付款"), err
		})
	})
	kv := b.kv
	b.kv = &crashKV{KV: kv, left: 2} // the first question and the intent
	b.restart()
	b.talk("开始", "a")
	m := b.text("1")
	if _, err := b.deliver("hr", "zhangsan", m); !errors.Is(err, errKilled) {
		t.Fatalf("error %v, want the crash", err)
	}
	b.kv = kv
	b.restart()
	for range 2 {
		got, err := b.deliver("hr", "zhangsan", m)
		if err != nil {
			t.Fatal(err)
		}
		b.expect("1", got, "不确定")
	}
	if ran != 1 {
		t.Errorf("ran %d times, want once", ran)
	}
}

func TestFailedEffectIsTriedAgain(t *testing.T) {
	t.Parallel()
	broken, ran := true, 0
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			s, err := d.Ask("a")
			if err != nil {
				return nil, err
			}
			n, err := Do(d, "submit", func(context.Context) (int, error) {
				ran++
				if broken {
					return 0, errBoom
				}
				return 7, nil
			})
			if err != nil {
				return nil, fmt.Errorf("submit: %w", err)
			}
			return reply.Text(fmt.Sprint(s, n)), nil
		})
	})
	b.talk("开始", "a", "x", "出了点问题", "在吗", "router: 在吗")
	if !strings.Contains(b.log.String(), "boom") {
		t.Errorf("log %q, want the cause", b.log.String())
	}
	b.restart()
	b.talk("继续", "出了点问题")
	broken = false
	b.talk("继续", "x7", "继续", "router: 继续")
	if ran != 3 {
		t.Errorf("ran %d times, want 3", ran)
	}
}

func TestHandledFailureIsRecorded(t *testing.T) {
	t.Parallel()
	ran := 0
	f := func(d *D) (reply.Reply, error) {
		for i := range 3 {
			_, err := Do(d, fmt.Sprint("try-", i), func(context.Context) (int, error) {
				ran++
				if i == 0 {
					return 0, errBoom
				}
				return 0, nil
			})
			if err == nil {
				return reply.Text("好了"), nil
			}
			var failed *EffectError
			if !errors.As(err, &failed) || errors.Is(err, errBoom) {
				return nil, fmt.Errorf("not what a replay would give: %w", err)
			}
			again, err := d.AskYesNo("失败：" + err.Error() + "，再试？")
			if err != nil {
				return nil, err
			}
			if !again {
				return reply.Text("算了"), nil
			}
		}
		return nil, nil
	}
	b := newBot(t, func(e *Engine) *Definition { return e.Define("x", f) })
	b.talk("开始", "失败：try-0: boom，再试？")
	b.restart()
	b.talk("是", "好了")
	if ran != 2 {
		t.Errorf("ran %d times, want 2", ran)
	}
}

func TestFailureThatMustNotBeRepeatedEndsTheDialog(t *testing.T) {
	t.Parallel()
	ran := 0
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if _, err := d.Ask("a"); err != nil {
				return nil, err
			}
			_, err := Do(d, "pay", func(context.Context) (int, error) { ran++; return 0, errBoom }, AtMostOnce())
			return nil, err
		})
	})
	b.talk("开始", "a", "1", "不确定是否已经完成", "继续", "router: 继续")
	if ran != 1 {
		t.Errorf("ran %d times, want once", ran)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	reads, broken := 0, false
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			n, err := Fetch(d, "stock", func(context.Context) (int, error) {
				reads++
				if broken {
					return 0, errBoom
				}
				return reads, nil
			})
			if err != nil {
				d.Say(reply.Text("读不到"))
			}
			s, err := d.Ask(fmt.Sprint("还有 ", n))
			return reply.Text(fmt.Sprint(s, n)), err
		})
	})
	b.talk("开始", "还有 1", "x", "x1")
	broken = true
	b.talk("开始", "读不到 | 还有 0")
	broken = false
	b.talk("y", "y0")
	if reads != 2 {
		t.Errorf("read %d times, want 2", reads)
	}
}

func TestBackForgetsReadsButNotEffects(t *testing.T) {
	t.Parallel()
	reads := 0
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			s, err := d.Ask("哪个？")
			if err != nil {
				return nil, err
			}
			price, err := Fetch(d, "price", func(context.Context) (string, error) { reads++; return s + "元", nil })
			if err != nil {
				return nil, err
			}
			if err := d.Confirm(price + "？"); err != nil {
				return nil, err
			}
			if _, err := Do(d, "order", func(context.Context) (int, error) { return 0, nil }); err != nil {
				return nil, err
			}
			note, err := d.Ask("备注？")
			return reply.Text("好 " + note), err
		})
	})
	b.talk("开始", "哪个", "1", "1元？", "返回", "哪个", "2", "2元？", "是", "备注", "返回", "已经提交，不能返回。 | 备注？", "x", "好 x")
	if reads != 2 {
		t.Errorf("read %d times, want 2", reads)
	}
}

func TestTwoEffectsOfOneName(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			for range 2 {
				if _, err := Do(d, "same", func(context.Context) (int, error) { return 0, nil }); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
	})
	if _, err := b.deliver("hr", "zhangsan", b.text("开始")); err == nil || !strings.Contains(err.Error(), "same") {
		t.Errorf("error %v, want it to name the effect", err)
	}
}

func TestCompensationOnCancel(t *testing.T) {
	t.Parallel()
	var log []string
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if _, err := Do(d, "reserve", func(context.Context) (int, error) { log = append(log, "reserve"); return 0, nil }); err != nil {
				return nil, err
			}
			_, err := d.Ask("a")
			if errors.Is(err, ErrCancelled) {
				_, err := Do(d, "release", func(context.Context) (int, error) { log = append(log, "release"); return 0, nil })
				return reply.Text("已释放"), err
			}
			return nil, err
		})
	})
	b.talk("开始", "a")
	kv := b.kv
	b.kv = &crashKV{KV: kv, left: 2} // the intent and the result, not the end
	b.restart()
	m := b.text("取消")
	if _, err := b.deliver("hr", "zhangsan", m); !errors.Is(err, errKilled) {
		t.Fatalf("error %v, want the crash", err)
	}
	b.kv = kv
	b.restart()
	b.talk("你好", "已释放", "你好", "router")
	if got := strings.Join(log, " "); got != "reserve release" {
		t.Errorf("effects %q", got)
	}
}

func TestEndedContextLeavesTheIntent(t *testing.T) {
	t.Parallel()
	ran := 0
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if _, err := d.Ask("a"); err != nil {
				return nil, err
			}
			_, err := Do(d, "slow", func(ctx context.Context) (int, error) {
				if ran++; ran == 1 {
					return 0, context.Canceled
				}
				return 0, nil
			})
			return reply.Text("完"), err
		})
	})
	b.talk("开始", "a")
	m := b.text("1")
	if _, err := b.deliver("hr", "zhangsan", m); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the cancellation", err)
	}
	got, err := b.deliver("hr", "zhangsan", m)
	if err != nil || got != "完" || ran != 2 {
		t.Errorf("again: %q, %v after %d runs", got, err, ran)
	}
}

// TestConcurrentMessages lets many messages of one member in at once, as several machines would: they are taken one after
// the other, none forks the dialog.
func TestConcurrentMessages(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			sum := 0
			for i := range 6 {
				n, err := d.AskInt(fmt.Sprint("第", i))
				if err != nil {
					return nil, err
				}
				sum += n
			}
			return reply.Text(fmt.Sprint("和 ", sum)), nil
		})
	})
	b.talk("开始", "第0")
	answers := make([]string, 6)
	var wg sync.WaitGroup
	for i := range answers {
		m := b.text("1")
		wg.Go(func() {
			got, err := b.deliver("hr", "zhangsan", m)
			if err != nil {
				t.Error(err)
			}
			answers[i] = got
		})
	}
	wg.Wait()
	slices.Sort(answers)
	if got := strings.Join(answers, " "); got != "和 6 第1 第2 第3 第4 第5" {
		t.Errorf("answers %q: each question once, and the sum", got)
	}
}
