package main

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	faults "github.com/quindex/quindex/fault"
)

// job is work of the shard that is done in turns with the history. It stops at
// operations of the disk and at points that the shard names, and where it would
// wait for another; the steps that follow find it there. One thing runs at a
// time, so that a seed tells all.
type job struct {
	kind   opKind
	cancel context.CancelFunc
	next   func() (struct{}, bool) // lets it go on to where it stops
	yield  func(struct{}) bool
	left   int          // points to pass before it stops
	stuck  bool         // it stopped because it has to wait
	fires  int          // faults of the disk before it began
	called bool         // off, so that its context is over
	err    error        // how it ended
	ended  func() error // looks at what it came to
}

const (
	mostJobs = 4       // on their way at once
	toTheEnd = 1 << 30 // points
)

// points is how many a job passes before it stops: often all of them.
func (r *run) points(rng *rand.Rand) int {
	switch most, end := 1+rng.IntN(40), rng.IntN(2) == 0; {
	case r.op.pace == early:
		return 1 + rng.IntN(4)
	case end || r.op.pace == whole:
		return toTheEnd
	default:
		return 1 + rng.IntN(most)
	}
}

// start begins a job; ended looks at what it came to, if it did what it should.
func (r *run) start(kind opKind, points int, work func(ctx context.Context) error, ended func() error) error {
	if len(r.jobs) == mostJobs {
		if err := r.untilOneEnds(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(r.ctx)
	j := &job{kind: kind, cancel: cancel, fires: r.disk.met(), ended: ended}
	j.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		j.yield = yield
		defer caught(&j.err) // with the job's stack
		j.err = work(ctx)
	})
	r.jobs = append(r.jobs, j)
	r.tally.Jobs++
	return r.goOn(j, points)
}

// goOn lets a job pass some points.
func (r *run) goOn(j *job, points int) error {
	j.left, j.stuck = points, false
	r.current = j
	_, more := j.next()
	r.current = nil
	if more {
		if !j.stuck {
			r.tally.Stops++
		}
		return nil
	}
	at := slices.Index(r.jobs, j)
	r.jobs = slices.Delete(r.jobs, at, at+1)
	j.cancel()
	return r.settle(j)
}

// point is called at every operation of the disk, and by the shard.
func (r *run) point() {
	if j := r.current; j != nil {
		if j.left--; j.left <= 0 {
			j.yield(struct{}{})
		}
	}
}

// at is called by the shard at its points. Where an entry is read and nothing is
// locked yet, a job may go on.
func (r *run) at(point string) {
	if r.current != nil || !strings.HasPrefix(point, "apply:") || len(r.jobs) == 0 || r.chance.IntN(3) > 0 {
		r.point()
		return
	}
	if err := r.oneGoesOn(); err != nil {
		r.mishap = errors.Join(r.mishap, err)
	}
}

// wait is called where the shard has to wait for a job.
func (r *run) wait() {
	if j := r.current; j != nil {
		j.stuck = true
		j.yield(struct{}{})
		return
	}
	r.waits++
	defer func() { r.waits-- }()
	if err := r.oneGoesOn(); err != nil {
		r.mishap = errors.Join(r.mishap, err)
	}
}

// oneGoesOn lets the next job go on a bit.
func (r *run) oneGoesOn() error {
	const (
		some   = 7
		inVain = 100     // more than all jobs have locks to take
		most   = 1 << 20 // far more than a history has
	)
	if r.idle++; r.idle > inVain || len(r.jobs) == 0 {
		panic("the shard waits for itself")
	}
	if r.turn++; r.turn > most {
		panic("work does not end")
	}
	j := r.jobs[r.turn%len(r.jobs)]
	err := r.goOn(j, some)
	if !j.stuck || j.left < some {
		r.idle = 0
	}
	return err
}

func (r *run) untilOneEnds() error {
	for n := len(r.jobs); len(r.jobs) == n; {
		if err := r.oneGoesOn(); err != nil {
			return err
		}
	}
	return nil
}

// drain lets all jobs come to their end.
func (r *run) drain() (err error) {
	for len(r.jobs) > 0 {
		err = errors.Join(err, r.oneGoesOn())
	}
	return err
}

// hurt is the error of a job that met a fault of the disk, in this step or before.
type hurt struct{ error }

// unhurt is err, or nil if it is no more than what jobs make of a fault.
func unhurt(err error) error {
	v, h := violation{}, hurt{}
	if errors.As(err, &v) || !errors.As(err, &h) {
		return err
	}
	return nil
}

// settle looks at what a job came to.
func (r *run) settle(j *job) error {
	err := j.err
	if err == nil && !r.dead {
		err = j.ended()
	}
	switch v := (violation{}); {
	case err == nil || r.dead:
		return nil
	case errors.As(err, &v):
		return err
	case j.called && errors.Is(err, context.Canceled):
		return nil
	case r.closing && faults.Is(err, faults.Unavailable):
		return nil
	case r.disk.fires > j.fires:
		return hurt{err}
	}
	return violated("%s, without a fault: %v", j.kind, err)
}

// letGoOn lets one of the jobs pass some points.
func (r *run) letGoOn(rng *rand.Rand) error {
	if len(r.jobs) == 0 {
		return nil
	}
	return r.goOn(r.jobs[rng.IntN(len(r.jobs))], r.points(rng))
}

// callOff stops one of the jobs as a client does that goes away.
func (r *run) callOff(rng *rand.Rand) error {
	if len(r.jobs) == 0 {
		return nil
	}
	j := r.jobs[rng.IntN(len(r.jobs))]
	j.called = true
	j.cancel()
	r.tally.Called++
	return r.goOn(j, r.points(rng))
}
