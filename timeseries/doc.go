// Package timeseries is the engine of hypertables: rows in the order of their
// series and time, in segments that never cross a chunk of time.
//
// The engine decides where rows lie (engines.Layouter), so that its index is
// no more than a directory: which rows belong to which series, and from when
// to when they are. A condition on series or time becomes ranges of rows by
// binary search, without a look at the rows between. A series whose times are
// evenly spaced is found by arithmetic alone.
//
// Rows that are not in this order, because they were sealed before the table
// had the index, have a section that says so and answers nothing; the table's
// columns answer in its place until a merge puts the rows in order.
package timeseries
