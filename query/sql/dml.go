package sql

// Insert is INSERT INTO table [(columns)] query [ON CONFLICT [(columns)] DO NOTHING].
// A row with the primary key of another replaces it unless DoNothing is set.
type Insert struct {
	Extent
	Table       *Name
	Columns     []Ident // none: all columns of the table in order
	Query       *Query  // its Body is *Values for VALUES; nil for DEFAULT VALUES
	DoNothing   bool
	ConflictKey []Ident // the columns of ON CONFLICT, or none
}

// Update is UPDATE table [alias] SET ... [WHERE ...].
type Update struct {
	Extent
	Table *Name
	Alias Ident // zero: none
	Set   []Assign
	Where Expr // nil: all rows
}

// Assign is Column = Value; Value may be *Default.
type Assign struct {
	At
	Column Ident
	Value  Expr
}

// Delete is DELETE FROM table [alias] [WHERE ...].
type Delete struct {
	Extent
	Table *Name
	Alias Ident // zero: none
	Where Expr  // nil: all rows
}

func (*Insert) stmt() {}
func (*Update) stmt() {}
func (*Delete) stmt() {}
