// Package predicate is the closed vocabulary of conditions that engines
// answer, and the slow truth that defines what each of them means.
//
// Meaning is SQL's: a condition on a row is True, False or Unknown, and a row
// matches where it is True. NULL makes a leaf Unknown, except IsNull. A leaf
// on an array column means ANY: True if it is True for one element, False if
// the array has no such element (also if it is empty), Unknown if it is NULL.
package predicate

import (
	"github.com/quindex/quindex/record"
)

// P is a condition on rows. The set of implementations is closed, like the
// nodes of go/ast: adding one means adding its text form, its wire form and
// its Eval here. A P is immutable and may be shared.
type P interface {
	// String is the text form, in SQL where SQL can say it.
	String() string
	sealed()
}

// Field names a column in a condition. ID decides; Name and Type are for
// people and for Eval.
type Field struct {
	ID   record.ColumnID
	Name string
	Type record.Type
}

// Op is a comparison.
type Op uint8

const (
	EQ Op = iota
	NE
	LT
	LE
	GT
	GE
)

// Compare is field op value. A NULL value makes it Unknown for every row.
// Value has a type comparable with the field's (see record.Compare).
type Compare struct {
	Field Field
	Op    Op
	Value record.Value
}

// Between is lo <= field AND field <= hi on ONE value: unlike the And of two
// Compares it means, on arrays, that one element lies in the range. A bound
// may be open at its end. The rewriter makes it of pairs of Compares on
// scalar fields.
type Between struct {
	Field          Field
	Lo, Hi         record.Value // neither is NULL
	LoOpen, HiOpen bool
}

// In is field IN (values). Values are sorted, distinct and not NULL; HasNull
// says that the list held a NULL too: then no row is False.
type In struct {
	Field   Field
	Values  []record.Value
	HasNull bool
}

// LikeKind is the language of a pattern.
type LikeKind uint8

const (
	Glob   LikeKind = iota // LIKE: % and _, escaped by Escape
	Regexp                 // ~ : RE2, found anywhere
)

// Like is field LIKE pattern, or its relatives, on a string field. Negate
// means NOT LIKE as one leaf (on arrays: one element is unlike the pattern).
type Like struct {
	Field   Field
	Kind    LikeKind
	Pattern string
	Escape  string // "" : none; LIKE's default is a backslash, put here by the binder
	Fold    bool   // ILIKE, ~*: letters match without regard to case
	Negate  bool
}

// IsNull is field IS [NOT] NULL; it is never Unknown.
type IsNull struct {
	Field  Field
	Negate bool
}

// Call is a condition that an engine brings: match(f, 'x'), ST_DWithin(f, p, m).
// Args are constants; their kinds were checked against the engine's Function.
type Call struct {
	Function string // lower case
	Fields   []Field
	Args     []record.Value
}

// And is True if all are, False if one is False. And{} is True.
type And struct{ Of []P }

// Or is True if one is, False if all are False. Or{} is False.
type Or struct{ Of []P }

// Not turns True and False round and leaves Unknown.
type Not struct{ Of P }

// Const is a condition that does not look at the row.
type Const struct{ Truth Truth }

func (Compare) sealed() {}
func (Between) sealed() {}
func (In) sealed()      {}
func (Like) sealed()    {}
func (IsNull) sealed()  {}
func (Call) sealed()    {}
func (And) sealed()     {}
func (Or) sealed()      {}
func (Not) sealed()     {}
func (Const) sealed()   {}

// Truth is a value of three-valued logic.
type Truth uint8

const (
	Unknown Truth = iota
	False
	True
)

// Row gives the values of one row to Eval.
type Row interface {
	// Value returns the value of the column, which may be NULL. A column the
	// row's batch does not hold (added later) is the field's default or NULL.
	Value(f Field) record.Value
}

// Functions finds the slow meaning of a Call; the registry of engines is one.
type Functions interface {
	// EvalFunc returns how function name decides, or false if there is none.
	EvalFunc(name string) (EvalFunc, bool)
}

// EvalFunc decides a Call on the values of its fields (not NULL; arrays are
// handed over whole) and its constant arguments.
type EvalFunc func(fields []record.Value, args []record.Value) (Truth, error)
