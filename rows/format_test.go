package rows

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/quindex/quindex/fault"
)

func TestDecodeRefuses(t *testing.T) {
	refused := func(name string, b []byte) {
		t.Helper()
		if _, err := Decode(b); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v, want a corrupt error", name, err)
		}
	}
	good := FromSorted([]Num{1, 70_000, 70_002}).AppendBinary(nil)
	refused("nothing", nil)
	refused("tag", []byte{9})
	refused("trailing", append(bytes.Clone(good), 0))
	refused("cut", good[:len(good)-1])
	refused("empty with more", []byte{tagEmpty, 1})
	refused("short range", []byte{tagRange, 1, 0, 0})
	refused("range turned round", binary.LittleEndian.AppendUint64([]byte{tagRange}, 5|4<<32))
	refused("range too far", binary.LittleEndian.AppendUint64([]byte{tagRange}, 5|(MaxRows+1)<<32))
	far := Set{bm: FromSorted([]Num{1, 3}).Roaring().Clone()}
	far.bm.Add(MaxRows)
	refused("row too far", far.AppendBinary(nil))
}

func FuzzDecode(f *testing.F) {
	for _, s := range []Set{{}, Range(3, 99), FromSorted([]Num{1, 5, 70_000}), FromDense([]uint64{0xff0, ^uint64(0), 7, 9}), All(9).Or(Range(100, 70_000))} {
		f.Add(s.AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("%v is not corrupt", err)
			}
			return
		}
		again, err := Decode(s.AppendBinary(nil))
		if err != nil || !again.Equal(s) {
			t.Fatalf("%v came back as %v, %v", s, again, err)
		}
		if got := len(s.AppendTo(nil)); got != s.Len() {
			t.Fatalf("%v yields %d rows", s, got)
		}
		var out [BlockRows / 64]uint64
		s.Block(0, &out)
		s.Not(MaxRows)
	})
}
