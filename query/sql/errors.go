package sql

import (
	"fmt"
	"strings"

	"github.com/quindex/quindex/fault"
)

const (
	// MaxStatement is the longest statement in bytes; larger ones are
	// fault.TooLarge. Rows in bulk belong into a load.
	MaxStatement = 1 << 20

	// MaxDepth is how deep parentheses, subqueries and other constructs may be
	// nested.
	MaxDepth = 200

	// MaxHeight is how high the tree may be, which the length of a chain such
	// as a OR b OR c ... decides: who walks a tree may recurse.
	MaxHeight = 10_000

	// tooComplex is statement_too_complex.
	tooComplex fault.Code = "54001"

	op = "sql: parse"
)

// bailout carries an error from deep in the grammar to Parse, by panic.
type bailout struct{ err error }

// catch turns a bailout into an error; other panics go on.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case bailout:
		*err = r.err
	default:
		panic(r)
	}
}

func syntaxError(text string, at int, format string, args ...any) error {
	return fault.E(op, fault.Syntax, fault.At(text, at), fmt.Errorf(format, args...))
}

// failAt gives up with a syntax error at a byte offset.
func (p *parser) failAt(at int, format string, args ...any) {
	panic(bailout{syntaxError(p.text, at, format, args...)})
}

// unsupported gives up on something that is understood but not done.
func (p *parser) unsupported(at int, what string, hint string) {
	panic(bailout{fault.E(op, fault.Unsupported, fault.At(p.text, at), fault.Hint(hint), what)})
}

func (p *parser) complex(at int, format string, args ...any) {
	panic(bailout{fault.E(op, fault.Limit, tooComplex, fault.At(p.text, at), fmt.Errorf(format, args...))})
}

// expectations are what the grammar would have taken at one token. They are
// noted on the way, so that the message of an error needs no grammar of its own.
type expectations struct {
	at    int // index of the token
	n     int
	words [24]expectation
}

// expectation is a keyword, a token or, in text, a description.
type expectation struct {
	kw   keyword
	kind kind
	text string
}

func (e expectation) String() string {
	switch {
	case e.kw == kwGroup, e.kw == kwOrder, e.kw == kwPartition:
		return e.kw.String() + " BY"
	case e.kw != kwNone:
		return e.kw.String()
	case e.text != "":
		return e.text
	}
	return fmt.Sprintf("%q", kindText[e.kind])
}

// want notes that e would have been taken here.
func (p *parser) want(e expectation) {
	x := &p.expected
	if x.at != p.i {
		x.at, x.n = p.i, 0
	}
	if x.n < len(x.words) {
		x.words[x.n] = e
		x.n++
	}
}

// fail gives up at the current token.
func (p *parser) fail() {
	p.failOpen()
	at := p.i
	hint := p.suggest(at)
	// In "SELECT a FORM t" the word FORM was taken for an alias.
	if hint == "" && p.i > 0 && p.bareAlias == p.i-1 {
		if hint = p.suggest(p.i - 1); hint != "" {
			at = p.i - 1
		}
	}
	if hint == "" {
		hint = p.habit(at)
	}
	if hint == "" {
		hint = p.openHint()
	}
	if hint == "" {
		hint = p.nameHint(at)
	}
	msg := "unexpected " + p.describe(at)
	if list := p.expectedList(); list != "" {
		msg += ", expected " + list
	}
	panic(bailout{fault.E(op, fault.Syntax, fault.At(p.text, int(p.toks[at].start)), fault.Hint(hint), msg)})
}

// failOpen reports, at the end of the statement, the bracket that was left open.
func (p *parser) failOpen() {
	if p.peek() != tEOF && p.peek() != tSemicolon {
		return
	}
	if last, ok := p.lastOpen(); ok {
		p.failAt(int(last.start), "%q is never closed", kindText[last.kind])
	}
}

// openHint points at the bracket that is open where one could have been closed.
func (p *parser) openHint() string {
	if p.expected.at != p.i {
		return ""
	}
	for _, e := range p.expected.words[:p.expected.n] {
		if e.kind != tRParen && e.kind != tRBracket {
			continue
		}
		if last, ok := p.lastOpen(); ok {
			return fmt.Sprintf("the %q at %s is still open", kindText[last.kind], fault.At(p.text, int(last.start)))
		}
	}
	return ""
}

// nameHint helps who put a name into single quotes.
func (p *parser) nameHint(at int) string {
	if p.toks[at].kind != tString || p.expected.at != at {
		return ""
	}
	for _, e := range p.expected.words[:p.expected.n] {
		if strings.HasPrefix(e.text, "a ") {
			return "names stand without quotes, or in double quotes"
		}
	}
	return ""
}

// lastOpen returns the innermost bracket that is open at the current token.
func (p *parser) lastOpen() (token, bool) {
	var open []token
	for _, t := range p.toks[:p.i] {
		switch t.kind {
		case tLParen, tLBracket, tLBrace:
			open = append(open, t)
		case tRParen, tRBracket, tRBrace:
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) == 0 {
		return token{}, false
	}
	return open[len(open)-1], true
}

// describe names the i-th token as it was written.
func (p *parser) describe(i int) string {
	t := p.toks[i]
	if t.kind == tEOF {
		return "end of statement"
	}
	s := p.text[t.start:t.end]
	const most = 40
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	switch t.kind {
	case tString, tEString, tDollar:
		return "string " + s
	case tInt, tNumber:
		return "number " + s
	}
	return fmt.Sprintf("%q", s)
}

// expectedList is "FROM, WHERE or end of statement" for the current token.
func (p *parser) expectedList() string {
	if p.expected.at != p.i {
		return ""
	}
	var names []string
	seen := map[string]bool{}
	join := false
	for _, e := range p.expected.words[:p.expected.n] {
		if join && e.kw.joins() { // JOIN stands for all of them
			continue
		}
		join = join || e.kw == kwJoin
		if s := e.String(); !seen[s] {
			seen[s] = true
			names = append(names, s)
		}
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// suggest returns "did you mean X?" if the i-th token is nearly one of the
// keywords expected at the current one, or "".
func (p *parser) suggest(i int) string {
	t := p.toks[i]
	if t.kind != tWord || p.expected.at != p.i {
		return ""
	}
	word := fold(p.text[t.start:t.end])
	best, distance := kwNone, 3
	for _, e := range p.expected.words[:p.expected.n] {
		if e.kw == kwNone {
			continue
		}
		if d := editDistance(word, keywordText[e.kw]); d > 0 && d < distance && d < len(word) && 2*d < len(keywordText[e.kw]) {
			best, distance = e.kw, d
		}
	}
	if best == kwNone {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// editDistance counts the letters to insert, drop, change or swap with their
// neighbour to make a into b (restricted Damerau-Levenshtein).
func editDistance(a, b string) int {
	const most = 24
	if len(a) > most || len(b) > most {
		return most
	}
	var d [most + 1][most + 1]int
	for i := range len(a) + 1 {
		d[i][0] = i
	}
	for j := range len(b) + 1 {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func tooLong(most int) error { return fmt.Errorf("statement is longer than %d bytes", most) }

func badByte(b byte) error { return fmt.Errorf("byte 0x%02x is not UTF-8", b) }

// failHint gives up at the current token with a message and a hint.
func (p *parser) failHint(hint, format string, args ...any) {
	panic(bailout{fault.E(op, fault.Syntax, fault.At(p.text, p.pos()), fault.Hint(hint), fmt.Errorf(format, args...))})
}
