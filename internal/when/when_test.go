package when

import (
	"testing"
	"time"
)

var shanghai = time.FixedZone("CST", 8*3600)

// now is a Saturday, 14:00.
var now = time.Date(2026, 11, 21, 14, 0, 0, 0, shanghai)

func TestDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-12-01": "2026-12-01", "2026/12/1": "2026-12-01", "2026年12月1日": "2026-12-01", "２０２６－１２－０１": "2026-12-01",
		"12月1日": "2026-12-01", "十二月三号": "2026-12-03", "12-1": "2026-12-01", "1月5日": "2027-01-05",
		"今天": "2026-11-21", "明天": "2026-11-22", "后天": "2026-11-23", "大后天": "2026-11-24",
		"昨天": "2026-11-20", " 前天 ": "2026-11-19", "Yesterday": "2026-11-20", "昨天下午": "",
		"周日": "2026-11-22", "星期六": "2026-11-21", "下周一": "2026-11-23", "下周五": "2026-11-27", "下个月3号": "2026-12-03", "25号": "2026-11-25", "5号": "2026-12-05",
		"tomorrow": "2026-11-22", "next friday": "2026-11-27", "monday": "2026-11-23", "Dec 1": "2026-12-01", "1st of December": "2026-12-01", "Dec 24, 2027": "2027-12-24",
		"2月29日": "2028-02-29",
		"":      "", "2月30日": "", "很多": "", "3": "", "2026-13-01": "", "明天下午": "", "买 12月1日 的票": "",
	} {
		got, ok := Date(text, now)
		if s := got.Format(time.DateOnly); ok != (want != "") || ok && s != want {
			t.Errorf("Date(%q) = %s, %v, want %s", text, s, ok, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, at, rest string }{
		{"明天下午三点开会", "2026-11-22 15:00", "开会"},
		{"明天3点半开会", "2026-11-22 15:30", "开会"},
		{"3点喝水", "2026-11-21 15:00", "喝水"},
		{"8点吃药", "2026-11-21 20:00", "吃药"},
		{"1点睡觉", "2026-11-22 01:00", "睡觉"},
		{"早上八点一刻打卡", "2026-11-22 08:15", "打卡"},
		{"今晚看球", "2026-11-21 20:00", "看球"},
		{"今晚9点看球", "2026-11-21 21:00", "看球"},
		{"明晚8点看球", "2026-11-22 20:00", "看球"},
		{"10分钟后关火", "2026-11-21 14:10", "关火"},
		{"半小时后关火", "2026-11-21 14:30", "关火"},
		{"一个半小时后关火", "2026-11-21 15:30", "关火"},
		{"两天后交报告", "2026-11-23 14:00", "交报告"},
		{"下周五交报告", "2026-11-27 09:00", "交报告"},
		{"周一上午10:30站会", "2026-11-23 10:30", "站会"},
		{"12月1日23:59 截止", "2026-12-01 23:59", "截止"},
		{"12点吃饭", "2026-11-22 12:00", "吃饭"},
		{"明天晚上12点截止", "2026-11-23 00:00", "截止"},
		{"in 20 minutes drink water", "2026-11-21 14:20", "drink water"},
		{"in an hour stretch", "2026-11-21 15:00", "stretch"},
		{"in half an hour stretch", "2026-11-21 14:30", "stretch"},
		{"tomorrow at 9 call Bob", "2026-11-22 09:00", "call Bob"},
		{"call Bob next friday at 5pm", "2026-11-27 17:00", "call Bob"},
		{"at noon lunch", "2026-11-22 12:00", "lunch"},
		{"tomorrow afternoon review", "2026-11-22 15:00", "review"},
		{"at 3 review", "2026-11-21 15:00", "review"},
		{"每天9点站会", "2026-11-22 09:00", "站会"},
		{"每周一三五9点半站会", "2026-11-23 09:30", "站会"},
		{"每个工作日18:00写日报", "2026-11-23 18:00", "写日报"},
		{"每月5号交房租", "2026-12-05 09:00", "交房租"},
		{"每晚10点休息", "2026-11-21 22:00", "休息"},
		{"every monday and wednesday at 10:00 standup", "2026-11-23 10:00", "standup"},
		{"every day at 9am standup", "2026-11-22 09:00", "standup"},
		{"没有时间", "", ""},
		{"昨天", "", ""},
		{"25:61", "", ""},
	} {
		got, ok := Find(c.text, now)
		at := got.At.Format("2006-01-02 15:04")
		if ok != (c.at != "") || ok && (at != c.at || got.Rest != c.rest) {
			t.Errorf("Find(%q) = %s, %q, %v, want %s, %q", c.text, at, got.Rest, ok, c.at, c.rest)
		}
	}
}

func TestMidnight(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"晚上12点", "凌晨12点", "24:00", "0点", "midnight", "12am"} {
		got, ok := Find(text, now)
		if want := time.Date(2026, 11, 22, 0, 0, 0, 0, shanghai); !ok || !got.At.Equal(want) {
			t.Errorf("Find(%q) = %v, %v, want %v", text, got.At, ok, want)
		}
	}
}

func TestEveryNext(t *testing.T) {
	t.Parallel()
	m, ok := Find("每月31号 9点 报销", now)
	if !ok || m.Every.IsZero() {
		t.Fatalf("Find = %+v, %v", m, ok)
	}
	var got []string
	for at, i := m.At, 0; i < 3; at, i = m.Every.Next(at), i+1 {
		got = append(got, at.Format(time.DateOnly))
	}
	if want := [3]string{"2026-12-31", "2027-01-31", "2027-03-31"}; [3]string(got) != want {
		t.Errorf("Next = %v, want %v", got, want)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("明天下午三点开会")
	f.Add("every monday and wednesday at 10:00 standup")
	f.Add("99999999年13月32日 in 9999 weeks")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := Find(text, now)
		if ok && m.At.IsZero() && m.Every.IsZero() {
			t.Errorf("Find(%q) found no time", text)
		}
		if d, ok := Date(text, now); ok && d.Hour() != 0 {
			t.Errorf("Date(%q) = %v, not a midnight", text, d)
		}
	})
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"每天9点":       {"每天 09:00", "every day at 09:00"},
		"每个工作日18:30": {"每个工作日 18:30", "every weekday at 18:30"},
		"每周日和一9点半":   {"每周一、日 09:30", "every Mon, Sun at 09:30"},
		"每月5号":       {"每月5号 09:00", "every month on day 5 at 09:00"},
	} {
		m, ok := Find(text, now)
		if !ok {
			t.Fatalf("Find(%q) found nothing", text)
		}
		if got := [2]string{m.Every.Describe(false), m.Every.Describe(true)}; got != want {
			t.Errorf("Describe(%s) = %q, want %q", text, got, want)
		}
		if again, _ := Find(want[0], now); again.Every != m.Every {
			t.Errorf("%q is read as %+v, want %+v", want[0], again.Every, m.Every)
		}
	}
	at := time.Date(2027, 1, 5, 9, 5, 0, 0, shanghai)
	if got := Moment(at, now, false) + ", " + Moment(at, at, false) + ", " + Moment(at, now, true) + ", " + Moment(at, at, true); got !=
		"2027年1月5日 周二 09:05, 1月5日 周二 09:05, Tue 5 Jan 2027 09:05, Tue 5 Jan 09:05" {
		t.Errorf("Moment: %s", got)
	}
}
