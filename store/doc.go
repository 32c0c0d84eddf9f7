// Package store holds the rows of one shard: open rows, memory and disk
// segments, the manifest that names them, merges, and the views queries read.
//
// The Raft log is the only write-ahead log. A Shard applies its entries in
// order; what it has made durable is in its manifest, which says as of which
// log index. After a start the log is replayed and Apply skips what the
// manifest already covers.
package store
