package sql

import (
	"strconv"
	"strings"
)

// TypeName is a type as written: INT, VARCHAR(20), DECIMAL(10,2), KEYWORD[].
// Which type of quindex it means is for the planner to say.
type TypeName struct {
	At
	Name  string // folded, words joined by one space: "double precision", "timestamp with time zone"
	Args  []int  // VARCHAR(20): 20; DECIMAL(10,2): 10, 2
	Array bool   // a trailing []
}

// typeTails are the words that may follow the first word of a type's name,
// longest first.
var typeTails = map[string][][]string{
	"double":    {{"precision"}},
	"character": {{"varying"}},
	"char":      {{"varying"}},
	"timestamp": {{"with", "time", "zone"}, {"without", "time", "zone"}},
	"time":      {{"with", "time", "zone"}, {"without", "time", "zone"}},
}

// typeName reads a type: words, numbers in parentheses, [].
func (p *parser) typeName() *TypeName {
	t := &TypeName{At: p.at(), Name: p.ident("a type").Name}
	t.Args = p.typeArgs()
	p.typeTailInto(t, p.typeTail(0))
	if t.Args == nil {
		t.Args = p.typeArgs()
	}
	if p.peek() == tLBracket && p.peekAt(1) == tRBracket {
		p.take()
		p.take()
		t.Array = true
	} else if p.keyword() == kwArray {
		p.take()
		t.Array = true
	}
	if p.peek() == tLBracket {
		p.unsupported(p.pos(), "arrays of arrays and of fixed length are not supported", "")
	}
	return t
}

// typeWords reads the words of a type only.
func (p *parser) typeWords() *TypeName {
	t := &TypeName{At: p.at()}
	tail := p.typeTail(1)
	t.Name = p.takeIdent().Name
	p.typeTailInto(t, tail)
	return t
}

// typeTail returns how many of the words from the n-th token on belong to the
// type whose first word stands before the n-th token.
func (p *parser) typeTail(n int) int {
	switch p.keywordAt(n) {
	case kwPrecision, kwVarying, kwWith, kwWithout:
	default:
		return 0
	}
	first := p.firstTypeWord(n)
	for _, tail := range typeTails[first] {
		if p.tailAt(n, tail) {
			return len(tail)
		}
	}
	return 0
}

// firstTypeWord returns the word before the n-th token, or before the
// parentheses that end there.
func (p *parser) firstTypeWord(n int) string {
	i := p.i + n - 1
	if p.toks[i].kind == tRParen {
		for i > 0 && p.toks[i].kind != tLParen {
			i--
		}
		i--
	}
	if i < 0 || p.toks[i].kind != tWord {
		return ""
	}
	return fold(p.text[p.toks[i].start:p.toks[i].end])
}

func (p *parser) tailAt(n int, tail []string) bool {
	for j, want := range tail {
		t := p.toks[min(p.i+n+j, len(p.toks)-1)]
		if t.kind != tWord || fold(p.text[t.start:t.end]) != want {
			return false
		}
	}
	return true
}

func (p *parser) typeTailInto(t *TypeName, words int) {
	for range words {
		t.Name += " " + p.takeIdent().Name
	}
}

// typeArgs reads (10, 2), or returns nil.
func (p *parser) typeArgs() (args []int) {
	if p.peek() != tLParen {
		return nil
	}
	p.take()
	p.commas(func() {
		t := p.toks[p.i]
		if t.kind != tInt {
			p.want(expectation{text: "a whole number"})
			p.fail()
		}
		n, err := strconv.Atoi(p.text[t.start:t.end])
		if err != nil || n > maxTypeArg {
			p.failAt(int(t.start), "%s is larger than %d", p.text[t.start:t.end], maxTypeArg)
		}
		p.take()
		args = append(args, n)
	})
	p.expect(tRParen)
	return args
}

// maxTypeArg is the largest length of VARCHAR in PostgreSQL.
const maxTypeArg = 10_485_760

// typeText is the name of a type as it is printed.
func typeText(name string) string {
	for first, tails := range typeTails {
		for _, tail := range tails {
			if name == first+" "+strings.Join(tail, " ") {
				return upper(name)
			}
		}
	}
	for i := range len(name) {
		if name[i] >= 0x80 {
			return quotedName(name)
		}
	}
	if plainIdent(name) {
		return upper(name)
	}
	return quotedName(name)
}
