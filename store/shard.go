package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// Shard is the state machine of one shard: the rows of the tables that live
// in it. Apply is called by one goroutine, the rest by any number.
//
// Locks are taken in this order: merging, jobs, sealing, manifest, mu.
type Shard struct {
	opts Options
	fs   vfs.FS
	reg  *engines.Registry
	dir  string

	merging  gate // merges of disk segments, new indexes on old ones
	jobs     gate // flushes, merges of memory segments, restores
	sealing  gate // open rows become memory segments
	manifest gate // the manifest file, and the state it stands for

	durable *durable // guarded by manifest
	limbo   []*piece // guarded by manifest: of manifests that failed and may be in place all the same

	nextName  atomic.Uint64 // of segment folders and memory segments
	applied   atomic.Uint64
	syncing   sync.Mutex    // one sync of the shard's folder at a time, and its count
	syncFails atomic.Uint64 // syncs of the shard's folder that did not succeed
	counters  counters
	kick      chan struct{} // capacity 1: there is something to seal or flush
	mergeDue  chan struct{} // capacity 1: there may be something to merge
	stop      context.CancelFunc
	running   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	broken  error
	nextRow uint64
	tables  map[record.TableID]*table
	windows *windows
	ledger  *ledger
	journal *journal

	troubles map[string]*Trouble // by work
	mended   []Mended            // the newest last
	spoilt   error               // what is wrong with the manifest on disk, or nil
	behind   bool                // it was put back, and has not been given all entries again
	level    chan struct{}       // closed when it has, or never will; nil: nobody need wait

	litter litter
}

// gate is a mutex that one can stop waiting for; it may have room for several.
type gate struct {
	room chan struct{}
	busy func() // called instead of waiting, see Options.WaitBy; nil: one waits
}

func newGate(n int, busy func()) gate { return gate{make(chan struct{}, n), busy} }

func (g gate) lock(ctx context.Context) error {
	for g.busy != nil && !g.tryLock() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.busy()
	}
	if g.busy != nil {
		return nil
	}
	select {
	case g.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g gate) tryLock() bool {
	select {
	case g.room <- struct{}{}:
		return true
	default:
		return false
	}
}

// hold is lock for work that must be ended whatever happens.
func (g gate) hold() { g.lock(context.Background()) }

func (g gate) unlock() { <-g.room }

// Open opens the shard in the folder dir, or makes an empty one there.
func Open(ctx context.Context, dir string, o Options) (*Shard, error) {
	if o.Registry == nil {
		panic("BUG: store: Options.Registry is nil")
	}
	o.ensureDefaults()
	s := &Shard{opts: o, fs: o.FS, reg: o.Registry, dir: dir,
		merging: newGate(1, o.busy), jobs: newGate(1, o.busy), sealing: newGate(1, o.busy), manifest: newGate(1, o.busy), troubles: map[string]*Trouble{},
		kick: make(chan struct{}, 1), mergeDue: make(chan struct{}, 1), stop: func() {}}
	s.reset()
	if err := s.load(ctx); err != nil {
		s.release()
		return nil, err
	}
	if !o.manual {
		s.start()
	}
	return s, nil
}

// reset empties the state in memory.
func (s *Shard) reset() {
	s.nextRow, s.tables, s.windows, s.ledger, s.journal = 1, map[record.TableID]*table{}, newWindows(), newLedger(), &journal{}
	s.durable = &durable{nextRow: 1, dead: map[*piece][]byte{}}
}

// Applied is the index of the last applied entry.
func (s *Shard) Applied() uint64 { return s.applied.Load() }

// Tables lists the tables of the shard, by id.
func (s *Shard) Tables() []*catalog.Table {
	s.lockLevel()
	defer s.mu.Unlock()
	var out []*catalog.Table
	for _, t := range s.ordered() {
		out = append(out, t.def)
	}
	return out
}

// ordered lists the tables by id; mu is held.
func (s *Shard) ordered() []*table {
	out := make([]*table, 0, len(s.tables))
	for _, t := range s.tables {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *table) int {
		if a.def.ID() < b.def.ID() {
			return -1
		}
		return 1
	})
	return out
}

// fail marks the shard as broken: it applies nothing more until it is opened
// again. A cancelled operation breaks nothing.
func (s *Shard) fail(op string, err error) error {
	if err == nil || stopped(err) {
		return err
	}
	s.mu.Lock()
	first := s.broken == nil
	if first {
		s.broken = err
	}
	s.mu.Unlock()
	if first {
		s.opts.Logger.Error("shard is broken and applies nothing more", "dir", s.dir, "op", op, "err", err)
	}
	return err
}

// Broken returns what broke the shard, or nil.
func (s *Shard) Broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

var errClosed = fault.E("store: use shard", fault.Unavailable, "the shard is closed")

// usable returns why the shard cannot be used; mu is held.
func (s *Shard) usable() error {
	if s.closed {
		return errClosed
	}
	if s.broken != nil {
		return fault.E("store: use shard", fault.KindOf(s.broken), fmt.Errorf("broken by an earlier error: %w", s.broken))
	}
	return nil
}

// Close stops the background and lets go of all segments; views keep theirs.
// It makes nothing durable: the log has it.
func (s *Shard) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.freeWaiting()
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
	for _, g := range []gate{s.merging, s.jobs, s.sealing, s.manifest} {
		g.hold() // no job of a caller is under way any more, and none starts
	}
	defer func() {
		for _, g := range []gate{s.merging, s.jobs, s.sealing, s.manifest} {
			g.unlock()
		}
	}()
	return s.release()
}

// release lets go of all segments.
func (s *Shard) release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, p := range s.statePieces() {
		all = append(all, p.seg.Release())
	}
	s.tables, s.durable, s.limbo = map[record.TableID]*table{}, &durable{}, nil
	return errors.Join(all...)
}

// statePieces lists the pieces that are part of the state, in sight or only
// in a manifest, each once. mu and the manifest gate are held.
func (s *Shard) statePieces() []*piece {
	all := append(s.durable.pieces(), s.limbo...)
	for _, t := range s.ordered() {
		for _, p := range t.pieces {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// drop releases pieces that are not, or no longer, part of the state, and with
// them their files. mu is not held.
func (s *Shard) drop(ps ...*piece) {
	s.mu.Lock()
	segs := lose(ps)
	s.mu.Unlock()
	s.releaseAll(segs)
}

// lose marks pieces as gone and their segments as to be deleted, and returns
// the segments, for the caller to release. mu is held.
func lose(ps []*piece) []*segment.Segment {
	segs := make([]*segment.Segment, len(ps))
	for i, p := range ps {
		p.gone = true
		p.seg.Doom()
		segs[i] = p.seg
	}
	return segs
}
