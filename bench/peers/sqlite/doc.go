// Package sqlite compares the answers of quindex with those of SQLite: random
// tables, random statements in the part of the language that means the same in
// both, the same rows in a quindex node of a random layout and in an SQLite
// database in memory. It is all tests:
//
//	cd bench/peers && go test ./sqlite -seed 7 -statements 20000
//
// What the two mean differently is left out of the statements: overflow and
// division by zero (errors here, REAL and NULL there), division of decimals,
// comparisons of numbers with strings, LIKE with an escape, the order of NULLs
// when a statement does not say, scalar subqueries of more than one row.
package sqlite
