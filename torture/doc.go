// Command torture runs random histories of one shard on a disk that fails,
// and compares the shard with a model after every fault. A run is a list of
// operations made from a seed: rows written, changed, deleted, expired and
// loaded from sources, or staged and then switched in whole, retries, flushes,
// merges, snapshots, views, columns and indexes that come and go, tables that are
// emptied, frozen, rewritten, or take the name of dropped ones; and faults in the midst of
// them: a crash that loses what was not synced, an input/output error, a full
// disk, a flipped byte, with which the shard may have to work for a while, a
// clock that jumps.
// After an error of the disk the shard goes on as it is, or is opened again. All
// engines are asked, and walks go over the tables of a graph.
//
// What the shard does in the background are jobs that go on by turns, one thing
// at a time: each stops at operations of the disk and at points of its work in
// memory, the log and other jobs go on, and a crash, a Close or the end of its
// context finds it there. So a seed repeats a run to the last step.
//
// A history that ends in a wrong answer is shrunk to the operations that are
// needed for it and printed with the command that repeats it. With --plant the
// shard is made faulty on purpose: the harness must notice.
package main
