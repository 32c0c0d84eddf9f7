package store

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/quindex/quindex/record"
)

// randomEffects returns effects of rising indexes, whose rows have ids in turn.
func randomEffects(rng *rand.Rand, n int) (out []Effect) {
	index, row := uint64(rng.IntN(5)), uint64(1)
	for range n {
		index += 1 + uint64(rng.IntN(3))
		e := Effect{Index: index, Table: record.TableID(1 + rng.IntN(3)), First: row, Rows: rng.IntN(3), Begins: rng.IntN(50) == 0}
		for at := uint32(0); e.Rows > 0 && rng.IntN(4) == 0 && len(e.Part) < e.Rows; at++ {
			at += uint32(rng.IntN(3))
			e.Part = append(e.Part, at)
		}
		row += uint64(e.Rows)
		out = append(out, e)
	}
	return out
}

func (j *journal) all(after uint64) (out []Effect) {
	j.each(after, func(e Effect) bool { out = append(out, e); return true })
	return out
}

// TestJournal remembers random effects, drops the oldest, and goes through its
// form in the manifest at random moments: it has all that are above since.
func TestJournal(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	want := randomEffects(rng, 30_000)
	j, span, cuts := &journal{}, 0, 0
	for i, e := range want {
		j.note(e)
		before := j.since
		j.passed(span, 40<<20)
		if span = rng.IntN(10_000); j.since > before {
			cuts++
		}
		if rng.IntN(1000) != 0 {
			continue
		}
		again, err := decodeJournal(j.encode(), e.Index)
		if err != nil {
			t.Fatal(err)
		}
		j = again
		first := 0
		for want[first].Index <= j.since {
			first++
		}
		if got := j.all(j.since); !reflect.DeepEqual(got, want[first:i+1]) {
			t.Fatalf("after %d effects: %d, want %d above %d", i+1, len(got), i+1-first, j.since)
		}
		k := first + rng.IntN(i+1-first)
		if got := j.all(want[k].Index); len(got) != i-k || len(got) > 0 && !reflect.DeepEqual(got, want[k+1:i+1]) {
			t.Fatalf("above %d: %d effects, want %d", want[k].Index, len(got), i-k)
		}
	}
	if cuts < 10 || j.span > 42<<20 {
		t.Errorf("cut %d times, %d bytes of the log are left", cuts, j.span)
	}
}

// TestJournalIsSmall: rows that come one by one take a byte each.
func TestJournalIsSmall(t *testing.T) {
	j := &journal{}
	for i := range uint64(100_000) {
		j.note(Effect{Index: i + 1, Table: 1, First: i + 1, Rows: 1})
	}
	if n := len(j.encode()); n > 102_000 {
		t.Errorf("%d bytes for 100,000 rows", n)
	}
}

// FuzzJournal: a journal that is taken is written as it was read.
func FuzzJournal(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 1))
	j := &journal{since: 3}
	for _, e := range randomEffects(rng, 40) {
		e.Index += 3
		j.note(e)
	}
	f.Add(j.encode(), uint64(1000))
	f.Add([]byte{3}, uint64(3))
	f.Fuzz(func(t *testing.T, b []byte, applied uint64) {
		j, err := decodeJournal(b, applied)
		if err != nil {
			return
		}
		again, err := decodeJournal(j.encode(), applied)
		if err != nil || !reflect.DeepEqual(j.all(0), again.all(0)) || !bytes.Equal(j.encode(), again.encode()) {
			t.Errorf("%x differs when it is read again: %v", b, err)
		}
	})
}

// FuzzTell: any entry is told or refused.
func FuzzTell(f *testing.F) {
	b := record.NewBatch(&record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "n", Type: record.T(record.Int64)}}}, 2)
	b.AppendRow(record.IntValue(7))
	b.AppendRow(record.IntValue(8))
	for _, e := range [][]byte{EncodeBatch(IdempotencyKey{}, b), EncodeFresh(IdempotencyKey{}, b), EncodeWhole(3, b), EncodeMove(2, []uint64{4, 5}, b),
		EncodeChange(IdempotencyKey{}, 1, []uint64{4, 5}, b), EncodeDelete(1, []uint64{4, 5}, b), EncodePart(Chunk{Table: 1, End: 9}, 0, EncodeBatch(IdempotencyKey{}, b)),
		EncodeTruncate(1), EncodeExpire(1, 99), EncodeDrop(1)} {
		f.Add(e, 2, true)
		f.Add(e, 0, false)
	}
	f.Fuzz(func(t *testing.T, entry []byte, rows int, part bool) {
		e := Effect{Index: 1, Table: 1, First: 10, Rows: rows}
		if part {
			e.Part = []uint32{0, 1}
		}
		told, err := Tell(entry, e)
		if err == nil && told.Came != nil && (told.Came.N != rows || told.Came.FirstRow != 10) {
			t.Errorf("%d rows from %d on", told.Came.N, told.Came.FirstRow)
		}
	})
}
