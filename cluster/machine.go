package cluster

// GroupID names a replicated group: 0 is the meta group, 1..n are the shards.
type GroupID uint32

// Meta is the group that holds what all shards must agree on.
const Meta GroupID = 0

// Entry is one committed entry. Data is valid only during the call it is
// passed to and must not be changed. Indexes rise but have gaps: the log also
// holds entries of its own that no machine sees.
type Entry struct {
	Index uint64
	Data  []byte
}

// Result is what a machine made of one entry. Value goes to the proposer as it
// is. Err is a refusal by the machine (a conflict, a bad batch): the entry
// counts as applied, and every replica must refuse it alike.
type Result struct {
	Value any
	Err   error
}

// Machine is the state machine of one group: bytes in, bytes out. Apply,
// Snapshot, Restore and Close are never called at the same time; Applied may
// be called from any goroutine. Close is called last and once. A machine that
// waits for its own node in one of these waits for ever.
type Machine interface {
	// Apply applies committed entries in order; len(results) == len(entries).
	// Entries at or below the machine's own durable applied index must be
	// skipped: a start replays the log from the last snapshot. A non-nil error
	// means that the machine is broken (the disk): the group halts on this node.
	Apply(entries []Entry) ([]Result, error)
	// Applied is the highest index applied so far, in memory. When the machine
	// has just been opened it is the index of the state found on disk.
	Applied() uint64
	// Snapshot makes the state up to the last applied entry durable in the
	// machine's own folder, puts hard links to all files of that state into
	// dir, which exists and is empty, and returns the index it covers. Files
	// once linked are never changed in place.
	Snapshot(dir string) (index uint64, err error)
	// Restore replaces the state by the files of dir, taken over by hard link
	// or copy, as of index. dir is not changed and may go away afterwards.
	Restore(dir string, index uint64) error
	// Close releases the machine. It need not make anything durable.
	Close() error
}

// Freezer is a Machine that need not hold up Apply while it writes a snapshot.
type Freezer interface {
	// Freeze pins the state up to the last applied entry and returns at once.
	// It is called in place of Snapshot and never during Apply. finish does the
	// work of Machine.Snapshot for the pinned state or a later one; it runs
	// beside Apply and, on a follower that is sent a snapshot, beside Restore.
	// Exactly one of finish and release is called, once.
	Freeze() (finish func(dir string) (index uint64, err error), release func(), err error)
}
