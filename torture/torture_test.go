package main

import (
	"bytes"
	"flag"
	"fmt"
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
	c := campaign{runs: 12, steps: 120, seed: testSeed(t)}
	var out bytes.Buffer
	if !c.run(&out) {
		t.Fatal(out.String())
	}
	for _, f := range []fault{crash, diskError, diskFull} {
		if c.sum.Faults[f.String()] == 0 {
			t.Errorf("no %s came in %d runs", f, c.sum.Runs)
		}
	}
	if c.sum.Noticed == 0 {
		t.Error("no flipped byte was noticed")
	}
}

// TestPlantedFaultsAreNoticed holds the harness to finding what it is there
// to find.
func TestPlantedFaultsAreNoticed(t *testing.T) {
	seed := testSeed(t)
	for plant := range plants {
		t.Run(plant, func(t *testing.T) {
			c := campaign{runs: 60, steps: 120, seed: seed, plant: plant}
			var out bytes.Buffer
			if c.run(&out) {
				t.Fatalf("not noticed: %s\n%s", plants[plant], out.String())
			}
			if !bytes.Contains(out.Bytes(), fmt.Appendf(nil, "--plant %s", plant)) {
				t.Errorf("no command repeats it:\n%s", out.String())
			}
		})
	}
}
