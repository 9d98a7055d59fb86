package lanes

import stdheap "container/heap"

// heap is a binary heap whose elements know their place.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
	moved func(x T, place int) // -1: out
}

func (h *heap[T]) len() int { return len(h.items) }

func (h *heap[T]) top() (x T, ok bool) {
	if len(h.items) == 0 {
		return x, false
	}
	return h.items[0], true
}

func (h *heap[T]) push(x T)         { stdheap.Push((*ordered[T])(h), x) }
func (h *heap[T]) remove(place int) { stdheap.Remove((*ordered[T])(h), place) }

// ordered is a heap as container/heap sees it.
type ordered[T any] heap[T]

func (o *ordered[T]) Len() int           { return len(o.items) }
func (o *ordered[T]) Less(i, j int) bool { return o.less(o.items[i], o.items[j]) }

func (o *ordered[T]) Swap(i, j int) {
	o.items[i], o.items[j] = o.items[j], o.items[i]
	o.moved(o.items[i], i)
	o.moved(o.items[j], j)
}

func (o *ordered[T]) Push(x any) {
	o.items = append(o.items, x.(T))
	o.moved(x.(T), len(o.items)-1)
}

func (o *ordered[T]) Pop() any {
	var none T
	last := len(o.items) - 1
	x := o.items[last]
	o.items[last], o.items = none, o.items[:last]
	o.moved(x, -1)
	return x
}
