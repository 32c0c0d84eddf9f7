package sql

// GraphTable is GRAPH_TABLE (Graph MATCH Patterns [WHERE ...] COLUMNS (...)).
type GraphTable struct {
	At
	Graph    *Name
	Patterns []PathPattern // at least one; patterns share their variables
	Where    Expr          // nil: none
	Columns  []SelectItem  // at least one
	Alias    Alias
}

// PathPattern is [Var =] [Search] vertex, edge, vertex, edge, ... vertex.
// len(Vertices) == len(Edges)+1; where two edges follow each other in the text,
// an empty vertex stands between them.
type PathPattern struct {
	At
	Var      Ident // zero: none
	Search   PathSearch
	Vertices []Vertex
	Edges    []Edge
}

// PathSearch says which of the matching paths are wanted.
type PathSearch uint8

const (
	AllPaths    PathSearch = iota // every one, vertices and edges may repeat (WALK)
	AnyPath                       // ANY
	AnyShortest                   // ANY SHORTEST
	AllShortest                   // ALL SHORTEST
)

var searchWords = [...]string{"", "ANY", "ANY SHORTEST", "ALL SHORTEST"}

func (s PathSearch) String() string { return word(searchWords[:], int(s)) }

// Vertex is (Var IS Labels WHERE ...); every part may be missing.
type Vertex struct {
	At
	Var    Ident
	Labels []Ident // any of them; none: every label
	Where  Expr    // nil: none
}

// Edge is an edge of a pattern: -[Var IS Labels WHERE ...]->{Min,Max}.
type Edge struct {
	At
	Var    Ident
	Labels []Ident // any of them; none: every label
	Where  Expr    // nil: none; holds for every step
	Dir    Direction
	Quant  *Quantifier // nil: exactly one step
}

// Direction is that of an edge as the pattern is read from left to right.
type Direction uint8

const (
	Forward  Direction = iota // -[]->
	Backward                  // <-[]-
	Either                    // -[]-
)

var directionWords = [...]string{"->", "<-", "-"}

func (d Direction) String() string { return word(directionWords[:], int(d)) }

// Quantifier is {Min,Max}, {n}, *, + or ?. Max is -1 for no bound.
type Quantifier struct {
	At
	Min, Max int
}
