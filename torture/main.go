package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/quindex/quindex/engines/all"
)

// plants are the faults that the harness must notice in the shard, or, those of
// trials, in the node.
var plants = map[string]string{
	"sync":   "the disk says it has synced and has not",
	"early":  "the last entry before a crash was acknowledged and not in the log",
	"late":   "what is deleted while a segment is made of others is forgotten",
	"window": "the shard does not know which batches it has had",
	"mark":   "a watermark goes backwards",
	"gone":   "a flush ends though a table of its moment was truncated",
	"cut":    "a snapshot lacks the newest table",
	"move":   "rows of a staged load that move to their table stay where they were, too",
	"stale":  "a rewrite ends without its last round",
	"whole":  "the shard does not know which load that came whole it has",
	"apart":  "a statement reads some shards before a load is switched, and others after it",
	"given":  "rows of a load that was given up are kept",
	"came":   "a rewrite leaves out what came during its copy",
}

// inTrials are the plants that are noticed in trials.
var inTrials = map[string]bool{"apart": true, "given": true, "came": true}

func main() {
	f := flag.NewFlagSet("torture", flag.ExitOnError)
	runs := f.Int("runs", 300, "histories to run")
	steps := f.Int("steps", 300, "steps of each")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "seed of the first history; the next has the next number")
	limit := f.Duration("for", 0, "begin no history after this time; 0: no limit")
	plant := f.String("plant", "", "make the shard faulty on purpose: "+fmt.Sprint(slices.Sorted(maps.Keys(plants))))
	f.Parse(os.Args[1:])
	if _, ok := plants[*plant]; *plant != "" && !ok {
		fmt.Fprintf(os.Stderr, "torture: no planted fault %q; there are %v\n", *plant, slices.Sorted(maps.Keys(plants)))
		os.Exit(2)
	}
	c := campaign{runs: *runs, steps: *steps, seed: *seed, plant: *plant, limit: *limit}
	if !c.run(os.Stdout) {
		os.Exit(1)
	}
}

// campaign is many histories.
type campaign struct {
	runs, steps int
	seed        uint64
	plant       string
	limit       time.Duration
	most        int // broken runs after which no other begins; 0: one

	mu     sync.Mutex
	next   int
	sum    tally
	broken []brokenRun
}

type brokenRun struct {
	seed uint64
	err  error
}

// run runs the histories on all processors, prints a summary, and reports
// whether no promise was broken.
func (c *campaign) run(w io.Writer) bool {
	began := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				seed, ok := c.take(began)
				if !ok {
					return
				}
				sum, err := c.one(seed)
				c.mu.Lock()
				c.sum.add(&sum)
				if err != nil {
					c.broken = append(c.broken, brokenRun{seed, err})
				}
				c.mu.Unlock()
			}
		})
	}
	wg.Wait()
	c.print(w, time.Since(began))
	return len(c.broken) == 0
}

func (c *campaign) take(began time.Time) (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == c.runs || len(c.broken) >= max(1, c.most) || c.limit > 0 && time.Since(began) > c.limit {
		return 0, false
	}
	c.next++
	return c.seed + uint64(c.next) - 1, true
}

const (
	trialEvery = 4 // one of so many runs is a trial
	lives      = 4 // of a trial: the power goes in all but the last
)

// isTrial says what a seed is for.
func (c *campaign) isTrial(seed uint64) bool {
	return inTrials[c.plant] || c.plant == "" && seed%trialEvery == 0
}

// one runs the history, or the trial, of a seed.
func (c *campaign) one(seed uint64) (sum tally, err error) {
	if !c.isTrial(seed) {
		return c.play(seed, nil)
	}
	defer caught(&err)
	return try(all.Registry(), seed, lives, c.plant)
}

func caught(err *error) {
	if p := recover(); p != nil {
		buf := make([]byte, 8<<10)
		*err = violated("panic: %v\n%s", p, buf[:runtime.Stack(buf, false)])
	}
}

// play runs the history of a seed, or ops instead of it.
func (c *campaign) play(seed uint64, ops []op) (sum tally, err error) {
	defer caught(&err)
	if ops == nil {
		ops = history(rand.New(rand.NewPCG(seed, 3)), c.steps)
	}
	return play(all.Registry(), seed, ops, c.plant)
}

func (c *campaign) print(w io.Writer, took time.Duration) {
	s := &c.sum
	fmt.Fprintf(w, "%d runs, %d operations, %d log entries, %d rows, %d tables altered, %d watermarks, %d walks in %.1f s\n",
		s.Runs, s.Ops, s.Entries, s.Rows, s.Alters, s.Marks, s.Walks, took.Seconds())
	fmt.Fprintf(w, "%d jobs, stopped %d times while the log went on, %d called off; %d replicas made of snapshots\n", s.Jobs, s.Stops, s.Called, s.Replicas)
	fmt.Fprintf(w, "%d loads to be seen whole, of which %d were switched and %d given up; %d tables rewritten\n", s.Staged, s.Switched, s.GivenUp, s.Rewritten)
	fmt.Fprintf(w, "%d trials of whole nodes of %d shards, in which readers looked %d times for loads that are seen in part\n", s.Trials, trialShards, s.Looks)
	faults := 0
	for _, n := range s.Faults {
		faults += n
	}
	fmt.Fprintf(w, "%d faults, after %d of which the shard went on without being opened anew:\n", faults, s.Mended)
	for _, k := range slices.Sorted(maps.Keys(s.Faults)) {
		fmt.Fprintf(w, "  %6d %s\n", s.Faults[k], k)
	}
	fmt.Fprintf(w, "flipped bytes: %d noticed, %d healed from the columns, %d in bytes that no answer needs; with %d more the shard went on working\n", s.Noticed, s.Healed, s.Unused, s.Lived)
	fmt.Fprintf(w, "violations: %d\n", len(c.broken))
	for i, b := range c.broken {
		if fmt.Fprintf(w, "seed %d: %v\n", b.seed, b.err); i > 0 {
			continue
		}
		if !c.isTrial(b.seed) {
			c.explain(w, b)
		}
		fmt.Fprintf(w, "repeat with: go run ./torture --runs 1 --steps %d --seed %d", c.steps, b.seed)
		if c.plant != "" {
			fmt.Fprintf(w, " --plant %s", c.plant)
		}
		fmt.Fprintln(w)
	}
}

// explain prints the shortest history that still breaks a promise.
func (c *campaign) explain(w io.Writer, b brokenRun) {
	last := b.err
	ops := shrink(history(rand.New(rand.NewPCG(b.seed, 3)), c.steps), func(ops []op) bool {
		_, err := c.play(b.seed, ops)
		if err != nil {
			last = err
		}
		return err != nil
	})
	fmt.Fprintf(w, "shrunk to %d steps: %v\n", len(ops), last)
	for _, o := range ops {
		fmt.Fprintf(w, "  %s", o.kind)
		if o.fault != noFault {
			fmt.Fprintf(w, " with %s", o.fault)
		}
		fmt.Fprintf(w, " (%d)\n", o.seed)
	}
}
