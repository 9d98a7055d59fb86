// Package when reads dates and times as people write them in Chinese and English: 明天下午三点, 下周五, 每天9点, in 20 minutes,
// next friday at 5pm.
//
// It takes what is near: an hour without a.m. or p.m. is the next one to come (3点 said at noon is 15:00), and on
// another day an hour from 1 to 6 is in the afternoon. Callers repeat what was understood, so that a person can object.
package when

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// DefaultHour is the hour of a day named without a time.
const DefaultHour = 9

// Match is a time found in a text.
type Match struct {
	At    time.Time // the first one, for a repeated one
	Every Every
	Rest  string // the text without it
}

// Date reads a text that is a day and nothing else. The result is midnight of the day in now's location.
func Date(text string, now time.Time) (time.Time, bool) {
	s := newScan(text, now)
	if ago, ok := pastDays[strings.ToLower(strings.TrimSpace(s.rest))]; ok {
		return s.midnight(-ago), true
	}
	day, ok := s.day()
	if !ok || strings.TrimSpace(s.rest) != "" {
		return time.Time{}, false
	}
	return day.date, true
}

// Find finds a time, a day, or both in a text.
func Find(text string, now time.Time) (Match, bool) {
	s := newScan(text, now)
	if at, ok := s.span(); ok {
		return Match{At: at, Rest: s.left()}, true
	}
	if every, ok := s.every(); ok {
		c, _ := s.clock()
		every.Hour, every.Minute = c.on()
		return Match{At: every.Next(now), Every: every, Rest: s.left()}, true
	}
	d, hasDay := s.day()
	c, hasClock := s.clock()
	if !hasDay && !hasClock {
		return Match{}, false
	}
	return Match{At: s.join(d, hasDay, c), Rest: s.left()}, true
}

// join is the moment of a day and a clock time, one of which may be missing.
func (s *scan) join(d day, hasDay bool, c clock) time.Time {
	if d.night && !c.fixed { // 明晚8点
		c.half = pm
	}
	if !hasDay {
		return c.next(s.now)
	}
	h, m := c.on()
	at := time.Date(d.date.Year(), d.date.Month(), d.date.Day(), h, m, 0, 0, d.date.Location())
	switch {
	case d.today && !c.given && !at.After(s.now):
		return s.now.Add(time.Hour).Truncate(time.Minute)
	case d.today && !c.fixed && !at.After(s.now):
		return c.next(s.now)
	case d.weekday && !at.After(s.now):
		return at.AddDate(0, 0, 7)
	}
	return at
}

// scan takes times out of a text, one after the other.
type scan struct {
	rest string
	now  time.Time
}

func newScan(text string, now time.Time) *scan {
	return &scan{rest: norm.NFKC.String(text), now: now}
}

// take removes the first match and returns its groups by name.
func (s *scan) take(re *regexp.Regexp) (map[string]string, bool) {
	m := re.FindStringSubmatchIndex(s.rest)
	if m == nil {
		return nil, false
	}
	groups := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && m[2*i] >= 0 && groups[name] == "" {
			groups[name] = strings.ToLower(s.rest[m[2*i]:m[2*i+1]])
		}
	}
	// A mark stays where it stood, so that a date and a time are not joined over words that were between them.
	s.rest = s.rest[:m[0]] + " " + s.rest[m[1]:]
	return groups, true
}

var spaces = regexp.MustCompile(`\s+`)

// left is the text without the times.
func (s *scan) left() string {
	return strings.TrimSpace(spaces.ReplaceAllString(s.rest, " "))
}

// midnight begins the day that is days after today.
func (s *scan) midnight(days int) time.Time {
	return time.Date(s.now.Year(), s.now.Month(), s.now.Day()+days, 0, 0, 0, 0, s.now.Location())
}
