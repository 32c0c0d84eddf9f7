package engines_test

import (
	"reflect"
	"testing"

	"github.com/quindex/quindex/engines"
)

func TestTermStats(t *testing.T) {
	var a, b engines.TermStats
	a.Rows, a.Tokens = 3, 40
	a.Add("x", 2)
	b.Rows, b.Tokens = 4, 2
	b.Add("x", 1)
	b.Add("", 0)
	a.Merge(b)
	if want := (engines.TermStats{Rows: 7, Tokens: 42, Terms: map[string]int64{"x": 3, "": 0}}); !reflect.DeepEqual(a, want) {
		t.Fatalf("merged %v, want %v", a, want)
	}
	wire := a.AppendWire(nil)
	got, err := engines.DecodeTermStats(wire)
	if err != nil || !reflect.DeepEqual(a, got) {
		t.Fatalf("decoded %v, %v, want %v", got, err, a)
	}
	for n := range wire {
		if _, err := engines.DecodeTermStats(wire[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(wire))
		}
	}
}

func FuzzDecodeTermStats(f *testing.F) {
	s := engines.TermStats{Rows: 7, Tokens: 42, Terms: map[string]int64{"x": 3, "": 0}}
	f.Add(s.AppendWire(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := engines.DecodeTermStats(b)
		if err != nil {
			return
		}
		if again, err := engines.DecodeTermStats(s.AppendWire(nil)); err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v decodes as %v, %v", s, again, err)
		}
	})
}
