package catalog

import (
	"reflect"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// TestWholeLoad decides loads with their rows: what is under way is found by its
// name, also by a catalog that is opened again, and each request by its key.
func TestWholeLoad(t *testing.T) {
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
	load := func(name string, keys ...string) Change {
		w := &WholeLoad{Into: from.ID(), Name: name, Batch: []byte("rows"), At: time.Unix(9, 0).UTC()}
		for _, k := range keys {
			w.Requests = append(w.Requests, WholeRequest{Key: k, Rows: 3, Source: "ab", Start: 1, End: 2})
		}
		return Change{WholeLoad: w}
	}
	a := do(load("a", "k", "l", ""))
	refused(fault.Unavailable, load("b", "l"))
	refused(fault.Unavailable, Change{BeginLoad: &BeginLoad{Into: from.ID(), Version: 1, Key: "k"}})
	refused(fault.Conflict, Change{EndLoad: &EndLoad{ID: a.ID(), GiveUp: true}})
	refused(fault.Conflict, Change{Drop: &DropTable{Name: "flights"}})
	refused(fault.Conflict, Change{WholeLoad: &WholeLoad{Into: 77, Name: "c"}})
	was := m.Current()
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	if m, err = Open(dir); err != nil || !reflect.DeepEqual(m.Current().Loads(), was.Loads()) {
		t.Fatalf("%v: loads are %+v, want %+v", err, m.Current().Loads(), was.Loads())
	}
	l := m.Current().WholeLoad("a")
	if l == nil || l.ID() != a.ID() || !l.Switching || l.Rows != 9 || string(l.Whole.Batch) != "rows" || m.Current().WholeLoad("b") != nil {
		t.Fatalf("found as %+v", l)
	}
	do(Change{EndLoad: &EndLoad{ID: a.ID()}})
	for key, want := range map[string]bool{"k": true, "l": true, "m": false} {
		if e, ok := m.Current().Ended(0, key, from.ID()); ok != want || ok && e.Rows != 3 {
			t.Errorf("key %s: %+v, %v", key, e, ok)
		}
	}
	refused(fault.Unavailable, load("b", "m", "l")) // it has just ended
	if len(m.Current().Loads()) > 0 || len(m.Current().ended) != 2 {
		t.Errorf("left are %+v and %+v", m.Current().Loads(), m.Current().ended)
	}
}
