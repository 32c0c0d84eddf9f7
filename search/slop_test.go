package search

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestReadable: what bleve's lexer is given.
func TestReadable(t *testing.T) {
	for in, want := range map[string]string{
		`"a b"~2`:            "\"a b\x002\"",
		`+"a b"~12^3 c`:      "+\"a b\x0012\"^3 c",
		`"a \" b"~1`:         "\"a \\\" b\x001\"",
		`"a b"~`:             `"a b"~`,
		`"a b" ~2`:           `"a b" ~2`,
		`x"a b"~2`:           `x"a b"~2`,
		`word~1^2`:           `word~1 ^2`,
		`word~1 "a b"~2`:     "word~1 \"a b\x002\"",
		`wo\~rd~1 \"a b"~2`:  `wo\~rd~1 \"a b"~2`,
		`f:"a b"~2`:          "f:\"a b\x002\"",
		"\"a\x00b\"~2":       "\"a b\x002\"",
		`"open~2`:            `"open~2`,
		`plain "words" here`: `plain "words" here`,
		`7~1^2`:              `7~1 ^2`,
		`a^2 "b c"~3`:        "a^2 \"b c\x003\"",
	} {
		if have := readable(in); have != want {
			t.Errorf("%s: %q, want %q", in, have, want)
		}
	}
}

// TestSlop holds what spots finds to a search through all choices, for words
// that may be asked for several times.
func TestSlop(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	found := 0
	for range 3000 {
		text := make([]int, 1+r.IntN(12)) // word 9 is asked for by no slot
		for i := range text {
			text[i] = []int{0, 1, 2, 9}[r.IntN(4)]
		}
		s := &spots{slop: r.IntN(6)}
		for i := range 1 + r.IntN(4) {
			word := r.IntN(3)
			var list []uint32
			for p, w := range text {
				if w == word {
					list = append(list, uint32(p))
				}
			}
			s.pos, s.at = append(s.pos, list), append(s.at, uint32(i*(1+i%2)))
		}
		s.at[0] = 0
		slices.Sort(s.at)
		for i := range s.pos {
			for _, p := range s.pos[i] {
				want := s.choice(i, p, nil)
				if have := s.takes(i, p); have != want {
					t.Fatalf("text %v, slots %v at %v, slop %d: slot %d at %d: %v, want %v", text, s.pos, s.at, s.slop, i, p, have, want)
				}
				if want {
					found++
				}
			}
		}
	}
	if found < 1000 {
		t.Errorf("%d found", found)
	}
}

// choice tries all places for the slots after those of chosen.
func (s *spots) choice(i int, p uint32, chosen []uint32) bool {
	j := len(chosen)
	if j == len(s.pos) {
		lo, hi := 1<<30, -1<<30
		for k, q := range chosen {
			lo, hi = min(lo, int(q)-int(s.at[k])), max(hi, int(q)-int(s.at[k]))
		}
		return hi-lo <= s.slop
	}
	for _, q := range s.pos[j] {
		if (j != i || q == p) && !slices.Contains(chosen, q) && s.choice(i, p, append(slices.Clip(chosen), q)) {
			return true
		}
	}
	return false
}
