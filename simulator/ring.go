package simulator

import "slices"

// ring keeps the newest limit values, oldest first.
type ring[T any] struct {
	limit  int
	values []T
}

func (r *ring[T]) add(v T) {
	// Twice the limit before a cut: adding stays cheap.
	if r.values = append(r.values, v); len(r.values) >= 2*r.limit {
		r.values = slices.Clone(r.last())
	}
}

// last returns the newest values, at most limit. The slice is the ring's own.
func (r *ring[T]) last() []T { return r.values[max(0, len(r.values)-r.limit):] }

// list returns a copy of them.
func (r *ring[T]) list() []T { return slices.Clone(r.last()) }
