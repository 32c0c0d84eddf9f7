package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

// TestRewriteUnderWrites rewrites tables again and again while they are
// written and read: no acknowledged row is lost or there twice.
func TestRewriteUnderWrites(t *testing.T) {
	seed := rewriteSeed(t)
	for _, l := range []struct {
		name string
		o    store.Options
	}{{"defaults", store.Options{}}, {"sealed", store.Options{TailRows: 1}}, {"unmerged", store.Options{TailRows: 8, NoMerge: true}}} {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			n := openNode(t, dir, l.o, nil)
			setUp(t, n)
			ws := newWriters(n, seed)
			ctx, stop := context.WithCancel(t.Context())
			var all sync.WaitGroup
			var steps atomic.Int64
			for _, w := range ws {
				all.Go(func() {
					for ctx.Err() == nil {
						if err := w.step(t.Context()); err != nil {
							t.Error(err)
							return
						}
						steps.Add(1)
					}
				})
			}
			r := rand.New(rand.NewPCG(seed, 99))
			for range 12 {
				sql := fmt.Sprintf(moves[r.IntN(len(moves))], 1+r.IntN(4))
				if _, err := n.ask(t.Context(), sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
				if r.IntN(3) == 0 {
					if err := n.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
			stop()
			all.Wait()
			t.Logf("%d steps", steps.Load())
			if t.Failed() {
				n.Close()
				return
			}
			check(t, n, ws)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openNode(t, dir, l.o, nil)
			defer n.Close()
			check(t, n, ws)
			noTrace(t, n)
		})
	}
}

// noTrace fails if a shard holds what the catalog does not.
func noTrace(t *testing.T, n *Node) {
	t.Helper()
	for id, s := range n.shards {
		for _, table := range s.Tables() {
			if n.Catalog().ByID(table.ID()) == nil {
				t.Errorf("shard %d has table %d %s", id, table.ID(), table.Name)
			}
		}
		if f := s.Frozen(); len(f) > 0 {
			t.Errorf("shard %d has frozen tables %v", id, f)
		}
	}
	if r := n.Rewrites(); len(r) > 0 {
		t.Errorf("rewrites %+v", r)
	}
}

// TestRewriteDies ends the node between any two steps of a rewrite, while rows
// are written: the table is as before or as it was to become, with all rows.
func TestRewriteDies(t *testing.T) {
	seed := rewriteSeed(t)
	for _, step := range []string{"begun", "made", "copied", "frozen", "level", "decided"} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			n := openNode(t, dir, store.Options{}, func(s string) bool { return s == step })
			setUp(t, n)
			ws := newWriters(n, seed)
			for _, w := range ws {
				for range 60 {
					if err := w.step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for i, sql := range []string{fmt.Sprintf(moves[0], 2), fmt.Sprintf(moves[3], 3)} {
				if _, err := n.ask(t.Context(), sql); !errors.Is(err, errUndecided) {
					t.Fatalf("%s: %v", sql, err)
				}
				name := []string{"k", "e"}[i]
				if step == "copied" { // the table still takes rows; nobody copies them
					must(t, n, fmt.Sprintf("INSERT INTO k VALUES (%d, 1, 'gull')", i), "INSERT 0 1")
					ws[i].rows[int64(i)] = 1
				}
				if step == "frozen" { // it takes none
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					if got, err := n.ask(ctx, "DELETE FROM "+name); err == nil {
						t.Errorf("a frozen table: %s", got)
					}
					cancel()
				}
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openNode(t, dir, store.Options{}, nil)
			for _, w := range ws {
				w.n = n
			}
			if noTrace(t, n); t.Failed() {
				t.FailNow() // writes would wait for ever
			}
			check(t, n, ws)
			k, _ := n.Catalog().Table("k")
			if got, want := len(k.Sharding.Shards()), map[bool]int{true: 2, false: 4}[step == "decided"]; got != want {
				t.Errorf("%d shards, want %d", got, want)
			}
			for _, w := range ws {
				for range 20 {
					if err := w.step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			must(t, n, fmt.Sprintf(moves[1], 3), "ALTER TABLE")
			must(t, n, fmt.Sprintf(moves[4], 4), "ALTER TABLE")
			check(t, n, ws)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestRewriteOfSeries rewrites a table with a time while rows expire, come late
// and are updated by many at once: each row is counted by every update once.
func TestRewriteOfSeries(t *testing.T) {
	seed := rewriteSeed(t)
	n := openNode(t, t.TempDir(), store.Options{TailRows: 4}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE h (at TIMESTAMP, host KEYWORD, n BIGINT) WITH (time = 'at', series = 'host', chunk = '1 day', ttl = '40 days')", "")
	r := rand.New(rand.NewPCG(seed, 3))
	now := time.Now()
	const rows = 500
	var values []string
	for i := range rows {
		values = append(values, fmt.Sprintf("('%s', 'h%d', 0)", now.AddDate(0, 0, -i/10).Add(-time.Hour).UTC().Format(time.DateTime), r.IntN(5)))
	}
	must(t, n, "INSERT INTO h VALUES "+strings.Join(values, ","), fmt.Sprint("INSERT 0 ", rows))
	stop := make(chan struct{})
	var all sync.WaitGroup
	updates, again := int64(0), 0
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := n.ask(t.Context(), "UPDATE h SET n = n + 1 WHERE host = 'h3'")
			switch {
			case fault.Is(err, fault.Conflict): // some rows may be done
				again++
				t.Errorf("a short statement met the switch: %v", err)
			case err != nil:
				t.Error(err)
			default:
				var k int64
				fmt.Sscanf(got, "UPDATE %d", &k)
				updates += k
			}
		}
	})
	days := 20
	for i := range 6 {
		must(t, n, fmt.Sprintf("ALTER TABLE h SET (shards = %d)", 1+r.IntN(4)), "ALTER TABLE")
		if i == 3 { // what lies below goes, wherever the rows are
			close(stop)
			all.Wait()
			must(t, n, "SELECT coalesce(sum(n), 0) FROM h", fmt.Sprint(updates))
			must(t, n, fmt.Sprintf("ALTER TABLE h SET (ttl = '%d days')", days), "ALTER TABLE")
			if err := n.Expire(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if i >= 3 {
			must(t, n, "SELECT count(*) FROM h", fmt.Sprint(days*10))
		}
	}
	must(t, n, fmt.Sprintf("INSERT INTO h VALUES ('%s', 'late', 1)", now.AddDate(0, 0, -days-1).UTC().Format(time.DateTime)), "INSERT 0 1")
	must(t, n, "SELECT count(*) FROM h WHERE host = 'late'", "0") // the watermark came along
	v, err := n.Verify(t.Context(), func(string) {})
	if err != nil || len(v.Findings) > 0 {
		t.Fatalf("verify: %+v, %v", v, err)
	}
}
