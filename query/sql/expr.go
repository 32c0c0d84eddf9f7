package sql

// Name is an identifier of one or more parts: delay, f.delay, public.flights.
// As an expression it is a column (or a whole row, or a path variable).
type Name struct {
	At
	Parts []string // folded; at least one
}

// Last returns the last part: the column or table itself.
func (n *Name) Last() string { return n.Parts[len(n.Parts)-1] }

// Qualifier returns the part before the last, or "".
func (n *Name) Qualifier() string {
	if len(n.Parts) < 2 {
		return ""
	}
	return n.Parts[len(n.Parts)-2]
}

// Star is * or t.* in a list of SELECT. Table is nil for *.
type Star struct {
	At
	Table *Name
}

// Literal is a constant.
type Literal struct {
	At
	Kind LitKind
	Text string    // Int and Number: the digits as written, with a leading - if negative; String and Typed: the unescaped text
	Int  int64     // Int: the value
	Bool bool      // Bool: the value
	Type *TypeName // Typed: DATE in DATE '2001-01-01'; nil otherwise
}

// LitKind tells the literals apart.
type LitKind uint8

const (
	Null   LitKind = iota
	Bool           // TRUE, FALSE
	Int            // a whole number that fits int64
	Number         // any other number: 1.5, 1e3, 9223372036854775808
	String         // 'text'; its type is still open, as PostgreSQL's unknown
	Typed          // type 'text': DATE, TIMESTAMP, INTERVAL and any other type
)

var litWords = [...]string{"null", "boolean", "integer", "number", "string", "typed literal"}

func (k LitKind) String() string { return word(litWords[:], int(k)) }

// Param is $N, from 1.
type Param struct {
	At
	N int
}

// Default is the word DEFAULT as a value of INSERT or UPDATE.
type Default struct{ At }

// Unary is an operator before its operand. A minus before a number is part of
// the number (Literal), not a Unary.
type Unary struct {
	At
	Op UnaryOp
	X  Expr
}

// UnaryOp is Not, Neg or Plus.
type UnaryOp uint8

const (
	Not UnaryOp = iota
	Neg
	Plus
)

var unaryWords = [...]string{"NOT", "-", "+"}

func (o UnaryOp) String() string { return word(unaryWords[:], int(o)) }

// Binary is an operator between two operands; Pos is that of the operator.
type Binary struct {
	At
	Op   Op
	L, R Expr
}

// Op is a binary operator.
type Op uint8

const (
	Or           Op = iota
	And             //
	Eq              // =
	Ne              // <> and !=
	Lt              // <
	Le              // <=
	Gt              // >
	Ge              // >=
	Distinct        // IS DISTINCT FROM
	NotDistinct     // IS NOT DISTINCT FROM
	Add             // +
	Sub             // -
	Mul             // *
	Div             // /
	Mod             // %
	Pow             // ^
	Concat          // ||
	Arrow           // ->
	ArrowText       // ->>
	Regex           // ~
	RegexFold       // ~*
	NotRegex        // !~
	NotRegexFold    // !~*
	Distance        // <->
	Contains        // @>
	Contained       // <@
	Overlaps        // &&
)

var opWords = [...]string{"OR", "AND", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM",
	"+", "-", "*", "/", "%", "^", "||", "->", "->>", "~", "~*", "!~", "!~*", "<->", "@>", "<@", "&&"}

func (o Op) String() string { return word(opWords[:], int(o)) }

// Comparison reports whether o is one of = <> < <= > >=.
func (o Op) Comparison() bool { return o >= Eq && o <= Ge }

// Between is X [NOT] BETWEEN [SYMMETRIC] Lo AND Hi.
type Between struct {
	At
	Not, Symmetric bool
	X, Lo, Hi      Expr
}

// In is X [NOT] IN (List) or (Query); exactly one of both is set.
type In struct {
	At
	Not   bool
	X     Expr
	List  []Expr
	Query *Query
}

// Like is X [NOT] LIKE|ILIKE Pattern [ESCAPE Escape].
type Like struct {
	At
	Not, Fold  bool // Fold: ILIKE
	X, Pattern Expr
	Escape     Expr // nil: backslash
}

// Quantified is X Op ANY|ALL (Array) or (Query); exactly one of both is set.
// SOME is ANY. Op is a comparison or a regular expression operator.
type Quantified struct {
	At
	Op    Op
	All   bool
	X     Expr
	Array Expr
	Query *Query
}

// IsNull is X IS [NOT] NULL.
type IsNull struct {
	At
	Not bool
	X   Expr
}

// IsBool is X IS [NOT] TRUE|FALSE|UNKNOWN.
type IsBool struct {
	At
	Not   bool
	X     Expr
	Value Truth
}

// Truth is a value of three-valued logic.
type Truth uint8

const (
	Unknown Truth = iota
	False
	True
)

var truthWords = [...]string{"UNKNOWN", "FALSE", "TRUE"}

func (t Truth) String() string { return word(truthWords[:], int(t)) }

// Case is CASE [Operand] WHEN ... THEN ... [ELSE Else] END.
type Case struct {
	At
	Operand Expr   // nil: every When.Cond is a condition of its own
	Whens   []When // at least one
	Else    Expr   // nil: NULL
}

// When is WHEN Cond THEN Then.
type When struct {
	At
	Cond, Then Expr
}

// Cast is CAST(X AS Type) or X::Type.
type Cast struct {
	At
	X    Expr
	Type *TypeName
}

// Call is a function or an aggregate. Special forms arrive as ordinary calls:
//
//	EXTRACT(year FROM x)          extract('year', x)
//	POSITION(a IN b)              position(b, a)
//	SUBSTRING(x FROM a FOR n)     substring(x, a, n)
//	TRIM(LEADING c FROM x)        ltrim(x, c); TRAILING: rtrim; BOTH or nothing: btrim
//	OVERLAY(x PLACING y FROM a)   overlay(x, y, a)
//	x AT TIME ZONE z              timezone(z, x)
//	CURRENT_DATE, CURRENT_TIMESTAMP, LOCALTIMESTAMP   a call of that name without arguments
type Call struct {
	At
	Schema   string      // "" if not qualified
	Name     string      // folded
	Args     []Expr      // NamedArg may follow the others
	Star     bool        // count(*); Args is empty
	Distinct bool        // count(DISTINCT x)
	OrderBy  []OrderItem // array_agg(x ORDER BY y)
	Within   []OrderItem // WITHIN GROUP (ORDER BY y)
	Filter   Expr        // FILTER (WHERE ...), or nil
	Over     *Window     // OVER ..., or nil
}

// NamedArg is name => value among the arguments of a Call.
type NamedArg struct {
	At
	Name  string
	Value Expr
}

// Exists is EXISTS (Query).
type Exists struct {
	At
	Query *Query
}

// Subquery is a query in parentheses used as a value.
type Subquery struct {
	At
	Query *Query
}

// ArrayLit is ARRAY[Elems] or ARRAY(Query). Nested [..] inside are ArrayLit too.
type ArrayLit struct {
	At
	Elems []Expr
	Query *Query // nil: Elems count
}

// Row is (a, b, ...) or ROW(a, ...): several values as one, as in
// (a, b) = (1, 2) or match((title, body^2), 'word').
type Row struct {
	At
	Elems []Expr
}

// Index is X[I], the I-th element of an array, from 1.
type Index struct {
	At
	X, I Expr
}

func (*Name) expr()       {}
func (*Star) expr()       {}
func (*Literal) expr()    {}
func (*Param) expr()      {}
func (*Default) expr()    {}
func (*Unary) expr()      {}
func (*Binary) expr()     {}
func (*Between) expr()    {}
func (*In) expr()         {}
func (*Like) expr()       {}
func (*Quantified) expr() {}
func (*IsNull) expr()     {}
func (*IsBool) expr()     {}
func (*Case) expr()       {}
func (*Cast) expr()       {}
func (*Call) expr()       {}
func (*NamedArg) expr()   {}
func (*Exists) expr()     {}
func (*Subquery) expr()   {}
func (*ArrayLit) expr()   {}
func (*Row) expr()        {}
func (*Index) expr()      {}
