package main_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/examples/it-helpdesk/tickets"
	"github.com/wecombot/wecombot/simulator"
)

// newExample lays an example's bot out, served on a platform of its own. replace are pairs of what stands in its files and
// what the test needs instead.
func newExample(t *testing.T, bot string, replace ...string) *daemon {
	t.Helper()
	d := newDaemon(t, "rules: []")
	if err := os.RemoveAll(filepath.Join(d.dir, "rules")); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join("..", "..", "examples", bot)
	files, err := filepath.Glob(filepath.Join(from, "rules", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules in %s: %v", from, err)
	}
	edit := strings.NewReplacer(replace...)
	for _, f := range append(files, filepath.Join(from, "bot.yaml")) {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(from, f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".test.yaml") {
			d.write(name, edit.Replace(string(raw)))
		}
	}
	d.name = appName.FindStringSubmatch(d.file("bot.yaml"))[1]
	config := appKeys.ReplaceAllString(d.file("bot.yaml"), "${HR_$1}")
	config = agentID.ReplaceAllString(config, "agent_id: 1000002\n    api_base: "+d.sim.URL+"\n")
	d.write("bot.yaml", strings.Replace(config, `server: {listen: ":8080", admin: "127.0.0.1:8081"}`,
		fmt.Sprintf("server: {listen: \"127.0.0.1:0\", admin: %q}\nlog: {format: json}", freeAddress(t)), 1))
	return d
}

var (
	appName = regexp.MustCompile(`- name: (\w+)`)
	appKeys = regexp.MustCompile(`\$\{(?:HR|IT|ONCALL)_(SECRET|TOKEN|AES_KEY)\}`)
	agentID = regexp.MustCompile(`agent_id: \d+.*\n`)
)

// act is what a member does, and what somebody sees of it before the next act.
type act struct {
	as    string
	say   string
	press string   // the text of a button, of the newest card that has it
	image bool     // he sends a picture
	sees  []string // "user: what stands in a message that he sees"
}

// play does what the script says. die ends botd, and starts it again: at once after the platform has its 200, or when
// everything is seen.
func (d *daemon) play(script []act, die string, env ...string) {
	d.t.Helper()
	for i, a := range script {
		d.act(a)
		if die == "at once" {
			d.kill()
			d.start(env...)
		}
		for _, want := range a.sees {
			user, text, _ := strings.Cut(want, ": ")
			if err := d.sim.Wait(d.ctx, func() bool { return d.count(user, text) > 0 }); err != nil {
				d.t.Fatalf("act %d, %+v: %s does not see %q, but %q\n%s", i+1, a, user, text, d.seen(user), d.output())
			}
		}
		if die == "afterwards" {
			d.kill()
			d.start(env...)
		}
	}
	d.rests()
}

func (d *daemon) act(a act) {
	d.t.Helper()
	var del *simulator.Delivery
	switch {
	case a.press != "":
		task, key := d.button(a.as, a.press)
		del = d.sim.Press(d.ctx, d.app, a.as, task, key)
	case a.image:
		del = d.sim.Send(d.ctx, d.app, a.as, simulator.Image("https://example.com/photo.jpg", "MEDIA"))
	default:
		del = d.sim.Say(d.ctx, d.app, a.as, a.say)
	}
	if del.Problem != "" || !del.Received {
		d.t.Fatalf("%+v: received %v, %s\n%s", a, del.Received, del.Problem, d.output())
	}
}

// button finds the newest card on which a member can press a button with this text.
func (d *daemon) button(user, text string) (task, key string) {
	d.t.Helper()
	for _, s := range slices.Backward(d.sim.Inbox(user)) {
		if s.Card == nil || s.Card.Replaced != "" {
			continue
		}
		var face struct {
			Buttons []struct{ Text, Key string } `json:"button_list"`
		}
		if err := json.Unmarshal(s.Card.Face, &face); err != nil {
			d.t.Fatal(err)
		}
		for _, b := range face.Buttons {
			if b.Text == text {
				return s.Card.TaskID, b.Key
			}
		}
	}
	d.t.Fatalf("%s has no button %q: %q", user, text, d.seen(user))
	return "", ""
}

// count is how many of the messages that a member sees hold the text.
func (d *daemon) count(user, text string) (n int) {
	for _, s := range d.seen(user) {
		if strings.Contains(s, text) {
			n++
		}
	}
	return n
}

// rests waits until nothing is under way but what is meant for later.
func (d *daemon) rests() {
	d.t.Helper()
	for d.ctx.Err() == nil {
		_, list := d.get("/api/outbox")
		_, metrics := d.get("/metrics")
		var entries []struct {
			Attempt int       `json:"attempt"`
			Next    time.Time `json:"next"`
		}
		err := json.Unmarshal([]byte(list), &entries)
		entries = slices.DeleteFunc(entries, func(e struct {
			Attempt int       `json:"attempt"`
			Next    time.Time `json:"next"`
		}) bool {
			return e.Attempt == 0 && time.Until(e.Next) > time.Minute
		})
		if err == nil && len(entries) == 0 && strings.Contains(metrics, "\nwecombot_messages_in_flight 0\n") && strings.Contains(metrics, "\nwecombot_inbox_depth 0\n") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.t.Fatalf("does not come to rest:\n%s", d.output())
}

var clock = regexp.MustCompile(`\d\d:\d\d`)

// inboxes is all that everybody sees, without the time of day. An answer and a message of somebody else come in any
// order, so it is sorted.
func (d *daemon) inboxes() string {
	var lines []string
	for _, m := range d.sim.Members() {
		for _, text := range d.seen(m.UserID) {
			lines = append(lines, fmt.Sprintf("%s: %q\n", m.UserID, clock.ReplaceAllString(text, "…")))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// exampleBot is how one example is driven.
type exampleBot struct {
	name   string
	setup  func(t *testing.T) (d *daemon, effects func() string)
	script []act
	once   []string // "user: text" that is seen exactly once at the end
}

func exampleBots() []exampleBot {
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	none := func() string { return "" }
	return []exampleBot{{
		name:  "hr-desk",
		setup: func(t *testing.T) (*daemon, func() string) { return newExample(t, "hr-desk"), none },
		script: []act{
			{as: "zhangsan", say: "请假", sees: []string{"zhangsan: 请哪种假"}},
			{as: "zhangsan", press: "病假", sees: []string{"zhangsan: 从哪天开始"}},
			{as: "zhangsan", say: day, sees: []string{"zhangsan: 请几天"}},
			{as: "zhangsan", say: "16", sees: []string{"zhangsan: 最少半天"}},
			{as: "zhangsan", say: "5", sees: []string{"zhangsan: 拍一张病假条"}},
			{as: "zhangsan", image: true, sees: []string{"zhangsan: 谁来接手"}},
			{as: "zhangsan", say: "王五", sees: []string{"zhangsan: 5 天，提交吗"}},
			{as: "zhangsan", press: "确认", sees: []string{"zhangsan: 已交给主管", "lisi: 张三 申请病假", "zhaoliu: 接手人：王五"}},
			{as: "zhaoliu", press: "同意", sees: []string{"zhangsan: 赵六 同意了你的申请：病假，" + day + " 起 5 天。", "wangwu: 请登记：zhangsan 病假"}},
			{as: "zhangsan", say: "我的申请", sees: []string{"zhangsan: 你最近的申请：病假"}},
			{as: "lisi", say: "收入证明", sees: []string{"lisi: 哪种证明"}},
			{as: "lisi", say: "2", sees: []string{"lisi: 做什么用"}},
			{as: "lisi", say: "办签证", sees: []string{"lisi: 要几份"}},
			{as: "lisi", say: "2", sees: []string{"lisi: 收入证明 2 份，用于办签证，对吗"}},
			{as: "lisi", say: "确认", sees: []string{"lisi: 两个工作日", "wangwu: 李四 要开收入证明 2 份"}},
		},
		once: []string{"lisi: 张三 申请病假", "zhaoliu: 张三 申请病假", "zhangsan: 赵六 同意了你的申请", "wangwu: 请登记", "wangwu: 要开收入证明"},
	}, {
		name: "it-helpdesk",
		setup: func(t *testing.T) (*daemon, func() string) {
			system := tickets.New("TICKETS")
			srv := httptest.NewServer(system)
			t.Cleanup(srv.Close)
			d := newExample(t, "it-helpdesk", "http://127.0.0.1:8390", srv.URL, "${TICKETS_TOKEN}", "TICKETS")
			return d, func() string { return fmt.Sprintf("%+v", system.List()) }
		},
		script: []act{
			{as: "zhangsan", say: "我要报修", sees: []string{"zhangsan: 什么出了问题"}},
			{as: "zhangsan", press: "打印机", sees: []string{"zhangsan: 描述一下现象"}},
			{as: "zhangsan", say: "三楼卡纸了", sees: []string{"zhangsan: 拍一张照片"}},
			{as: "zhangsan", image: true, sees: []string{"zhangsan: 影响你现在工作"}},
			{as: "zhangsan", press: "是", sees: []string{"zhangsan: （紧急），提交吗"}},
			{as: "zhangsan", press: "确认", sees: []string{"zhangsan: 工单 1042 已建立", "wangwu: 【紧急】打印机报修 1042", "lisi: 报修人：张三"}},
			{as: "zhangsan", say: "催一下", sees: []string{"zhangsan: 已经催了", "wangwu: 在催工单 1042", "lisi: 在催工单 1042"}},
			{as: "wangwu", press: "我来处理", sees: []string{"zhangsan: 王五 接了你的工单 1042"}},
			{as: "zhangsan", say: "工单 1042", sees: []string{"zhangsan: 王五 正在处理"}},
			{as: "wangwu", say: "解决 1042", sees: []string{"wangwu: 工单 1042 已关闭", "zhangsan: 工单 1042 已解决"}},
			{as: "lisi", say: "发公告", sees: []string{"lisi: 公告写什么"}},
			{as: "lisi", say: "今晚九点停机", sees: []string{"lisi: 会发给所有人"}},
			{as: "lisi", press: "确认", sees: []string{"lisi: 已发送", "zhaoliu: 【IT 公告】今晚九点停机", "sunqi: 【IT 公告】"}},
		},
		once: []string{"wangwu: 打印机报修 1042", "lisi: 打印机报修 1042", "zhangsan: 接了你的工单", "zhangsan: 已解决", "lisi: 在催工单", "sunqi: 【IT 公告】", "zhangsan: 【IT 公告】"},
	}, {
		name: "oncall",
		setup: func(t *testing.T) (*daemon, func() string) {
			// Zhang San has been on call since yesterday, and it is night all day.
			since := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
			return newExample(t, "oncall", "2026-01-05", since, "22:00-08:00", "00:00-24:00"), none
		},
		script: []act{
			{as: "zhaoliu", say: "官网打不开", sees: []string{"zhaoliu: 能等到早上", "zhaoliu: 出了什么事"}},
			{as: "zhaoliu", say: "官网返回 502", sees: []string{"zhaoliu: 影响有多大"}},
			{as: "zhaoliu", press: "P2 部分不可用", sees: []string{"zhaoliu: 通知值班的人吗"}},
			{as: "zhaoliu", press: "确认", sees: []string{"zhaoliu: 有人认领会告诉你", "zhangsan: 报告人：赵六"}},
			{as: "zhangsan", press: "转给备班", sees: []string{"lisi: 转来的告警"}},
			{as: "lisi", press: "我来处理", sees: []string{"zhaoliu: 李四 正在处理：官网返回 502"}},
			{as: "lisi", say: "恢复", sees: []string{"lisi: 辛苦了", "zhangsan: 已恢复：官网返回 502（李四）"}},
			{as: "zhaoliu", say: "没人理", sees: []string{"zhaoliu: 已经催了", "wangwu: 赵六 在催"}},
		},
		once: []string{"zhangsan: 报告人：赵六", "lisi: 转来的告警", "zhaoliu: 李四 正在处理", "zhangsan: 已恢复", "wangwu: 赵六 在催", "zhangsan: 赵六 在催"},
	}}
}

// TestExampleBotsSurviveKills drives every example by encrypted callbacks, and kills botd after every single act. What
// everybody sees in the end, and what happened outside, is what it is when nothing is killed.
func TestExampleBotsSurviveKills(t *testing.T) {
	t.Parallel()
	for _, bot := range exampleBots() {
		t.Run(bot.name, func(t *testing.T) {
			t.Parallel()
			want := ""
			for _, die := range []string{"never", "at once", "afterwards"} {
				d, effects := bot.setup(t)
				d.start().play(bot.script, die)
				for _, once := range bot.once {
					user, text, _ := strings.Cut(once, ": ")
					if n := d.count(user, text); n != 1 {
						t.Errorf("killed %s: %s sees %q %d times, want once: %q", die, user, text, n, d.seen(user))
					}
				}
				if lost := d.sim.Lost(""); len(lost) > 0 {
					t.Errorf("killed %s: the platform swallowed %+v", die, lost)
				}
				got := d.inboxes() + effects()
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("killed %s, there is\n%s\nwithout it\n%s", die, got, want)
				}
				d.kill()
			}
		})
	}
}
