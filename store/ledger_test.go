package store

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// TestLedgerMarks marks chunks of a source in random order: what is done is
// the union of the chunks, and a chunk that cuts across another is refused.
func TestLedgerMarks(t *testing.T) {
	rng := random(t)
	for range 300 {
		l := newLedger()
		var cuts []uint64
		for at := uint64(0); len(cuts) < 2+rng.IntN(20); at += 1 + rng.Uint64N(9) {
			cuts = append(cuts, at)
		}
		covered := make([]bool, cuts[len(cuts)-1])
		var rows uint64
		for _, i := range rng.Perm(len(cuts) - 1)[:rng.IntN(len(cuts))] {
			c := Chunk{Table: 1, Start: cuts[i], End: cuts[i+1]}
			for part := range rng.Uint64N(3) {
				if _, done, err := l.find(c, part); done || err != nil {
					t.Fatal("a new part is there already", err)
				}
				l.add(c, part, BatchResult{FirstRow: 5, Rows: 2})
				if r, done, err := l.find(c, part); !done || err != nil || !r.Duplicate || r.Rows != 2 || r.FirstRow != 5 {
					t.Fatal("a part that was added is not there", r, err)
				}
			}
			if rng.IntN(5) == 0 {
				continue // never finished
			}
			for range 2 { // the second changes nothing
				if err := l.mark(c, 7); err != nil {
					t.Fatal(err)
				}
			}
			rows += 7
			for b := c.Start; b < c.End; b++ {
				covered[b] = true
			}
		}
		src := l.sources[ledgerKey{table: 1}]
		if src == nil {
			continue
		}
		have := make([]bool, len(covered))
		for i, d := range src.done {
			if i > 0 && d.Start <= src.done[i-1].End {
				t.Fatalf("ranges touch or are out of order: %v", src.done)
			}
			for b := d.Start; b < d.End; b++ {
				have[b] = true
			}
		}
		if !slices.Equal(have, covered) || src.rows != rows {
			t.Fatalf("done %v, rows %d, want %v, %d", have, src.rows, covered, rows)
		}
		for range 20 {
			c := Chunk{Table: 1, Start: rng.Uint64N(uint64(len(covered)))}
			c.End = c.Start + 1 + rng.Uint64N(uint64(len(covered))-c.Start)
			want := slices.Contains(covered[c.Start:c.End], true)
			all := !slices.Contains(covered[c.Start:c.End], false)
			_, done, err := l.find(c, 99)
			if done != all || want && !all && !fault.Is(err, fault.Conflict) {
				t.Fatalf("bytes %v: done %v, %v; covered %v", c.span(), done, err, covered)
			}
		}
		again, err := decodeLedger(l.encode())
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("read back %v, %v", again, err)
		}
	}
}

// TestLedgerOfShard loads chunks twice, across flushes, a new start and a
// restore, and drops the table in the end.
func TestLedgerOfShard(t *testing.T) {
	rng := random(t)
	fs, o := vfs.NewMem(), Options{Registry: testRegistry(plain{})}
	s := openTest(t, fs, o)
	defer func() { s.Close() }()
	def := flights(1, 1)
	b := batchOf(rng, def, 0, 10)
	mustApply(t, s, 1, EncodeDefine(def))
	c := Chunk{Table: 1, Source: [16]byte{7}, Start: 0, End: 100}
	index := uint64(1)
	part := func(c Chunk, n uint64, duplicate bool) {
		t.Helper()
		index++
		r := mustApply(t, s, index, EncodePart(c, n, EncodeBatch(IdempotencyKey{}, b))).(BatchResult)
		if r.Duplicate != duplicate {
			t.Fatalf("part %d of %v: duplicate is %v", n, c.span(), r.Duplicate)
		}
	}
	rows := func(want int) {
		t.Helper()
		if n := len(read(t, s, 1)); n != want {
			t.Fatalf("%d rows, want %d", n, want)
		}
	}
	part(c, 0, false)
	part(c, 0, true)
	part(c, 1<<16, false)
	rows(20)
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openTest(t, fs, o)
	part(c, 0, true)
	part(c, 1<<16, true)
	cut := c
	cut.End = 90
	if _, err, _ := s.Apply(index+1, EncodePart(cut, 0, EncodeBatch(IdempotencyKey{}, b))); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a chunk with other bounds: %v", err)
	}
	index++
	if st := s.Source(1, c.Source); len(st.Done) != 0 || !slices.Equal(st.Begun, []Span{{0, 100}}) {
		t.Fatalf("%+v", st)
	}
	index++
	mustApply(t, s, index, EncodeMarked(c, 20))
	part(c, 5, true)
	s = linkAndRestore(t, s, fs, o)
	part(cut, 0, true)
	rows(20)
	if st := s.Source(1, c.Source); st.Rows != 20 || !slices.Equal(st.Done, []Span{{0, 100}}) || st.Begun != nil {
		t.Fatalf("%+v", st)
	}
	part(Chunk{Table: 1, Source: [16]byte{8}, Start: 0, End: 100}, 0, false) // another source
	index++
	mustApply(t, s, index, EncodeDrop(1))
	if len(s.ledger.sources) != 0 {
		t.Fatal("the ledger outlives its table")
	}
	if _, err, _ := s.Apply(index+1, EncodePart(c, 0, EncodeBatch(IdempotencyKey{}, b))); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a part for a table that is gone: %v", err)
	}
}

// FuzzLedger reads any bytes as a ledger: what is accepted is written back alike.
func FuzzLedger(f *testing.F) {
	l := newLedger()
	l.add(Chunk{Table: 3, Start: 5, End: 9}, 2, BatchResult{FirstRow: 1, Rows: 4})
	if err := l.mark(Chunk{Table: 3, Source: [16]byte{1}, Start: 300, End: 900}, 12); err != nil {
		f.Fatal(err)
	}
	f.Add(l.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decodeLedger(b)
		if err != nil {
			return
		}
		again, err := decodeLedger(l.encode())
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("%v became %v, %v", l, again, err)
		}
		l.forget(3)
		if bytes.Equal(l.encode(), b) && len(b) > 0 && b[0] == 3 {
			t.Fatal("forgot nothing")
		}
	})
}
