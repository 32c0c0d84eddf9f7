package columnar

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// wordy returns sections of rows whose words make a dictionary that pays to be packed.
func wordy(t *testing.T, n, distinct int) engines.Section {
	t.Helper()
	s := &record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "word", Type: record.T(record.Keyword)}}}
	b := record.NewBatch(s, n)
	for i := range n {
		b.AppendRow(record.KeywordValue(fmt.Sprintf("a word that compresses well, number %08d", i*7919%distinct)))
	}
	def := engines.ColumnsDef(s.Fields, nil)
	return engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, Engine{}, def, engines.BatchColumns(s, b))}
}

// TestHeld: however many segments are read, and by however many goroutines,
// the text of their dictionaries that is kept stays below the bound but for one,
// what was let go is read again and is the same, and a closed segment keeps none.
func TestHeld(t *testing.T) {
	const segments, n, distinct = 8, 3000, 700
	section := wordy(t, n, distinct)
	e := New(1)
	var all []*Index
	for range segments {
		ix, err := e.Open(section)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ix.(*Index))
	}
	d, err := all[0].columns[0].Dict()
	if err != nil {
		t.Fatal(err)
	}
	one := d.Unpacked()
	if one == 0 {
		t.Fatal("the dictionary is not packed: nothing to hold")
	}
	e.keeps.texts.most = 3 * one
	word := d.Strs.At(distinct / 2)
	p := predicate.Compare{Field: predicate.Field{ID: 1, Name: "word", Type: record.T(record.Keyword)}, Op: predicate.EQ, Value: record.KeywordValue(word)}
	found, err := all[0].Match(t.Context(), p, rows.All(n))
	if err != nil || found.IsEmpty() {
		t.Fatalf("%d rows, %v", found.Len(), err)
	}
	want := found.Len()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 40 * segments {
				ix := all[i*5%segments]
				if found, err := ix.Match(t.Context(), p, rows.All(n)); err != nil || found.Len() != want {
					t.Errorf("%d rows hold %q, %v, want %d", found.Len(), word, err, want)
					return
				}
				blk, err := ix.columns[0].Block(0)
				if err != nil || blk.StringAt(0) == "" {
					t.Errorf("block: %v", err)
					return
				}
			}
		})
	}
	group.Wait()
	held := e.keeps.texts
	if held.bytes > held.most || held.bytes != int64(len(held.ring))*one || len(held.ring) == 0 {
		t.Errorf("%d bytes of %d dictionaries of %d are held, want at most %d", held.bytes, len(held.ring), one, held.most)
	}
	kept := 0
	for _, ix := range all {
		c := ix.columns[0]
		if c.dict.Load() != nil {
			kept++
		} else if blk := c.blocks[0].Load(); blk != nil {
			t.Error("a block holds a dictionary that was let go")
		}
	}
	if kept != len(held.ring) {
		t.Errorf("%d segments keep a dictionary, want the %d that are counted", kept, len(held.ring))
	}
	for _, ix := range all {
		if err := ix.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if held.bytes != 0 || len(held.ring) != 0 {
		t.Errorf("%d bytes of %d dictionaries are held of closed segments", held.bytes, len(held.ring))
	}
}

// TestHeldSecondChance: a dictionary that is asked for again and again stays
// while others come and go.
func TestHeldSecondChance(t *testing.T) {
	section := wordy(t, 3000, 700)
	e := New(1)
	open := func() *column {
		ix, err := e.Open(section)
		if err != nil {
			t.Fatal(err)
		}
		return ix.(*Index).columns[0]
	}
	dict := func(c *column) *codec.Dict {
		d, err := c.Dict()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	often := open()
	first := dict(often)
	e.keeps.texts.most = 2 * first.Unpacked()
	for range 20 {
		if dict(often) != first {
			t.Fatal("what is asked for all the time was let go")
		}
		dict(open())
	}
}

// TestHeldInts: integers that had to be unpacked outlive collections as long as
// they are asked for and fit, and closed segments keep none.
func TestHeldInts(t *testing.T) {
	const n = 3000
	s := &record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "load", Type: record.T(record.Int64)}}}
	b := record.NewBatch(s, n)
	for i := range n {
		b.AppendRow(record.IntValue(int64(i * i % 6)))
	}
	def := engines.ColumnsDef(s.Fields, map[string]string{"pack": "on"})
	section := engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, Engine{}, def, engines.BatchColumns(s, b))}
	e := New(1 << 30)
	var all []*Index
	read := func(ix *Index) *codec.Block {
		blk, err := ix.columns[0].Block(0)
		if err != nil || ix.columns[0].meta.blocks[0].Form != codec.FormPacked {
			t.Fatalf("block: %v, form %v", err, ix.columns[0].meta.blocks[0].Form)
		}
		for i := range n {
			if blk.Ints.At(i) != int64(i*i%6) {
				t.Fatalf("row %d is %d", i, blk.Ints.At(i))
			}
		}
		return blk
	}
	for range 5 {
		ix, err := e.Open(section)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ix.(*Index))
		read(all[len(all)-1])
	}
	ints := e.keeps.ints
	one := ints.bytes / 5
	if one == 0 || len(ints.ring) != 5 {
		t.Fatalf("%d bytes in %d blocks are held, want 5", ints.bytes, len(ints.ring))
	}
	ints.most = 3 * one
	first := read(all[0])
	for range 10 {
		for _, ix := range all[1:] {
			read(ix)
			runtime.GC()
			if read(all[0]) != first {
				t.Fatal("what is asked for all the time was let go")
			}
		}
	}
	if ints.bytes > 5*one { // nothing more came: all still fit the former bound
		t.Errorf("%d bytes are held, want at most %d", ints.bytes, 5*one)
	}
	more, err := e.Open(section)
	if err != nil {
		t.Fatal(err)
	}
	read(more.(*Index))
	if ints.bytes > ints.most {
		t.Errorf("%d bytes are held, want at most %d", ints.bytes, ints.most)
	}
	for _, ix := range append(all, more.(*Index)) {
		ix.Close()
	}
	if ints.bytes != 0 || len(ints.ring) != 0 {
		t.Errorf("%d bytes of %d blocks are held of closed segments", ints.bytes, len(ints.ring))
	}
}
