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
// One of four runs is a trial instead: a whole node with several clients at a
// time, over tables of one to three shards, whose power goes amid loads that are
// to be seen in one moment, rewrites and writes. What goes on at a time is not the
// same when it is repeated; a trial that goes wrong prints what was done last.
//
// A history that ends in a wrong answer is shrunk to the operations that are
// needed for it and printed with the command that repeats it. With --plant the
// shard, or the node, is made faulty on purpose: the harness must notice.
package main
