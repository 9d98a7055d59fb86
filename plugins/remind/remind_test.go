package remind_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/plugins/remind"
)

func newBot(t *testing.T, config string) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "remind", remind.New) })
	b.Load("remind", config)
	return b
}

// expectSent expects one message to zhangsan with these parts, or none.
func expectSent(t *testing.T, b *plugintest.Bot, parts ...string) {
	t.Helper()
	sent := b.Sent()
	if len(parts) == 0 {
		if len(sent) > 0 {
			t.Fatalf("sent %+v, want nothing", sent)
		}
		return
	}
	if len(sent) != 1 || sent[0].To != (outbox.To{User: "zhangsan"}) {
		t.Fatalf("sent %+v, want one message to zhangsan", sent)
	}
	for _, p := range parts {
		if !strings.Contains(sent[0].Text, p) {
			t.Fatalf("sent %q, want %q in it", sent[0].Text, p)
		}
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	u.Says("下午三点提醒我开会").Expect("好的，11月21日 周六 15:00 提醒你：开会", "取消提醒 1")
	b.Restart()
	b.Advance(4*time.Hour + 59*time.Minute)
	expectSent(t, b)
	b.Advance(time.Minute)
	expectSent(t, b, "⏰ 提醒：开会")
	b.Advance(48 * time.Hour)
	expectSent(t, b)
	u.Says("我的提醒").Expect("你没有提醒")
}

func TestWaysToAsk(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	for text, want := range map[string]string{
		"提醒我 明天9点 交报告":                           "11月22日 周日 09:00 提醒你：交报告",
		"20分钟后提醒我关火":                             "11月21日 周六 10:20 提醒你：关火",
		"请提醒我每周五17点写周报":                          "每周五 17:00 提醒你：写周报",
		"remind me in 20 minutes to call Bob":    "11月21日 周六 10:20 提醒你：call Bob",
		"/remind 下周一 买票":                         "11月23日 周一 09:00 提醒你：买票",
		"/提醒 today at 6pm that the train leaves": "11月21日 周六 18:00 提醒你：the train leaves",
		"提醒我2026-11-20喝水":                        "这个时间已经过去了：11月20日",
	} {
		u.Says(text).Expect(want)
	}
	for _, text := range []string{"有什么提醒", "提醒事项有哪些", "明天下午三点开会"} {
		u.Says(text).ExpectNone()
	}
}

func TestMissingPartsAreAskedFor(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	u.Says("提醒我喝水").Expect("什么时候提醒你？")
	u.Says("尽快").Expect("看不懂这个时间\n例如：明天下午三点")
	b.Restart()
	u.Says("半小时后").Expect("10:30 提醒你：喝水")
	u.Says("明天9点提醒我").Expect("提醒你什么？")
	u.Says("起床").Expect("11月22日 周日 09:00 提醒你：起床")
	u.Says("提醒我").Expect("什么时候")
	u.Says("取消").Expect("已取消")
}

func TestRepeated(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	u.Says("每个工作日9点半提醒我打卡").Expect("每个工作日 09:30")
	b.Advance(48 * time.Hour) // Monday, 10:00
	expectSent(t, b, "打卡")
	b.Restart()
	b.Advance(24 * time.Hour)
	expectSent(t, b, "打卡")
	u.Says("我的提醒").Expect("1. 每个工作日 09:30 打卡")
	u.Says("取消提醒 1").Expect("已取消：打卡")
	b.Advance(72 * time.Hour)
	expectSent(t, b)
}

func TestMissedWhileDown(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	u.Says("11点提醒我开会").Expect("11:00")
	u.Says("每天11点提醒我喝水").Expect("每天 11:00")
	b.Down(3 * time.Hour)
	b.Advance(0)
	sent := b.Sent()
	if len(sent) != 2 || !strings.Contains(sent[0].Text, "开会（本应在 11月21日 周六 11:00）") || !strings.Contains(sent[1].Text, "喝水（本应在") {
		t.Errorf("sent %+v, want both, late", sent)
	}
	b.Advance(22 * time.Hour)
	expectSent(t, b, "喝水")
}

func TestNumbersAndLimit(t *testing.T) {
	t.Parallel()
	b := newBot(t, "max: 2")
	u := b.User("zhangsan")
	u.Says("12点提醒我a").Expect("取消提醒 1")
	u.Says("11点提醒我b").Expect("取消提醒 2")
	u.Says("13点提醒我c").Expect("已经有 2 个提醒")
	b.User("lisi").Says("11点提醒我d").Expect("取消提醒 1")
	u.Says("/reminders").Expect("2. 11月21日 周六 11:00 b\n1. 11月21日 周六 12:00 a")
	u.Says("/unremind 1").Expect("已取消：a")
	u.Says("取消提醒 1").Expect("没有 1 号提醒")
	u.Says("13点提醒我c").Expect("取消提醒 1")
	b.Advance(time.Hour)
	if sent := b.Sent(); len(sent) != 2 {
		t.Errorf("sent %+v, want b and d", sent)
	}
}

func TestFailedSendIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	b.User("zhangsan").Says("11点提醒我开会").Expect("11:00")
	b.FailSends(1)
	b.Advance(time.Hour)
	expectSent(t, b)
	b.Advance(time.Minute)
	expectSent(t, b, "开会")
}
