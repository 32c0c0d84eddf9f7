package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// trial is a whole node over tables of one to three shards, with several clients
// at a time: they write, load what is to be seen in one moment, give tables other
// shards, and read all the while. The power goes amid that, once a life, and the
// next life must show what was acknowledged. Each client knows what is true of
// what it alone writes, and of the loads, which all of them read, what may be
// seen when.
//
// What goes on at a time is not the same when a trial is repeated: a seed fixes
// who does what, and at which of the points that are passed the power goes.
type trial struct {
	reg   *engines.Registry
	plant string
	rng   *rand.Rand
	tally tally

	mem    *vfs.MemFS // logs and segments
	dir    string     // the node's, there and, with what it writes when it closes, on the disk
	base   string     // of all folders of this trial
	sizes  store.Options
	actors []actor
	band   *band
	tick   atomic.Int64 // before and after whatever a client does
	value  atomic.Int64 // the last that was written anywhere

	mu      sync.Mutex
	journal []string // the last of what was done
	wrong   error    // the first promise that was broken
}

// actor is one client, or who looks after the node.
type actor interface {
	// settle finds out what became of what was under way when the power went.
	settle(l *life) error
	// act does one thing.
	act(l *life, rng *rand.Rand) error
}

const (
	trialShards = 3
	actsALife   = 14
	longestLife = time.Minute
	powerCut    = "power cut"
)

// try runs a trial of some lives.
func try(reg *engines.Registry, seed uint64, lives int, plant string) (sum tally, err error) {
	base, err := os.MkdirTemp("", "torture")
	if err != nil {
		return sum, err
	}
	defer os.RemoveAll(base)
	rng := rand.New(rand.NewPCG(seed, 17))
	pick := func(of ...int) int { return of[rng.IntN(len(of))] }
	t := &trial{reg: reg, plant: plant, rng: rng, mem: vfs.NewCrashableMem(), base: base, dir: filepath.Join(base, "0"), tally: tally{Runs: 1, Trials: 1},
		sizes: store.Options{TailRows: pick(20, 200), SealRows: pick(60, 400), SegmentRows: pick(100, 3000), FlushBytes: int64(pick(4, 16, 1<<10)) << 10}}
	t.band = newBand()
	t.actors = []actor{newOwner(t, 1), newOwner(t, 2), newSender(1), newSender(2), newLoader(t), newLoader(t), &watcher{}, &watcher{}, &keeper{}}
	for i := range lives {
		if err = t.live(i == lives-1); err != nil {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("%w\nthe last that was done:\n  %s", err, strings.Join(t.journal, "\n  "))
	}
	return t.tally, err
}

// note writes into the journal.
func (t *trial) note(format string, args ...any) {
	const most = 60
	t.mu.Lock()
	defer t.mu.Unlock()
	t.journal = append(t.journal, fmt.Sprintf("%d ", t.tick.Load())+fmt.Sprintf(format, args...))
	if over := len(t.journal) - most; over > 0 {
		t.journal = t.journal[over:]
	}
}

// count changes the tally.
func (t *trial) count(f func(*tally)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.tally)
}

func (t *trial) options(l *life) node.Options {
	o := node.Options{Registry: t.reg, Logger: slog.New(slog.DiscardHandler), Store: t.sizes, Cluster: cluster.Options{Dir: t.dir, Shards: trialShards, DiskReserve: -1,
		SnapshotBytes: 1 << 40, CacheBytes: 1 << 20, MemTableBytes: 1 << 20}}
	o.Store.FS = t.mem
	o.Cluster.LogOn(t.mem)
	o.AtPoints(func(p string) { l.passes(p) }, l.passes)
	switch t.plant {
	case "apart":
		o.ReadShardsApart()
	case "given":
		o.KeepWhatIsGivenUp()
	case "came":
		o.ForgetWhatCame()
	}
	return o
}

// live lets the node live once; in its last life the power stays.
func (t *trial) live(last bool) error {
	l := newLife(t, t.rng.Uint64())
	defer l.end()
	if !last {
		l.left.Store(1 + t.rng.Int64N([]int64{60, 300, 1000}[t.rng.IntN(3)]))
	}
	n, err := node.Open(l.ctx, t.options(l))
	if l.node = n; err == nil {
		err = l.work(last)
	} else if !l.over() {
		err = violated("the node does not open: %v", err)
	}
	if n != nil {
		if e := n.Close(); err == nil && !l.over() && e != nil {
			err = violated("the node does not close: %v", e)
		}
	}
	if l.over() {
		<-l.copied
		t.tally.fault(powerCut, 1)
		t.mem = l.nextMem
		if e := errors.Join(l.copyErr, os.RemoveAll(t.dir), os.Rename(l.nextDir, t.dir)); e != nil {
			return e
		}
	}
	return t.broken(err)
}

// broken is the first promise that was broken, or an error that is one.
func (t *trial) broken(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v := (violation{}); t.wrong == nil && errors.As(err, &v) {
		t.wrong = err
	}
	return t.wrong
}

// work settles what was, lets all actors act, and in the last life looks at what
// is left.
func (l *life) work(last bool) error {
	t := l.trial
	for _, sql := range []string{
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS p (id BIGINT PRIMARY KEY, owner BIGINT, v BIGINT, w TEXT) WITH (shards = %d)", 1+t.rng.IntN(trialShards)),
		fmt.Sprintf("CREATE TABLE IF NOT EXISTS q (owner BIGINT, seq BIGINT, i BIGINT) WITH (shards = %d)", 1+t.rng.IntN(trialShards)),
	} {
		if _, _, err := l.ask(node.Request{SQL: sql}); err != nil || l.over() {
			return orNil(err, l, sql)
		}
	}
	settled := func(_ int, a actor) error { return a.settle(l) }
	if err := l.each(settled); err != nil || l.over() {
		return err
	}
	err := l.each(func(i int, a actor) error {
		rng := rand.New(rand.NewPCG(l.seed, uint64(i)))
		for k := 0; k < actsALife && !l.over() && t.broken(nil) == nil; k++ {
			t.count(func(s *tally) { s.Ops++ })
			if err := a.act(l, rng); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || l.over() || !last {
		return err
	}
	return errors.Join(l.each(settled), l.leavesNothing())
}
