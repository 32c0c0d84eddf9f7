package store

import "context"

// Turns bounds how many of the shards that share it work in the background at
// once, so that processors are left for readers: they all find work to do at
// the same moments. Work that writers wait for needs no turn.
type Turns struct{ memory, disk gate }

// NewTurns lets n shards at a time tend their rows in memory, and n theirs on disk.
func NewTurns(n int) *Turns { return &Turns{make(gate, n), make(gate, n)} }

// onDisk waits for a turn; done ends it.
func (t *Turns) onDisk(ctx context.Context) (done func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	return t.disk.unlock, t.disk.lock(ctx)
}

// inMemory waits for a turn, and gives up when there is other news: then done is nil.
func (t *Turns) inMemory(ctx context.Context, news <-chan struct{}) (done func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	select { // both may be ready
	case t.memory <- struct{}{}:
		return t.memory.unlock, nil
	default:
	}
	select {
	case t.memory <- struct{}{}:
		return t.memory.unlock, nil
	case <-news:
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
