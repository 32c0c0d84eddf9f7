// Package trace collects where the time of one statement went: a tree of named
// spans with counters, carried in a context. It feeds EXPLAIN ANALYZE and the
// Server-Timing header. Where the context carries no collector, Start returns a
// nil span whose methods do nothing, so that rooms need not ask.
package trace

import (
	"context"
	"sync"
	"time"
)

// Span is one step of the work and the steps within it. A nil *Span is valid
// and collects nothing. Any number of goroutines may use a Span.
type Span struct {
	name  string
	start time.Time

	mu       sync.Mutex // guards what follows
	took     time.Duration
	ended    bool
	keys     []string // in the order they were first added
	counts   map[string]int64
	children []*Span
}

type key struct{}

// Collect returns a context in which Start collects, and the root of the tree.
func Collect(ctx context.Context, name string) (context.Context, *Span) {
	s := newSpan(name)
	return context.WithValue(ctx, key{}, s), s
}

func newSpan(name string) *Span { return &Span{name: name, start: time.Now()} }

// Start begins a step within the one ctx carries. The context it returns is
// for the steps within. Without a collector it returns ctx and nil, at no cost.
func Start(ctx context.Context, name string) (context.Context, *Span) {
	parent := From(ctx)
	if parent == nil {
		return ctx, nil
	}
	s := newSpan(name)
	parent.Attach(s)
	return context.WithValue(ctx, key{}, s), s
}

// From returns the span ctx carries, or nil.
func From(ctx context.Context) *Span {
	s, _ := ctx.Value(key{}).(*Span)
	return s
}

// Attach puts child, such as one that came from another node, below s.
func (s *Span) Attach(child *Span) {
	if s == nil || child == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.children = append(s.children, child)
}

// Add raises a counter of the step by n.
func (s *Span) Add(key string, n int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int64{}
	}
	if _, have := s.counts[key]; !have {
		s.keys = append(s.keys, key)
	}
	s.counts[key] += n
}

// End stops the step's clock. Only the first call counts.
func (s *Span) End() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.took, s.ended = time.Since(s.start), true
	}
}
