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

// paceLog holds the times of messages to one member, as far back as the longer window, oldest first.
type paceLog struct{ times []time.Time }

// paceFor is the log of message/send to a member.
func (a *app) paceFor(user string) *paceLog { return paceOf(a.pace, user) }

// chatPaceFor is the log of appchat/send to a member.
func (a *app) chatPaceFor(user string) *paceLog { return paceOf(a.chatPace, user) }

func paceOf(logs map[string]*paceLog, user string) *paceLog {
	id := strings.ToLower(user)
	p := logs[id]
	if p == nil {
		p = &paceLog{}
		logs[id] = p
	}
	return p
}

// allow counts a message of message/send, unless it is one too many.
func (p *paceLog) allow(now time.Time) bool {
	return p.allowAt(now, paceMinute, time.Minute, paceHour, time.Hour)
}

// allowAt counts a message, unless it is one too many for one of two sliding windows.
func (p *paceLog) allowAt(now time.Time, few int, short time.Duration, many int, long time.Duration) bool {
	for len(p.times) > 0 && now.Sub(p.times[0]) >= long {
		p.times = p.times[1:]
	}
	n := len(p.times)
	if n >= many || n >= few && now.Sub(p.times[n-few]) < short {
		return false
	}
	p.times = append(p.times, now)
	return true
}
