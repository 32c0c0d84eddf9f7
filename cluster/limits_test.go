package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

func TestProposeWaitsForRoom(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	o.InFlightBytes = MaxEntry
	r := openRig(t, o)
	hold := make(chan struct{})
	entered := make(chan struct{}, 1)
	r.ledgers[1].fail = func(Entry) error { entered <- struct{}{}; <-hold; return nil }
	first := make(chan error, 1)
	go func() {
		_, _, err := r.Propose(t.Context(), 1, make([]byte, 5<<20))
		first <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := r.Propose(ctx, 2, make([]byte, 5<<20)) // the limit is the node's
	if !fault.Is(err, fault.Timeout) || errors.Is(err, ErrIndeterminate) {
		t.Errorf("error %v of kind %v", err, fault.KindOf(err))
	}
	r.mustPropose(t, 2, "a small one fits")
	close(hold)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	r.ledgers[1].fail = nil
	r.mustPropose(t, 2, string(make([]byte, 5<<20)))
}

func TestOpenThatIsCancelledIsUndone(t *testing.T) {
	check := leakCheck(t)
	o := smallLogs(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Open(ctx, o, func(_ GroupID, dir string) (Machine, error) {
		cancel()
		return openLedger(dir)
	})
	if !fault.Is(err, fault.Canceled) {
		t.Errorf("error %v of kind %v", err, fault.KindOf(err))
	}
	check()
	openRig(t, o)
}

// TestWatermark has many wait for random indexes while the mark rises and
// every second one gives up.
func TestWatermark(t *testing.T) {
	rng := random(t)
	var m watermark
	var wg sync.WaitGroup
	never := context.Background()
	for i := range 400 {
		index := rng.Uint64N(1000) + 1
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			defer cancel()
			err := m.wait(ctx, index, never)
			if err == nil && m.load() < index {
				t.Errorf("woken at %d, wanted %d", m.load(), index)
			}
			if err != nil && i%2 == 0 {
				t.Errorf("waiter of %d: %v", index, err)
			}
		})
		if i%2 == 1 {
			wg.Go(cancel)
		}
	}
	for at := uint64(0); at <= 1000; at += rng.Uint64N(40) + 1 {
		m.advance(at)
	}
	m.advance(1000)
	m.advance(3) // it never falls
	wg.Wait()
	if m.load() != 1000 || len(m.waiting) != 0 {
		t.Errorf("the mark is at %d with %d waiting", m.load(), len(m.waiting))
	}
}

// TestFatalOutsideCommit: what Pebble cannot survive in its own goroutines is
// noted, told to the groups, and ends in Halt.
func TestFatalOutsideCommit(t *testing.T) {
	var told, halted error
	s := &logDB{log: quiet, onErr: func(err error) { told = err }}
	s.halt = func(err error) { halted = err; panic("halt") }
	func() {
		defer func() {
			if p := recover(); fmt.Sprint(p) != "halt" {
				t.Errorf("Fatalf ended with %v", p)
			}
		}()
		pebbleLogger{s}.Fatalf("MANIFEST flush failed: %v", errDisk)
	}()
	if told == nil || halted == nil || s.err() == nil || told.Error() != "MANIFEST flush failed: disk on fire" {
		t.Errorf("told %v, halted with %v, noted %v", told, halted, s.err())
	}
}
