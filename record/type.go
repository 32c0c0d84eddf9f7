package record

import "fmt"

// Kind is the kind of a type. Kinds are written to disk: add at the end.
type Kind uint8

const (
	Invalid      Kind = iota
	Null              // the type of the literal NULL; never a column's
	Bool              // Ints: 0 or 1
	Int64             // BIGINT
	Float64           // DOUBLE
	Decimal           // Ints: the value times 10^Scale; at most 18 digits
	Keyword           // exact string
	Text              // analysed string; comparable as a string
	Timestamp         // Ints: nanoseconds since 1970-01-01 UTC
	Date              // Ints: days since 1970-01-01
	Interval          // Spans: months, days, nanoseconds; of expressions and results, never of a table
	Point             // Floats: longitudes, Lats: latitudes; WGS84 degrees
	Geometry          // Strs: WKB
	JSON              // Strs: the text
	Bytes             // Strs
	KeywordArray      // Off into Elem of Keyword
	Int64Array        // Off into Elem of Int64
	Float64Array      // Off into Elem of Float64
)

// MaxDigits is the largest precision of a DECIMAL: what an int64 holds.
const MaxDigits = 18

// Type is a kind with its parameters. Types are compared with ==.
type Type struct {
	Kind      Kind
	Precision uint8 // Decimal only, in [1, MaxDigits]
	Scale     uint8 // Decimal only, in [0, Precision]
}

// Storage says which slices of a Column hold the values of a kind.
type Storage uint8

const (
	NoStorage Storage = iota
	Ints              // []int64
	Floats            // []float64
	Points            // []float64 twice
	Strs              // Strings
	Array             // offsets into an element column
	Spans             // []Span
)

var kindInfo = [...]struct {
	name    string
	storage Storage
}{
	Invalid: {"INVALID", NoStorage}, Null: {"NULL", NoStorage}, Bool: {"BOOLEAN", Ints}, Int64: {"BIGINT", Ints},
	Float64: {"DOUBLE", Floats}, Decimal: {"DECIMAL", Ints}, Keyword: {"KEYWORD", Strs}, Text: {"TEXT", Strs},
	Timestamp: {"TIMESTAMP", Ints}, Date: {"DATE", Ints}, Interval: {"INTERVAL", Spans}, Point: {"POINT", Points},
	Geometry: {"GEOMETRY", Strs}, JSON: {"JSON", Strs}, Bytes: {"BYTEA", Strs},
	KeywordArray: {"KEYWORD[]", Array}, Int64Array: {"BIGINT[]", Array}, Float64Array: {"DOUBLE[]", Array},
}

// T returns the parameterless type of kind k.
func T(k Kind) Type { return Type{Kind: k} }

// DecimalType returns DECIMAL(precision, scale).
func DecimalType(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: uint8(precision), Scale: uint8(scale)}
}

func (k Kind) String() string {
	if int(k) < len(kindInfo) {
		return kindInfo[k].name
	}
	return fmt.Sprintf("record.Kind(%d)", uint8(k))
}

// String is the type's name in SQL, such as DECIMAL(4,2).
func (t Type) String() string {
	if t.Kind == Decimal {
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	}
	return t.Kind.String()
}

// Storage returns where a Column keeps values of this type.
func (t Type) Storage() Storage {
	if int(t.Kind) < len(kindInfo) {
		return kindInfo[t.Kind].storage
	}
	return NoStorage
}

// Elem returns the element type of an array type, or the zero Type.
func (t Type) Elem() Type {
	switch t.Kind {
	case KeywordArray:
		return T(Keyword)
	case Int64Array:
		return T(Int64)
	case Float64Array:
		return T(Float64)
	}
	return Type{}
}

// ArrayOf returns the array type with elements of t, or false if there is none.
func ArrayOf(t Type) (Type, bool) {
	switch t.Kind {
	case Keyword, Text:
		return T(KeywordArray), true
	case Int64:
		return T(Int64Array), true
	case Float64:
		return T(Float64Array), true
	}
	return Type{}, false
}

// IsArray reports whether t is an array type.
func (t Type) IsArray() bool { return t.Storage() == Array }

// IsString reports whether values of t are character strings.
func (t Type) IsString() bool { return t.Kind == Keyword || t.Kind == Text || t.Kind == JSON }

// IsNumeric reports whether t is BIGINT, DOUBLE or DECIMAL.
func (t Type) IsNumeric() bool { return t.Kind == Int64 || t.Kind == Float64 || t.Kind == Decimal }

// Pow10 returns 10^n for n in [0, 18].
func Pow10(n int) int64 { return pow10[n] }

var pow10 = func() (p [MaxDigits + 1]int64) {
	p[0] = 1
	for i := range MaxDigits {
		p[i+1] = p[i] * 10
	}
	return p
}()
