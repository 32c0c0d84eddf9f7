package node

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/exec"
	"github.com/quindex/quindex/store"
)

// Options configure a node. Registry and Cluster.Dir are needed; other zero
// values mean the defaults.
type Options struct {
	Cluster  cluster.Options
	Store    store.Options // of every shard; Registry and Logger are filled in
	Registry *engines.Registry

	Workers      int           // cores to compute on, each query and all background jobs; default GOMAXPROCS
	LongAtOnce   int           // statements that compute for more than a moment at once (exec.Turns); default two for each of Workers
	QueryMemory  int64         // bytes one query may hold; default 1 GiB, or see fitMemory
	ServerMemory int64         // bytes all queries together may hold; default 4 GiB, or see fitMemory
	MaxRows      int64         // rows of one result; default 10 M
	Timeout      time.Duration // of a statement that names none; default 5 minutes
	DirtyBytes   int64         // unflushed bytes of a shard above which writers wait; default 64 MiB, or see fitMemory
	MaxMappings  int64         // files mapped into memory above which rows are refused; default three quarters of vm.max_map_count
	ExpireEvery  time.Duration // between looks at what is past its ttl or retention; default a minute
	StageAge     time.Duration // after which a staged load that nobody writes to is dropped; default a day
	Naive        bool          // tests: plan without rewriting
	NoIndex      bool          // tests: answer conditions by Eval alone
	Wire         bool          // tests: encode fragments as for another machine
	Logger       *slog.Logger

	at    func(point string)     // tests: called at the named points of the store, the cluster and this room
	dies  func(step string) bool // tests: whether a rewrite ends here as if the power went
	again time.Duration          // tests: between the tries of a switch; default undoEvery

	// tests of tests; see tried.go
	forgets      bool // a rewrite leaves out what came during its copy
	apart        bool // statements read shards at several moments
	keepsGivenUp bool // rows of loads that are given up stay
}

func (o Options) withDefaults() Options {
	o.fitMemory(debug.SetMemoryLimit(-1))
	setDefault(&o.Workers, runtime.GOMAXPROCS(0))
	setDefault(&o.LongAtOnce, 2*o.Workers)
	setDefault(&o.Cluster.Openers, o.Workers)
	setDefault(&o.Store.Turns, store.NewTurns(max(1, o.Workers/2)))
	setDefault(&o.MaxRows, 10_000_000)
	setDefault(&o.MaxMappings, mappingsGranted()/4*3)
	o.Store.Crowded = o.crowded
	setDefault(&o.Cluster.DiskReserve, cluster.DefaultDiskReserve)
	setDefault(&o.Store.DiskLeft, max(0, o.Cluster.DiskReserve/2)) // writes are refused before merges are
	setDefault(&o.Timeout, 5*time.Minute)
	setDefault(&o.ExpireEvery, time.Minute)
	setDefault(&o.StageAge, 24*time.Hour)
	setDefault(&o.again, undoEvery)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Cluster.At, o.Store.At = o.at, o.at
	o.Cluster.Logger, o.Store.Logger, o.Store.Registry = o.Logger, o.Logger, o.Registry
	return o
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// Node is one node of a cluster, up to now the only one. It may be used by
// any number of goroutines.
type Node struct {
	opts     Options
	cluster  *cluster.Node
	meta     *catalog.Machine
	memory   *exec.Account
	long     *exec.Turns // of statements that compute for long
	queries  queries
	rewrites rewrites
	stages   stages
	moments  moments
	heal     healing
	plans    plans
	horizons horizons
	feeds    feeds
	nodes    directories   // of the keys that graphs' edges name rows by
	turn     atomic.Uint64 // which shard gets the next batch of a table without a shard key

	stopExpiring func()
	expiring     sync.WaitGroup

	mu     sync.Mutex // guards shards while Open fills it
	shards map[uint32]*store.Shard
}

// Open starts a node over its folder, replays its log and returns when it can
// take statements. The context bounds the start only.
func Open(ctx context.Context, o Options) (*Node, error) {
	o = o.withDefaults()
	n := &Node{opts: o, shards: map[uint32]*store.Shard{}, memory: exec.NewAccount(nil, o.ServerMemory), long: exec.NewTurns(o.LongAtOnce)}
	n.queries.init(n.suspect)
	n.heal.init()
	n.rewrites.init()
	n.stages.init()
	c, err := cluster.Open(ctx, o.Cluster, n.openMachine)
	if err != nil {
		return nil, err
	}
	n.cluster = c
	if err := n.reconcile(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	n.expireLoop(o.ExpireEvery)
	n.stages.tendLoop(n, min(time.Minute, o.StageAge))
	n.heal.begin(n)
	return n, nil
}

// openMachine is called by the cluster layer, for several groups at a time.
func (n *Node) openMachine(g cluster.GroupID, dir string) (cluster.Machine, error) {
	if g == cluster.Meta {
		m, err := catalog.Open(dir)
		n.meta = m
		return metaMachine{m, n.opts.at}, err
	}
	o := n.opts.Store
	o.Damaged = func() { n.heal.want(n, false, uint32(g)) }
	s, err := store.Open(context.Background(), dir, o)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shards[uint32(g)] = s
	return shardMachine{s}, nil
}

// Close cancels what runs, makes everything durable that can be, and stops.
func (n *Node) Close() error {
	if n.stopExpiring != nil {
		n.stopExpiring()
		n.lastExpire()
	}
	n.queries.cancelAll()
	n.EndFeeds()
	n.rewrites.stop(errClosing)
	n.stages.close()
	n.rewrites.close()
	n.heal.close()
	err := n.cluster.Close()
	n.moments.letGo()
	return err
}

// Catalog returns the tables as of now.
func (n *Node) Catalog() *catalog.Catalog { return n.meta.Current() }

// Status tells of every group.
func (n *Node) Status() []cluster.GroupStatus { return n.cluster.Status() }

// Segments lists what every shard holds, by shard.
func (n *Node) Segments() map[uint32][]store.SegmentInfo {
	out := map[uint32][]store.SegmentInfo{}
	for id, s := range n.shards {
		out[id] = s.Segments()
	}
	return out
}

// Counters adds up what the shards have done since the node was opened.
func (n *Node) Counters() (sum store.Counters) {
	for _, s := range n.shards {
		c := s.Counters()
		sum.RowsApplied += c.RowsApplied
		sum.RowsSealed += c.RowsSealed
		sum.RowsFlushed += c.RowsFlushed
		sum.RowsMerged += c.RowsMerged
		sum.Seals += c.Seals
		sum.MemoryMerges += c.MemoryMerges
		sum.Flushes += c.Flushes
		sum.Merges += c.Merges
		sum.BytesWritten += c.BytesWritten
	}
	return sum
}

// Memory returns the account that all queries draw on.
func (n *Node) Memory() *exec.Account { return n.memory }

// Turns returns those of statements that compute for long.
func (n *Node) Turns() *exec.Turns { return n.long }

// Dirty returns the bytes not yet in disk segments, over all shards.
func (n *Node) Dirty() (bytes int64) {
	for _, s := range n.shards {
		bytes += s.Pressure()
	}
	return bytes
}

// Flush makes everything applied so far durable in segments.
func (n *Node) Flush(ctx context.Context) error {
	for _, s := range n.shards {
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	return n.meta.Flush()
}

// Merge brings a table to one segment a shard.
func (n *Node) Merge(ctx context.Context, table string) error {
	t, err := n.Catalog().Table(table)
	if err != nil {
		return err
	}
	for _, id := range t.Sharding.Shards() {
		if err := n.shards[id].Merge(ctx, t.ID()); err != nil {
			return err
		}
	}
	return nil
}

// shard returns a local shard.
func (n *Node) shard(id uint32) (*store.Shard, error) {
	if s := n.shards[id]; s != nil {
		return s, nil
	}
	return nil, fault.Errorf("node: find shard", fault.Unavailable, "shard %d is not on this node", id)
}
