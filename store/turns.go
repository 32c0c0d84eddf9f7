package store

import "context"

// Turns bounds how many of the shards that share it work in the background at
// once, so that processors are left for readers: they all find work to do at
// the same moments. What takes long does not keep others from what does not.
// Work that writers wait for needs no turn.
type Turns struct{ short, long gate }

// NewTurns lets n shards at a time do what is done soon, and n what takes long.
func NewTurns(n int) *Turns { return &Turns{newGate(n, nil), newGate(n, nil)} }

// onDisk waits for a turn to merge segments on disk; done ends it.
func (t *Turns) onDisk(ctx context.Context, long bool) (done func(), err error) {
	switch {
	case t == nil:
		return func() {}, nil
	case long:
		return t.long.unlock, t.long.lock(ctx)
	}
	return t.short.unlock, t.short.lock(ctx)
}

// inMemory waits for a turn to tend rows in memory, and gives up when there is
// other news: then done is nil.
func (t *Turns) inMemory(ctx context.Context, news <-chan struct{}) (done func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	select { // both may be ready
	case t.short.room <- struct{}{}:
		return t.short.unlock, nil
	default:
	}
	select {
	case t.short.room <- struct{}{}:
		return t.short.unlock, nil
	case <-news:
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
