// Package separator finds out which byte separates the fields of a CSV. Programs
// write a comma, a semicolon (where the comma is the decimal point), a tab or a bar.
package separator

import (
	"bytes"
	"slices"
)

// candidates are the separators looked for; an earlier one wins a tie.
var candidates = []byte{',', ';', '\t', '|'}

// sampleRows is how many rows Find looks at.
const sampleRows = 20

// Find returns what separates the fields of a CSV that begins with text: a comma
// if it cuts all rows into as many fields as the first, else the candidate that
// does so best, and a comma if none is in the first row.
func Find(text []byte) byte {
	best, bestLike := byte(','), 0
	for _, c := range candidates {
		counts := count(text, c)
		if len(counts) == 0 || counts[0] == 0 {
			continue
		}
		like := 0
		for _, n := range counts {
			if n == counts[0] {
				like++
			}
		}
		if like > bestLike {
			best, bestLike = c, like
		}
	}
	return best
}

// Within returns the candidate that is in the only field of a header, or 0: the
// file is probably separated by that.
func Within(field string) byte {
	if i := slices.IndexFunc(candidates, func(c byte) bool { return bytes.IndexByte([]byte(field), c) >= 0 }); i >= 0 {
		return candidates[i]
	}
	return 0
}

// count counts c outside quotes in each of the first rows of text. Blank rows
// are passed over, and so is a last one that text may have cut.
func count(text []byte, c byte) []int {
	var out []int
	n, start, quoted := 0, 0, false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == c:
			n++
		case b == '\n':
			if len(bytes.TrimSpace(text[start:i])) > 0 {
				out = append(out, n)
			}
			if n, start = 0, i+1; len(out) == sampleRows {
				return out
			}
		}
	}
	if len(out) == 0 {
		return append(out, n)
	}
	return out
}
