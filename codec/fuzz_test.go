package codec

import (
	"testing"

	"github.com/quindex/quindex/record"
)

var fuzzKinds = []record.Kind{
	record.Int64, record.Float64, record.Keyword, record.Point, record.KeywordArray, record.Int64Array, record.Float64Array,
}

// fuzzDict is a dictionary for blocks of codes.
func fuzzDict() *Dict {
	var in Interner
	for _, s := range []string{"a", "bb", "", "ccc"} {
		in.Code(s)
	}
	d, _ := in.Dict()
	return d
}

// FuzzBlock opens any bytes as a block of every storage, and reads all of what
// opened and passed Check.
func FuzzBlock(f *testing.F) {
	c := record.NewColumn(record.T(record.Int64), 0)
	for i := range 70 {
		if i%7 == 0 {
			c.AppendNull()
		} else {
			c.Append(record.IntValue(int64(i * i)))
		}
	}
	var e Encoder
	ints, _, err := e.Append(nil, View(c, 0, c.N))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ints, uint8(0))
	packing := Encoder{Pack: true}
	steady := record.NewColumn(record.T(record.Int64), 0)
	for i := range 2000 {
		steady.Append(record.IntValue(int64(i*1000 + i/700*5 + i%3)))
	}
	packed, _, err := packing.Append(nil, View(steady, 0, steady.N))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, uint8(0))
	tags := record.NewColumn(record.T(record.KeywordArray), 0)
	tags.Append(record.Value{Type: tags.Type, Valid: true, Elems: []record.Value{record.KeywordValue("x"), record.KeywordValue("y")}})
	arrays, _, err := e.Append(nil, View(tags, 0, tags.N))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(arrays, uint8(4))
	f.Fuzz(func(t *testing.T, b []byte, kind uint8) {
		typ := record.T(fuzzKinds[int(kind)%len(fuzzKinds)])
		blk, err := Open(b, typ, fuzzDict())
		if err != nil || blk.Check() != nil {
			return
		}
		readAll(blk)
		if _, _, err := new(Encoder).Append(nil, blk); err != nil {
			t.Errorf("a good block does not encode: %v", err)
		}
	})
}

func readAll(b *Block) {
	for i := range b.N {
		b.Value(i)
	}
	b.Stats()
	if b.Form <= FormFOR && b.N <= BlockRows {
		var sel Sel
		b.Ints.Select(NewIntSet([]Span{{0, 3}, {5, 9}, {11, 12}, {20, 30}}), &sel)
		b.Ints.Gather(&sel, All, nil)
		b.Ints.Range(2, 5, &sel)
	}
}

// FuzzDict opens any bytes as a dictionary and reads what opened.
func FuzzDict(f *testing.F) {
	f.Add(AppendDict(nil, fuzzDict()))
	f.Fuzz(func(_ *testing.T, b []byte) {
		d, err := OpenDict(b)
		if err != nil {
			return
		}
		for i := range d.Len() {
			d.Strs.At(i)
		}
		d.Find("bb")
		d.PrefixRange("c")
		_ = d.Check()
	})
}
