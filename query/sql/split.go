package sql

import "strings"

// Split cuts text at the semicolons that end statements, which are those
// outside of strings, names in quotes and comments, for who sends one statement
// after the other. rest is what follows the last of them, "" where only space
// and comments do. What has no tokens is no statement. Split knows no errors:
// what can be no token is left to who parses the statement, and what is opened
// and never closed belongs to rest.
func Split(text string) (stmts []string, rest string) {
	l := lexer{text: text}
	start, tokens := 0, 0
	for {
		switch l.pass() {
		case tEOF:
			if tokens > 0 || l.unclosed {
				rest = trim(text[start:])
			}
			return stmts, rest
		case tSemicolon:
			if tokens > 0 {
				stmts = append(stmts, trim(text[start:l.pos-1]))
			}
			start, tokens = l.pos, 0
		default:
			tokens++
		}
	}
}

// pass passes one token, or what cannot be one, and returns its kind.
func (l *lexer) pass() (k kind) {
	from := l.pos
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if _, ours := p.(bailout); !ours {
			panic(p)
		}
		if k = tWord; l.unclosed {
			k = tEOF
		}
		if l.pos == from {
			l.pos++
		}
	}()
	if from = l.skipSpace(); from == len(l.text) {
		return tEOF
	}
	l.toks = l.toks[:0]
	l.next(from)
	return l.toks[0].kind
}

// trim cuts off the space that the lexer passes over, and no other.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r < 128 && space(byte(r)) })
}
