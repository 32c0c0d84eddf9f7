package columnar

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// BenchmarkSparse compares looking at selected rows one by one with a kernel
// over the whole block, per width: where they cross is sparser.
func BenchmarkSparse(b *testing.B) {
	x := &table{t: b}
	x.batch.N = codec.BlockRows
	for _, width := range []int{8, 16, 32} {
		x.column(fmt.Sprintf("w%d", width), record.T(record.Int64), func(i int) record.Value {
			return record.IntValue(int64(i) * 2654435761 % (1 << width))
		})
	}
	x.build()
	for _, width := range []int{8, 16, 32} {
		p := x.compare(fmt.Sprintf("w%d", width), predicate.LT, record.IntValue(1<<(width-1)))
		n, err := x.index.compile(p, false)
		if err != nil {
			b.Fatal(err)
		}
		l := n.(*leaf)
		blk, err := l.col.Block(0)
		if err != nil {
			b.Fatal(err)
		}
		var out codec.Sel
		b.Run(fmt.Sprintf("width=%d/kernel", width), func(b *testing.B) {
			for b.Loop() {
				l.scan(blk, &out)
			}
		})
		for _, rows := range []int{512, 2048, 8192} {
			var in codec.Sel
			for i := range rows {
				at := i * codec.BlockRows / rows
				in[at/64] |= 1 << (at % 64)
			}
			b.Run(fmt.Sprintf("width=%d/rows=%d", width, rows), func(b *testing.B) {
				for b.Loop() {
					sel := in
					l.runSparse(blk, &sel, codec.Some)
				}
			})
		}
	}
}
