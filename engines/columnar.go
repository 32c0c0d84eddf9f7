package engines

import "github.com/quindex/quindex/record"

// ColumnarEngine is the name of the engine that keeps the columns of a table,
// and ColumnsName that of its index, which every segment has.
const (
	ColumnarEngine = "columnar"
	ColumnsName    = "columns"
)

// ColumnsDef returns the index over all fields of a table. Of options, bloom
// names columns, comma separated, that get a filter a block; shortcuts=off
// leaves out bitmaps, cardinalities and filters; pack=on keeps integers bit by
// bit where that is much smaller, at the price of unpacking what is read: for
// measurements, whose rows are many and seldom read all.
func ColumnsDef(fields []record.Field, options map[string]string) IndexDef {
	return IndexDef{Name: ColumnsName, Engine: ColumnarEngine, Fields: fields, Options: options}
}
