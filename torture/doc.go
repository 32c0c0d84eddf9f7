// Command torture runs random histories of one shard on a disk that fails,
// and compares the shard with a model after every fault. A run is a list of
// operations made from a seed: rows written, changed, deleted and expired,
// retries, flushes, merges, snapshots, columns and indexes that come and go,
// tables that take the name of dropped ones; and faults in the midst of them: a
// crash that loses what was not synced, an input/output error, a full disk, a
// flipped byte, a clock that jumps, and changes that come while the shard is at
// work. After an error of the disk the shard goes on as it is, or is opened
// again. All engines are asked, and walks go over the tables of a graph.
//
// A history that ends in a wrong answer is shrunk to the operations that are
// needed for it and printed with the command that repeats it. With --plant the
// shard is made faulty on purpose: the harness must notice.
package main
