package exec

import (
	"context"
	"log/slog"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Source is where the data is. The server implements it for the local store
// and for remote nodes. It may be used by any number of goroutines.
type Source interface {
	// Sites says which site answers for which of the table's shards: every shard
	// is in exactly one of the sites returned.
	Sites(ctx context.Context, table record.TableID, shards []uint32) ([]Site, error)
}

// Site is one node that holds some of the shards asked for.
type Site interface {
	Name() string
	Shards() []uint32
	// Run runs an encoded fragment over the site's shards; broadcast holds the rows
	// of the fragment's Broadcast leaves by id. The Stream must be closed.
	Run(ctx context.Context, fragment []byte, broadcast map[int][]*plan.Chunk, opt RunOptions) (Stream, error)
}

// NearSite is a Site in this process.
type NearSite interface {
	// RunNode is Site.Run of a fragment that need not be encoded. The fragment is
	// shared with other statements: it must not be changed.
	RunNode(ctx context.Context, fragment plan.Node, broadcast map[int][]*plan.Chunk, opt RunOptions) (Stream, error)
}

// Stream gives chunks until io.EOF. It is used by one goroutine. Close is
// called exactly once, also after an error; then no goroutine of the stream is left.
type Stream interface {
	Next(ctx context.Context) (*plan.Chunk, error)
	Close() error
}

// RunOptions is what a site needs to know of the statement besides the fragment.
type RunOptions struct {
	Now     time.Time // now() of the statement, the same at every site
	Analyze bool      // collect counters: the Stream is then an Analyzer
	NoIndex bool      // answer conditions by evaluation alone
	Memory  *Account  // the statement's account, where the site shares it; else nil
	MaxRows int64     // rows the statement may give; 0: no limit
	// Tables are all that the fragment reads, where it is more than one: the site
	// opens views of every shard of the others.
	Tables []record.TableID
}

// Env is what a fragment or a plan runs with. Its zero value works.
type Env struct {
	Registry *engines.Registry
	Memory   *Account  // nil: not limited
	Turn     *Turn     // nil: it computes whenever it may
	Workers  int       // goroutines of one statement; 0: one a processor
	MaxRows  int64     // rows that may be given to the caller; 0: no limit
	Now      time.Time // now() of the statement
	Analyze  bool      // collect counters: the Stream is then an Analyzer
	NoIndex  bool      // answer conditions by evaluation alone
	Log      *slog.Logger
	// Estimate guesses how many rows an operator gives, for the report; nil: nobody does.
	Estimate func(plan.Node) float64
	// Nodes returns the directory of the keys that a graph's edges name the rows of
	// a table by. nil: every statement makes its own.
	Nodes func(table record.TableID, key record.ColumnID, t record.Type) (*engines.Nodes, error)
}

// Analyzer is a Stream that can say what it did, for EXPLAIN ANALYZE. Report is
// complete after the stream's end.
type Analyzer interface {
	Report() *Report
}

func (e *Env) options() RunOptions {
	return RunOptions{Now: e.Now, Analyze: e.Analyze, NoIndex: e.NoIndex, Memory: e.Memory, MaxRows: e.MaxRows}
}

func (e *Env) logger() *slog.Logger {
	if e.Log != nil {
		return e.Log
	}
	return slog.New(slog.DiscardHandler)
}
