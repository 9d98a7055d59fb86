package dialog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

func TestConversation(t *testing.T) {
	t.Parallel()
	var done []string
	b := newBot(t, defineLeave(&done))
	b.talk(
		"hi", "router: hi",
		"开始", "你好 | 请几天？",
		"很多", "请输入 1 到 15 之间的数字\n例如：3\n请几天？",
		"16", "请输入 1 到 15",
		"３", "哪种假？\n1. 年假\n2. 病假\n3. 事假",
		"4", "请回复序号或选项",
		"病", "病假 3 天，提交吗？",
		"也许", "请回复 是 或 否",
		"好的", "已提交：zhangsan/病假/3",
		"好的", "router: 好的",
	)
	if len(done) != 1 {
		t.Errorf("submitted %v, want once", done)
	}
}

func TestSaysAreNotRepeatedAfterTheAnswer(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talk("开始", "你好 | 请几天？")
	got, err := b.deliver("hr", "zhangsan", b.text("3"))
	if err != nil || strings.Contains(got, "你好") {
		t.Errorf("second question: %q, %v; want it without the greeting", got, err)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
	}{
		{"cancel", []string{"开始", "请几天", "取消", "已取消", "3", "router: 3"}},
		{"cancel in English", []string{"开始", "请几天", " Cancel! ", "已取消"}},
		{"no at the confirmation", []string{"开始", "请几天", "3", "哪种", "1", "提交吗", "否", "已取消", "是", "router: 是"}},
		{"back", []string{"开始", "请几天", "3", "哪种", "返回", "请几天", "5", "哪种", "1", "年假 5 天"}},
		{"back at the first question", []string{"开始", "请几天", "back", "第一个问题", "2", "哪种"}},
		{"back twice", []string{"开始", "请几天", "3", "哪种", "1", "提交吗", "返回", "哪种", "返回", "请几天"}},
		{"help", []string{"开始", "请几天", "帮助", "取消", "2", "哪种"}},
		{"three misses", []string{"开始", "请几天", "a", "1 到 15", "b", "1 到 15", "c", "不太顺利", "2", "哪种"}},
		{"continue is an answer while it waits", []string{"开始", "请几天", "继续", "1 到 15"}},
		{"a word inside an answer is no word", []string{"开始", "请几天", "取消吧", "1 到 15"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			newBot(t, defineLeave(new([]string))).talk(c.lines...)
		})
	}
}

func TestDefinitionHelp(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string), Help(reply.Text("请找李四"))))
	b.talk("开始", "请几天", "a", "", "b", "", "c", "请找李四", "help", "请找李四 | 你好 | 请几天")
}

func TestMembersAndAppsAreIndependent(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talkAs("hr", "zhangsan", "开始", "请几天")
	b.talkAs("hr", "lisi", "开始", "请几天")
	b.talkAs("it", "zhangsan", "3", "router: 3", "开始", "请几天")
	b.talkAs("hr", "zhangsan", "3", "哪种")
	b.talkAs("hr", "lisi", "5", "哪种", "2", "病假 5 天")
	b.talkAs("it", "zhangsan", "7", "哪种", "3", "事假 7 天")
	b.talkAs("hr", "zhangsan", "1", "年假 3 天", "是", "zhangsan/年假/3")
	b.talkAs("hr", "lisi", "是", "lisi/病假/5")
}

func TestSurvivesRestartBetweenAnySteps(t *testing.T) {
	t.Parallel()
	var done []string
	b := newBot(t, defineLeave(&done))
	for _, line := range [][2]string{{"开始", "请几天"}, {"x", "1 到 15"}, {"3", "哪种"}, {"1", "提交吗"}, {"是", "已提交：zhangsan/年假/3"}, {"是", "router"}} {
		b.talk(line[0], line[1])
		b.restart()
	}
	if len(done) != 1 {
		t.Errorf("submitted %v, want once", done)
	}
}

func TestSecondDeliveryGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	var done []string
	b := newBot(t, defineLeave(&done))
	for _, text := range []string{"开始", "x", "3", "1", "返回", "2", "帮助", "是"} {
		m := b.text(text)
		first, err := b.deliver("hr", "zhangsan", m)
		if err != nil {
			t.Fatal(err)
		}
		b.restart()
		again, err := b.deliver("hr", "zhangsan", m)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(first, again) || again == "" {
			t.Errorf("%q: first %q, again %q", text, first, again)
		}
	}
	if len(done) != 1 {
		t.Errorf("submitted %v, want once", done)
	}
	m := b.text("开始")
	b.deliver("hr", "zhangsan", m)
	cancel := b.text("取消")
	for range 2 {
		got, err := b.deliver("hr", "zhangsan", cancel)
		if err != nil {
			t.Fatal(err)
		}
		b.expect("取消", got, "已取消")
	}
}

func TestChangedFunctionEndsPolitely(t *testing.T) {
	t.Parallel()
	ask := func(prompts ...string) Func {
		return func(d *D) (reply.Reply, error) {
			for _, p := range prompts {
				if _, err := d.Ask(p); err != nil {
					return nil, err
				}
			}
			return reply.Text("完"), nil
		}
	}
	for _, c := range []struct {
		name   string
		before Func
		after  Func
		want   string
	}{
		{"unchanged", ask("a", "b", "c"), ask("a", "b", "c"), "c"},
		{"a later question is new", ask("a", "b", "c"), ask("a", "b", "d"), "d"},
		{"an answered question has another wording", ask("a", "b", "c"), ask("x", "b", "c"), "更新"},
		{"the pending question has another wording", ask("a", "b", "c"), ask("a", "x", "c"), "更新"},
		{"a question is new before it", ask("a", "b", "c"), ask("a", "x", "b", "c"), "更新"},
		{"it is shorter", ask("a", "b", "c"), ask("a"), "更新"},
		{"another type", ask("a", "b", "c"), func(d *D) (reply.Reply, error) { _, err := d.AskInt("a"); return nil, err }, "更新"},
		{"it ends without steps", ask("a", "b"), ask(), "更新"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := c.before
			b := newBot(t, func(e *Engine) *Definition { return e.Define("x", f) })
			b.talk("开始", "a", "1", "b")
			f = c.after
			b.restart()
			b.talk("2", c.want)
			if c.want == "更新" {
				b.talk("2", "router: 2")
			}
		})
	}
}

func TestNamedQuestionMayChangeItsWording(t *testing.T) {
	t.Parallel()
	prompt := "a"
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			s, err := d.Ask(prompt, Name("first"))
			return reply.Text("完 " + s), err
		})
	})
	b.talk("开始", "a")
	prompt = "b"
	b.restart()
	b.talk("1", "完 1")
}

func TestVersionsAndRemoval(t *testing.T) {
	t.Parallel()
	ask := func(prompt string) Func {
		return func(d *D) (reply.Reply, error) {
			s, err := d.Ask(prompt)
			return reply.Text(prompt + s), err
		}
	}
	var first *Definition
	b := newBot(t, func(e *Engine) *Definition { first = e.Define("x", ask("old"), Version("1")); return first })
	b.talkAs("hr", "zhangsan", "开始", "old")
	b.talkAs("hr", "lisi", "开始", "old")
	b.start = b.engine.Define("x", ask("new"), Version("2"))
	b.talkAs("hr", "wangwu", "开始", "new")
	b.talkAs("hr", "zhangsan", "1", "old1")
	first.Remove()
	b.talkAs("hr", "lisi", "1", "更新", "1", "router: 1")
	b.talkAs("hr", "wangwu", "1", "new1")
}

func TestTwiceDefinedPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "x is defined twice") {
			t.Errorf("panic %q, want it to name the dialog", got)
		}
	}()
	e := New(nil)
	e.Define("x", nil)
	e.Define("x", nil)
}

func TestIgnoredSuspensionStillSuspends(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			a, _ := d.Ask("a")
			_, _ = Do(d, "must not run early", func(context.Context) (int, error) { t.Log("ran"); return 0, nil })
			c, _ := d.Ask("b")
			return reply.Text(a + c), nil
		})
	})
	b.talk("开始", "a", "1", "b", "2", "12")
}

func TestTypedAsks(t *testing.T) {
	t.Parallel()
	find := func(_ context.Context, name string) ([]router.User, error) {
		switch name {
		case "张三", "zhangsan":
			return []router.User{{ID: "zhangsan", Name: "张三"}}, nil
		case "李":
			return []router.User{{ID: "lisi", Name: "李四"}, {ID: "liwu", Name: "李五"}}, nil
		case "坏":
			return nil, errBoom
		}
		return nil, nil
	}
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			if d.Var("kind") != "年假" || d.Var("none") != "" || d.Text() != "开始" || d.App() != "hr" {
				return nil, fmt.Errorf("Var, Text or App: %q %q", d.Var("kind"), d.Text())
			}
			day, err := d.AskDate("哪天？")
			if err != nil {
				return nil, err
			}
			who, err := d.AskMember("谁？")
			if err != nil {
				return nil, err
			}
			pic, err := d.AskImage("照片？")
			if err != nil {
				return nil, err
			}
			ok, err := d.AskYesNo("公开？")
			if err != nil {
				return nil, err
			}
			word, err := d.Ask("备注？", Check(func(s string) error {
				if s == "无" {
					return Invalid("要写点什么")
				}
				return nil
			}), Example("加急"))
			if err != nil {
				return nil, err
			}
			n, err := d.AskInt("几个？", Refusal("数字！"))
			return reply.Text(fmt.Sprintln(day.Format(time.DateTime), who, pic, ok, word, n, d.Now().Equal(start))), err
		})
	}, WithMembers(find))
	b.talk("开始", "哪天", "很久以后", "看不懂这个日期\n例如：明天，或 2026-11-28", "明天", "谁？",
		"王", "没有找到", "李", "有多位，请输入账号：lisi（李四）、liwu（李五）")
	if _, err := b.deliver("hr", "zhangsan", b.text("坏")); err == nil {
		t.Error("a failing directory: no error")
	}
	b.talk("@张三", "照片", "给你", "请发一张图片")
	got, err := b.deliver("hr", "zhangsan", b.parse("<MsgType>image</MsgType><PicUrl>http://pic</PicUrl><MediaId>M1</MediaId>"))
	if err != nil {
		t.Fatal(err)
	}
	b.expect("image", got, "公开")
	b.talk("no", "备注", "无", "要写点什么\n例如：加急", "急", "几个？", "x", "数字！", "-2", "2026-11-22 00:00:00 {zhangsan 张三 [] []  } {M1 http://pic} false 急 -2 true")
}

func TestUserIsReadOnce(t *testing.T) {
	t.Parallel()
	b := newBot(t, func(e *Engine) *Definition {
		return e.Define("x", func(d *D) (reply.Reply, error) {
			u, err := d.User()
			if err != nil {
				return nil, err
			}
			_, err = d.Ask("a " + u.Name)
			return reply.Text("完 " + u.Name), err
		})
	})
	reads := 0
	say := func(text, want string) {
		t.Helper()
		q := &router.Request{Message: b.text(text), App: "hr", User: func(context.Context) (*router.User, error) {
			reads++
			return &router.User{ID: "zhangsan", Name: fmt.Sprint("张", reads)}, nil
		}}
		r, err := b.table.Handle(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		units, err := r.Units(reply.Options{})
		if err != nil || units[0].Plain != want {
			t.Fatalf("%q: %v, %v, want %q", text, units, err, want)
		}
	}
	say("开始", "a 张1")
	say("1", "完 张1")
	if reads != 1 {
		t.Errorf("the directory was read %d times, want once", reads)
	}
}

func TestEventsPass(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	b.talk("开始", "请几天")
	for _, body := range []string{
		"<MsgType>event</MsgType><Event>enter_agent</Event><EventKey>k</EventKey>",
		"<MsgType>event</MsgType><Event>LOCATION</Event><EventKey>k</EventKey>",
		"<MsgType>event</MsgType><Event>template_card_event</Event><EventKey>k</EventKey><TaskId>t</TaskId>",
	} {
		got, err := b.deliver("hr", "zhangsan", b.parse(body))
		if err != nil || got != "router: k" {
			t.Errorf("%s: %q, %v, want it routed", body, got, err)
		}
	}
	b.talk("3", "哪种")
	if got, err := b.deliver("hr", "sys", b.text("3")); err != nil || got != "router: 3" {
		t.Errorf("a system message: %q, %v", got, err)
	}
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string), OnCommand(InterruptPass)))
	b.table = b.engine.Middleware()(router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		if q.Text == "开始" {
			return b.start.Handle(ctx, q)
		}
		return reply.Text("next: " + q.Text), nil
	}))
	b.talk("hi", "next: hi", "开始", "请几天", "/help", "next: /help", "3", "哪种", "取消", "已取消", "3", "next: 3")
}

func TestWaitingAndDrop(t *testing.T) {
	t.Parallel()
	b := newBot(t, defineLeave(new([]string)))
	check := func(want string) {
		t.Helper()
		if got, err := b.engine.Waiting(t.Context(), "hr", "zhangsan"); err != nil || got != want {
			t.Errorf("Waiting = %q, %v, want %q", got, err, want)
		}
	}
	check("")
	b.talk("开始", "请几天")
	check("leave")
	if err := b.engine.Drop(t.Context(), "hr", "zhangsan"); err != nil {
		t.Fatal(err)
	}
	check("")
	b.talk("3", "router: 3")
}
