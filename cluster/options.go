package cluster

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// Sizes of entries, in bytes.
const (
	// MaxEntry is the largest entry that Propose accepts.
	MaxEntry = 8 << 20
	// GoodEntry is a size at which an entry's fixed costs no longer matter and
	// it does not hold up others; recommended are 64 to 512 KiB.
	GoodEntry = 256 << 10
)

// DefaultDiskReserve is what Options.DiskReserve is when it is 0.
const DefaultDiskReserve = 256 << 20

// Options configure a node. Only Dir is needed; zero values mean the defaults.
type Options struct {
	Dir    string // the node's folder; made if missing
	NodeID string // stable id; "" takes the one on disk or makes a new one
	Listen string // cluster address; "" is 127.0.0.1:0
	Shards int    // number of shard groups; 0 takes the number on disk, or 8

	// SnapshotBytes is the size of a group's log after which it takes a
	// snapshot and truncates; default 64 MiB.
	SnapshotBytes int64
	// TrailingBytes is how much log a group of several voters keeps below its
	// snapshot for followers that lag; default a quarter of SnapshotBytes. A
	// single voter keeps none.
	TrailingBytes int64
	// InFlightBytes bounds the entries proposed and not yet applied on this
	// node; Propose waits for room. Default 64 MiB, at least MaxEntry.
	InFlightBytes int64
	// DiskReserve is the free space in bytes below which Propose refuses:
	// a full disk is fatal to the log store. Default 256 MiB; negative disables.
	DiskReserve int64
	// Openers is how many groups read their log at once; default GOMAXPROCS.
	Openers int
	// CacheBytes and MemTableBytes size the log store's memory; defaults 16 MiB each.
	CacheBytes, MemTableBytes int64

	// HeartbeatTimeout is the silence after which followers elect a new
	// leader; default 500 ms. The leader's lease is half of it.
	HeartbeatTimeout time.Duration
	// StartTimeout bounds how long Open waits without any progress, such as for
	// a leader; default 30 s. A long replay may take longer.
	StartTimeout time.Duration

	// Voters are the first members of every group, this node included; they are
	// read when the node's folder is new. Empty means this node alone.
	Voters []Voter
	// Insecure allows Listen to be an address other machines can reach. The
	// cluster protocol has neither credentials nor encryption yet.
	Insecure bool

	Logger *slog.Logger // default slog.Default()
	// Halt is called when the log store is beyond repair outside a commit. It
	// must not return. The default ends the process with status 3; the cause
	// has been logged before.
	Halt func(cause error)
	// At, for tests, is called when a group is at a named point of its work, on
	// the goroutine that does it; see Points.
	At func(point string)
	// Free, for tests, is how many bytes are free on the disk of a folder.
	Free func(dir string) (int64, error)

	fs         vfs.FS        // of the log store; tests inject crashes and errors
	flushDelay time.Duration // until a truncation frees the disk; default 10 s
}

// Voter is a member of a group: a stable node id and its cluster address.
type Voter struct {
	ID      string
	Address string
}

// Points lists the points that At is called at.
func Points() []string { return []string{atStaged, atInstalled, atTruncated} }

const (
	atStaged    = "snapshot: the state is staged"
	atInstalled = "snapshot: it is in place, the log is whole"
	atTruncated = "snapshot: the log is truncated"
)

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, fault.E("cluster: options", fault.Invalid, "no Dir")
	}
	if o.Shards < 0 || o.Shards > maxShards {
		return o, fault.Errorf("cluster: options", fault.Invalid, "%d shards, wanted 1 to %d", o.Shards, maxShards)
	}
	setDefault(&o.Listen, "127.0.0.1:0")
	setDefault(&o.SnapshotBytes, 64<<20)
	setDefault(&o.TrailingBytes, o.SnapshotBytes/4)
	setDefault(&o.InFlightBytes, 64<<20)
	setDefault(&o.DiskReserve, DefaultDiskReserve)
	setDefault(&o.Openers, runtime.GOMAXPROCS(0))
	setDefault(&o.CacheBytes, 16<<20)
	setDefault(&o.MemTableBytes, 16<<20)
	setDefault(&o.HeartbeatTimeout, 500*time.Millisecond)
	setDefault(&o.StartTimeout, 30*time.Second)
	setDefault(&o.flushDelay, 10*time.Second)
	o.InFlightBytes = max(o.InFlightBytes, MaxEntry)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Halt == nil {
		o.Halt = func(error) { os.Exit(3) }
	}
	if o.At == nil {
		o.At = func(string) {}
	}
	if o.fs == nil {
		o.fs = vfs.Default
	}
	return o, o.checkListen()
}

// String prints the options as a server's start log shows them.
func (o Options) String() string {
	return fmt.Sprintf("dir=%s node=%s listen=%s shards=%d snapshot_bytes=%d trailing_bytes=%d in_flight_bytes=%d disk_reserve=%d cache_bytes=%d memtable_bytes=%d heartbeat=%v voters=%d insecure=%v",
		o.Dir, o.NodeID, o.Listen, o.Shards, o.SnapshotBytes, o.TrailingBytes, o.InFlightBytes, o.DiskReserve, o.CacheBytes, o.MemTableBytes, o.HeartbeatTimeout, len(o.Voters), o.Insecure)
}

func (o Options) checkListen() error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fault.E("cluster: options", fault.Invalid, fault.Item(o.Listen), err)
	}
	if ip := net.ParseIP(host); o.Insecure || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fault.E("cluster: options", fault.Permission, fault.Item(o.Listen),
		fault.Hint("listen on a loopback address, or set insecure on a network you trust"),
		"the cluster port has no credentials yet and this address is not loopback")
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// LogOn has the log store keep its files in fs: for tests that lose power, or have
// errors of the disk, at any operation.
func (o *Options) LogOn(fs vfs.FS) { o.fs = fs }
