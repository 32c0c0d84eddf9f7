// Package exec runs plans: fragments beside the data of many shards, and the
// rest at the coordinator that gathers their answers.
//
// A tree of nodes becomes a tree of operators. An operator has tasks that are
// independent of each other (a block of a segment, a partition of a hash
// table); a small pool runs them, or the caller's goroutine alone where there
// is little to do. Aggregates, sorts and the build side of joins are the
// places where all tasks of an input end before the first task above begins.
//
// Rows stay as they lie in their blocks for as long as possible: conditions
// give sets of row numbers, aggregates read codes and narrow integers, and
// only what leaves an operator becomes a chunk of columns.
package exec
