package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/store"
)

const shardDir = "shard"

// tally counts what a run, or many, went through.
type tally struct {
	Runs, Ops     int
	Faults        map[string]int // that came, by kind
	Noticed       int            // flipped bytes that ended in an error
	Unused        int            // flipped bytes that changed no answer
	Healed        int            // flipped bytes of what was made anew of the columns
	Rows, Entries int
	Mended        int // faults of the disk after which the shard went on as it was
	Alters, Marks int // tables altered or made anew, watermarks
	Walks         int // over edges, compared with the model
	Jobs, Stops   int // begun, and stopped in their midst
	Called        int // jobs called off
	Replicas      int // made of snapshots
	Staged        int // loads that were to be seen whole
	Switched      int // of them
	GivenUp       int // of them
	Rewritten     int // tables
	Lived         int // times that a shard worked with a flipped byte
	Trials, Looks int // of whole nodes, and how often readers looked at loads
}

func (t *tally) add(o *tally) {
	t.Runs, t.Ops, t.Noticed, t.Unused = t.Runs+o.Runs, t.Ops+o.Ops, t.Noticed+o.Noticed, t.Unused+o.Unused
	t.Healed += o.Healed
	t.Rows, t.Entries, t.Mended = t.Rows+o.Rows, t.Entries+o.Entries, t.Mended+o.Mended
	t.Alters, t.Marks, t.Walks = t.Alters+o.Alters, t.Marks+o.Marks, t.Walks+o.Walks
	t.Jobs, t.Stops, t.Called, t.Replicas = t.Jobs+o.Jobs, t.Stops+o.Stops, t.Called+o.Called, t.Replicas+o.Replicas
	t.Lived += o.Lived
	t.Rewritten += o.Rewritten
	t.Trials, t.Looks = t.Trials+o.Trials, t.Looks+o.Looks
	t.Staged, t.Switched, t.GivenUp = t.Staged+o.Staged, t.Switched+o.Switched, t.GivenUp+o.GivenUp
	for k, n := range o.Faults {
		t.fault(k, n)
	}
}

func (t *tally) fault(kind string, n int) {
	if t.Faults == nil {
		t.Faults = map[string]int{}
	}
	t.Faults[kind] += n
}

// run is one history under way. log stands for the replicated log, which is
// durable before an entry is applied.
type run struct {
	ctx   context.Context
	reg   *engines.Registry
	plant string
	disk  *disk
	shard *store.Shard
	model *model
	log   [][]byte
	safe  uint64 // every entry up to here was made durable by the shard
	now   int64  // seconds, that rows' times go by
	skew  int64  // seconds that the clock is ahead of it
	tally tally

	sizes   store.Options
	chance  *rand.Rand   // of jobs that go on while an entry is applied
	refused map[int]bool // entries of the log, from 1, that the shard must refuse

	jobs    []*job
	op      op    // the step
	current *job  // that runs; nil: the history itself
	turn    int   // whose it is to go on
	idle    int   // turns that came to nothing, one after the other
	waits   int   // how often the history itself waits for jobs now
	mishap  error // of a job that went on meanwhile
	closing bool  // jobs may find the shard closed
	dead    bool  // the machine has crashed: what jobs come to does not matter
	folders int   // for snapshots, so far
	sights  []*sight
	pasts   []*past
}

// play runs a history and returns what it went through; the error, if any, is
// a violation or something nobody injected.
func play(reg *engines.Registry, seed uint64, ops []op, plant string) (tally, error) {
	r := &run{ctx: context.Background(), reg: reg, plant: plant, chance: rand.New(rand.NewPCG(seed, 11)), model: newModel(), refused: map[int]bool{}, tally: tally{Runs: 1}}
	r.disk = newDisk(vfs.NewCrashableMem(), plant == "sync", r.point)
	r.size(rand.New(rand.NewPCG(seed, 13)))
	err := r.open()
	for _, name := range tableNames {
		if err == nil {
			err = r.create(name)
		}
	}
	for i, o := range ops {
		if err != nil {
			break
		}
		r.tally.Ops++
		if err = r.step(o); err != nil {
			err = fmt.Errorf("step %d, %s with %s: %w", i, o.kind, o.fault, err)
		}
	}
	if err == nil {
		err = unhurt(r.drain())
	}
	if err == nil {
		err = r.recover(rand.New(rand.NewPCG(1, 1)), noFault)
	}
	r.dead = true // whatever is left is of a history that has gone wrong
	r.close()
	r.letGo(nil)
	r.tally.Entries, r.tally.Walks = len(r.log), r.model.walks
	return r.tally, err
}

// size picks how large things are in this run: small, as histories are short.
func (r *run) size(rng *rand.Rand) {
	pick := func(of ...int) int { return of[rng.IntN(len(of))] }
	r.sizes = store.Options{TailRows: pick(20, 20, 5, 150), SealRows: pick(60, 60, 400), SegmentRows: pick(3000, 3000, 100), MergeWidth: pick(2, 2, 4),
		FlushBytes: int64(pick(8, 8, 2, 60)) << 10, SegmentBytes: int64(pick(1<<10, 1<<10, 30)) << 10}
}

func (r *run) options() store.Options {
	o := r.sizes
	o.FS, o.Registry, o.Logger, o.Now = r.disk, r.reg, slog.New(slog.DiscardHandler), r.clock
	o.FlushAge, o.At = time.Hour, r.at
	o.WaitBy(r.wait)
	switch r.plant {
	case "late":
		o.ForgetLateDeletes()
	case "mark":
		o.LowerWatermarks()
	case "gone":
		o.FlushWhatIsGone()
	case "cut":
		o.CutSnapshotsShort()
	case "move":
		o.KeepWhatMoves()
	case "whole":
		o.ForgetWholes()
	}
	return o
}

func (r *run) open() (err error) {
	r.shard, err = store.OpenStill(r.ctx, shardDir, r.options())
	return err
}

// close lets go of a shard that may be broken, or may not have opened, and of
// the jobs that it has.
func (r *run) close() (err error) {
	r.closing = true
	if r.shard != nil {
		err = r.shard.Close()
	}
	err = errors.Join(err, r.drain(), r.mishap)
	r.closing, r.mishap, r.pasts = false, nil, nil
	return err
}

// apply gives the log one more entry: from here on it is acknowledged.
func (r *run) apply(entry []byte) (any, error) {
	r.log = append(r.log, entry)
	r.note()
	value, err, broken := r.shard.Apply(uint64(len(r.log)), entry)
	return value, errors.Join(err, broken)
}

// step does one operation, with its fault in the midst, and then looks.
func (r *run) step(o op) error {
	r.op = o
	rng := rand.New(rand.NewPCG(o.seed, 7))
	if o.kind == opFlip {
		return r.flip(rng)
	}
	keep := rng.IntN(3) * 50
	if o.fault != noFault {
		r.disk.arm(o.fault, 1+rng.IntN(40), keep, rng)
	}
	err := errors.Join(r.do(o.kind, rng), r.mishap)
	r.mishap = nil
	fired := r.disk.calm()
	if fired {
		r.tally.fault(o.fault.String(), 1)
	}
	if v := (violation{}); errors.As(err, &v) {
		return err
	}
	switch h := (hurt{}); {
	case o.fault == crash:
		return r.recover(rng, crash)
	case err != nil && !fired && !errors.As(err, &h):
		return fmt.Errorf("without a fault: %w", err)
	case err != nil && o.kind != opReopen && r.shard.Broken() == nil && rng.IntN(2) == 0:
		r.tally.Mended++
		return r.look(rng) // it goes on by itself
	case err != nil:
		return r.recover(rng, o.fault)
	case r.shard.Broken() != nil:
		return violated("the shard is broken without a fault: %v", r.shard.Broken())
	}
	if rng.IntN(4) == 0 {
		return r.look(rng)
	}
	return nil
}

// look compares what the shard shows with the model.
func (r *run) look(rng *rand.Rand) error {
	err := errors.Join(check(r.ctx, r.shard, r.model, r.reg, rng), r.mishap)
	r.mishap = nil
	return unhurt(err)
}

// recover opens the shard again, after a crash on what that left, replays the
// log, and looks.
func (r *run) recover(rng *rand.Rand, after fault) error {
	if after == crash {
		left := r.disk.crashed(rng.IntN(3)*50, rng)
		r.dead = true
		r.close()
		r.letGo(rng)
		r.dead = false
		r.disk = newDisk(left, r.plant == "sync", r.point)
		if r.plant == "early" && len(r.log) > 0 {
			r.log = r.log[:len(r.log)-1] // it was acknowledged and never written
		}
	} else {
		err := r.shut(rng)
		if v := (violation{}); errors.As(err, &v) {
			return err
		}
	}
	if err := r.open(); err != nil {
		return violated("after %s the shard does not open: %v", after, err)
	}
	if have := r.shard.Applied(); have < r.safe || have > uint64(len(r.log)) {
		return violated("after %s the shard is at entry %d; %d were made durable, %d exist", after, have, r.safe, len(r.log))
	}
	if err := r.replay(r.shard, "after "+after.String()); err != nil {
		return err
	}
	return r.look(rng)
}
