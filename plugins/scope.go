package plugins

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// scope is what one plugin has got hold of, so that all of it can be taken back.
type scope struct {
	log    *slog.Logger
	ctx    context.Context // of the plugin's goroutines; ends when it is taken out
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running map[string]int // goroutines and handlers by name
	idle    chan struct{}  // closed when nothing runs any more; set by close
	ends    map[int]func() // by number, in order of registration
	end     int
}

func newScope(log *slog.Logger) *scope {
	s := &scope{log: log, running: map[string]int{}, ends: map[int]func(){}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// enter notes that something runs; false when the plugin is being taken out.
func (s *scope) enter(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running[name]++
	return true
}

func (s *scope) leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[name]--; s.running[name] == 0 {
		delete(s.running, name)
	}
	if s.idle != nil && len(s.running) == 0 {
		close(s.idle)
		s.idle = nil
	}
}

// run runs f in a goroutine of the scope. It is entered at once: what is taken out afterwards waits for it.
func (s *scope) run(name string, f func(ctx context.Context)) {
	if s.enter(name) {
		go s.do(name, f)
	}
}

// do runs f, which was entered.
func (s *scope) do(name string, f func(ctx context.Context)) {
	defer s.leave(name)
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("plugin panicked", "in", name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	f(s.ctx)
}

// atEnd has f called when the plugin is taken out, unless it is forgotten before.
func (s *scope) atEnd(f func()) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end++
	n := s.end
	s.ends[n] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.ends, n)
	}
}

// close takes everything back and waits for what runs, until ctx ends. What does not end is named.
func (s *scope) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	ends := s.ends
	s.ends = map[int]func(){}
	idle := make(chan struct{})
	if len(s.running) == 0 {
		close(idle)
	} else {
		s.idle = idle
	}
	s.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(ends)) {
		ends[n]()
	}
	s.cancel()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	select { // what was told to end only now gets a moment
	case <-idle:
		return nil
	case <-time.After(lastMoment):
		return fmt.Errorf("still running: %s", s.leaks())
	}
}

// lastMoment is for goroutines that notice at once that their plugin ends.
const lastMoment = 100 * time.Millisecond

// leaks names what runs: "poll, fetch (2)".
func (s *scope) leaks() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.running)) {
		if n := s.running[name]; n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
