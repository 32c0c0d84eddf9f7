package node

import (
	"fmt"
	"maps"
	"testing"
)

func TestSeen(t *testing.T) {
	for _, from := range []Token{nil, {}, {2: 50, 9: 7}} {
		s := newSeen(from)
		if have := s.String(); have != from.String() {
			t.Errorf("%v: %q before anything is read", from, have)
		}
		s.ask([]uint32{1, 2, 3})
		s.ask([]uint32{2, 5, 4})
		s.answered(5, 10)
		s.answered(2, 20)
		s.answered(2, 15)
		s.answered(7, 1)
		want := Token{}
		maps.Copy(want, from)
		want.Add(5, 10)
		want.Add(2, 20)
		want.Add(7, 1)
		if have := s.Token(); !maps.Equal(have, want) || s.String() != want.String() {
			t.Errorf("%v: %v, %s; want %v", from, have, s, want)
		}
		if have := fmt.Sprint(s.Harvest()); have != "3 6" {
			t.Errorf("harvest %s, want 3 of 6", have)
		}
	}
}
