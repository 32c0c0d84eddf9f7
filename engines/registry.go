package engines

import (
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// Registry is the set of engines of one server, handed down as an argument.
type Registry struct {
	byName    map[string]Engine
	functions map[string]bound
}

// bound is a function and the engine that answers it.
type bound struct {
	Function
	engine string
}

// NewRegistry returns a registry of es. Two engines of one name, or two
// functions of one name, are a bug and panic.
func NewRegistry(es ...Engine) *Registry {
	r := &Registry{byName: map[string]Engine{}, functions: map[string]bound{}}
	for _, e := range es {
		if r.byName[e.Name()] != nil {
			panic("BUG: two engines named " + e.Name())
		}
		r.byName[e.Name()] = e
		for _, f := range e.Functions() {
			if have, twice := r.functions[f.Name]; twice {
				panic("BUG: function " + f.Name + " in engines " + have.engine + " and " + e.Name())
			}
			r.functions[f.Name] = bound{f, e.Name()}
		}
	}
	return r
}

// Lookup returns the engine called name, or an error that lists what exists.
func (r *Registry) Lookup(name string) (Engine, error) {
	if e := r.byName[name]; e != nil {
		return e, nil
	}
	return nil, fault.E("engines: look up", fault.NotFound, fault.Code("42704"), fault.Item(name),
		fault.Hint("this server has "+strings.Join(r.Names(), ", ")), "no such engine")
}

// Names returns the names of all engines, sorted.
func (r *Registry) Names() []string {
	var names []string
	for n := range r.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Function returns the condition called name (lower case) and its engine's name.
func (r *Registry) Function(name string) (Function, string, bool) {
	f, ok := r.functions[name]
	return f.Function, f.engine, ok
}

// EvalFunc makes a Registry the predicate.Functions of its engines.
func (r *Registry) EvalFunc(name string) (predicate.EvalFunc, bool) {
	f, ok := r.functions[name]
	return f.Eval, ok && f.Eval != nil
}

// Automatic lists the indexes that a table of these columns has from the
// start, by column and then by engine's name. They are called column_engine.
func (r *Registry) Automatic(fields []record.Field) []IndexDef {
	var defs []IndexDef
	for _, f := range fields {
		for _, name := range r.Names() {
			a, ok := r.byName[name].(Automatic)
			if !ok {
				continue
			}
			if o, ok := a.Automatic(f); ok {
				defs = append(defs, IndexDef{Name: f.Name + "_" + name, Engine: name, Fields: []record.Field{f}, Options: o})
			}
		}
	}
	return defs
}
