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

// TestGolden fixes the bytes of each form.
func TestGolden(t *testing.T) {
	is := func(s Set, parts ...string) {
		t.Helper()
		var want []byte
		for _, p := range parts {
			want = append(want, p...)
		}
		if got := s.AppendBinary(nil); !bytes.Equal(got, want) {
			t.Errorf("%v is % x, want % x", s, got, want)
		}
	}
	is(Set{}, "\x00")
	is(Range(3, 70_000),
		"\x01",             // a range
		"\x03\x00\x00\x00", // from 3
		"\x70\x11\x01\x00", // below 70,000
	)
	is(FromSorted([]Num{1, 5, 70_000}),
		"\x02",             // roaring:
		"\x3a\x30\x00\x00", // cookie 12346: no runs
		"\x02\x00\x00\x00", // 2 containers
		"\x00\x00\x01\x00", // key 0, 2 rows
		"\x01\x00\x00\x00", // key 1, 1 row
		"\x18\x00\x00\x00", // the first container is at 24
		"\x1c\x00\x00\x00", // the second at 28
		"\x01\x00\x05\x00", // 1, 5
		"\x70\x11",         // 70,000 - 65,536
	)
}
