package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/router"
)

// calendarSpec says which days are not what their weekday says, as the State Council announces them every year.
type calendarSpec struct {
	Where    strictyaml.Where
	Holidays []strictyaml.Text `yaml:"holidays" doc:"days off: 2026-10-01, or 2026-10-01..2026-10-07"`
	Workdays []strictyaml.Text `yaml:"workdays" doc:"weekend days that are worked (调休)"`
}

// calendar tells working days. The zero value is Monday to Friday.
type calendar struct {
	off, on map[string]bool // by date
}

func (c calendar) works(t time.Time) bool {
	day := t.Format(time.DateOnly)
	switch {
	case c.on[day]:
		return true
	case c.off[day]:
		return false
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// maxDays bounds one range of days.
const maxDays = 400

// days adds what a list of days and ranges names.
func (c *compiler) days(to map[string]bool, list []strictyaml.Text) {
	for _, t := range list {
		first, last, isRange := strings.Cut(t.Value, "..")
		if !isRange {
			last = first
		}
		from, err1 := time.Parse(time.DateOnly, strings.TrimSpace(first))
		until, err2 := time.Parse(time.DateOnly, strings.TrimSpace(last))
		if err1 != nil || err2 != nil || until.Before(from) || until.Sub(from) > maxDays*24*time.Hour {
			c.report(t.Pos, "write 2026-10-01, or 2026-10-01..2026-10-07", "%q is not a day", t.Value)
			continue
		}
		for ; !from.After(until); from = from.AddDate(0, 0, 1) {
			to[from.Format(time.DateOnly)] = true
		}
	}
}

// timeSpec is when a rule holds; all of it must.
type timeSpec struct {
	Where strictyaml.Where
	Hours []strictyaml.Text `yaml:"hours" doc:"09:00-12:00; 22:00-06:00 goes over midnight"`
	Days  []strictyaml.Text `yaml:"days" doc:"mon … sun, mon-fri, workday, holiday"`
	From  strictyaml.Text   `yaml:"from" doc:"first day, as 2026-01-01"`
	Until strictyaml.Text   `yaml:"until" doc:"last day, as 2026-12-31"`
	Zone  strictyaml.Text   `yaml:"zone" doc:"time zone; default: the daemon's"`
}

// UnmarshalYAML takes hours too.
func (s *timeSpec) UnmarshalYAML(n *strictyaml.Node) {
	type plain timeSpec
	if n.Kind() != strictyaml.Mapping {
		n.Into(&s.Hours)
		return
	}
	n.Into((*plain)(s))
}

// JSONSchema describes both forms.
func (s *timeSpec) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return either(b.Of(&s.Hours), b.Struct(s))
}

// window is a compiled timeSpec. It is a matcher without captures.
type window struct {
	spec     []string // as it was written
	now      func() time.Time
	zone     *time.Location
	hours    []span // none: all day
	weekdays [7]bool
	work     bool // of days: workday
	rest     bool // of days: holiday
	anyDay   bool
	from     string // dates; "": open
	until    string
	calendar *calendar
}

// span is a part of the day in minutes; one that ends before it begins goes over midnight.
type span struct{ from, until int }

var _ router.Explainer = (*window)(nil)

// Match looks at the clock, not at the request.
func (w *window) Match(context.Context, *router.Request) (map[string]string, bool) {
	return nil, w.holds(w.now())
}

// Explain names the window and the time.
func (w *window) Explain(context.Context, *router.Request) router.Part {
	return router.Part{Kind: "time", Want: w.spec, Got: w.now().In(w.zone).Format("Mon 2006-01-02 15:04")}
}

func (w *window) holds(t time.Time) bool {
	t = t.In(w.zone)
	day := t.Format(time.DateOnly)
	if w.from != "" && day < w.from || w.until != "" && day > w.until || !w.day(t) {
		return false
	}
	minute := t.Hour()*60 + t.Minute()
	return len(w.hours) == 0 || slices.ContainsFunc(w.hours, func(s span) bool {
		if s.from <= s.until {
			return s.from <= minute && minute < s.until
		}
		return minute >= s.from || minute < s.until
	})
}

func (w *window) day(t time.Time) bool {
	return w.anyDay || w.weekdays[t.Weekday()] || w.work && w.calendar.works(t) || w.rest && !w.calendar.works(t)
}

// sample is a time at which the window is open, from t on, if there is one within a year.
func (w *window) sample(t time.Time) time.Time {
	for at := t; at.Before(t.AddDate(1, 0, 0)); at = at.Add(15 * time.Minute) {
		if w.holds(at) {
			return at
		}
	}
	return t
}

func (c *compiler) window(s *timeSpec) *window {
	w := &window{now: c.now, zone: c.zone(s.Zone), calendar: &c.calendar, anyDay: len(s.Days) == 0}
	w.from, w.until = c.date(s.From, "from"), c.date(s.Until, "until")
	if w.from != "" && w.until != "" && w.until < w.from {
		c.report(s.Until.Pos, "", "until is before from: this rule never holds")
	}
	var words []string
	for _, h := range s.Hours {
		words = append(words, h.Value)
		if span, ok := parseSpan(h.Value); ok {
			w.hours = append(w.hours, span)
		} else {
			c.report(h.Pos, "write 09:00-18:00", "%q is not a span of hours", h.Value)
		}
	}
	for _, d := range s.Days {
		words = append(words, d.Value)
		c.weekdays(w, d)
	}
	for _, limit := range []struct{ word, day string }{{"from", w.from}, {"until", w.until}} {
		if limit.day != "" {
			words = append(words, limit.word+" "+limit.day)
		}
	}
	w.spec = words
	return w
}

// zone is a time zone by name; an unknown one is reported.
func (c *compiler) zone(t strictyaml.Text) *time.Location {
	if t.IsZero() {
		return c.location
	}
	loc, err := time.LoadLocation(t.Value)
	if err != nil {
		c.report(t.Pos, "write Asia/Shanghai, Europe/Berlin or UTC", "unknown time zone %q", t.Value)
		return c.location
	}
	return loc
}

func (c *compiler) date(t strictyaml.Text, key string) string {
	if t.IsZero() {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, t.Value); err != nil {
		c.report(t.Pos, "write 2026-03-02", "%s is not a day: %q", key, t.Value)
		return ""
	}
	return t.Value
}

func parseSpan(s string) (span, bool) {
	from, until, ok := strings.Cut(strings.ReplaceAll(s, " ", ""), "-")
	a, okA := parseClock(from)
	b, okB := parseClock(until)
	return span{a, b}, ok && okA && okB && a != b
}

// parseClock reads 9:00 or 24:00 as minutes.
func parseClock(s string) (int, bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%02d", &h, &m); n != 2 || err != nil || fmt.Sprintf("%d:%02d", h, m) != strings.TrimPrefix(s, "0") && fmt.Sprintf("%02d:%02d", h, m) != s {
		return 0, false
	}
	return h*60 + m, h >= 0 && m >= 0 && m < 60 && h*60+m <= 24*60
}

var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *compiler) weekdays(w *window, d strictyaml.Text) {
	first, last, isRange := strings.Cut(strings.ToLower(d.Value), "-")
	from, until := slices.Index(weekdayNames, first), slices.Index(weekdayNames, last)
	switch {
	case first == "workday" && !isRange:
		w.work = true
	case first == "holiday" && !isRange:
		w.rest = true
	case from < 0 || isRange && until < 0:
		hint := "write mon, tue, wed, thu, fri, sat, sun, mon-fri, workday or holiday"
		if near := nearest.Name(d.Value, append([]string{"workday", "holiday"}, weekdayNames...)); near != "" {
			hint = `did you mean "` + near + `"?`
		}
		c.report(d.Pos, hint, "%q is not a day", d.Value)
	case !isRange:
		w.weekdays[from] = true
	default:
		for i := from; ; i = (i + 1) % 7 {
			w.weekdays[i] = true
			if i == until {
				break
			}
		}
	}
}
