package exec

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// A server that begins every statement at once and shares its cores among all of
// them has the tables of all of them in memory, and in its caches those of none:
// with 64 statements at work on two cores `quindex bench overload` answered 0.6
// of what it answers with four, out of 2 GiB in place of 0.9. A server that runs
// few at a time lets a lookup by key wait for reports. So each statement may
// begin at once, and one that computes for longer needs a turn to go on.

// turnless is how long a statement computes without a turn. Lookups, and most
// statements that an index answers, are over by then.
const turnless = 20 * time.Millisecond

// Turns bounds how many statements compute for long at once. Those that ask
// get their turns in order. It may be used by any number of goroutines.
type Turns struct {
	free     *semaphore.Weighted
	turnless time.Duration
	taken    atomic.Int64
	waiting  atomic.Int64
}

// give takes a turn back.
func (t *Turns) give() {
	t.taken.Add(-1)
	t.free.Release(1)
}

// NewTurns makes n turns, at least one.
func NewTurns(n int) *Turns {
	return &Turns{free: semaphore.NewWeighted(int64(max(1, n))), turnless: turnless}
}

// Waiting is how many statements wait for a turn now.
func (t *Turns) Waiting() int64 { return t.waiting.Load() }

// Held is how many statements compute with a turn now.
func (t *Turns) Held() int64 { return t.taken.Load() }

// Statement is what one statement asks for turns by, for Env.Turn. It belongs
// to one statement, whose fragments on this node share it.
func (t *Turns) Statement() *Turn { return &Turn{of: t} }

// Turn is one statement's. It holds a turn only within a stretch, while somebody
// waits for its rows: a statement whose client is slow to read keeps no other
// from computing. nil is a statement that may always compute.
type Turn struct {
	of  *Turns
	ask sync.Mutex // held while it asks for a turn: for one, whatever the number of its workers

	waits atomic.Bool

	mu   sync.Mutex
	in   bool // a stretch has begun
	held bool
	from time.Time // when it began
}

// Waiting reports whether the statement waits for its turn now. Any goroutine
// may ask; nil does not wait.
func (t *Turn) Waiting() bool { return t != nil && t.waits.Load() }

// begin starts a stretch: somebody asks for rows.
func (t *Turn) begin() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.in, t.from = true, time.Now()
}

// leave ends it and gives the turn back.
func (t *Turn) leave() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held {
		t.of.give()
	}
	t.in, t.held = false, false
}

// due reports whether the statement must have a turn to go on. Outside of a
// stretch its workers run ahead of whoever reads, as far as there is room.
func (t *Turn) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.in && !t.held && time.Since(t.from) >= t.of.turnless
}

// take waits for a turn where one is due. Any of the statement's workers may
// call it, while it holds nothing that others wait for.
func (t *Turn) take(ctx context.Context) error {
	if t == nil || !t.due() {
		return nil
	}
	t.ask.Lock()
	defer t.ask.Unlock()
	if !t.due() {
		return nil
	}
	t.of.waiting.Add(1)
	t.waits.Store(true)
	err := t.of.free.Acquire(ctx, 1)
	t.waits.Store(false)
	t.of.waiting.Add(-1)
	if err != nil {
		return stopped(ctx)
	}
	t.of.taken.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held = t.in; !t.held {
		t.of.give()
	}
	return nil
}
