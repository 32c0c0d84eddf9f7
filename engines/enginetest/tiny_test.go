package enginetest_test

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// The tiny engine is as unlike columnar as can be: it answers one function of
// its own, residue(field, modulus, remainder), keeps a set of rows for each
// remainder by 12, and rechecks other moduli in the segment's columns. That it
// passes, and touches nothing outside this file, is what the contract promises
// to whoever writes a sixth engine.
type tiny struct{}

const base = 12

func (tiny) Name() string { return "tiny" }

func (tiny) Functions() []engines.Function {
	return []engines.Function{{
		Name:   "residue",
		Fields: []record.Kind{record.Int64},
		Args:   []engines.Arg{{Name: "modulus", Kinds: []record.Kind{record.Int64}}, {Name: "remainder", Kinds: []record.Kind{record.Int64}}},
		Eval:   evalResidue,
		Doc:    "rows whose number leaves a remainder",
	}}
}

func evalResidue(fields, args []record.Value) (predicate.Truth, error) {
	if modulo(fields[0].I, args[0].I) == args[1].I {
		return predicate.True, nil
	}
	return predicate.False, nil
}

// modulo is never negative.
func modulo(v, m int64) int64 { return (v%m + m) % m }

func (tiny) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if len(def.Fields) != 1 || def.Fields[0].Type.Kind != record.Int64 {
		return nil, fault.E("tiny: build", fault.Invalid, "it wants one BIGINT column")
	}
	return tinyBuilder{def, src}, nil
}

type tinyBuilder struct {
	def engines.IndexDef
	src engines.Columns
}

func (b tinyBuilder) Build(_ context.Context, w io.Writer) error {
	var by [base]*roaring.Bitmap
	for i := range by {
		by[i] = roaring.New()
	}
	col := b.src.Column(b.def.Fields[0].ID)
	for lo, i := 0, 0; lo < b.src.Rows(); i++ {
		blk, err := col.Block(i)
		if err != nil {
			return err
		}
		for r := range blk.N {
			if !blk.IsNull(r) {
				by[modulo(blk.Ints.At(r), base)].Add(uint32(lo + r))
			}
		}
		lo += blk.N
	}
	return writeTiny(w, by)
}

func writeTiny(w io.Writer, by [base]*roaring.Bitmap) error {
	var out []byte
	for _, m := range by {
		b, err := m.ToBytes()
		if err != nil {
			return err
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	_, err := w.Write(out)
	return err
}

func (tiny) Open(s engines.Section) (engines.Index, error) {
	if len(s.Bytes) < 4 {
		return nil, fault.E("tiny: open", fault.Corrupt, "no checksum")
	}
	body, sum := s.Bytes[:len(s.Bytes)-4], binary.LittleEndian.Uint32(s.Bytes[len(s.Bytes)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, fault.E("tiny: open", fault.Corrupt, "bad checksum")
	}
	ix := &tinyIndex{s: s}
	for i := range ix.by {
		n := binary.LittleEndian.Uint32(body)
		ix.by[i] = roaring.New()
		if _, err := ix.by[i].FromBuffer(body[4 : 4+n]); err != nil {
			return nil, fault.E("tiny: open", fault.Corrupt, err)
		}
		body = body[4+n:]
	}
	return ix, nil
}

type tinyIndex struct {
	s  engines.Section
	by [base]*roaring.Bitmap
}

func (ix *tinyIndex) Close() error { return nil }

// call returns the arguments of p if it is a call this index answers.
func (ix *tinyIndex) call(p predicate.P) (m, r int64, ok bool) {
	c, is := p.(predicate.Call)
	if !is || c.Function != "residue" || c.Fields[0].ID != ix.s.Def.Fields[0].ID {
		return 0, 0, false
	}
	return c.Args[0].I, c.Args[1].I, true
}

func (ix *tinyIndex) Estimate(p predicate.P) (engines.Estimate, bool) {
	m, r, ok := ix.call(p)
	if !ok {
		return engines.Estimate{}, false
	}
	set := ix.candidates(m, r)
	if base%m == 0 {
		return engines.Estimate{Method: "sets", Rows: float64(set.Len()), Nanos: 1000}, true
	}
	return engines.Estimate{Method: "sets, recheck", Rows: float64(set.Len()) / float64(m), Nanos: 1000 + 10*float64(set.Len())}, true
}

// candidates returns rows that hold all answers: those with a possible
// remainder by base.
func (ix *tinyIndex) candidates(m, r int64) rows.Set {
	var out rows.Set
	for i := range int64(base) {
		if g := gcd(base, m); i%g == r%g {
			out = out.Or(rows.Of(ix.by[i]))
		}
	}
	return out
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (ix *tinyIndex) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	m, r, ok := ix.call(p)
	if !ok {
		return rows.Set{}, fault.Errorf("tiny: match", fault.Unsupported, "condition %s", p)
	}
	if err := ctx.Err(); err != nil {
		return rows.Set{}, err
	}
	some := ix.candidates(m, r).And(within)
	if base%m == 0 {
		return some, nil
	}
	var out rows.Builder
	col := ix.s.Columns.Column(ix.s.Def.Fields[0].ID)
	for n := range some.Each() {
		blk, err := col.Block(int(n) / rows.BlockRows)
		if err != nil {
			return rows.Set{}, err
		}
		if modulo(blk.Ints.At(int(n)%rows.BlockRows), m) == r {
			out.Add(n)
		}
	}
	return out.Set(), nil
}

// Merge moves every set through the maps: no value is read again.
func (ix *tinyIndex) Merge(_ context.Context, in []engines.MergeInput, w io.Writer) error {
	var by [base]*roaring.Bitmap
	for i := range by {
		by[i] = roaring.New()
		for _, from := range in {
			for _, old := range from.Index.(*tinyIndex).by[i].ToArray() {
				if now := from.Map[old]; now != engines.Gone {
					by[i].Add(uint32(now))
				}
			}
		}
	}
	return writeTiny(w, by)
}

func TestTinyEngineKeepsTheLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{
		Engine: tiny{},
		Schema: func(*rand.Rand) *record.Schema {
			return &record.Schema{Fields: []record.Field{{ID: 7, Name: "n", Type: record.T(record.Int64)}}}
		},
		Predicate: func(r *rand.Rand, s *record.Schema, _ *record.Batch) predicate.P {
			f := s.Fields[0]
			m := 1 + r.Int64N(15)
			return predicate.Call{
				Function: "residue", Fields: []predicate.Field{{ID: f.ID, Name: f.Name, Type: f.Type}},
				Args: []record.Value{record.IntValue(m), record.IntValue(r.Int64N(m))},
			}
		},
	})
}
