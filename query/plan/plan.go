package plan

import "github.com/quindex/quindex/record"

// Plan is a bound SELECT (or the SELECT half of another statement).
type Plan struct {
	Root       Node
	Subqueries []Node        // run first, in order; see SubqueryValue
	Params     int           // number of $n the statement takes
	ParamTypes []record.Type // of $1, $2, ...
	Columns    []Column
	// Timed plans hold what now() was when they were made: the statement needs
	// another the next time it runs.
	Timed bool
}

// Chunk is what flows between operators: N rows, column by column. Whoever
// receives a chunk may keep it: it is not written to again.
type Chunk struct {
	N    int
	Cols []*record.Column
}
