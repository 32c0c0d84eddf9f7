package store

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
)

// Options configure a Shard. Registry must be set; other zero values mean the
// defaults.
type Options struct {
	// FS is where the shard's folder lies. Files of vfs.Default are mapped into
	// memory; those of a file system without descriptors are read. Default
	// vfs.Default.
	FS vfs.FS
	// Registry holds the engines of the server.
	Registry *engines.Registry

	// TailRows is how many open rows a view may hold; where there are more,
	// they are sealed into a memory segment first. Default 1024.
	TailRows int
	// SealRows is the number of open rows at which the background seals them.
	// Default 262,144.
	SealRows int
	// SealBytes is the same in bytes of log entries. Default 64 MiB.
	SealBytes int64
	// FlushBytes of rows in no file (see Pressure), or FlushAge since the oldest
	// of them came, let the background write segments to disk: whoever slows
	// writers by Pressure waits for more than FlushBytes. Defaults 128 MiB and
	// 5 minutes.
	FlushBytes int64
	FlushAge   time.Duration
	// JournalBytes is of about how much of the log the shard knows what became
	// of it (Effects). Default 128 MiB.
	JournalBytes int64
	// SegmentRows is the largest number of rows of a merged segment; default
	// 4,194,304, never above rows.MaxRows.
	SegmentRows int
	// SegmentBytes is the same in bytes; default 1 GiB. A merge holds in memory,
	// one after the other: the values of one column of fixed width, or its codes
	// (4 bytes a row) and dictionary; the columns that order the rows; what an
	// index gathers before it writes, such as all postings of a column's words.
	// Other text it holds by the block.
	SegmentBytes int64
	// MergeWidth is how many segments of about one size are merged into one.
	// Default 8.
	MergeWidth int
	// MergeRate bounds the bytes per second that merges write; 0 is no bound.
	MergeRate int64
	// DiskLeft is how many bytes a merge leaves free on the disk for the log and
	// for flushes; one that would take of them waits. 0: it asks nobody.
	DiskLeft int64
	// Turns, if shards share it, bounds how many of them work in the background
	// at once. Default nil: no bound.
	Turns *Turns
	// NoMerge turns merges off, in memory and on disk.
	NoMerge bool
	// NoIndexes is for tests: only the columns are stored, without shortcuts.
	NoIndexes bool

	Logger *slog.Logger     // default slog.Default()
	Now    func() time.Time // default time.Now

	// Crowded, if set, reports whether there are so many segments that they are
	// to be merged two by two, whatever that costs in writing.
	Crowded func() bool
	// Damaged, if set, is called when a segment is found to be damaged, and when
	// it turns out to be beyond mending. It is called from within the shard's
	// work and must not wait for it.
	Damaged func()

	// At, for tests, is called when the shard is at a named point of its work,
	// on the goroutine that does it; see Points. There are more of them than
	// those: where it has nothing in its hands but memory.
	At func(point string)

	manual        bool   // tests: no background, they call tick themselves
	busy          func() // see WaitBy
	forgetsLate   bool   // see ForgetLateDeletes
	lowersMarks   bool   // see LowerWatermarks
	keepsMoved    bool   // see KeepWhatMoves
	forgetsWholes bool   // see ForgetWholes
	flushesGone   bool   // see FlushWhatIsGone
	cutsShort     bool   // see CutSnapshotsShort
}

// Points lists the points that a crash may fall on and find the disk changed.
func Points() []string {
	return []string{atFlushWritten, atFlushDone, atMergeWritten, atMergeDone, atLinked, atDefined, atDropped}
}

const (
	atFlushWritten = "flush: segments are written, the manifest is not"
	atFlushDone    = "flush: the manifest is written, memory has the rows still"
	atMergeWritten = "merge: the segment is written, the manifest is not"
	atMergeDone    = "merge: the manifest is written, the sources are there still"
	atLinked       = "snapshot: the files are linked, the manifest is not"
	atDefined      = "ddl: a shard has a new definition of a table"
	atDropped      = "ddl: a shard has dropped a table"

	atDecoded     = "apply: the entry is read, nothing is changed"
	atLooks       = "apply: it is known where to look for keys"
	atMoment      = "flush: the moment is chosen and sealed"
	atSealed      = "seal: the segments are built, the rows are open still"
	atMergeTurn   = "merge: the sources are chosen, its turn has come"
	atMergeChosen = "merge: what to leave out is chosen"
	atMergeBuilt  = "merge in memory: the segment is built"
	atIndexed     = "index: it is built"
	atViewed      = "view: the parts are chosen, nothing is hidden"
)

func (s *Shard) at(point string) {
	if s.opts.At != nil {
		s.opts.At(point)
	}
}

func (o *Options) ensureDefaults() {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	setDefault(&o.TailRows, 1024)
	setDefault(&o.SealRows, 4*rows.BlockRows)
	setDefault(&o.SealBytes, 64<<20)
	setDefault(&o.FlushBytes, 128<<20)
	setDefault(&o.FlushAge, 5*time.Minute)
	setDefault(&o.JournalBytes, 128<<20)
	setDefault(&o.SegmentRows, 64*rows.BlockRows)
	o.SegmentRows = min(o.SegmentRows, rows.MaxRows)
	setDefault(&o.SegmentBytes, 1<<30)
	setDefault(&o.MergeWidth, 8)
	o.MergeWidth = max(o.MergeWidth, 2)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func setDefault[T ~int | ~int64](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}
