package keys

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// openMany opens the even numbers in segments of so many each, with the
// columns as they are stored.
func openMany(t testing.TB, segments, each int) []engines.Keyed {
	s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "k", Type: record.T(record.Int64)}}}
	out := make([]engines.Keyed, segments)
	for i := range out {
		batch := record.NewBatch(s, each)
		for j := range each {
			batch.AppendRow(record.IntValue(int64(2 * (i*each + j))))
		}
		def := engines.IndexDef{Name: "columns", Engine: "columnar", Fields: s.Fields}
		stored, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: each, Bytes: enginetest.Build(t, columnar.Engine{}, def, engines.BatchColumns(s, batch))})
		if err != nil {
			t.Fatal(err)
		}
		columns := stored.(engines.Columns)
		def = engines.IndexDef{Name: "keys", Engine: "keys", Fields: s.Fields}
		ix, err := Engine{}.Open(engines.Section{Def: def, Rows: each, Bytes: enginetest.Build(t, Engine{}, def, columns), Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		out[i] = ix.(engines.Keyed)
	}
	return out
}

// BenchmarkFind looks keys up in eight segments of a million, in one after the
// other until they are found: one key at a time (keys=1) and many: see ns/key.
func BenchmarkFind(b *testing.B) {
	const segments, each, asked = 8, 1_000_000, 1 << 18
	all := openMany(b, segments, each)
	for plus, name := range []string{"hit", "miss"} {
		r := rand.New(rand.NewPCG(1, 2))
		keys := engines.NewKeyList(asked)
		for range asked {
			k := intKey(2*r.Int64N(segments*each) + int64(plus))
			keys.Add(k, engines.KeyHash(k))
		}
		at := 0
		b.Run(name+"/keys=1/rows=8x1e6", func(b *testing.B) {
			var found []rows.Num
			for b.Loop() {
				for _, ix := range all {
					if found, _ = ix.Find(found[:0], keys.Hashes()[at], keys.Key(at)); len(found) > 0 {
						break
					}
				}
				at = (at + 1) % asked
			}
		})
		for _, size := range []int{16, 256, 1024, 16384} {
			b.Run(fmt.Sprintf("%s/keys=%d/rows=8x1e6", name, size), func(b *testing.B) {
				list, gone := engines.NewKeyList(size), make([]bool, size)
				var found []engines.KeyRow
				for b.Loop() {
					list.Reset()
					clear(gone)
					for i := range size {
						list.Add(keys.Key((at+i)%asked), keys.Hashes()[(at+i)%asked])
					}
					at = (at + size) % asked
					left := list.ByHash(list.All())
					for _, ix := range all {
						found, _ = ix.FindAll(found[:0], list, left)
						for _, f := range found {
							gone[f.Key] = true
						}
						left = slices.DeleteFunc(left, func(k int32) bool { return gone[k] })
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/key")
			})
		}
	}
}

// BenchmarkBuild makes the index of a million keys of random numbers, or of strings.
func BenchmarkBuild(b *testing.B) {
	const n = 1_000_000
	for _, kind := range []record.Kind{record.Int64, record.Keyword} {
		s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "k", Type: record.T(kind)}}}
		r, batch := rand.New(rand.NewPCG(1, 2)), record.NewBatch(s, n)
		for range n {
			if v := r.Int64N(1e12); kind == record.Int64 {
				batch.AppendRow(record.IntValue(v))
			} else {
				batch.AppendRow(record.KeywordValue(fmt.Sprintf("account-%012d", v)))
			}
		}
		cols := engines.BatchColumns(s, batch)
		b.Run(fmt.Sprintf("key=%s/rows=1e6", record.T(kind)), func(b *testing.B) {
			for b.Loop() {
				enginetest.Build(b, Engine{}, engines.IndexDef{Name: "keys", Fields: s.Fields}, cols)
			}
		})
	}
}
