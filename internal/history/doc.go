// Package history decides whether what clients saw of rows with keys could
// have happened one operation after the other, each at some moment between its
// call and its answer: whether it is linearizable.
//
// A row is a register: it is there with a value, or it is not. Rows of
// different keys are decided apart, which is enough (Herlihy and Wing,
// Linearizability, 1990, theorem 1). The search is that of Wing and Gong with
// the memory of Lowe (Testing for linearizability, 2017): a set of operations
// that was put in order before, with the same outcome, is not tried again.
package history
