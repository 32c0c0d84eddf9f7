package trace

import (
	"context"
	"encoding/json"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, root := Collect(t.Context(), "statement")
		time.Sleep(time.Millisecond)
		scanCtx, scan := Start(ctx, "scan a/b")
		scan.Add("rows", 5)
		scan.Add("bytes", 100)
		scan.Add("rows", 2)
		_, block := Start(scanCtx, "block")
		time.Sleep(1500 * time.Microsecond)
		block.End()
		scan.End()
		time.Sleep(time.Millisecond)
		scan.End() // changes nothing
		root.End()

		const want = "statement  3.5ms\n  scan a/b  1.5ms  rows=7  bytes=100\n    block  1.5ms\n"
		if got := root.String(); got != want {
			t.Errorf("tree\n%swant\n%s", got, want)
		}
		if got, want := root.ServerTiming(), "scan_a_b;dur=1.500, total;dur=3.500"; got != want {
			t.Errorf("Server-Timing %q, want %q", got, want)
		}
		raw, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		far := new(Span)
		if err := json.Unmarshal(raw, far); err != nil {
			t.Fatal(err)
		}
		if got := far.String(); got != want {
			t.Errorf("tree from JSON\n%swant\n%s", got, want)
		}
	})
}

func TestRunningStepHasTakenUntilNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, root := Collect(t.Context(), "s")
		time.Sleep(2 * time.Millisecond)
		if got := root.String(); got != "s  2ms\n" {
			t.Errorf("%q", got)
		}
	})
}

func TestWithoutCollector(t *testing.T) {
	ctx := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		within, s := Start(ctx, "x")
		s.Add("rows", 1)
		s.Attach(s)
		s.End()
		if s != nil || within != ctx || s.String() != "" || s.ServerTiming() != "" {
			t.Error("something was collected")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestConcurrentChildren(t *testing.T) {
	ctx, root := Collect(context.Background(), "all")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				_, s := Start(ctx, "part")
				s.Add("n", 1)
				root.Add("n", 1)
				s.End()
				_ = root.String()
			}
		})
	}
	wg.Wait()
	if !regexp.MustCompile(`^all  \S+  n=800\n`).MatchString(root.String()) {
		t.Errorf("%.40s: want n=800", root.String())
	}
	if n := len(root.view().Children); n != 800 {
		t.Errorf("%d children, want 800", n)
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"name":"a","nanos":5,"counts":{"x":1},"order":["x"],"children":[{"name":"b"}]}`))
	f.Add([]byte(`{"children":[null]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := new(Span)
		if json.Unmarshal(b, s) == nil {
			_ = s.String() + s.ServerTiming()
		}
	})
}
