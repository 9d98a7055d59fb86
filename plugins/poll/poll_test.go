package poll_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/plugins/poll"
)

func newBot(t *testing.T, config string) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "poll", poll.New) })
	b.Load("poll", config)
	return b
}

// open puts a poll to a department and returns what was sent.
func open(t *testing.T, b *plugintest.Bot, more string) plugintest.Sent {
	t.Helper()
	u := b.User("zhangsan")
	u.Says("/poll 午饭吃什么？ 面 饭 “八宝 粥” --dept 2 "+more).Expect("午饭吃什么？\n1. 面\n2. 饭\n3. 八宝 粥\n发给 部门 2，", "发出吗？")
	b.Restart()
	u.Says("是").Expect("已发出，编号")
	sent := b.Sent()
	if len(sent) != 1 {
		t.Fatalf("sent %+v, want one card", sent)
	}
	return sent[0]
}

func TestVote(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	card := open(t, b, "--open 2h")
	if card.To != (outbox.To{Party: "2"}) || card.Type != "template_card" || !strings.Contains(card.Body, `"vote_interaction"`) || !strings.Contains(card.Body, `"poll:1"`) {
		t.Errorf("sent %s to %v: %s", card.Type, card.To, card.Body)
	}
	zhangsan, lisi := b.User("zhangsan"), b.User("lisi")
	a := lisi.Clicks("poll:1", "0").Expect("📊 1. 午饭吃什么？（1 人）\n▇▇▇▇▇▇▇▇▇▇ 1 面\n▁▁▁▁▁▁▁▁▁▁ 0 饭")
	if a.Units[0].MsgType != "update_template_card" || !strings.Contains(string(a.Units[0].Body), "已投票") {
		t.Errorf("the card becomes %s %s", a.Units[0].MsgType, a.Units[0].Body)
	}
	lisi.Clicks("poll:1", "0").Expect("（1 人）")
	lisi.Says("/vote 1 2").Expect("（1 人）", "0 面", "1 饭")
	b.Restart()
	zhangsan.Says("/vote 1 3").Expect("（2 人）\n▁▁▁▁▁▁▁▁▁▁ 0 面\n▇▇▇▇▇▁▁▁▁▁ 1 饭\n▇▇▇▇▇▁▁▁▁▁ 1 八宝 粥")
	lisi.Says("/closepoll 1").Expect("只有发起人")
	b.Advance(2 * time.Hour)
	sent := b.Sent()
	if len(sent) != 1 || sent[0].To.User != "zhangsan" || !strings.Contains(sent[0].Text, "（2 人）") || !strings.Contains(sent[0].Text, "已结束") {
		t.Errorf("at the end: %+v", sent)
	}
	lisi.Clicks("poll:1", "0").Expect("已经结束")
	lisi.Says("/results 1").Expect("0 面", "已结束")
}

func TestVotesThatDoNotCount(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	open(t, b, "")
	u := b.User("lisi")
	for said, want := range map[string]string{
		"/vote 1 4": "没有这个选项", "/vote 2 1": "没有这个投票", "/vote 1 1 2": "请选一项", "/vote 1 0": "不能小于 1", "/results 2": "没有这个投票", "/closepoll 2": "没有这个投票",
	} {
		u.Says(said).Expect(want)
	}
	u.Clicks("poll:1").Expect("请选一项")
	u.Clicks("poll:1", "9").Expect("没有这个选项")
	u.Clicks("poll:x", "0").ExpectNone()
	b.User("zhangsan").Says("/closepoll 1").Expect("（0 人）", "已结束")
	u.Says("/vote 1 1").Expect("已经结束")
	b.Advance(4 * 24 * time.Hour)
	if sent := b.Sent(); len(sent) != 0 {
		t.Errorf("an ended poll tells its results again: %+v", sent)
	}
}

func TestMultiple(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	open(t, b, "-m")
	b.User("lisi").Clicks("poll:1", "0", "2").Expect("1 面", "0 饭", "1 八宝 粥")
}

func TestNotLive(t *testing.T) {
	t.Parallel()
	b := newBot(t, "live: false\nroles: [admin]")
	b.User("zhangsan").Says("/poll a b c --user lisi").Expect("没有使用 /poll 的权限")
	b.User("boss").Says("/poll a b c --user lisi").Expect("发给 成员 lisi，")
	b.User("boss").Says("是").Expect("编号 1")
	b.User("lisi").Says("/vote 1 1").Expect("已投票，谢谢").ExpectNot("📊")
	b.User("lisi").Says("/results 1").Expect("结果不公开")
	b.User("boss").Says("/results 1").Expect("（1 人）")
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	u := b.User("zhangsan")
	u.Says("/poll 午饭？ 面 --dept 2").Expect("2 到 20 个选项")
	u.Says("/poll 午饭？ 面 饭").Expect("发给谁")
	u.Says("/poll").Expect("用法：/poll question option … [--user …]")
	u.Says("/poll 午饭？ 面 饭 --dept 2").Expect("发出吗")
	u.Says("否").Expect("已取消")
	if sent := b.Sent(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

func TestNumbersGoOn(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	for i := range 3 {
		u := b.User(fmt.Sprint("u", i))
		u.Says("/poll a b c --user lisi").Expect("发出吗")
		u.Says("是").Expect(fmt.Sprintf("编号 %d", i+1))
	}
}

func TestResultsThatCannotBeSentAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBot(t, "")
	open(t, b, "--open 1h")
	b.FailSends(2)
	b.Advance(time.Hour)
	if sent := b.Sent(); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
	b.Advance(3 * time.Minute)
	if sent := b.Sent(); len(sent) != 1 {
		t.Errorf("sent %+v, want the results", sent)
	}
}
