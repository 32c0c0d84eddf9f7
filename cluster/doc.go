// Package cluster replicates byte entries to the state machines of one node's
// groups: it is the only write-ahead log of quindex.
//
// A node holds a fixed number of groups. Group 0 is the meta group, groups
// 1..n are the shards. Each is one Raft group (hashicorp/raft) with its own
// Machine; the room never looks inside an entry. All groups of a node share
// one Pebble database as log and stable store, so that the fsyncs of groups
// that commit at the same moment become one, and one listener, on which every
// connection opens with the number of its group.
//
//	propose -> raft -> log (fsync, group commit) -> commit -> Machine.Apply -> reply
//	                                 |
//	                  log bytes > SnapshotBytes -> Machine.Snapshot (hard links)
//	                                 |
//	                            truncate the log
//
// One node is a cluster of one: the same code with single-voter groups, which
// elect themselves within milliseconds of the start.
//
// Invariants, cited by number in the code:
//
//	C1  An acknowledged entry was fsynced by a majority and applied here.
//	C2  The log is truncated only below an index whose state the machine has
//	    made durable in its own folder.
//	C3  A group whose machine returned an error applies nothing more and takes
//	    no snapshot; it never skips an entry.
//	C4  A machine that starts behind the first entry of the log is restored
//	    from a local snapshot or refused; one that starts ahead of the last
//	    entry is refused.
//	C5  A machine whose files are damaged is made anew of the newest snapshot
//	    and the log after it, or left as it is: by a start, or while the group
//	    runs, which then takes no entries.
//
// On disk, below Options.Dir:
//
//	LOCK                         held while a process has the node open
//	node.json                    stable id of the node, number of shards
//	log/                         Pebble: the logs of all groups; CLOSED, what its files sum to
//	groups/0000/machine/         the machine's own folder
//	groups/0000/machine.damaged-TIME/  what a repair has set aside
//	groups/0000/snapshots/ID/    meta.json and state/ (hard links)
package cluster
