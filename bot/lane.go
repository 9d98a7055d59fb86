package bot

import (
	"errors"
	"sync"
)

// errBusy refuses a message that found no place: the platform sends it again.
var errBusy = errors.New("bot: too many messages under way")

// lanes lets the messages of one conversation run one after another, in order of arrival, and different conversations
// in parallel. Both the lanes and the messages in them are bounded.
type lanes struct {
	mu      sync.Mutex
	waiting map[string]*queue // by conversation; a lane that runs has an entry
	total   int
	max     int
	maxLane int
}

// queue holds the turns of a lane behind the one that runs.
type queue struct{ turns []chan struct{} }

func newLanes(total, perLane int) *lanes {
	return &lanes{waiting: map[string]*queue{}, max: total, maxLane: perLane}
}

// enter takes the next place of a lane. turn is closed when it is the caller's turn; leave must be called after it.
func (l *lanes) enter(lane string) (turn <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.max {
		return nil, errBusy
	}
	mine := make(chan struct{})
	q, busy := l.waiting[lane]
	switch {
	case !busy:
		l.waiting[lane] = &queue{}
		close(mine)
	case len(q.turns) >= l.maxLane:
		return nil, errBusy
	default:
		q.turns = append(q.turns, mine)
	}
	l.total++
	return mine, nil
}

// leave gives the turn to the next of the lane.
func (l *lanes) leave(lane string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	q := l.waiting[lane]
	if len(q.turns) == 0 {
		delete(l.waiting, lane)
		return
	}
	next := q.turns[0]
	q.turns = q.turns[1:]
	close(next)
}

func (l *lanes) running() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
