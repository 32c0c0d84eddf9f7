package node

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// liar is an index that leaves out half of the rows that it should answer with.
type liar struct{ engines.Index }

func (l liar) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	s, err := l.Index.Match(ctx, p, within)
	return s.AndNot(rows.Range(0, 500)), err
}

// TestVerifyFindsLies: an index with good checksums and wrong answers is found.
func TestVerifyFindsLies(t *testing.T) {
	ctx := context.Background()
	n, err := Open(ctx, Options{Cluster: cluster.Options{Dir: t.TempDir(), Shards: 1}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, sql := range []string{"CREATE TABLE t (id BIGINT, words TEXT, place POINT)",
		"INSERT INTO t VALUES (1, 'giraffe', ST_MakePoint(1, 2))" + strings.Repeat(", (1, 'giraffe', ST_MakePoint(1, 2))", 999)} {
		if _, err := n.Run(ctx, Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	table, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	v, err := n.shards[1].View(ctx, table.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	checked := 0
	for i := range v.Parts {
		p := &v.Parts[i]
		for _, ix := range p.Indexes {
			ver := &verifier{node: n, out: &Verified{}, rand: rand.New(rand.NewPCG(1, 1))}
			if err := ver.index(ctx, p, ix, table); err != nil {
				t.Fatalf("%s: %v", ix.Def.Name, err)
			}
			err := ver.index(ctx, p, store.OpenIndex{Def: ix.Def, Index: liar{ix.Index}}, table)
			if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "the index says") {
				t.Errorf("%s lies and is believed: %v", ix.Def.Name, err)
			}
			checked++
		}
	}
	if checked < 3 {
		t.Fatalf("%d indexes, want at least columns, search and geo", checked)
	}
}

// TestVerifyLongWords: a word that is longer than any question is no damage.
func TestVerifyLongWords(t *testing.T) {
	n, err := Open(t.Context(), healOptions(t.TempDir(), io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	for _, sql := range []string{"CREATE TABLE t (words TEXT) WITH (shards = 1)",
		"INSERT INTO t SELECT repeat(w, 100000) FROM (VALUES ('x'), ('gull ')) AS v (w)"} {
		if _, err := n.ask(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := n.Verify(t.Context(), func(string) {})
	if err != nil || len(out.Findings) > 0 || out.Checks == 0 {
		t.Errorf("%d checks, %v, %v", out.Checks, out.Findings, err)
	}
}

// TestVerifyWhileTablesChange: tables that come and go while they are looked at
// are no damage.
func TestVerifyWhileTablesChange(t *testing.T) {
	n, err := Open(t.Context(), healOptions(t.TempDir(), io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	for _, sql := range []string{"CREATE TABLE a (id BIGINT)", "CREATE TABLE b (id BIGINT)"} {
		if _, err := n.ask(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	changed := false
	out, err := n.Verify(t.Context(), func(at string) {
		if changed || !strings.Contains(at, ": table ") {
			return
		}
		changed = true
		gone := "b"
		if strings.HasSuffix(at, " b") {
			gone = "a"
		}
		for _, sql := range []string{"DROP TABLE " + gone, "CREATE TABLE c (id BIGINT)"} {
			if _, err := n.ask(t.Context(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || len(out.Findings) > 0 || !changed {
		t.Errorf("%v %v %v", out.Findings, err, changed)
	}
}
