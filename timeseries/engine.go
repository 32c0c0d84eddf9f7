package timeseries

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Engine keeps the rows of a table by series and time.
type Engine struct{}

// Name returns "timeseries".
func (Engine) Name() string { return "timeseries" }

// Functions returns none: the engine answers comparisons.
func (Engine) Functions() []engines.Function { return nil }

// Check reports why def cannot be an index of this engine, or nil.
func Check(def engines.IndexDef) error {
	if len(def.Fields) == 0 {
		return fault.E("timeseries: define", fault.Invalid, fault.Item(def.Name), "no columns, want a time column and the columns of the series")
	}
	time := def.Fields[0]
	if !canBeTime(time.Type) {
		return fault.Errorf("timeseries: define", fault.Invalid, "time column %s is a %s, want a TIMESTAMP or a DATE", time.Name, time.Type)
	}
	for i, f := range def.Fields[1:] {
		if !canBeSeries(f.Type) {
			return fault.Errorf("timeseries: define", fault.Invalid, "series column %s is a %s, want a KEYWORD, TEXT, BIGINT, BOOLEAN, DECIMAL, DATE or TIMESTAMP", f.Name, f.Type)
		}
		for _, g := range def.Fields[:i+1] {
			if f.ID == g.ID {
				return fault.Errorf("timeseries: define", fault.Invalid, "column %s stands twice", f.Name)
			}
		}
	}
	for name := range def.Options {
		if name != "chunk" {
			return fault.E("timeseries: define", fault.Invalid, fault.Item(name), fault.Hint("the options are: chunk"), "no such option")
		}
	}
	_, err := chunkOf(def)
	return err
}

func canBeTime(t record.Type) bool { return t.Kind == record.Timestamp || t.Kind == record.Date }

// canBeSeries tells the types whose values can name a series: floats cannot,
// because nobody should look for equal ones.
func canBeSeries(t record.Type) bool {
	return t.Storage() == record.Ints || t.Kind == record.Keyword || t.Kind == record.Text
}

// Layout sorts rows by series, then time, NULL last, and groups them by chunk.
// A def that Check refuses has no layout.
func (Engine) Layout(def engines.IndexDef) engines.Layout {
	if Check(def) != nil {
		return engines.Layout{}
	}
	var order []record.ColumnID
	for _, f := range def.Fields[1:] {
		order = append(order, f.ID)
	}
	c, _ := chunkOf(def)
	return engines.Layout{OrderBy: append(order, def.Fields[0].ID), Group: c.grouper(def.Fields[0])}
}

// NewBuilder starts the directory of one segment.
func (Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if err := Check(def); err != nil {
		return nil, err
	}
	return &builder{def: def, src: src}, nil
}

// Open opens a section that NewBuilder's builder wrote.
func (Engine) Open(s engines.Section) (engines.Index, error) {
	ix, err := open(s)
	if err != nil {
		if s.Path != "" {
			return nil, fault.E("timeseries: open", fault.Item(s.Path), err)
		}
		return nil, err
	}
	return ix, nil
}
