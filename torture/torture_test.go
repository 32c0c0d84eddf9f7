package main

import (
	"bytes"
	"flag"
	"fmt"
	"reflect"
	"testing"
	"time"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the first history; 0: a new one")

func testSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./torture -run '%s$' -seed %d", t.Name(), seed)
	return seed
}

// TestHistories runs some histories; a long campaign is a command of its own.
func TestHistories(t *testing.T) {
	c := campaign{runs: 32, steps: 200, seed: testSeed(t)} // about nine full disks, the rarest
	var out bytes.Buffer
	if !c.run(&out) {
		t.Fatal(out.String())
	}
	for _, f := range []string{crash.String(), diskError.String(), diskFull.String(), powerCut} {
		if c.sum.Faults[f] == 0 {
			t.Errorf("no %s came in %d runs", f, c.sum.Runs)
		}
	}
	if c.sum.Noticed == 0 {
		t.Error("no flipped byte was noticed")
	}
	if c.sum.Switched == 0 || c.sum.GivenUp == 0 || c.sum.Rewritten == 0 {
		t.Errorf("%d loads were switched, %d given up, %d tables rewritten", c.sum.Switched, c.sum.GivenUp, c.sum.Rewritten)
	}
	if c.sum.Trials < 6 || c.sum.Looks < 10*c.sum.Trials {
		t.Errorf("%d looks in %d trials", c.sum.Looks, c.sum.Trials)
	}
	if c.sum.Stops < c.runs || c.sum.Replicas == 0 {
		t.Errorf("%d stops of jobs and %d replicas in %d runs", c.sum.Stops, c.sum.Replicas, c.sum.Runs)
	}
}

// TestSeedRepeats runs histories twice: what they go through is the same.
func TestSeedRepeats(t *testing.T) {
	seed := testSeed(t)
	for i := range uint64(3) {
		var went [2]tally
		for j := range went {
			c := campaign{steps: 150}
			var err error
			if went[j], err = c.play(seed+i, nil); err != nil {
				t.Fatalf("seed %d: %v", seed+i, err)
			}
		}
		if !reflect.DeepEqual(went[0], went[1]) {
			t.Errorf("seed %d went through %+v, then %+v", seed+i, went[0], went[1])
		}
	}
}

// TestPlantedFaultsAreNoticed holds the harness to finding what it is there
// to find.
func TestPlantedFaultsAreNoticed(t *testing.T) {
	seed := testSeed(t)
	for plant := range plants {
		t.Run(plant, func(t *testing.T) {
			c := campaign{runs: 400, steps: 150, seed: seed, plant: plant, most: 3}
			var out bytes.Buffer
			if c.run(&out) {
				t.Fatalf("not noticed: %s\n%s", plants[plant], out.String())
			}
			t.Logf("noticed in %d of %d runs", len(c.broken), c.sum.Runs)
			if !bytes.Contains(out.Bytes(), fmt.Appendf(nil, "--plant %s", plant)) {
				t.Errorf("no command repeats it:\n%s", out.String())
			}
		})
	}
}
