package geo

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// Engine keeps the places of one POINT field. The zero Engine works; New makes
// one that keeps the shapes of conditions from one call to the next.
type Engine struct {
	shapes *shapes
	boxes  *cellBoxes
}

// New returns the engine of a server.
func New() Engine { return Engine{&shapes{}, &cellBoxes{}} }

// Name returns "geo".
func (Engine) Name() string { return "geo" }

// Automatic gives every POINT field an index.
func (Engine) Automatic(f record.Field) (map[string]string, bool) {
	return nil, f.Type.Kind == record.Point
}

// NewBuilder starts the index of one POINT field.
func (Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if err := fits(def); err != nil {
		return nil, err
	}
	return &builder{field: def.Fields[0], src: src}, nil
}

// fits refuses what is no index of one POINT field without options.
func fits(def engines.IndexDef) error {
	if len(def.Fields) != 1 {
		return fault.Errorf("geo: build", fault.Invalid, "an index over %d columns, want 1", len(def.Fields))
	}
	if f := def.Fields[0]; f.Type.Kind != record.Point {
		return fault.E("geo: build", fault.Unsupported, fault.Item(f.Name), "a column of type "+f.Type.String()+", want POINT")
	}
	for name := range def.Options {
		return fault.E("geo: build", fault.Invalid, fault.Item(name), "no such option; a geo index has none")
	}
	return nil
}

// Open opens a section that NewBuilder's builder wrote.
func (e Engine) Open(s engines.Section) (engines.Index, error) {
	ix, err := open(s)
	if err != nil {
		if s.Path != "" {
			return nil, fault.E("geo: open", fault.Item(s.Path), err)
		}
		return nil, err
	}
	ix.shapes = e.shapes
	return ix, nil
}

// Bind refuses, when a statement is bound, constants that make no sense: a
// negative distance, a point that is no place, a polygon that cannot be read.
func (e Engine) Bind(c predicate.Call, _ engines.IndexDef) (predicate.Call, error) {
	_, err := e.shapes.compile(c.Function, c.Args)
	return c, err
}
