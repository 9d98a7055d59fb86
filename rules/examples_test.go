package rules_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/rules"
)

func TestCheckExamples(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: wifi, match: {keyword: wifi}, reply: x, examples: [wifi 密码, 无线], not_examples: [wifi 报修, 打印机]}
  - {name: repair, match: {keyword: 报修}, reply: x, examples: [报修 wifi, 报修打印机]}
  - {name: admin, match: {exact: 后台}, who: {departments: [9]}, reply: x, examples: [后台], priority: 1}
  - {name: everyone, match: {exact: 后台}, reply: x, examples: [后台]}
  - {name: night, match: {exact: 值班}, time: 22:00-06:00, reply: x, examples: [值班], priority: 1}
  - {name: day, match: {exact: 值班}, reply: x, examples: [值班, {say: 值班, at: '2026-03-04T23:00:00+08:00'}]}
  - {name: lisi, match: {keyword: 你, when: 'user.id == "lisi" && now.Hour() == 8'}, reply: x, examples: [{say: 你好, as: lisi, at: '2026-03-04T08:10:00+08:00'}, 你好]}
  - {name: log, match: {keyword: 报修}, reply: x, priority: 9, continue: true, examples: [报修]}
`)
	var got []string
	for _, p := range d.set.CheckExamples() {
		got = append(got, strings.TrimPrefix(p.String(), filepath.Dir(d.file)+"/"))
	}
	want := `rules.yaml:3:72: the example "无线" of "wifi" is answered by no rule (widen the rule's match, or say as whom and when the example holds: {say: …, as: …, at: …})
rules.yaml:3:92: "wifi 报修" is a not_example of "wifi", which answers it (narrow the rule's match, or delete it from not_examples)
rules.yaml:4:63: the example "报修 wifi" of "repair" is answered by "log", "wifi" (give the rule a higher priority, or narrow the other one)
rules.yaml:8:68: the example "值班" of "day" is answered by "night" (give the rule a higher priority, or narrow the other one)
rules.yaml:9:160: the example "你好" of "lisi" is answered by no rule (widen the rule's match, or say as whom and when the example holds: {say: …, as: …, at: …})`
	if strings.Join(got, "\n") != want {
		t.Errorf("CheckExamples:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
calendar: {holidays: [2026-10-01]}
rules: []
schedules:
  - {name: friday, cron: '0 17 * * 5', zone: Asia/Shanghai, send: {to: {departments: [2]}, markdown: '周报别忘了'}}
  - {name: skip, cron: '30 9 * * *', missed: skip, send: {to: lisi, text: '{{ now.Format("15:04") }}'}}
  - {name: all, cron: '0 * * * *', days: mon, missed: all, send: {to: wangwu, text: x}}
  - {name: work, cron: '0 9 * * *', days: workday, send: {to: wangwu, text: x}}
`)
	at := func(s string) time.Time {
		t.Helper()
		x, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, tt := range []struct {
		schedule   int
		from, next string
	}{
		{0, "2026-03-02 09:30", "2026-03-06 17:00"},
		{0, "2026-03-06 17:00", "2026-03-13 17:00"},
		{2, "2026-03-02 23:30", "2026-03-09 00:00"},
		{3, "2026-09-30 10:00", "2026-10-02 09:00"},
		{3, "2026-03-06 10:00", "2026-03-09 09:00"},
	} {
		if got := d.set.Schedules[tt.schedule].Next(at(tt.from)); !got.Equal(at(tt.next)) {
			t.Errorf("%s after %s: %v, want %s", d.set.Schedules[tt.schedule].Name, tt.from, got, tt.next)
		}
	}
	run := func(now, next string, want ...string) {
		t.Helper()
		d.now, d.sent = at(now), nil
		for range 2 { // a second process finds nothing to do
			got, err := d.set.RunDue(t.Context(), d.now, nil)
			if err != nil || !got.Equal(at(next)) {
				t.Errorf("RunDue(%s) = %v, %v; want %s", now, got.In(shanghai), err, next)
			}
		}
		var sent []string
		for _, o := range d.sent {
			sent = append(sent, strings.Join(o.To.Users, ",")+":"+plain(t, o.Reply))
		}
		if strings.Join(sent, " ") != strings.Join(want, " ") {
			t.Errorf("RunDue(%s) sent %q, want %q", now, sent, want)
		}
	}
	run("2026-03-02 08:30", "2026-03-02 09:00")
	run("2026-03-02 09:00", "2026-03-02 09:30", "wangwu:x", "wangwu:x")
	run("2026-03-02 09:30", "2026-03-02 10:00", "lisi:09:30")
	run("2026-03-02 13:40", "2026-03-02 14:00", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x") // down from ten to one
	run("2026-03-06 18:00", "2026-03-06 19:00", ":周报别忘了", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x", "wangwu:x")
}

// failing is a Sender that fails as often as it says, and counts.
type failing struct {
	fails, sent atomic.Int32
}

func (f *failing) Send(context.Context, rules.Outgoing) error {
	if f.fails.Add(-1) >= 0 {
		return errors.New("the outbox is full")
	}
	f.sent.Add(1)
	return nil
}

func TestAScheduleRunsOnceInAllProcessesAndAgainWhenItFails(t *testing.T) {
	t.Parallel()
	f := &failing{}
	d := newDesk(t, "schedules: [{name: a, cron: '0 10 * * *', send: {to: lisi, text: x}}]", func(o *rules.Options) { o.Sender = f })
	run := func(now time.Time) time.Time {
		t.Helper()
		next, err := d.set.RunDue(t.Context(), now, nil)
		if err != nil {
			t.Errorf("RunDue: %v", err)
		}
		return next
	}
	run(monday)
	ten := monday.Add(30 * time.Minute)
	f.fails.Store(1)
	if next := run(ten); !next.Equal(ten.Add(time.Minute)) || f.sent.Load() != 0 {
		t.Errorf("after a failure: next %v, %d sent", next, f.sent.Load())
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { run(ten.Add(time.Minute)) })
	}
	wg.Wait()
	if f.sent.Load() != 1 {
		t.Errorf("%d sent, want 1", f.sent.Load())
	}
}

func TestMenu(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: leave, match: {key: leave}, reply: x}
  - {name: scan, match: {event: scancode_push, when: 'msg.key startsWith "scan."'}, reply: x}
menus:
  it: [{name: 别的, key: not-ours}]
  hr:
    - name: 假期
      children: [{name: 请假, key: leave}, {name: 制度, url: 'https://hr.example/rules'}, {name: 扫一扫, type: scancode_push, key: scan.desk}]
    - {name: 小程序, appid: wx1, page: index}
`)
	got, err := json.Marshal(d.set.Menu)
	want := `[{"name":"假期","sub_button":[{"name":"请假","type":"click","key":"leave"},{"name":"制度","type":"view","url":"https://hr.example/rules"},` +
		`{"name":"扫一扫","type":"scancode_push","key":"scan.desk"}]},{"name":"小程序","type":"view_miniprogram","appid":"wx1","pagepath":"index"}]`
	if err != nil || string(got) != want {
		t.Errorf("Menu = %s, %v; want %s", got, err, want)
	}
}
