package when

import (
	"regexp"
	"strings"
	"time"
)

// half of the day an hour is said to be in.
type half uint8

const (
	unknown half = iota
	am
	pm
)

// clock is a time of day as it was written.
type clock struct {
	hour, minute int
	half         half
	given        bool
	fixed        bool // the hour is certain: said with its half, or over 12
}

var (
	chinese  = regexp.MustCompile(`(?P<p>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?\s*(?P<h>` + number + `)\s*[点时](?:(?P<half>半)|(?P<q>[一三])刻|(?P<min>` + number + `)分?|钟|整)?`)
	digital  = regexp.MustCompile(`(?i)(?P<p>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?\s*(?:\bat\s+)?\b(?P<h>\d{1,2}):(?P<min>\d{2})(?:\s*(?P<ap>[ap])\.?m\b\.?)?`)
	hourAM   = regexp.MustCompile(`(?i)(?:\bat\s+)?\b(?P<h>\d{1,2})\s*(?P<ap>[ap])\.?m\b\.?`)
	hourAt   = regexp.MustCompile(`(?i)\bat\s+(?P<h>\d{1,2})(?:\s*o'?clock)?\b`)
	named    = regexp.MustCompile(`(?i)(?P<p>\b(?:at\s+)?(?:noon|midnight)\b|(?:\bin the )?\b(?:morning|afternoon|evening)\b|凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)`)
	namedAt  = map[string]int{"noon": 12, "midnight": 0, "morning": 9, "afternoon": 15, "evening": 19, "凌晨": 5, "早上": 8, "早晨": 8, "上午": 10, "中午": 12, "下午": 15, "傍晚": 18, "晚上": 20}
	halfWord = map[string]half{"凌晨": am, "早上": am, "早晨": am, "上午": am, "中午": pm, "下午": pm, "傍晚": pm, "晚上": pm, "夜里": pm, "a": am, "p": pm}
)

// clock takes the first time of day out of the text.
func (s *scan) clock() (clock, bool) {
	for _, re := range []*regexp.Regexp{digital, hourAM, chinese, hourAt} {
		saved := s.rest
		g, ok := s.take(re)
		if !ok {
			continue
		}
		c := clock{hour: atoi(g["h"]), minute: atoi(g["min"]), half: halfWord[g["p"]+g["ap"]], given: true}
		switch {
		case g["half"] != "":
			c.minute = 30
		case g["q"] != "":
			c.minute = 15 * atoi(g["q"])
		}
		if c.hour == 12 && (g["p"] == "晚上" || g["p"] == "夜里") {
			c.hour = 24 // the midnight that ends the day
		}
		c.fixed = c.half != unknown || c.hour > 12 || c.hour == 0
		if c.hour > 24 || c.minute > 59 {
			s.rest = saved
			continue
		}
		return c, true
	}
	if g, ok := s.take(named); ok {
		for word, hour := range namedAt {
			if strings.HasSuffix(g["p"], word) && (word != "noon" || !strings.HasSuffix(g["p"], "afternoon")) {
				return clock{hour: hour, given: true, fixed: true, half: am}.exact(), true
			}
		}
	}
	return clock{}, false
}

// exact is a clock whose hour is of 24.
func (c clock) exact() clock {
	if c.hour >= 12 {
		c.half = pm
	}
	return c
}

// on is the hour and minute on another day than today: an uncertain hour from 1 to 6 is in the afternoon.
func (c clock) on() (hour, minute int) {
	switch {
	case c.hour == 24:
		return 24, 0
	case !c.given && c.half == pm:
		return 20, 0 // 今晚
	case !c.given:
		return DefaultHour, 0
	case c.half == pm && c.hour < 12, c.half == unknown && c.hour >= 1 && c.hour <= 6:
		return c.hour + 12, c.minute
	case c.half == am && c.hour == 12:
		return 0, c.minute
	}
	return c.hour, c.minute
}

// next is the coming moment with this time of day.
func (c clock) next(now time.Time) time.Time {
	hours := []int{c.hour, c.hour + 12}
	if c.fixed || c.half != unknown || c.hour >= 12 {
		h, _ := c.on()
		if c.half == unknown {
			h = c.hour
		}
		hours = []int{h}
	}
	for add := range 2 {
		for _, h := range hours {
			at := time.Date(now.Year(), now.Month(), now.Day()+add, h, c.minute, 0, 0, now.Location())
			if at.After(now) {
				return at
			}
		}
	}
	return now
}
