package keys

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Engine keeps the primary keys of a table. The zero Engine works.
type Engine struct{}

// Name returns "keys".
func (Engine) Name() string { return engines.KeysEngine }

// Functions returns none: keys answer = and IN.
func (Engine) Functions() []engines.Function { return nil }

// NewBuilder starts the index of the key whose columns are def.Fields, in order.
func (Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	if err := fits(def); err != nil {
		return nil, err
	}
	return &builder{def: def, src: src}, nil
}

func fits(def engines.IndexDef) error {
	if len(def.Fields) == 0 {
		return fault.E("keys: build", fault.Invalid, "a key of no columns")
	}
	for _, f := range def.Fields {
		switch f.Type.Storage() {
		case record.Ints, record.Strs, record.Floats:
		default:
			return fault.E("keys: build", fault.Unsupported, fault.Item(f.Name), "a column of type "+f.Type.String()+" cannot be part of a key")
		}
	}
	return nil
}

// numbers reports whether the key is of integers alone: then columns are
// compared, else the section holds the bytes of the keys.
func numbers(def engines.IndexDef) bool {
	for _, f := range def.Fields {
		if f.Type.Storage() != record.Ints {
			return false
		}
	}
	return true
}

// Open opens a section that a builder wrote.
func (Engine) Open(s engines.Section) (engines.Index, error) {
	ix, err := open(s)
	if err != nil && s.Path != "" {
		return nil, fault.E("keys: open", fault.Item(s.Path), err)
	}
	if err != nil {
		return nil, err
	}
	return ix, nil
}
