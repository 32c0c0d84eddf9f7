package cluster

import (
	"container/heap"
	"context"
	"sync"
	"sync/atomic"
)

// watermark is a rising index that goroutines can wait for. Raft's own
// AppliedIndex says what was queued for the machine, not what it applied.
type watermark struct {
	at atomic.Uint64

	mu      sync.Mutex
	waiting waiters
}

type waiter struct {
	index uint64
	ready chan struct{}
	pos   int // in the heap; -1 once taken off
}

func (m *watermark) load() uint64 { return m.at.Load() }

// advance raises the mark to index and wakes who waited for it.
func (m *watermark) advance(index uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if index <= m.at.Load() {
		return
	}
	m.at.Store(index)
	for len(m.waiting) > 0 && m.waiting[0].index <= index {
		close(heap.Pop(&m.waiting).(*waiter).ready)
	}
}

// wait returns nil once the mark has reached index, or the reason of ctx or
// stop, whichever ends first.
func (m *watermark) wait(ctx context.Context, index uint64, stop context.Context) error {
	if m.load() >= index {
		return nil
	}
	w := &waiter{index: index, ready: make(chan struct{})}
	m.mu.Lock()
	if m.load() >= index {
		m.mu.Unlock()
		return nil
	}
	heap.Push(&m.waiting, w)
	m.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		m.leave(w)
		return context.Cause(ctx)
	case <-stop.Done():
		m.leave(w)
		return context.Cause(stop)
	}
}

func (m *watermark) leave(w *waiter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.pos >= 0 {
		heap.Remove(&m.waiting, w.pos)
	}
}

// waiters is a heap, the lowest index first.
type waiters []*waiter

func (h waiters) Len() int           { return len(h) }
func (h waiters) Less(i, j int) bool { return h[i].index < h[j].index }
func (h waiters) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}
func (h *waiters) Push(x any) {
	w := x.(*waiter)
	w.pos = len(*h)
	*h = append(*h, w)
}
func (h *waiters) Pop() any {
	old := *h
	w := old[len(old)-1]
	*h, w.pos = old[:len(old)-1], -1
	return w
}
