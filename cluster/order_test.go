package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// check that lines hold every text once, at the index it was acknowledged with.
func checkOnce(t *testing.T, lines []line, acked map[string]uint64) {
	t.Helper()
	seen := map[string]uint64{}
	for i, l := range lines {
		if _, twice := seen[l.Data]; twice {
			t.Errorf("%.40q was applied twice", l.Data)
		}
		if i > 0 && l.Index <= lines[i-1].Index {
			t.Errorf("index %d after %d", l.Index, lines[i-1].Index)
		}
		seen[l.Data] = l.Index
	}
	for text, index := range acked {
		if seen[text] != index {
			t.Errorf("%.40q is at index %d, wanted %d", text, seen[text], index)
		}
	}
}

func TestOrderAndExactlyOnceUnderConcurrency(t *testing.T) {
	const groups, proposers, each = 4, 8, 60
	r := openRig(t, testOptions(t, t.TempDir()))
	var mu sync.Mutex
	acked := map[GroupID]map[string]uint64{}
	var wg sync.WaitGroup
	for g := range GroupID(groups) {
		acked[g] = map[string]uint64{}
		for p := range proposers {
			wg.Go(func() {
				for i := range each {
					text := fmt.Sprintf("%d-%d", p, i)
					index, _, err := r.Propose(t.Context(), g, []byte(text))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					acked[g][text] = index
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for g := range GroupID(groups) {
		lines := r.ledgers[g].copyLines()
		if len(lines) != proposers*each {
			t.Fatalf("group %d has %d lines, wanted %d", g, len(lines), proposers*each)
		}
		checkOnce(t, lines, acked[g])
		var next [proposers]int
		for _, l := range lines {
			var p, i int
			fmt.Sscanf(l.Data, "%d-%d", &p, &i)
			if i != next[p] {
				t.Fatalf("proposer %d: %d was applied when %d was next", p, i, next[p])
			}
			next[p]++
		}
		if b := r.ledgers[g].batches; b >= proposers*each {
			t.Errorf("group %d: %d entries in %d calls of Apply, wanted fewer calls", g, proposers*each, b)
		}
	}
}

func TestSizesOfEntries(t *testing.T) {
	r := openRig(t, testOptions(t, t.TempDir()))
	for _, size := range []int{0, 1, 4 << 20, MaxEntry} {
		data := strings.Repeat("x", size)
		index := r.mustPropose(t, 1, data)
		lines := r.ledgers[1].copyLines()
		if last := lines[len(lines)-1]; last.Index != index || last.Data != data {
			t.Errorf("entry of %d bytes came back with %d bytes at %d, wanted %d", size, len(last.Data), last.Index, index)
		}
	}
	_, _, err := r.Propose(t.Context(), 1, make([]byte, MaxEntry+1))
	if !fault.Is(err, fault.TooLarge) || errors.Is(err, ErrIndeterminate) {
		t.Errorf("error %v", err)
	}
	if _, _, err := r.Propose(t.Context(), 9, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("error %v", err)
	}
}

func TestWaitAndBarrier(t *testing.T) {
	r := openRig(t, testOptions(t, t.TempDir()))
	index := r.mustPropose(t, 2, "a")
	if err := r.Wait(t.Context(), 2, index); err != nil {
		t.Fatal(err)
	}
	at, err := r.Barrier(t.Context(), 2)
	if err != nil || at != index {
		t.Fatalf("barrier %d, error %v; wanted %d", at, err, index)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := r.Wait(ctx, 2, index+1); !fault.Is(err, fault.Timeout) {
		t.Fatalf("error %v", err)
	}
	late := make(chan error, 1)
	go func() { late <- r.Wait(t.Context(), 2, index+1) }()
	for r.mustPropose(t, 2, "b") <= index {
	}
	if err := <-late; err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- r.Wait(context.Background(), 3, 1<<40) }()
	r.mustClose(t)
	if err := <-waiting; !fault.Is(err, fault.Unavailable) {
		t.Fatalf("wait across close: %v", err)
	}
	if _, _, err := r.Propose(t.Context(), 2, nil); !fault.Is(err, fault.Unavailable) || errors.Is(err, ErrIndeterminate) {
		t.Fatalf("propose after close: %v", err)
	}
}

func TestProposeThatTimesOutIsIndeterminate(t *testing.T) {
	r := openRig(t, testOptions(t, t.TempDir()))
	hold := make(chan struct{})
	r.ledgers[1].fail = func(Entry) error { <-hold; return nil }
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := r.Propose(ctx, 1, []byte("slow"))
	if !errors.Is(err, ErrIndeterminate) || !fault.Is(err, fault.Timeout) || fault.HintOf(err) == "" {
		t.Errorf("error %v of kind %v", err, fault.KindOf(err))
	}
	close(hold)
	if _, err := r.Barrier(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if got := r.ledgers[1].copyLines(); len(got) != 1 || got[0].Data != "slow" {
		t.Errorf("lines %v", got)
	}
}
