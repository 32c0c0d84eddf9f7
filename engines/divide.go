package engines

import "github.com/quindex/quindex/record"

// Divider is an engine with conditions over one column that may also be written
// over several, or name columns in their own language. Each is taken apart into
// conditions over one column, joined by AND and OR, before it is planned.
type Divider interface {
	Engine
	// Divide returns how a call of function over fields is made of calls over one
	// field each; nil where it is one already: there is one field of weight 1 and
	// args name no other. args are as written. named finds a column that args
	// name and returns its number: those of fields come first.
	Divide(function string, args []record.Value, fields []Weighted, named func(name string) (int, IndexDef, error)) (*Part, error)
}

// Weighted is a field, and what a score in it is multiplied by.
type Weighted struct {
	Def    IndexDef // as CallBinder gets it
	Weight float64
}

// PartOp says what a Part is.
type PartOp uint8

const (
	PartAll     PartOp = iota // all of Of are true; so it is where there are none
	PartAny                   // one of Of is true; never where there are none
	PartCall                  // Function(Field, Args) is true
	PartAbsent                // Field is NULL or the call is false
	PartBonus                 // always true; a row for which the parts are true scores by them
	PartPresent               // Field is not NULL
)

// Part is a condition made of conditions over one field.
type Part struct {
	Op       PartOp
	Of       []Part
	Field    int // number of the field
	Function string
	Args     []record.Value
}
