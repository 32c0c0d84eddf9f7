package record

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/quindex/quindex/fault"
)

func checkBatch(t *testing.T, what string, got, want *Batch) {
	t.Helper()
	if got.Table != want.Table || got.Version != want.Version || got.FirstRow != want.FirstRow || got.N != want.N || len(got.Cols) != len(want.Cols) {
		t.Fatalf("%s: head %+v, want %+v", what, *got, *want)
	}
	for i := range want.Cols {
		if got.IDs[i] != want.IDs[i] || got.Cols[i].Type != want.Cols[i].Type {
			t.Fatalf("%s: column %d is %d %s", what, i, got.IDs[i], got.Cols[i].Type)
		}
		checkColumn(t, what, &got.Cols[i], values(&want.Cols[i]))
	}
}

func TestBatchWire(t *testing.T) {
	rnd := newRand(t)
	for _, n := range []int{0, 1, 2, 63, 64, 65, 500} {
		b := randomBatch(rnd, n)
		for shift := range 9 {
			wire := b.AppendWire(make([]byte, shift))[shift:]
			got, err := DecodeBatch(wire)
			if err != nil {
				t.Fatalf("%d rows at offset %d: %v", n, shift, err)
			}
			checkBatch(t, "decoded", got, b)
		}
		if lo := n / 3; lo < n {
			got, err := DecodeBatch(b.Slice(lo, n-1).AppendWire(nil))
			if err != nil {
				t.Fatalf("a slice of %d rows: %v", n, err)
			}
			checkBatch(t, "a slice", got, b.Slice(lo, n-1))
		}
	}
}

// TestBatchWireAliases pins that an aligned message is not copied.
func TestBatchWireAliases(t *testing.T) {
	b := &Batch{N: 2, IDs: []ColumnID{1}, Cols: []Column{*NewColumn(T(Int64), 2)}}
	b.Cols[0].Append(IntValue(5))
	b.Cols[0].Append(IntValue(6))
	wire := b.AppendWire(nil)
	if uintptr(unsafe.Pointer(&wire[0]))%8 != 0 || !native {
		t.Skip("the message is not aligned")
	}
	got, err := DecodeBatch(wire)
	if err != nil {
		t.Fatal(err)
	}
	if at := unsafe.Pointer(&got.Cols[0].Ints[0]); at != unsafe.Pointer(&wire[batchHead+columnHead]) {
		t.Errorf("values at %p, want them in the message", at)
	}
}

func TestBatchWireFlips(t *testing.T) {
	rnd := newRand(t)
	wire := randomBatch(rnd, 9).AppendWire(nil)
	for i := range wire {
		bad := bytes.Clone(wire)
		bad[i] ^= 1 << rnd.IntN(8)
		if _, err := DecodeBatch(bad); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
		if _, err := DecodeBatch(wire[:i]); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

// FuzzDecodeBatch repairs the length and the checksum, so that it reaches what is behind them.
func FuzzDecodeBatch(f *testing.F) {
	rnd := newRand(f)
	for _, n := range []int{0, 1, 3, 70} {
		f.Add(randomBatch(rnd, n).AppendWire(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range [][]byte{data, repaired(data)} {
			b, err := DecodeBatch(m)
			if err != nil {
				if !fault.Is(err, fault.Corrupt) {
					t.Fatalf("%v is not corrupt", err)
				}
				continue
			}
			again, err := DecodeBatch(b.AppendWire(nil))
			if err != nil {
				t.Fatalf("does not survive: %v", err)
			}
			checkBatch(t, "again", again, b)
		}
	})
}

func repaired(data []byte) []byte {
	if len(data) < 16 {
		return data
	}
	w := writer{b: bytes.Clone(data)}
	return w.seal()
}

func TestSchemaWire(t *testing.T) {
	s := &Schema{Table: 7, Version: 3, Fields: []Field{
		{ID: 1, Name: "ident", Type: T(Keyword), NotNull: true, Default: KeywordValue("")},
		{ID: 4, Name: "mag", Type: DecimalType(4, 2), Default: NullOf(DecimalType(4, 2))},
		{ID: 5, Name: "Ünï", Type: T(Text), Analyzer: "en"},
	}}
	got, err := DecodeSchema(s.AppendWire([]byte("x"))[1:])
	if err != nil || got.Table != 7 || got.Version != 3 || len(got.Fields) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, f := range s.Fields {
		g := got.Fields[i]
		if g.ID != f.ID || g.Name != f.Name || g.Type != f.Type || g.NotNull != f.NotNull || g.Analyzer != f.Analyzer || !same(g.Default, f.Default) {
			t.Errorf("field %d is %+v, want %+v", i, g, f)
		}
	}
	wire := s.AppendWire(nil)
	for i := range wire {
		bad := bytes.Clone(wire)
		bad[i] ^= 0x10
		if _, err := DecodeSchema(bad); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
}

func TestValueWire(t *testing.T) {
	rnd := newRand(t)
	for range 2000 {
		typ := allTypes[rnd.IntN(len(allTypes))]
		v := randomValue(rnd, typ)
		if rnd.IntN(5) == 0 {
			v = NullOf(typ)
		}
		got, rest, err := DecodeValue(append(v.AppendWire(nil), "rest"...))
		if err != nil || string(rest) != "rest" || !same(got, v) {
			t.Fatalf("%+v came back as %+v, %q, %v", v, got, rest, err)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	rnd := newRand(f)
	for _, typ := range allTypes {
		f.Add(randomValue(rnd, typ).AppendWire(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, _, err := DecodeValue(data)
		if err != nil {
			return
		}
		again, rest, err := DecodeValue(v.AppendWire(nil))
		if err != nil || len(rest) != 0 || !same(again, v) {
			t.Fatalf("%+v came back as %+v, %v", v, again, err)
		}
	})
}

func FuzzDecodeSchema(f *testing.F) {
	s := &Schema{Table: 7, Version: 3, Fields: []Field{{ID: 1, Name: "a", Type: T(Keyword), Default: KeywordValue("x")}, {ID: 2, Name: "b", Type: DecimalType(4, 2)}}}
	f.Add(s.AppendWire(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range [][]byte{data, repaired(data)} {
			s, err := DecodeSchema(m)
			if err != nil {
				continue
			}
			again, err := DecodeSchema(s.AppendWire(nil))
			if err != nil || len(again.Fields) != len(s.Fields) {
				t.Fatalf("%+v came back as %+v, %v", s, again, err)
			}
		}
	})
}
