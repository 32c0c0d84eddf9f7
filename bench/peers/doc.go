// Peers measures quindex beside other systems: the same rows, the same
// statements, the same number of threads, one process and one run, and the
// answers of all compared row by row.
//
// It is a module of its own, because a peer may need a C compiler and quindex
// does not.
package main
