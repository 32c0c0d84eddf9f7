package catalog

import (
	"reflect"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// TestLoads stages loads, switches one, puts one in the place of its table, and
// gives others up; a catalog that is opened again knows all of it.
func TestLoads(t *testing.T) {
	dir := t.TempDir()
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	index := uint64(0)
	do := func(ch Change) *Table {
		t.Helper()
		index++
		return apply(t, m, index, ch)
	}
	refused := func(kind fault.Kind, ch Change) {
		t.Helper()
		index++
		if _, err := m.Apply(index, Encode(ch)); !fault.Is(err, kind) {
			t.Errorf("%+v: %v, want %v", ch, err, kind)
		}
	}
	from := do(Change{Create: &CreateTable{Table: flights()}})
	begin := func(source, key string, twin bool) Change {
		now := m.Current().byName["flights"]
		return Change{BeginLoad: &BeginLoad{Into: now.ID(), Version: now.Schema.Version, Source: source, Key: key, Twin: twin, At: time.Unix(9, 0).UTC()}}
	}
	a := do(begin("a", "", false))
	if a.ID() == from.ID() || m.Current().ByID(a.ID()) != nil || len(a.Indexes) > 0 || !reflect.DeepEqual(a.Schema.Fields, from.Schema.Fields) {
		t.Fatalf("staged in %+v", a)
	}
	if again := do(begin("a", "", true)); again.ID() != a.ID() {
		t.Errorf("the same source is load %d, want %d", again.ID(), a.ID())
	}
	b := do(begin("", "key", true))
	refused(fault.Unavailable, begin("", "key", true))
	refused(fault.Conflict, Change{BeginLoad: &BeginLoad{Into: from.ID(), Version: 7}})
	refused(fault.Conflict, Change{BeginLoad: &BeginLoad{Into: 77, Version: 1}})
	refused(fault.Invalid, Change{EndLoad: &EndLoad{ID: a.ID()}})
	refused(fault.NotFound, Change{SwitchLoad: &SwitchLoad{ID: 77}})
	refused(fault.NotFound, Change{EndLoad: &EndLoad{ID: 77, GiveUp: true}})

	do(Change{SwitchLoad: &SwitchLoad{ID: a.ID(), Rows: 5}})
	refused(fault.Unavailable, begin("a", "", false))
	refused(fault.Conflict, Change{EndLoad: &EndLoad{ID: a.ID(), GiveUp: true}})
	refused(fault.Conflict, Change{Drop: &DropTable{Name: "flights"}})
	reopened := func() {
		t.Helper()
		was := m.Current()
		if err := m.Flush(); err != nil {
			t.Fatal(err)
		}
		if m, err = Open(dir); err != nil {
			t.Fatal(err)
		}
		if now := m.Current(); len(now.loads)+len(was.loads) > 0 && !reflect.DeepEqual(now.loads, was.loads) || !reflect.DeepEqual(now.ended, was.ended) {
			t.Fatalf("loads %+v and %+v, want %+v and %+v", now.loads, now.ended, was.loads, was.ended)
		}
	}
	reopened()
	refused(fault.Conflict, Change{EndLoad: &EndLoad{ID: a.ID(), Replace: true, Version: 1}}) // it is no twin
	do(Change{EndLoad: &EndLoad{ID: a.ID()}})
	if e, ok := m.Current().Ended(a.ID(), "", 0); !ok || e.Rows != 5 || m.Current().Load(a.ID()) != nil {
		t.Errorf("ended: %+v, %v", e, ok)
	}
	if _, ok := m.Current().Ended(0, "", from.ID()); ok {
		t.Error("a load without a key is found by none")
	}

	do(Change{SwitchLoad: &SwitchLoad{ID: b.ID(), Rows: 7}})
	refused(fault.Conflict, Change{EndLoad: &EndLoad{ID: b.ID(), Replace: true, Version: 2}})
	to := do(Change{EndLoad: &EndLoad{ID: b.ID(), Replace: true, Version: 1}})
	c := m.Current()
	if now, _ := c.Table("flights"); now != to || now.ID() != b.ID() || c.Successor(from.ID()) != now || len(now.Indexes) != len(from.Indexes) || now.Schema.Version != 2 {
		t.Errorf("the table is %+v", now)
	}
	for _, into := range []record.TableID{from.ID(), b.ID()} {
		if e, ok := c.Ended(0, "key", into); !ok || e.Rows != 7 {
			t.Errorf("the request into table %d: %+v, %v", into, e, ok)
		}
	}
	reopened()

	d := do(begin("d", "", false))
	do(begin("e", "", false))
	do(Change{EndLoad: &EndLoad{ID: d.ID(), GiveUp: true}})
	if _, ok := m.Current().Ended(d.ID(), "", 0); ok || len(m.Current().Loads()) != 1 {
		t.Error("a load that was given up has ended, or is staged")
	}
	do(Change{Drop: &DropTable{Name: "flights"}})
	if ls := m.Current().Loads(); len(ls) > 0 {
		t.Errorf("loads into a table that is dropped: %+v", ls)
	}
	reopened()
}

// TestEndedLoadsAreBounded keeps the newest.
func TestEndedLoadsAreBounded(t *testing.T) {
	c, from, err := Empty().Apply(Change{Create: &CreateTable{Table: flights()}})
	if err != nil {
		t.Fatal(err)
	}
	first, last := record.TableID(0), record.TableID(0)
	for range mostEnded + 10 {
		var l *Table
		for _, ch := range []func() Change{
			func() Change { return Change{BeginLoad: &BeginLoad{Into: from.ID(), Version: 1}} },
			func() Change { return Change{SwitchLoad: &SwitchLoad{ID: l.ID()}} },
			func() Change { return Change{EndLoad: &EndLoad{ID: l.ID()}} },
		} {
			if c, l, err = c.Apply(ch()); err != nil {
				t.Fatal(err)
			}
		}
		if last = l.ID(); first == 0 {
			first = last
		}
	}
	if _, ok := c.Ended(first, "", 0); ok || len(c.ended) != mostEnded {
		t.Errorf("%d are remembered, the first of them: %v", len(c.ended), ok)
	}
	if _, ok := c.Ended(last, "", 0); !ok {
		t.Error("the last is forgotten")
	}
}
