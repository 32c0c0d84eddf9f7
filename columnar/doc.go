// Package columnar is the engine that every table has: all fields, column by
// column, and every comparison on them.
//
// A condition becomes, once per segment, a set of intervals of integers,
// dictionary codes or floats; then block by block the zone map says none or
// all, or a kernel of codec compares the encoded values. Per-value bitmaps and
// cardinalities in the footer answer what they can before that. The engine's
// index is also the segment's stored columns (engines.Columns).
package columnar
