package when

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// day is a calendar day as it was written.
type day struct {
	date    time.Time // midnight
	today   bool
	weekday bool // named by its weekday without a week: the coming one
	night   bool // the word named the evening: 明晚
}

const (
	number   = `(?:\d{1,4}|[一二两三四五六七八九十]{1,3})`
	weekdays = `monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues|tue|weds|wed|thurs|thur|thu|fri|sat|sun`
	months   = `january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec`
)

var (
	iso      = regexp.MustCompile(`(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?`)
	monthDay = regexp.MustCompile(`(?P<m>` + number + `)\s*月\s*(?P<d>` + number + `)\s*[日号]?|\b(?P<m>\d{1,2})[-/](?P<d>\d{1,2})\b`)
	english  = regexp.MustCompile(`(?i)\b(?:on\s+)?(?:(?P<name>` + months + `)\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?|(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>` + months + `))\b(?:,?\s*(?P<y>\d{4}))?`)
	relDay   = regexp.MustCompile(`(?i)(?P<w>大后天|后天|明天|明日|明早|明晚|今天|今日|今早|今晚|day after tomorrow|\btomorrow\b|\btonight\b|\btoday\b)`)
	weekDay  = regexp.MustCompile(`(?i)(?P<next>下个?)?(?:本|这个?)?(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])|\b(?:on\s+|this\s+)?(?:(?P<next>next)\s+)?(?P<en>` + weekdays + `)\b`)
	nextDay  = regexp.MustCompile(`下个?月(?P<d>` + number + `)[日号]`)
	dayOnly  = regexp.MustCompile(`(?P<d>` + number + `)[日号]`)
)

// relDays are days from today, and whether the word names the evening.
var relDays = map[string]struct {
	days  int
	night bool
}{
	"大后天": {3, false}, "后天": {2, false}, "明天": {1, false}, "明日": {1, false}, "明早": {1, false}, "明晚": {1, true},
	"今天": {0, false}, "今日": {0, false}, "今早": {0, false}, "今晚": {0, true},
	"day after tomorrow": {2, false}, "tomorrow": {1, false}, "tonight": {0, true}, "today": {0, false},
}

// pastDays are days ago. Only Date knows them: a form may ask since when, but nobody is reminded of yesterday.
var pastDays = map[string]int{"昨天": 1, "昨日": 1, "前天": 2, "大前天": 3, "yesterday": 1, "day before yesterday": 2}

// day takes the first day out of the text.
func (s *scan) day() (day, bool) {
	if g, ok := s.take(iso); ok {
		return s.calendar(atoi(g["y"]), atoi(g["m"]), atoi(g["d"]))
	}
	if g, ok := s.take(nextDay); ok {
		first := time.Date(s.now.Year(), s.now.Month()+1, 1, 0, 0, 0, 0, s.now.Location())
		return s.calendar(first.Year(), int(first.Month()), atoi(g["d"]))
	}
	if g, ok := s.take(monthDay); ok {
		return s.coming(atoi(g["m"]), atoi(g["d"]))
	}
	if g, ok := s.take(english); ok {
		m := monthOf(g["name"])
		if g["y"] != "" {
			return s.calendar(atoi(g["y"]), m, atoi(g["d"]))
		}
		return s.coming(m, atoi(g["d"]))
	}
	if g, ok := s.take(relDay); ok {
		r := relDays[g["w"]]
		return day{date: s.midnight(r.days), today: r.days == 0, night: r.night}, true
	}
	if g, ok := s.take(weekDay); ok {
		return s.byWeekday(weekdayOf(g["zh"]+g["en"]), g["next"] != ""), true
	}
	if g, ok := s.take(dayOnly); ok {
		return s.ofMonth(atoi(g["d"]))
	}
	return day{}, false
}

// calendar refuses what no calendar has: 2 月 30 日.
func (s *scan) calendar(y, m, d int) (day, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, s.now.Location())
	return day{date: t, today: t.Equal(s.midnight(0))}, t.Day() == d && int(t.Month()) == m
}

// coming is the next such day of a year.
func (s *scan) coming(m, d int) (day, bool) {
	for y := s.now.Year(); y < s.now.Year()+9; y++ { // 29 February may be eight years away
		if found, ok := s.calendar(y, m, d); ok && !found.date.Before(s.midnight(0)) {
			return found, true
		}
	}
	return day{}, false
}

// ofMonth is the next such day of a month.
func (s *scan) ofMonth(d int) (day, bool) {
	for i := range 3 {
		first := time.Date(s.now.Year(), s.now.Month()+time.Month(i), 1, 0, 0, 0, 0, s.now.Location())
		if found, ok := s.calendar(first.Year(), int(first.Month()), d); ok && !found.date.Before(s.midnight(0)) {
			return found, true
		}
	}
	return day{}, false
}

// byWeekday is the coming weekday, or that of next week, which begins on Monday.
func (s *scan) byWeekday(w time.Weekday, next bool) day {
	today := s.now.Weekday()
	if next {
		toMonday := 7 - (int(today)+6)%7
		return day{date: s.midnight(toMonday + (int(w)+6)%7)}
	}
	ahead := (int(w) - int(today) + 7) % 7
	return day{date: s.midnight(ahead), weekday: true}
}

func weekdayOf(name string) time.Weekday {
	if i := strings.Index("日一二三四五六", name); i >= 0 && len(name) == len("日") {
		return time.Weekday(i / len("日"))
	}
	if name == "天" {
		return time.Sunday
	}
	for w := time.Sunday; w <= time.Saturday; w++ {
		if len(name) >= 3 && strings.HasPrefix(strings.ToLower(w.String()), name[:3]) {
			return w
		}
	}
	return time.Sunday
}

func monthOf(name string) int {
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(strings.ToLower(m.String()), name[:3]) {
			return int(m)
		}
	}
	return 0
}

// atoi reads digits or a Chinese number up to 99.
func atoi(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	n, last := 0, 0
	for _, r := range s {
		switch r {
		case '十':
			n, last = max(last, 1)*10, 0
		case '两':
			last = 2
		default:
			if i := strings.IndexRune("一二三四五六七八九", r); i >= 0 {
				last = i/len("一") + 1
			}
		}
	}
	return n + last
}
