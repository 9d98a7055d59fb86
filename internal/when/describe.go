package when

import (
	"fmt"
	"strings"
	"time"
)

var (
	chineseDays = [7]string{"日", "一", "二", "三", "四", "五", "六"}
	weekdaysOf  = [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}
	allDays     = [7]bool{true, true, true, true, true, true, true}
)

// Moment writes a time for people: 11月22日 周日 15:00, Sun 22 Nov 15:00; with its year if that is not now's.
func Moment(t, now time.Time, english bool) string {
	t = t.In(now.Location())
	switch {
	case english && t.Year() == now.Year():
		return t.Format("Mon 2 Jan 15:04")
	case english:
		return t.Format("Mon 2 Jan 2006 15:04")
	}
	s := fmt.Sprintf("%s 周%s %s", t.Format("1月2日"), chineseDays[t.Weekday()], t.Format("15:04"))
	if t.Year() != now.Year() {
		s = t.Format("2006年") + s
	}
	return s
}

// Describe writes a repetition for people: 每周一、三 09:30, every Mon, Wed at 09:30.
func (e Every) Describe(english bool) string {
	at := fmt.Sprintf("%02d:%02d", e.Hour, e.Minute)
	var zh, en []string
	for i := range 7 { // from Monday
		if d := time.Weekday((i + 1) % 7); e.Days[d] {
			zh, en = append(zh, chineseDays[d]), append(en, d.String()[:3])
		}
	}
	switch {
	case english && e.MonthDay > 0:
		return fmt.Sprintf("every month on day %d at %s", e.MonthDay, at)
	case e.MonthDay > 0:
		return fmt.Sprintf("每月%d号 %s", e.MonthDay, at)
	case english && e.Days == allDays:
		return "every day at " + at
	case e.Days == allDays:
		return "每天 " + at
	case english && e.Days == weekdaysOf:
		return "every weekday at " + at
	case e.Days == weekdaysOf:
		return "每个工作日 " + at
	case english:
		return "every " + strings.Join(en, ", ") + " at " + at
	}
	return "每周" + strings.Join(zh, "、") + " " + at
}
