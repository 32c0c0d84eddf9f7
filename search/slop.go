package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/quindex/quindex/fault"
)

// maxSlop is the largest slop of a phrase.
const maxSlop = 64

// A phrase with a slop of s stands where each of its words has a place of its
// own, and all are within s places of where the phrase has them: there is a
// base such that the word of slot i stands in [base+i, base+i+s]. Words may so
// stand apart or, from a slop of 2 on, change places. Its frequency is the
// number of places of its first word from which this can be done. This is the
// rule of Lucene's sloppy phrases, but for the frequency.

// spots are where the words of the slots of a phrase stand in one row, slot by
// slot and ascending, and the slots' numbers, the first of them 0.
type spots struct {
	pos  [][]uint32
	at   []uint32
	slop int
	used []uint32
}

// count returns the frequency.
func (s *spots) count() (n uint32) {
	for i, p := range s.pos[0] {
		if (i == 0 || p != s.pos[0][i-1]) && s.takes(0, p) {
			n++
		}
	}
	return n
}

// takes reports whether the phrase stands there with its slot i at p.
func (s *spots) takes(i int, p uint32) bool {
	for base := int(p) - int(s.at[i]) - s.slop; base <= int(p)-int(s.at[i]); base++ {
		if s.fits(base, i, p) {
			return true
		}
	}
	return false
}

// fits reports whether all slots find places from base on, slot i at p. Each
// takes the first that is free: windows of later slots begin and end later, so
// no other choice leaves more to them.
func (s *spots) fits(base, i int, p uint32) bool {
	s.used = append(s.used[:0], p)
slots:
	for j, list := range s.pos {
		if j == i {
			continue
		}
		lo := base + int(s.at[j])
		k, _ := slices.BinarySearch(list, uint32(max(lo, 0)))
		for ; k < len(list) && int(list[k]) <= lo+s.slop; k++ {
			if !slices.Contains(s.used, list[k]) {
				s.used = append(s.used, list[k])
				continue slots
			}
		}
		return false
	}
	return true
}

// slopMark stands between a phrase and its slop inside the quotes, where
// bleve's parser carries it along.
const slopMark = "\x00"

// readable writes what bleve's lexer does not read so that it does: the slop
// of a phrase moves into its quotes, and a space parts edits from a boost. It
// follows the lexer's states.
func readable(text string) string {
	text = strings.ReplaceAll(text, slopMark, " ")
	if !strings.Contains(text, "~") {
		return text
	}
	var b strings.Builder
	const (
		start = iota
		word
		edits
		boost
	)
	state := start
	for i := 0; i < len(text); i++ {
		c := text[i]
		if state == word && (c == ':' || c == '^' || c == '~') {
			state = start
		}
		switch {
		case c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
			if state == start {
				state = word
			}
		case state == start && c == '"':
			end, slop := phraseEnd(text, i)
			b.WriteString(text[i:end])
			if i = end; i < len(text) {
				if slop != "" {
					b.WriteString(slopMark + slop)
					i += 1 + len(slop)
				}
				b.WriteByte('"')
			}
			continue
		case c == ' ':
			state = start
		case state == edits && c == '^':
			b.WriteByte(' ')
			state = boost
		case state == start && c == '~':
			state = edits
		case state == start && c == '^':
			state = boost
		case state == start && !strings.ContainsRune("+-:><=", rune(c)):
			state = word
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// phraseEnd returns where the phrase that opens at i closes, len(text) if it
// does not, and the digits after a tilde there.
func phraseEnd(text string, i int) (end int, slop string) {
	for end = i + 1; end < len(text) && text[end] != '"'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	if end = min(end, len(text)); end+1 < len(text) && text[end+1] == '~' {
		n := end + 2
		for n < len(text) && '0' <= text[n] && text[n] <= '9' {
			n++
		}
		slop = text[end+2 : n]
	}
	return end, slop
}

// cutSlop parts a phrase from the slop that readable put behind it.
func cutSlop(text string, otherwise int) (string, int, error) {
	text, digits, ok := strings.Cut(text, slopMark)
	if !ok {
		return text, otherwise, nil
	}
	n, err := parseSlop(digits)
	return text, n, err
}

func parseSlop(digits string) (int, error) {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n > maxSlop {
		return 0, fault.Errorf("search: query", fault.Invalid, "a slop of %s, want 0 to %d", digits, maxSlop)
	}
	return int(n), nil
}
