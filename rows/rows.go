// Package rows names the rows of one segment and the sets they form.
//
// A segment with n rows numbers them 0..n-1. Every engine's index in that
// segment uses the same numbers, so answers from different engines combine by
// set algebra. A Num means nothing outside its segment.
package rows

// Num is the position of a row in its segment, in [0, n), n <= MaxRows.
type Num uint32

// MaxRows is the largest number of rows of a segment.
const MaxRows = 1 << 24

// BlockRows is the number of rows of a block: one roaring container.
const BlockRows = 1 << 16

// Hit is a row with a score; higher is better.
type Hit struct {
	Row   Num
	Score float64
}
