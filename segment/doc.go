// Package segment holds sealed segments: the rows of one table that share row
// numbers 0..n-1, as one section per index, in memory or in a folder on disk.
//
// A segment never changes. A new index on old rows is a new section beside the
// others, and a merge is a new segment. Readers pin a segment with Acquire and
// let go with Release; what was dropped leaves the disk with the last of them.
//
// Sections on disk are mapped into memory. Code that reads them runs inside
// Guard, which turns a page the disk cannot give into an error.
package segment
