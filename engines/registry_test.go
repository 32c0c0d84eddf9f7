package engines_test

import (
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// named is an engine that only has a name and functions.
type named struct {
	engines.Engine
	name      string
	functions []string
}

func (n named) Name() string { return n.name }

func (n named) Functions() []engines.Function {
	var out []engines.Function
	for _, f := range n.functions {
		out = append(out, engines.Function{Name: f, Eval: func([]record.Value, []record.Value) (predicate.Truth, error) {
			return predicate.True, nil
		}})
	}
	return out
}

func TestRegistry(t *testing.T) {
	r := engines.NewRegistry(named{name: "b", functions: []string{"near"}}, named{name: "a"})
	if got := r.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %v", got)
	}
	if e, err := r.Lookup("a"); err != nil || e.Name() != "a" {
		t.Errorf("lookup a: %v, %v", e, err)
	}
	if _, err := r.Lookup("c"); !fault.Is(err, fault.NotFound) || fault.CodeOf(err) != "42704" {
		t.Errorf("lookup c: %v", err)
	}
	if f, engine, ok := r.Function("near"); !ok || engine != "b" || f.Name != "near" {
		t.Errorf("function near: %v of %q, %v", f.Name, engine, ok)
	}
	if _, _, ok := r.Function("far"); ok {
		t.Error("there is a function far")
	}
	if _, ok := r.EvalFunc("far"); ok {
		t.Error("far can be evaluated")
	}
	eval, ok := r.EvalFunc("near")
	if !ok {
		t.Fatal("near cannot be evaluated")
	}
	if truth, err := eval(nil, nil); truth != predicate.True || err != nil {
		t.Errorf("near: %v, %v", truth, err)
	}
}

func TestRegistryRefusesTwins(t *testing.T) {
	for _, twins := range [][]engines.Engine{
		{named{name: "a"}, named{name: "a"}},
		{named{name: "a", functions: []string{"f"}}, named{name: "b", functions: []string{"f"}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("twins %v are taken", twins)
				}
			}()
			engines.NewRegistry(twins...)
		}()
	}
}

// TestAll checks that every engine of a server can be found by its own name
// and that each function it brings can be evaluated and is documented.
func TestAll(t *testing.T) {
	r := all.Registry()
	if len(r.Names()) == 0 {
		t.Fatal("no engines")
	}
	for _, name := range r.Names() {
		e, err := r.Lookup(name)
		if err != nil || e.Name() != name {
			t.Errorf("lookup %s: %v", name, err)
			continue
		}
		for _, f := range e.Functions() {
			if _, ok := r.EvalFunc(f.Name); !ok || f.Doc == "" {
				t.Errorf("function %s of %s: evaluated %v, doc %q", f.Name, name, ok, f.Doc)
			}
		}
	}
}

// eager indexes every TEXT column.
type eager struct{ named }

func (eager) Automatic(f record.Field) (map[string]string, bool) {
	return map[string]string{"k": "v"}, f.Type.Kind == record.Text
}

func TestAutomatic(t *testing.T) {
	r := engines.NewRegistry(named{name: "b"}, eager{named{name: "a"}})
	text := record.Field{ID: 3, Name: "note", Type: record.T(record.Text)}
	defs := r.Automatic([]record.Field{{ID: 1, Name: "id", Type: record.T(record.Int64)}, text})
	if len(defs) != 1 {
		t.Fatalf("%d indexes, want 1", len(defs))
	}
	if d := defs[0]; d.Name != "note_a" || d.Engine != "a" || d.Options["k"] != "v" || len(d.Fields) != 1 || d.Fields[0].ID != 3 {
		t.Errorf("index %+v", d)
	}
}
