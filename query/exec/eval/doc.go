// Package eval computes scalar expressions over chunks, column by column.
//
// An expression is compiled once into a Program, a tree of nodes; every node
// turns the columns of its arguments into one result column in a loop over
// typed slices. These rules hold everywhere:
//
//	E1. A result has as many rows as the chunk, or one row that stands for all.
//	E2. A NULL row holds the zero value, so kernels may compute on it; those
//	    that could fail on zero look at the validity first.
//	E3. A branch that could fail runs only on the rows that reach it: they are
//	    gathered into a smaller frame, and the result is spread out again.
//	E4. Conditions are pairs of bitmaps: rows that are true, rows that are NULL.
//
// Meanings and SQLSTATEs are PostgreSQL's; which overload a call means was
// decided by the table of functions in query/plan. It differs here: a DOUBLE
// too small for its type becomes 0 without an error, round(DECIMAL, n) keeps
// the scale of its argument, regular expressions are RE2, and t AT TIME ZONE z
// is always the wall clock in z, for every timestamp is UTC.
package eval
