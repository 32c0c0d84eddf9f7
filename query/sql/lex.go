package sql

import (
	"strings"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
)

// lexer cuts the text into tokens, one statement at a time.
type lexer struct {
	text string
	pos  int
	toks []token

	unclosed bool // what failed was opened and never closed: it goes to the end of text
}

// statement appends the tokens of the next statement, its semicolon and a tEOF
// at its end. It gives up with a bailout on what cannot be a token.
func (l *lexer) statement() {
	l.toks = l.toks[:0]
	first := l.skipSpace()
	for {
		start := l.skipSpace()
		if start-first > MaxStatement {
			panic(bailout{fault.E(op, fault.TooLarge, fault.At(l.text, first),
				fault.Hint("load many rows with quindex load or POST /v1/load/{table}"),
				tooLong(MaxStatement))})
		}
		if start == len(l.text) {
			l.emit(tEOF, start)
			return
		}
		l.next(start)
		if l.toks[len(l.toks)-1].kind == tSemicolon {
			l.emit(tEOF, l.pos)
			return
		}
	}
}

func (l *lexer) emit(k kind, start int) {
	l.toks = append(l.toks, token{kind: k, start: int32(start), end: int32(l.pos)})
}

func (l *lexer) fail(at int, format string, args ...any) {
	panic(bailout{syntaxError(l.text, at, format, args...)})
}

func (l *lexer) neverClosed(at int, what string) {
	l.unclosed = true
	l.fail(at, "%s is never closed", what)
}

// skipSpace passes white space and comments and returns the new position.
func (l *lexer) skipSpace() int {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case space(rest[0]):
			l.pos++
		case strings.HasPrefix(rest, "--"):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				l.pos += end + 1
			} else {
				l.pos = len(l.text)
			}
		case strings.HasPrefix(rest, "/*"):
			l.blockComment()
		default:
			return l.pos
		}
	}
	return l.pos
}

// blockComment passes a comment; as in PostgreSQL they may be nested.
func (l *lexer) blockComment() {
	open := l.pos
	for depth := 0; l.pos < len(l.text); {
		switch rest := l.text[l.pos:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(rest, "*/"):
			l.pos += 2
			if depth--; depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
	l.neverClosed(open, "comment")
}

// next appends the token that starts at start.
func (l *lexer) next(start int) {
	switch c := l.text[start]; {
	case (c == 'e' || c == 'E') && l.byteAt(start+1) == '\'':
		l.pos += 2
		l.quoted(tEString, start, '\'', true)
	case identStart(c):
		l.word(start)
	case digit(c) || c == '.' && digit(l.byteAt(start+1)):
		l.number(start)
	case c == '\'':
		l.pos++
		l.quoted(tString, start, '\'', false)
	case c == '"':
		l.pos++
		l.quoted(tQuoted, start, '"', false)
		if l.pos-start == 2 {
			l.fail(start, `identifier "" is empty`)
		}
	case c == '$':
		l.dollar(start)
	default:
		l.operator(start)
	}
}

func (l *lexer) byteAt(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

func (l *lexer) word(start int) {
	for l.pos < len(l.text) && identPart(l.text[l.pos]) {
		l.pos++
	}
	word := l.text[start:l.pos]
	if at := strings.Index(word, noBreakSpace); at >= 0 {
		l.fail(start+at, "no-break space (U+00A0), expected a plain one")
	}
	l.emit(tWord, start)
	l.toks[len(l.toks)-1].kw = foldKeyword(word)
}

// noBreakSpace comes with text copied from web pages. PostgreSQL takes it for a
// letter, which helps nobody.
const noBreakSpace = "\u00a0"

func (l *lexer) digits() {
	for digit(l.byteAt(l.pos)) {
		l.pos++
	}
}

func (l *lexer) number(start int) {
	k := tInt
	l.digits()
	if l.byteAt(l.pos) == '.' {
		k = tNumber
		l.pos++
		l.digits()
	}
	if c := l.byteAt(l.pos); c == 'e' || c == 'E' {
		exp := l.pos + 1
		if sign := l.byteAt(exp); sign == '+' || sign == '-' {
			exp++
		}
		if digit(l.byteAt(exp)) {
			k = tNumber
			l.pos = exp
			l.digits()
		}
	}
	if l.pos < len(l.text) && (identStart(l.text[l.pos]) || l.text[l.pos] == '.') {
		l.fail(start, "junk after number %s", l.text[start:l.pos])
	}
	l.emit(k, start)
}

// quoted passes the rest of a string or identifier after its opening quote.
func (l *lexer) quoted(k kind, start int, quote byte, escapes bool) {
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		l.pos++
		switch {
		case c == '\\' && escapes:
			l.pos = min(l.pos+1, len(l.text))
		case c == quote && l.byteAt(l.pos) == quote:
			l.pos++
		case c == quote:
			l.emit(k, start)
			return
		}
	}
	if quote == '"' {
		l.neverClosed(start, "quoted identifier")
	}
	l.neverClosed(start, "string")
}

// dollar reads $1 or $tag$ text $tag$.
func (l *lexer) dollar(start int) {
	l.pos++
	if digit(l.byteAt(l.pos)) {
		l.digits()
		if identStart(l.byteAt(l.pos)) {
			l.fail(start, "junk after parameter %s", l.text[start:l.pos])
		}
		l.emit(tParam, start)
		return
	}
	for c := l.byteAt(l.pos); identStart(c) || digit(c); c = l.byteAt(l.pos) {
		l.pos++
	}
	if l.byteAt(l.pos) != '$' {
		l.fail(start, `unexpected "$", expected a parameter such as $1`)
	}
	l.pos++
	tag := l.text[start:l.pos]
	end := strings.Index(l.text[l.pos:], tag)
	if end < 0 {
		l.neverClosed(start, "string "+tag)
	}
	l.pos += end + len(tag)
	l.emit(tDollar, start)
}

func (l *lexer) operator(start int) {
	for _, k := range operatorsByByte[l.text[start]] {
		if strings.HasPrefix(l.text[start:], kindText[k]) {
			l.pos += len(kindText[k])
			l.emit(k, start)
			return
		}
	}
	r, size := utf8.DecodeRuneInString(l.text[start:])
	if strings.IndexByte("~!@#%^&|`?", l.text[start]) >= 0 && size == 1 {
		if r == '`' {
			panic(bailout{fault.E(op, fault.Syntax, fault.At(l.text, start), fault.Hint("names stand without quotes, or in double quotes"), "a name in backquotes")})
		}
		l.fail(start, "unknown operator %q", r)
	}
	l.fail(start, "unexpected character %q", r)
}

// checkText refuses what no token may hold: bytes that are not UTF-8, and NUL.
func checkText(text string) error {
	if at := strings.IndexByte(text, 0); at >= 0 {
		return syntaxError(text, at, "byte 0x00 in the statement")
	}
	if utf8.ValidString(text) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size < 2 {
			return fault.E(op, fault.Syntax, fault.Code("22021"), fault.At(text, at), badByte(text[at]))
		}
		at += size
	}
}
