package simulator

import (
	"context"
	"iter"
	"slices"
)

// EventKind says what an Event reports.
type EventKind string

const (
	EventDelivery EventKind = "delivery" // a callback began, was attempted, or ended
	EventSeen     EventKind = "seen"     // a message arrived, was recalled, or its card changed
	EventLost     EventKind = "lost"     // a message was accepted and is shown to nobody
	EventCall     EventKind = "call"     // an API call was answered
	EventCompany  EventKind = "company"  // apps, members, departments, tags or menus changed
	EventGap      EventKind = "gap"      // older events were forgotten: read the state anew
)

// Event is a change on the platform.
type Event struct {
	Seq      int64     `json:"seq"`
	Kind     EventKind `json:"kind"`
	Delivery *Delivery `json:"delivery,omitempty"`
	Seen     *Seen     `json:"seen,omitempty"`
	Lost     *Lost     `json:"lost,omitempty"`
	Call     *Call     `json:"call,omitempty"`
}

// publish numbers and keeps an event. The lock is held.
func (s *Server) publish(e Event) {
	s.eventSeq++
	e.Seq = s.eventSeq
	s.feed.add(e)
	s.touch()
}

// LastEvent returns the number of the newest event; 0 when there is none.
func (s *Server) LastEvent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.eventSeq
}

// Events yields what happened after event number after (0: everything still remembered), then what happens, until ctx
// ends or the server is closed. A slow reader misses nothing that is remembered; where something was forgotten, or
// after belongs to another server's life, it gets an EventGap.
func (s *Server) Events(ctx context.Context, after int64) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			batch, changed := s.eventsSince(after)
			for _, e := range batch {
				if !yield(e) {
					return
				}
				after = e.Seq
			}
			select {
			case <-changed:
			case <-s.stop.Done():
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *Server) eventsSince(after int64) ([]Event, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if after > s.eventSeq {
		return []Event{{Seq: s.eventSeq, Kind: EventGap}}, s.changed
	}
	kept := s.feed.last()
	oldest := s.eventSeq - int64(len(kept)) // the last one that is gone
	if after >= oldest {
		return slices.Clone(kept[after-oldest:]), s.changed
	}
	return append([]Event{{Seq: oldest, Kind: EventGap}}, kept...), s.changed
}
