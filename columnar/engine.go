package columnar

import (
	"io"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Engine keeps every field of a table and answers every comparison. The zero
// Engine keeps in memory all text of dictionaries that was once asked for.
type Engine struct{ keeps keeper }

// New returns an engine whose segments together keep about so many bytes of
// unpacked text of dictionaries, at least 1, and of integers up to a quarter of
// that, 64 MiB at most; what does not fit is unpacked whenever it is asked for.
func New(text int64) Engine { return Engine{newKeeper(text)} }

// Name returns "columnar".
func (Engine) Name() string { return engines.ColumnarEngine }

// Functions returns none: the engine answers the closed set of predicate.
func (Engine) Functions() []engines.Function { return nil }

// NewBuilder starts the columns of one segment. A field that src does not
// hold is left out; readers then use its default.
func (Engine) NewBuilder(def engines.IndexDef, src engines.Columns) (engines.Builder, error) {
	for _, f := range def.Fields {
		if f.Type.Storage() == record.NoStorage {
			return nil, fault.Errorf("columnar: build", fault.Unsupported, "column %s of type %s cannot be stored", f.Name, f.Type)
		}
	}
	bloom, err := bloomFields(def)
	if err != nil {
		return nil, err
	}
	b := &builder{def: def, src: src, bloom: bloom}
	b.enc.Pack = packs(def)
	return b, nil
}

func packs(def engines.IndexDef) bool { return def.Options["pack"] == "on" }

// Open opens a section that NewBuilder's builder wrote.
func (e Engine) Open(s engines.Section) (engines.Index, error) {
	ix, err := open(s, e.keeps)
	if err != nil {
		if s.Path != "" {
			return nil, fault.E("columnar: open", fault.Item(s.Path), err)
		}
		return nil, err
	}
	return ix, nil
}

// Inspect prints a section; see the function Inspect.
func (Engine) Inspect(w io.Writer, section []byte) error { return Inspect(w, section) }
