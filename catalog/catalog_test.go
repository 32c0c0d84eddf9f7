package catalog

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

func flights() Table {
	return Table{Name: "flights", Schema: record.Schema{Fields: []record.Field{
		{Name: "origin", Type: record.T(record.Keyword), NotNull: true, Default: record.KeywordValue("")},
		{Name: "delay", Type: record.DecimalType(6, 2)},
	}}, Sharding: Sharding{By: []record.ColumnID{1}, Ranges: EvenRanges([]uint32{1, 2, 3})}}
}

func apply(t *testing.T, m *Machine, index uint64, ch Change) *Table {
	t.Helper()
	got, err := m.Apply(index, Encode(ch))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestIDsAreNeverReused(t *testing.T) {
	m, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	first := apply(t, m, 1, Change{Create: &CreateTable{Table: flights()}})
	apply(t, m, 2, Change{Drop: &DropTable{Name: "flights"}})
	second := apply(t, m, 3, Change{Create: &CreateTable{Table: flights()}})
	if first.ID() == second.ID() {
		t.Fatalf("the table made after the drop has id %d again", first.ID())
	}
	if f := second.Schema.Fields; f[0].ID != 1 || f[1].ID != 2 {
		t.Fatalf("column ids %d, %d, want 1, 2", f[0].ID, f[1].ID)
	}
}

func TestMachineReopensAndSkipsWhatItHas(t *testing.T) {
	dir := t.TempDir()
	m, _ := Open(dir)
	apply(t, m, 7, Change{Create: &CreateTable{Table: flights()}})
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Current().Tables(), m.Current().Tables()) || again.Applied() != 7 {
		t.Fatalf("reopened %+v at %d", again.Current().Tables(), again.Applied())
	}
	if got := apply(t, again, 7, Change{Drop: &DropTable{Name: "flights"}}); got != nil {
		t.Fatal("an entry the file already covers was applied again")
	}
	other, _ := Open(t.TempDir())
	link := t.TempDir()
	if _, err := again.Link(link); err != nil {
		t.Fatal(err)
	}
	if err := other.Restore(link); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(other.Current(), again.Current()) {
		t.Fatal("the restored catalog differs")
	}
}

func TestErrors(t *testing.T) {
	c := Empty()
	c, _, err := c.Apply(Change{Create: &CreateTable{Table: flights()}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(ch Change, kind fault.Kind, text string) {
		t.Helper()
		_, _, err := c.Apply(ch)
		if !fault.Is(err, kind) || !bytes.Contains([]byte(err.Error()+fault.HintOf(err)), []byte(text)) {
			t.Errorf("got %v (hint %q), want %v with %q", err, fault.HintOf(err), kind, text)
		}
	}
	f(Change{Create: &CreateTable{Table: flights()}}, fault.Exists, "already exists")
	f(Change{Drop: &DropTable{Name: "flihgts"}}, fault.NotFound, "did you mean flights?")
	f(Change{Create: &CreateTable{Table: Table{Name: "x"}}}, fault.Invalid, "0 columns")
	twice := flights()
	twice.Name, twice.Schema.Fields = "t", append(twice.Schema.Fields, twice.Schema.Fields[0])
	f(Change{Create: &CreateTable{Table: twice}}, fault.Invalid, `"origin" is named twice`)
	f(Change{}, fault.Unsupported, "does not know")
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	dir := t.TempDir()
	m, _ := Open(dir)
	apply(t, m, 1, Change{Create: &CreateTable{Table: flights()}})
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		bad := bytes.Clone(body)
		bad[i] ^= 0x20
		if _, err := decodeState(bad); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("{}" + magic))
	f.Fuzz(func(t *testing.T, b []byte) { decodeState(b) })
}

func TestShardOf(t *testing.T) {
	for n := range 9 {
		shards := make([]uint32, n+1)
		for i := range shards {
			shards[i] = uint32(i + 1)
		}
		s := Sharding{Ranges: EvenRanges(shards)}
		for i, r := range s.Ranges {
			if got := s.ShardOf(r.From); got != uint32(i+1) {
				t.Errorf("%d shards: hash %x is in %d, want %d", n+1, r.From, got, i+1)
			}
			if i > 0 && s.ShardOf(r.From-1) != uint32(i) {
				t.Errorf("%d shards: hash %x is in %d, want %d", n+1, r.From-1, s.ShardOf(r.From-1), i)
			}
		}
		if got := s.ShardOf(^uint64(0)); got != uint32(n+1) {
			t.Errorf("%d shards: the last hash is in %d", n+1, got)
		}
	}
}
