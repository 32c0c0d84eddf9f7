package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// TestPutBack puts a shard back to a snapshot, or to nothing, and gives it the
// log again: until it has all of it nobody reads what is older than what was
// shown before, and then it holds what it held.
func TestPutBack(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	for round := range 12 {
		fs := vfs.NewMem()
		m := newModel(rand.New(rand.NewPCG(rng.Uint64(), 2)))
		s := openTest(t, fs, crashOptions(fs))
		applySome(t, s, m, 30)
		dir := mustDir(t, fs, fmt.Sprint("link", round))
		index, err := s.Link(dir)
		if err != nil {
			t.Fatal(err)
		}
		applySome(t, s, m, 30)
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		applySome(t, s, m, 10)
		old, err := s.View(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		shown := readView(t, old)
		if err := s.Check(ctx, dir); err != nil {
			t.Fatal(err)
		}
		if round%2 == 0 {
			err = s.Restore(dir, index)
		} else {
			err = s.Empty()
		}
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan bool)
		go func() {
			_, wrote, _ := s.Wrote(m.lastKey())
			told <- wrote
		}()
		for i, e := range m.log {
			if _, err := s.View(ctx, 1); !fault.Is(err, fault.Unavailable) || hint(err) == "" {
				t.Fatalf("round %d, before entry %d: a view, %v", round, i, err)
			}
			if _, err := s.Link(mustDir(t, fs, fmt.Sprint("early", round, "-", i))); !fault.Is(err, fault.Unavailable) {
				t.Fatalf("round %d: linked what is not whole: %v", round, err)
			}
			if _, err, broken := s.Apply(uint64(i+1), e); broken != nil || err != nil && !m.refused[i] {
				t.Fatalf("round %d, entry %d: %v, %v", round, i, err, broken)
			}
		}
		s.Ready(true)
		if !<-told {
			t.Errorf("round %d: what was written is not known", round)
		}
		m.check(t, fmt.Sprint("round ", round), s)
		equal(t, "a view of before", readView(t, old), shown)
		old.Close()
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		checkFolder(t, fmt.Sprint("round ", round), fs, s)
		s.Close()
		s = openTest(t, fs, crashOptions(fs))
		m.replay(t, s)
		m.check(t, fmt.Sprintf("round %d, opened again", round), s)
		s.Close()
	}
}

// lastKey is the key of the newest batch that has one and that the shard remembers.
func (m *model) lastKey() IdempotencyKey { return m.keys[len(m.keys)-1].key }

// TestCheckedSnapshot tells a snapshot of which all columns can be read from others.
func TestCheckedSnapshot(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	var bad, good int
	for range 25 {
		t.Chdir(t.TempDir())
		m := newModel(rand.New(rand.NewPCG(rng.Uint64(), 2)))
		s := openReal(t)
		applySome(t, s, m, 40)
		dir := mustDir(t, vfs.Default, "link")
		index, err := s.Link(dir)
		if err != nil {
			t.Fatal(err)
		}
		applySome(t, s, m, 5)
		ps := s.durable.pieces()
		p := ps[rng.IntN(len(ps))]
		all := p.seg.Meta().Sections
		sec := all[rng.IntN(len(all))]
		flipAt(t, filepath.Join(dir, p.name, sec.File), sec.Offset+rng.Int64N(sec.Size))
		if err := s.Check(ctx, dir); err != nil {
			if !fault.Is(err, fault.Corrupt) || sec.Def.Name != all[0].Def.Name {
				t.Fatalf("section %s: %v", sec.Def.Name, err)
			}
			bad++
			s.Close()
			continue
		}
		good++
		if err := s.Restore(dir, index); err != nil {
			t.Fatal(err)
		}
		m.replay(t, s)
		s.Ready(true)
		if err := s.Verify(ctx); err != nil {
			if err := s.Mend(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Verify(ctx); err != nil || s.Damaged() != nil {
			t.Fatalf("section %s: %v", sec.Def.Name, err)
		}
		m.check(t, "of a snapshot with a damaged "+sec.Def.Name, s)
		s.Close()
	}
	t.Logf("%d snapshots with columns that cannot be read, %d with other damage", bad, good)
	if bad == 0 || good == 0 {
		t.Error("one of these did not happen")
	}
}
