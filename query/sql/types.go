package sql

// TypeName is a type as written: INT, VARCHAR(20), DECIMAL(10,2), KEYWORD[].
// Which type of quindex it means is for the planner to say.
type TypeName struct {
	At
	Name  string // folded, words joined by one space: "double precision", "timestamp with time zone"
	Args  []int  // VARCHAR(20): 20; DECIMAL(10,2): 10, 2
	Array bool   // a trailing []
}

// typeTails are the words that may follow the first word of a type's name,
// longest first.
var typeTails = map[string][][]string{
	"double":    {{"precision"}},
	"character": {{"varying"}},
	"char":      {{"varying"}},
	"timestamp": {{"with", "time", "zone"}, {"without", "time", "zone"}},
	"time":      {{"with", "time", "zone"}, {"without", "time", "zone"}},
}
