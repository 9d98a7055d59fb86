package when

import (
	"regexp"
	"strings"
	"time"
)

// Every says on which days something is repeated, and when. The zero value repeats nothing.
type Every struct {
	Days         [7]bool `json:"days"` // by time.Weekday
	MonthDay     int     `json:"month_day,omitempty"`
	Hour, Minute int
}

// IsZero reports whether nothing is repeated.
func (e Every) IsZero() bool { return e == Every{} || e.Days == [7]bool{} && e.MonthDay == 0 }

// Next is the first moment after t.
func (e Every) Next(t time.Time) time.Time {
	for i := range 400 { // a 31st is at most 62 days away
		at := time.Date(t.Year(), t.Month(), t.Day()+i, e.Hour, e.Minute, 0, 0, t.Location())
		if at.After(t) && (e.Days[at.Weekday()] || e.MonthDay == at.Day()) {
			return at
		}
	}
	return time.Time{}
}

var (
	everyWeekday = regexp.MustCompile(`(?i)每个?工作日|工作日每天|\b(?:every|each)\s+(?:weekday|workday)s?\b|\bon\s+weekdays\b`)
	everyDay     = regexp.MustCompile(`(?i)每天|每日|天天|每(?P<p>早|晚)|\b(?:every\s*day|each\s+day|daily)\b`)
	everyMonth   = regexp.MustCompile(`每个?月(?P<d>` + number + `)[日号]`)
	everyWeek    = regexp.MustCompile(`(?i)每个?(?:周|星期|礼拜)(?P<zh>[一二三四五六日天](?:[、,和]?[一二三四五六日天])*)|\b(?:every|each)\s+(?P<en>(?:` + weekdays + `)(?:\s*(?:,|and)\s*(?:` + weekdays + `))*)\b`)
	anyWeekday   = regexp.MustCompile(`(?i)` + weekdays)
)

// every takes a repetition out of the text.
func (s *scan) every() (Every, bool) {
	var e Every
	if _, ok := s.take(everyWeekday); ok {
		e.Days = [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}
		return e, true
	}
	if g, ok := s.take(everyMonth); ok {
		e.MonthDay = atoi(g["d"])
		return e, e.MonthDay >= 1 && e.MonthDay <= 31
	}
	if g, ok := s.take(everyWeek); ok {
		for _, r := range g["zh"] {
			if strings.ContainsRune("一二三四五六日天", r) {
				e.Days[weekdayOf(string(r))] = true
			}
		}
		for _, name := range anyWeekday.FindAllString(g["en"], -1) {
			e.Days[weekdayOf(name)] = true
		}
		return e, true
	}
	if g, ok := s.take(everyDay); ok {
		e.Days = [7]bool{true, true, true, true, true, true, true}
		if g["p"] != "" { // 每晚10点 is 晚上10点
			s.rest = strings.Replace(s.rest, " ", map[string]string{"早": "早上", "晚": "晚上"}[g["p"]], 1)
		}
		return e, true
	}
	return e, false
}

var (
	spanZH = regexp.MustCompile(`(?:(?P<half>半)个?(?P<u>小时|钟头|天)|(?P<n>` + number + `)\s*个?(?P<more>半)?\s*(?P<u>分钟|小时|钟头|秒钟|秒|天|周|星期|礼拜|分))\s*(?:之后|以后|后)`)
	spanEN = regexp.MustCompile(`(?i)\bin\s+(?:(?P<half>half\s+an?)\s+(?P<u>hour)|(?P<n>an?|\d{1,4})\s*(?P<u>seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|s|m|h|d|w))\b`)
)

// span takes a distance from now out of the text: 20 分钟后, in an hour.
func (s *scan) span() (time.Time, bool) {
	g, ok := s.take(spanZH)
	if !ok {
		if g, ok = s.take(spanEN); !ok {
			return time.Time{}, false
		}
	}
	n := atoi(g["n"])
	if strings.HasPrefix(g["n"], "a") {
		n = 1
	}
	var unit time.Duration
	switch u := g["u"]; {
	case u == "天", strings.HasPrefix(u, "d"):
		if g["half"] != "" {
			return s.now.Add(12 * time.Hour), true
		}
		return s.now.AddDate(0, 0, n), true
	case u == "周", u == "星期", u == "礼拜", strings.HasPrefix(u, "w"):
		return s.now.AddDate(0, 0, 7*n), true
	case strings.HasPrefix(u, "小"), u == "钟头", strings.HasPrefix(u, "h"):
		unit = time.Hour
	case strings.HasPrefix(u, "分"), strings.HasPrefix(u, "m"):
		unit = time.Minute
	default:
		unit = time.Second
	}
	d := time.Duration(n) * unit
	if g["half"] != "" || g["more"] != "" {
		d += unit / 2
	}
	return s.now.Add(d), true
}
