package graph

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Role is what the rows of an indexed table are.
const (
	RoleOption = "role"
	RoleVertex = "vertex" // one column: the key
	RoleEdge   = "edge"   // two columns: source and target
)

// Engine keeps the edges of edge tables and the keys of vertex tables.
type Engine struct{}

// Name returns "graph".
func (Engine) Name() string { return "graph" }

// Functions returns none: the engine answers comparisons, and walks.
func (Engine) Functions() []engines.Function { return nil }

// Check reports why def cannot be an index of this engine, or nil.
func Check(def engines.IndexDef) error {
	const op = "graph: define"
	want := 0
	switch role := def.Options[RoleOption]; role {
	case RoleVertex:
		want = 1
	case RoleEdge:
		want = 2
	default:
		return fault.E(op, fault.Invalid, fault.Item(def.Name), fault.Hint("CREATE PROPERTY GRAPH makes the indexes of its tables"),
			fault.Errorf("", fault.Invalid, "option role is %q, want 'vertex' or 'edge'", role))
	}
	if len(def.Fields) != want {
		return fault.E(op, fault.Invalid, fault.Item(def.Name), fault.Errorf("", fault.Invalid, "an index of role %s over %d columns, want %d",
			def.Options[RoleOption], len(def.Fields), want))
	}
	for _, f := range def.Fields {
		if err := engines.NodeKey(f.Type); err != nil {
			return fault.E(op, fault.Item(f.Name), err)
		}
	}
	for name := range def.Options {
		if name != RoleOption {
			return fault.E(op, fault.Invalid, fault.Item(name), fault.Hint("the options are: role"), "no such option")
		}
	}
	return nil
}

// Layout sorts the rows of an edge table by source, then target: an edge's
// place in the list of its source is then its row. A vertex table stays as it is.
func (Engine) Layout(def engines.IndexDef) engines.Layout {
	if Check(def) != nil || def.Options[RoleOption] != RoleEdge {
		return engines.Layout{}
	}
	return engines.Layout{OrderBy: []record.ColumnID{def.Fields[0].ID, def.Fields[1].ID}}
}

// NewBuilder starts the index of one segment.
func (Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if err := Check(def); err != nil {
		return nil, err
	}
	return &builder{def: def, src: src}, nil
}

// Open opens a section that NewBuilder's builder wrote: an Edges or a Vertices.
func (Engine) Open(s engines.Section) (engines.Index, error) {
	ix, err := open(s)
	if err != nil {
		if s.Path != "" {
			return nil, fault.E("graph: open", fault.Item(s.Path), err)
		}
		return nil, err
	}
	return ix, nil
}

func open(s engines.Section) (engines.Index, error) {
	if err := Check(s.Def); err != nil {
		return nil, err
	}
	sec, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	sec.path = s.Path
	if sec.rows != s.Rows {
		return nil, corrupt("%d rows, want %d", sec.rows, s.Rows)
	}
	if edge := s.Def.Options[RoleOption] == RoleEdge; edge != sec.edge {
		return nil, corrupt("a section of another role than %s", s.Def.Options[RoleOption])
	}
	for i, f := range s.Def.Fields {
		if strs := f.Type.Storage() == record.Strs; strs != sec.strs[i] {
			return nil, corrupt("keys of another type than %s of %s", f.Type, f.Name)
		}
	}
	if sec.edge {
		return newEdges(sec, s.Def), nil
	}
	return newVertices(sec, s.Def), nil
}
