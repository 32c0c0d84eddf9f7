// Command torture runs random histories of one shard on a disk that fails,
// and compares the shard with a model after every fault. A run is a list of
// operations made from a seed: rows written, changed and deleted, retries,
// flushes, merges, snapshots; and faults in the midst of them: a crash that
// loses what was not synced, an input/output error, a full disk, a flipped
// byte, and changes that come while the shard is at work. A history that ends in a wrong answer is shrunk to the operations that
// are needed for it and printed with the command that repeats it.
//
// With --plant the shard is made faulty on purpose: the harness must notice.
package main
