package exec

import (
	"math"

	"github.com/quindex/quindex/query/exec/eval"
	"github.com/quindex/quindex/record"
)

// A key that is a bucket of a column, as time_bucket and date_trunc make them,
// is a code like any other: the number of the bucket from the first on. The
// bucket's start is computed once a group and not once a row.

// bucketKey is a key that is the start of the bucket of a scan's column; buckets
// start at offset + n*width, with offset in [0, width).
type bucketKey struct {
	col           int
	width, offset int64
}

// findBuckets notes which keys are buckets. The aggregate's input is a scan.
func (s *aggSpec) findBuckets() {
	for i := range s.keys {
		if col, width, offset, ok := eval.Buckets(s.keys[i].expr); ok {
			s.keys[i].bucket = &bucketKey{col.Index, width, offset}
		}
	}
}

func (s *aggSpec) hasBuckets() bool {
	for i := range s.keys {
		if s.keys[i].bucket != nil {
			return true
		}
	}
	return false
}

// start is where the bucket of v starts; v is not within two widths of the
// least int64.
func (b *bucketKey) start(v int64) int64 {
	rest := v%b.width - b.offset
	for rest < 0 {
		rest += b.width
	}
	return v - rest
}

// packBuckets makes the buckets between the column's bounds the codes. Where a
// bucket might start outside of int64, expressions compute it, or the error.
func (a *aggOp) packBuckets(k *packedKey, in *input) bool {
	b := in.bucket
	k.typ, k.col, k.width = in.expr.Type(), b.col, b.width
	lo, hi, some, ok := a.scan.bounds(b.col)
	if !ok || b.width > math.MaxInt64/4 || lo < math.MinInt64+2*b.width {
		return false
	}
	if !some { // all NULL
		k.n = 1
		return true
	}
	k.base = b.start(lo)
	n := (uint64(hi) - uint64(k.base)) / uint64(b.width)
	k.n = int64(n) + 2
	return n < 1<<61
}

// addBuckets adds to dst the codes of v. Rows that follow each other are mostly
// of one bucket, where a table is ordered by time: the division is left to the
// others.
func (k *packedKey) addBuckets(dst, v []int64, valid record.Bitmap) {
	width, start, code := uint64(k.width), uint64(k.base), int64(0)
	dst = dst[:len(v)]
	if valid != nil {
		null := (k.n - 1) * k.stride
		for i, x := range v {
			if valid.Get(i) {
				dst[i] += int64((uint64(x)-start)/width) * k.stride
			} else {
				dst[i] += null
			}
		}
		return
	}
	for i, x := range v {
		if uint64(x)-start >= width {
			n := (uint64(x) - uint64(k.base)) / width
			start, code = uint64(k.base)+n*width, int64(n)*k.stride
		}
		dst[i] += code
	}
}

// table is an empty table of packed keys, for so many rows.
func (p *packing) table(rows int64) groupTable {
	t := newIntTable(record.T(record.Int64))
	if p.size <= denseMax && p.size <= 4*rows+1024 {
		t = newDenseTable(t.typ, 0, int(p.size))
	}
	t.pack = p
	return t
}
