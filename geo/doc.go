// Package geo is the engine of places: the rows of one POINT field in the order
// of a curve over the earth, found by distance, by shape and by nearness.
//
// Rows are sorted by S2 leaf cell and cut into blocks of at most 32; a packed
// tree of boxes in three dimensions stands over the blocks. A condition goes
// down that tree: a box is outside, inside, or both, and only points in boxes
// that are both are looked at. In three dimensions the poles and the meridian
// of 180 degrees are places like any other. What single precision cannot
// decide is decided on the float64 column, so answers are exactly those of
// package sphere.
package geo
