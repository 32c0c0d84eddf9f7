package plan

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// Node is one operator of a plan. Its output is a stream of chunks with
// len(Output()) columns. Nodes are immutable once planned.
type Node interface {
	Output() []Column
	Inputs() []Node
	isNode()
}

// Column is one column of a node's output.
type Column struct {
	Name string
	Type record.Type
}

// Scan reads live rows of a table in one shard where Where is True and all of
// Filter are true. Its columns are Columns of the table, in that order;
// Filter sees exactly those. Where is answered by the engines' indexes.
type Scan struct {
	Table   *catalog.Table
	Columns []record.ColumnID
	Out     []Column    // same length as Columns
	Where   predicate.P // nil: all rows
	Filter  []Expr
	NoIndex bool   // answer Where by Eval alone, for comparison
	Score   *Score // what column ScoreColumn is, where Columns has it
	Top     *Top   // not nil: rows that cannot be among the best need not be given
}

// Filter keeps the rows where Cond is true.
type Filter struct {
	Input Node
	Cond  Expr
}

// Project computes Exprs of every row.
type Project struct {
	Input Node
	Exprs []Expr
	Names []string
}

// AggMode says which half of an aggregate is done.
type AggMode uint8

const (
	Complete AggMode = iota // rows in, values out
	Partial                 // rows in, states out: runs beside the data
	Final                   // states in, values out: runs after the gather
)

// Agg is one aggregate function. In mode Final, Args are the columns of its state.
type Agg struct {
	Func     string // "count", "sum", "avg", "min", "max", "stddev", "first", "string_agg", ...
	Args     []Expr // none: count(*)
	Distinct bool
	Filter   Expr        // nil: all rows
	Order    []SortKey   // array_agg(x ORDER BY y)
	T        record.Type // of the final value
}

// Aggregate groups its input by Groups and computes Aggs of each group.
// Output: the groups, then one column an Agg (Complete, Final), or then the
// state columns of every Agg (Partial; StateTypes gives their types).
// With no Groups there is exactly one group, also over no rows.
type Aggregate struct {
	Input  Node
	Mode   AggMode
	Groups []Expr
	Aggs   []Agg
	Names  []string
	Out    []Column
}

// SortKey is one key of an order. NULLs come last unless NullsFirst, whatever Desc.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Sort orders its input; Limit < 0 keeps all rows, otherwise rows
// [Offset, Offset+Limit) of the order: a top-k.
type Sort struct {
	Input  Node
	Keys   []SortKey
	Limit  int64
	Offset int64
}

// Limit keeps rows [Offset, Offset+Count) of its input; Count < 0: all from Offset.
type Limit struct {
	Input  Node
	Count  int64
	Offset int64
}

// JoinKind says which rows a join gives.
type JoinKind uint8

const (
	Inner JoinKind = iota
	Left           // all left rows, NULLs where none matches
	Cross
	Semi     // left rows that have a match; only left columns
	Anti     // left rows that have none (NOT EXISTS)
	AntiNull // NOT IN: none matches and no NULL stands in the way
)

// Join is a hash join on LeftKeys[i] = RightKeys[i]; Right is the build side.
// On is a further condition over left columns then right columns. A NULL key
// matches nothing.
type Join struct {
	Kind                JoinKind
	Left, Right         Node
	LeftKeys, RightKeys []Expr
	On                  Expr
	// KeyScan marks an Inner or Semi join with one key that is a column of a
	// Scan in Left, with no operator between that adds rows: the executor may add
	// KeyScan IN (the keys of Right) to that Scan's Where once Right is known and
	// small. 0: no mark.
	KeyScan record.ColumnID
	// Pattern marks a join that binds a pattern of GRAPH_TABLE: it grows from its
	// smallest input along the edges, instead of around its largest. The wire form
	// lacks it.
	Pattern bool
}

// Union gives the rows of all inputs, which have the same types.
type Union struct{ All []Node }

// Values gives constant rows.
type Values struct {
	Rows [][]Expr
	Out  []Column
}

// Gather is the border between coordinator and shards: Fragment runs on every
// shard in Shards (pruned) and the streams come together, in no order or, with
// Merge, merged by it (each shard's stream is sorted so).
type Gather struct {
	Fragment Node
	Table    *catalog.Table
	Shards   []uint32
	Merge    []SortKey
}

// Broadcast is the leaf of a fragment that stands for rows the coordinator
// made first and sends along: Gather.Fragment may join with it.
type Broadcast struct {
	ID    int  // unique in the plan
	Input Node // runs at the coordinator; not part of the fragment's wire form
	Out   []Column
}

// Output of every node is what its consumers see; Inputs are the nodes it reads.

func (n *Scan) Output() []Column   { return n.Out }
func (n *Filter) Output() []Column { return n.Input.Output() }

func (n *Project) Output() []Column {
	out := make([]Column, len(n.Exprs))
	for i, e := range n.Exprs {
		out[i] = Column{n.Names[i], e.Type()}
	}
	return out
}

func (n *Aggregate) Output() []Column { return n.Out }
func (n *Sort) Output() []Column      { return n.Input.Output() }
func (n *Limit) Output() []Column     { return n.Input.Output() }

func (n *Join) Output() []Column {
	if !n.Kind.GivesRight() {
		return n.Left.Output()
	}
	return slices.Concat(n.Left.Output(), n.Right.Output())
}

func (n *Union) Output() []Column     { return n.All[0].Output() }
func (n *Values) Output() []Column    { return n.Out }
func (n *Gather) Output() []Column    { return n.Fragment.Output() }
func (n *Broadcast) Output() []Column { return n.Out }

func (n *Scan) Inputs() []Node      { return nil }
func (n *Filter) Inputs() []Node    { return []Node{n.Input} }
func (n *Project) Inputs() []Node   { return []Node{n.Input} }
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }
func (n *Sort) Inputs() []Node      { return []Node{n.Input} }
func (n *Limit) Inputs() []Node     { return []Node{n.Input} }
func (n *Join) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Union) Inputs() []Node     { return n.All }
func (n *Values) Inputs() []Node    { return nil }
func (n *Gather) Inputs() []Node    { return []Node{n.Fragment} }

// Inputs of a Broadcast is its Input at the coordinator, none in a fragment
// that was decoded.
func (n *Broadcast) Inputs() []Node {
	if n.Input == nil {
		return nil
	}
	return []Node{n.Input}
}

// GivesRight reports whether a join of this kind gives the columns of its right side.
func (k JoinKind) GivesRight() bool { return k == Inner || k == Left || k == Cross }

func (*Scan) isNode()      {}
func (*Filter) isNode()    {}
func (*Project) isNode()   {}
func (*Aggregate) isNode() {}
func (*Sort) isNode()      {}
func (*Limit) isNode()     {}
func (*Join) isNode()      {}
func (*Union) isNode()     {}
func (*Values) isNode()    {}
func (*Gather) isNode()    {}
func (*Broadcast) isNode() {}
