package engines

import (
	"context"
	"io"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Engine makes and opens indexes of one kind. It holds no data and may be
// used by any number of goroutines.
type Engine interface {
	// Name is the kind's name on disk and in SQL, such as "geo".
	Name() string
	// Functions lists the conditions the engine brings to the language.
	Functions() []Function
	// NewBuilder starts the index def over the rows of src. It fails, before any
	// work, if def does not fit the fields. src stays readable until Build returns.
	NewBuilder(def IndexDef, src Columns) (Builder, error)
	// Open opens the section that a Builder or a Merger wrote. It checks the
	// footer at once and blocks at first touch. s.Bytes stay valid until Close.
	Open(s Section) (Index, error)
}

// IndexDef says what one index of a table is over. It is the same in every
// segment of the table.
type IndexDef struct {
	Name    string // unique in its table; also the section's name in a segment
	Engine  string
	Fields  []record.Field
	Options map[string]string // from WITH (...)
}

// Builder writes the index of one segment. It is used by one goroutine, once.
type Builder interface {
	Build(ctx context.Context, w io.Writer) error
}

// Section is the bytes of one index in one segment, and what lies beside it.
type Section struct {
	Def     IndexDef
	Rows    int
	Bytes   []byte  // memory or a mapping; never written to
	Columns Columns // the segment's stored columns, for exact rechecks; nil for the columns themselves
	Path    string  // for error messages: the file and the section's offset in it; "" in memory
}

// Index answers conditions over the rows of one sealed segment. It is
// immutable, so any number of goroutines may use it until Close.
type Index interface {
	// Estimate says what Match would cost and find, and false if the index cannot
	// answer p at all. It does no I/O and takes microseconds.
	Estimate(p predicate.P) (Estimate, bool)
	// Match returns exactly the rows of within where p is True.
	// Law: Match(p, w) = Match(p, all) ∩ w. The set may point into the section:
	// it is valid while the segment is pinned.
	Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error)
	Close() error
}

// Estimate is what the planner knows of a condition before it is run.
type Estimate struct {
	Method string  // what EXPLAIN prints after the engine's name: "bitmap", "zones", "dictionary"
	Rows   float64 // expected number of matching rows in the segment
	Nanos  float64 // expected time of Match over the whole segment
}

// Columns gives read access to the values of one segment's rows, stored or
// about to be: the source of builders, of rechecks and of the executor.
// It may be used by any number of goroutines.
type Columns interface {
	// Rows returns n; rows are 0..n-1.
	Rows() int
	// Column returns the column with the given id. A column that these rows do
	// not hold is reported as nil; the caller knows its default.
	Column(id record.ColumnID) ColumnReader
}

// ColumnReader reads one column of one segment, a block of codec.BlockRows
// rows at a time.
type ColumnReader interface {
	Field() record.Field
	// Stats covers the whole column.
	Stats() codec.Stats
	// Dict returns the column's dictionary where its blocks hold codes into it, else nil.
	Dict() (*codec.Dict, error)
	// BlockStats covers block b; it costs no I/O.
	BlockStats(b int) codec.Stats
	// Block returns block b, shared and immutable, valid while the segment is
	// pinned. The first call checks the block's checksum.
	Block(b int) (*codec.Block, error)
}

// Function is a condition an engine answers, as the binder sees it.
type Function struct {
	Name   string // lower case
	Fields []record.Kind
	// FieldAt lists where the one field of a function may stand among the
	// arguments as they are written; the constants keep their order. nil: fields
	// come first.
	FieldAt []int
	Args    []Arg
	// Eval is slow and obvious: it defines what the function means.
	Eval predicate.EvalFunc
	// Doc is one line for `help` and docs.
	Doc string
}

// Arg is one constant argument of a Function.
type Arg struct {
	Name     string
	Kinds    []record.Kind // any of these
	Optional bool
}
