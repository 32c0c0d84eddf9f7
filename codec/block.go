package codec

import (
	"github.com/quindex/quindex/record"
)

// BlockRows is the number of rows of a full block: one roaring container.
const BlockRows = 1 << 16

// Words is the number of 64-row words of a full block.
const Words = BlockRows / 64

// Sel is a selection of the rows of one block: bit i is row i. Bits at and
// past the block's row count are zero.
type Sel = [Words]uint64

// State says how much of a block a condition selects; only with Some does the
// selection hold anything of meaning.
type State uint8

const (
	None State = iota // no row
	All               // every row
	Some              // see the Sel
)

// Form is how the values of a block are held in memory, ready to compute on.
type Form uint8

const (
	FormConst   Form = iota // one value for all rows that are not NULL (also: all NULL); never raw strings or arrays
	FormRuns                // integers or codes in runs
	FormFOR                 // integers or codes: Ref + an unsigned offset of 1, 2, 4 or 8 bytes
	FormFloats              // float64
	FormPoints              // two float64
	FormStrings             // strings themselves, no dictionary
	FormArray               // offsets into a block of elements
	FormPacked              // on disk only: integers bit by bit; opened, they are FormFOR
)

// Block is one column's values in one block of a segment: immutable and
// shared. Integer storage and dictionary codes are in Ints; a row that is
// NULL has an arbitrary value there: look at Valid.
type Block struct {
	Type   record.Type
	Form   Form
	N      int           // rows, at most BlockRows
	Valid  record.Bitmap // nil: no NULL
	Nulls  int
	Dict   *Dict // not nil: Ints holds codes into it
	Ints   Ints
	Floats []float64 // FormFloats (or FormConst: one element); points: longitudes
	Lats   []float64
	Strs   record.Strings // FormStrings
	Off    []uint32       // FormArray: elements of row i are [Off[i], Off[i+1]) of Elem
	Elem   *Block         // FormArray
}

// Ints is a block of integers in one of three forms; exactly one is in use.
// Const: Ref alone. Runs: RunEnd[i] is one past the last row of run i, whose
// value is RunVal[i]. FOR: value(i) = Ref + the element i of the one slice
// that is not nil, modulo 2^64; it has at least N elements (a raw column is a
// frame with Ref 0 over 64-bit elements).
type Ints struct {
	N      int
	Ref    int64
	RunEnd []uint32
	RunVal []int64
	W8     []uint8
	W16    []uint16
	W32    []uint32
	W64    []uint64
}

// Dict is the sorted dictionary of one column of one segment. Code i stands
// for Strs.At(i); codes order like values. Hash[i] is xxhash64 of the value,
// so that dictionaries of several segments can be joined without hashing again.
type Dict struct {
	Strs record.Strings
	Hash []uint64

	unpacked int64
}

// Bytes returns the memory of the integers.
func (v *Ints) Bytes() int64 {
	return int64(len(v.RunEnd)*4 + len(v.RunVal)*8 + len(v.W8) + len(v.W16)*2 + len(v.W32)*4 + len(v.W64)*8)
}

// Stats is what is known of a column or a block without reading it. Min, Max
// and the sums cover the rows that are not NULL; with none of those they are zero
// and Nulls == Rows. The bounds of points are the corners of their box; long
// strings and arrays have none.
type Stats struct {
	Rows, Nulls int
	Min, Max    record.Value // both of the column's type; not Valid when unknown
	SumHi       int64        // sum of integer storage: SumHi*2^64 + SumLo, two's complement
	SumLo       uint64
	SumFloat    float64
	Distinct    int // number of distinct values where known (dictionary), else 0
}
