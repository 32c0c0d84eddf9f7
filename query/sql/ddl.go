package sql

// CreateTable is CREATE TABLE, with columns or AS query (or both).
type CreateTable struct {
	Extent
	IfNotExists bool
	Name        *Name
	Columns     []ColumnDef
	PrimaryKey  []Ident  // PRIMARY KEY (...) of the table; a column's own is in ColumnDef
	With        []Option // WITH (shards = 4, ...)
	As          *Query   // CREATE TABLE t AS SELECT ..., or nil
}

// ColumnDef is a column's definition in CREATE TABLE and ADD COLUMN.
type ColumnDef struct {
	At
	Name       Ident
	Type       *TypeName
	NotNull    bool
	PrimaryKey bool
	Default    Expr   // nil: none
	Analyzer   string // TEXT ANALYZER 'en'; "": none
}

// Option is name = value in WITH (...) and SET (...). Value is a *Literal: a
// bare word is a String, a name without a value is TRUE.
type Option struct {
	At
	Name  string
	Value *Literal
}

// CreateIndex is CREATE INDEX [name] ON table [USING kind] (columns) [WITH (...)].
type CreateIndex struct {
	Extent
	IfNotExists bool
	Name        Ident // zero: none given
	Table       *Name
	Using       Ident // zero: none given
	Columns     []Expr
	With        []Option
}

// CreateRollup is CREATE ROLLUP name ON table [WITH (...)] AS query; the query
// has no FROM, it reads the table.
type CreateRollup struct {
	Extent
	IfNotExists bool
	Name        *Name
	Table       *Name
	With        []Option
	Query       *Query
}

// CreateGraph is CREATE PROPERTY GRAPH.
type CreateGraph struct {
	Extent
	IfNotExists bool
	Name        *Name
	Vertices    []VertexTable
	Edges       []EdgeTable
}

// VertexTable is a table whose rows are vertices.
type VertexTable struct {
	At
	Table      *Name
	Alias      Ident   // zero: none
	Key        []Ident // none: the primary key
	Label      Ident   // zero: the table's name
	Properties Properties
}

// EdgeTable is a table whose rows are edges.
type EdgeTable struct {
	At
	Table       *Name
	Alias       Ident
	Key         []Ident
	Source      EdgeEnd
	Destination EdgeEnd
	Label       Ident
	Properties  Properties
}

// EdgeEnd is SOURCE or DESTINATION [KEY (columns) REFERENCES] vertex [(columns)].
type EdgeEnd struct {
	At
	Key     []Ident // columns of the edge table
	Vertex  Ident   // the vertex table's name or alias
	Columns []Ident // columns of the vertex table; none: its key
}

// Properties says which columns a vertex or an edge shows. The zero value is
// all of them.
type Properties struct {
	None  bool         // NO PROPERTIES
	Items []SelectItem // PROPERTIES (expr [AS name], ...)
}

// AlterTable is ALTER TABLE with its actions in order.
type AlterTable struct {
	Extent
	IfExists bool
	Name     *Name
	Actions  []AlterAction // at least one
}

// AlterAction is *AddColumn, *DropColumn, *RenameColumn, *RenameTable or *SetOptions.
type AlterAction interface {
	Node
	alterAction()
}

// AddColumn is ADD COLUMN.
type AddColumn struct {
	At
	IfNotExists bool
	Column      ColumnDef
}

// DropColumn is DROP COLUMN.
type DropColumn struct {
	At
	IfExists bool
	Name     Ident
}

// RenameColumn is RENAME COLUMN From TO To.
type RenameColumn struct {
	At
	From, To Ident
}

// RenameTable is RENAME TO To.
type RenameTable struct {
	At
	To Ident
}

// SetOptions is SET (name = value, ...).
type SetOptions struct {
	At
	Options []Option
}

// Drop is DROP kind [IF EXISTS] names [CASCADE|RESTRICT].
type Drop struct {
	Extent
	Kind     ObjectKind
	IfExists bool
	Names    []*Name
	Cascade  bool
}

// ObjectKind is what a DROP drops.
type ObjectKind uint8

const (
	TableObject ObjectKind = iota
	IndexObject
	RollupObject
	GraphObject
)

var objectWords = [...]string{"TABLE", "INDEX", "ROLLUP", "PROPERTY GRAPH"}

func (k ObjectKind) String() string { return word(objectWords[:], int(k)) }

// Truncate is TRUNCATE [TABLE] names.
type Truncate struct {
	Extent
	Tables []*Name
}

// Show is SHOW What: "tables", or the name of a setting.
type Show struct {
	Extent
	What string // folded
}

// Describe is DESCRIBE table.
type Describe struct {
	Extent
	Name *Name
}

// Explain is EXPLAIN [ANALYZE] [(FORMAT JSON)] statement.
type Explain struct {
	Extent
	Analyze bool
	Verbose bool
	Format  string // "text" or "json"
	Stmt    Stmt
}

func (*CreateTable) stmt()         {}
func (*CreateIndex) stmt()         {}
func (*CreateRollup) stmt()        {}
func (*CreateGraph) stmt()         {}
func (*AlterTable) stmt()          {}
func (*Drop) stmt()                {}
func (*Truncate) stmt()            {}
func (*Show) stmt()                {}
func (*Describe) stmt()            {}
func (*Explain) stmt()             {}
func (*AddColumn) alterAction()    {}
func (*DropColumn) alterAction()   {}
func (*RenameColumn) alterAction() {}
func (*RenameTable) alterAction()  {}
func (*SetOptions) alterAction()   {}
