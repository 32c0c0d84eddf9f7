package timeseries

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// Def returns the index that makes a hypertable of a table: its time column
// and the columns whose values together name a series, none for one series of
// all rows. Option chunk is the time that a chunk spans, such as "24h" or
// "30 days"; the default is a day.
func Def(time record.Field, series []record.Field, options map[string]string) engines.IndexDef {
	return engines.IndexDef{Name: "series", Engine: "timeseries", Fields: append([]record.Field{time}, series...), Options: options}
}
