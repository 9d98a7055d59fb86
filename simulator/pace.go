package simulator

import (
	"strings"
	"time"
)

// One app may send a member 30 messages a minute and 1,000 an hour; the platform drops the rest without a word (doc
// 90312). Windows slide here, the strictest reading.
const (
	paceMinute = 30
	paceHour   = 1000
)

// paceLog holds the times of the last hour's messages to one member, oldest first.
type paceLog struct{ times []time.Time }

func (a *app) paceFor(user string) *paceLog {
	id := strings.ToLower(user)
	p := a.pace[id]
	if p == nil {
		p = &paceLog{}
		a.pace[id] = p
	}
	return p
}

// allow counts a message, unless it is one too many.
func (p *paceLog) allow(now time.Time) bool {
	for len(p.times) > 0 && now.Sub(p.times[0]) >= time.Hour {
		p.times = p.times[1:]
	}
	n := len(p.times)
	if n >= paceHour || n >= paceMinute && now.Sub(p.times[n-paceMinute]) < time.Minute {
		return false
	}
	p.times = append(p.times, now)
	return true
}
