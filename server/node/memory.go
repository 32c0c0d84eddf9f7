package node

import "math"

// fitMemory gives the sizes that are not set their defaults: those of a
// machine with memory to spare, or, where the process has a limit (GOMEMLIMIT),
// parts of it: half for statements, a quarter for rows that are in no file yet, a
// sixteenth for entries on their way, an eighth for what one merge reads.
func (o *Options) fitMemory(limit int64) {
	if limit <= 0 {
		limit = math.MaxInt64
	}
	shards := int64(o.Cluster.Shards)
	if shards <= 0 {
		shards = 8
	}
	setDefault(&o.QueryMemory, min(1<<30, limit/2))
	setDefault(&o.ServerMemory, min(4<<30, limit/2))
	// Eight shards take a bulk load at once: with the store's own sizes they
	// would hold more than a gigabyte between them.
	setDefault(&o.DirtyBytes, max(1<<20, min(64<<20, limit/4/shards)))
	setDefault(&o.Store.SealBytes, max(1<<20, min(16<<20, limit/8/shards)))
	setDefault(&o.Store.SegmentBytes, max(1<<20, min(1<<30, limit/8)))
	setDefault(&o.Cluster.InFlightBytes, min(64<<20, limit/16))
	setDefault(&o.Cluster.MemTableBytes, max(1<<20, min(16<<20, limit/64)))
	setDefault(&o.Cluster.CacheBytes, max(1<<20, min(16<<20, limit/64)))
	setDefault(&o.Store.FlushBytes, max(1<<20, min(16<<20, limit/8/shards)))
}
