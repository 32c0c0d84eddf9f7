package sql

// Node is a part of a statement. Its methods may be called by many goroutines
// as long as nobody changes the tree; the parser keeps no reference to it.
type Node interface {
	// Pos returns the byte offset of the node in the parsed text.
	Pos() int
	// String returns the node as canonical SQL.
	String() string
}

// Stmt is a whole statement: *Query, *Insert, *Update, *Delete, *CreateTable,
// *CreateIndex, *CreateRollup, *CreateGraph, *AlterTable, *Drop, *Truncate,
// *Show, *Describe or *Explain.
type Stmt interface {
	Node
	// Span returns the bytes of the statement in the parsed text, [start, end),
	// without the closing semicolon.
	Span() (start, end int)
	stmt()
}

// Expr is an expression; its kinds are in expr.go.
type Expr interface {
	Node
	expr()
}

// Body is what a query computes before ORDER BY and LIMIT: *Select, *Values,
// *Union, or a *Query in parentheses that has clauses of its own.
type Body interface {
	Node
	body()
}

// TableRef is an item of FROM: *Table, *Derived, *FuncTable, *GraphTable or *Join.
type TableRef interface {
	Node
	tableRef()
}

// At is the byte offset of a node; nodes embed it.
type At int

// Pos returns the offset.
func (a At) Pos() int { return int(a) }

// Extent is the bytes of a statement or query, [Start, End); they embed it.
type Extent struct{ Start, End int }

// Pos returns the offset of the first byte.
func (e Extent) Pos() int { return e.Start }

// Span returns both ends.
func (e Extent) Span() (start, end int) { return e.Start, e.End }

// Ident is a single identifier with its place. Name is folded; "" is none.
type Ident struct {
	At
	Name string
}

// Query is a whole query: WITH, what it computes, then order and limit. It is
// a statement, and also stands in every place that takes a subquery.
type Query struct {
	Extent
	With      []CTE
	Recursive bool // WITH RECURSIVE
	Body      Body
	OrderBy   []OrderItem
	Limit     Expr // nil: none (also LIMIT ALL)
	Offset    Expr // nil: none
}

// CTE is one named query of WITH.
type CTE struct {
	At
	Name    Ident
	Columns []Ident // names for the columns, or none
	Query   *Query
}

// Select is SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... WINDOW.
type Select struct {
	At
	Distinct   bool   // DISTINCT, also when DistinctOn is given
	DistinctOn []Expr // DISTINCT ON (...), or none
	Items      []SelectItem
	From       []TableRef // separated by commas; none: one row without columns
	Where      Expr       // nil: none
	GroupBy    []Expr     // a bare *Literal of kind Int is a position in Items, from 1
	Having     Expr       // nil: none
	Windows    []NamedWindow
}

// SelectItem is one item of SELECT or COLUMNS. Expr is a *Star for * and t.*.
type SelectItem struct {
	At
	Expr  Expr
	Alias Ident // zero: none
}

// OrderItem is one item of ORDER BY; a bare *Literal of kind Int is a position.
type OrderItem struct {
	At
	Expr  Expr
	Desc  bool
	Nulls Nulls
}

// Nulls says where NULL sorts.
type Nulls uint8

const (
	NullsDefault Nulls = iota // last when ascending, first when descending
	NullsFirst
	NullsLast
)

// First reports whether NULLs come before all other values in an item that
// sorts descending or not.
func (n Nulls) First(desc bool) bool { return n == NullsFirst || n == NullsDefault && desc }

var nullsWords = [...]string{"", "NULLS FIRST", "NULLS LAST"}

func (n Nulls) String() string { return word(nullsWords[:], int(n)) }

// Union is Left UNION [ALL] Right; a chain leans to the left.
type Union struct {
	At
	Left, Right Body
	All         bool
}

// Values is VALUES (...), (...). Every row has the same number of expressions,
// at least one; in INSERT an expression may be *Default.
type Values struct {
	At
	Rows [][]Expr
}

// Alias names a table reference and, if Columns are given, its columns.
// The zero Alias is none.
type Alias struct {
	At
	Name    string
	Columns []Ident
}

// Table is a table, view or CTE by name.
type Table struct {
	At
	Name  *Name
	Alias Alias
}

// RefName returns the name by which columns of the table are qualified.
func (t *Table) RefName() string {
	if t.Alias.Name != "" {
		return t.Alias.Name
	}
	return t.Name.Last()
}

// Derived is a subquery in FROM. Unlike in older PostgreSQL it needs no alias.
type Derived struct {
	At
	Lateral bool
	Query   *Query
	Alias   Alias
}

// FuncTable is a function in FROM: FROM pagerank('skies') p.
type FuncTable struct {
	At
	Lateral bool
	Call    *Call
	Alias   Alias
}

// Join is Left JOIN Right. Of On and Using at most one is set; neither is for
// CROSS and NATURAL.
type Join struct {
	At
	Kind        JoinKind
	Natural     bool
	Left, Right TableRef
	On          Expr
	Using       []Ident
}

// JoinKind tells the joins apart.
type JoinKind uint8

const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

var joinWords = [...]string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"}

func (k JoinKind) String() string { return word(joinWords[:], int(k)) }

// Window is a window's definition, for OVER and WINDOW.
type Window struct {
	At
	Base        Ident // the named window it starts from; zero: none
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame // nil: the default frame
}

// NamedWindow is Name AS (Spec) in the WINDOW clause.
type NamedWindow struct {
	At
	Name Ident
	Spec *Window
}

// Frame is ROWS|RANGE|GROUPS BETWEEN Start AND End.
type Frame struct {
	At
	Unit       FrameUnit
	Start, End Bound
}

// FrameUnit is what a frame's offsets count.
type FrameUnit uint8

const (
	FrameRows FrameUnit = iota
	FrameRange
	FrameGroups
)

var frameWords = [...]string{"ROWS", "RANGE", "GROUPS"}

func (u FrameUnit) String() string { return word(frameWords[:], int(u)) }

// Bound is one end of a frame. Offset is set for Preceding and Following only.
type Bound struct {
	Kind   BoundKind
	Offset Expr
}

// BoundKind orders the ends of frames from the first row to the last.
type BoundKind uint8

const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

var boundWords = [...]string{"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"}

func (k BoundKind) String() string { return word(boundWords[:], int(k)) }

func (*Query) stmt()          {}
func (*Query) body()          {}
func (*Select) body()         {}
func (*Union) body()          {}
func (*Values) body()         {}
func (*Table) tableRef()      {}
func (*Derived) tableRef()    {}
func (*FuncTable) tableRef()  {}
func (*Join) tableRef()       {}
func (*GraphTable) tableRef() {}

// word returns words[i], or "?" for a value that has no name.
func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "?"
}
