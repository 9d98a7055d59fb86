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
	closed  bool
	runs    sync.WaitGroup // of those who entered, until they call end
}

// queue holds the turns of a lane behind the one that runs.
type queue struct{ turns []chan struct{} }

func newLanes(total, perLane int) *lanes {
	return &lanes{waiting: map[string]*queue{}, max: total, maxLane: perLane}
}

// enter takes the next place of a lane. turn is closed when it is the caller's turn; leave must be called after it, and
// end when nothing is left to do. What was accepted long ago enters whether there is room or not.
func (l *lanes) enter(lane string, accepted bool) (turn <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.waiting[lane]
	switch {
	case l.closed:
		return nil, errDraining
	case accepted:
	case l.total >= l.max, q != nil && len(q.turns) >= l.maxLane:
		return nil, errBusy
	}
	mine := make(chan struct{})
	if q == nil {
		l.waiting[lane] = &queue{}
		close(mine)
	} else {
		q.turns = append(q.turns, mine)
	}
	l.total++
	l.runs.Add(1)
	return mine, nil
}

func (l *lanes) end() { l.runs.Done() }

// close lets nobody enter any more, so that runs can be waited for.
func (l *lanes) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
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

// crowded reports whether somebody waits for his turn in a lane.
func (l *lanes) crowded(lane string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.waiting[lane]
	return q != nil && len(q.turns) > 0
}

func (l *lanes) running() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
