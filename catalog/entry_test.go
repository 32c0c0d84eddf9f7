package catalog

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// wholeEntry decides a load of rows, which need not be any.
func wholeEntry(rows []byte) Change {
	return Change{WholeLoad: &WholeLoad{Into: 7, Name: "a", Requests: []WholeRequest{{Key: "k", Rows: 3}}, Batch: rows, At: time.Unix(9, 0).UTC()}}
}

// TestEntryWithRows: rows stand beside the JSON as they are, and are neither
// kept by who encoded them nor shared with the log.
func TestEntryWithRows(t *testing.T) {
	rows := bytes.Repeat([]byte{0, 1, 200, 255, '"'}, 20_000)
	ch := wholeEntry(rows)
	e := Encode(ch)
	if over := len(e) - len(rows); over > 200 {
		t.Errorf("%d bytes beside %d of rows", over, len(rows))
	}
	if !bytes.Equal(ch.WholeLoad.Batch, rows) {
		t.Error("the change that was encoded has lost its rows")
	}
	have, err := decodeChange(e)
	if err != nil || !reflect.DeepEqual(have, ch) {
		t.Fatalf("%v: read as %+v", err, have)
	}
	clear(e)
	if !bytes.Equal(have.WholeLoad.Batch, rows) {
		t.Error("the rows change with the log's memory")
	}
	if e := Encode(wholeEntry(nil)); e[0] != '{' {
		t.Errorf("without rows: %q", e)
	}
}

// TestEntryOfOldForm reads rows that stand in the JSON, as they did.
func TestEntryOfOldForm(t *testing.T) {
	rows := []byte{1, 0, 255, 7}
	e := fmt.Sprintf(`{"WholeLoad":{"Into":7,"Name":"a","Requests":[{"Key":"k","Rows":3}],"Batch":%q,"At":"1970-01-01T00:00:09Z"}}`,
		base64.StdEncoding.EncodeToString(rows))
	have, err := decodeChange([]byte(e))
	if err != nil || !reflect.DeepEqual(have, wholeEntry(rows)) {
		t.Fatalf("%v: read as %+v", err, have)
	}
}

func TestEntryIsRefused(t *testing.T) {
	good := Encode(wholeEntry([]byte("rows")))
	refused := func(what string, e []byte) {
		t.Helper()
		if ch, err := decodeChange(e); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v, read as %+v", what, err, ch)
		}
	}
	for n := range len(good) - len("rows") + 1 {
		refused(fmt.Sprint("cut off after byte ", n), good[:n])
	}
	changed := func(at int, b ...byte) []byte {
		e := bytes.Clone(good)
		copy(e[at:], b)
		return e
	}
	refused("another version", changed(1, 2))
	refused("JSON that is not so long", changed(4, binary.LittleEndian.AppendUint32(nil, 5)...))
	refused("JSON beyond the end", changed(4, 255, 255, 255, 255))
	none := []byte(`{"Drop":{"Name":"a"}}`)
	e := binary.LittleEndian.AppendUint32([]byte{tagRows, rowsVersion, 0, 0}, uint32(len(none)))
	refused("rows beside a change that takes none", append(append(e, none...), 7))
}

func FuzzEntry(f *testing.F) {
	f.Add(Encode(wholeEntry([]byte("rows"))))
	f.Add(Encode(Change{Create: &CreateTable{Table: flights()}}))
	f.Fuzz(func(t *testing.T, e []byte) {
		ch, err := decodeChange(e)
		if err != nil || ch.WholeLoad == nil {
			return
		}
		again, err := decodeChange(Encode(ch))
		if err != nil || !bytes.Equal(again.WholeLoad.Batch, ch.WholeLoad.Batch) {
			t.Errorf("%v: %d bytes of rows, then %d", err, len(ch.WholeLoad.Batch), len(again.WholeLoad.Batch))
		}
	})
}

func BenchmarkWholeLoadEntry(b *testing.B) {
	ch := wholeEntry(make([]byte, 1<<20))
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeChange(Encode(ch)); err != nil {
			b.Fatal(err)
		}
	}
}
