package sql

import (
	"strconv"
	"strings"
)

// primary reads an operand without operators.
func (p *parser) primary() Expr {
	p.nest()
	defer p.unnest()
	t := p.toks[p.i]
	switch t.kind {
	case tInt, tNumber:
		p.take()
		return numberLiteral(At(t.start), p.text[t.start:t.end], t.kind == tNumber)
	case tString, tEString, tDollar:
		p.take()
		return &Literal{At: At(t.start), Kind: String, Text: p.stringText(t)}
	case tParam:
		return p.param()
	case tLParen:
		return p.paren()
	case tWord:
		if e := p.wordExpr(t); e != nil {
			return e
		}
	case tQuestion:
		p.failHint("write $1, $2, ...", `unexpected "?", parameters are numbered`)
	}
	return p.nameExpr()
}

// numberLiteral makes a literal of digits; whole numbers beyond int64 stay Number.
func numberLiteral(at At, digits string, fraction bool) *Literal {
	if !fraction {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return &Literal{At: at, Kind: Int, Text: digits, Int: n}
		}
	}
	return &Literal{At: at, Kind: Number, Text: digits}
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func (p *parser) param() Expr {
	t := p.take()
	const most = 65535 // PostgreSQL's wire format has no more
	n, err := strconv.Atoi(p.text[t.start+1 : t.end])
	if err != nil || n < 1 || n > most {
		p.failAt(int(t.start), "parameter %s is not between $1 and $%d", p.text[t.start:t.end], most)
	}
	return &Param{At(t.start), n}
}

// paren reads (expression), (a, b, ...) or (query).
func (p *parser) paren() Expr {
	at := p.at()
	p.take()
	if p.startsQuery() {
		q := p.query()
		p.expect(tRParen)
		return &Subquery{at, q}
	}
	e := p.exprOrQuery()
	if p.peek() == tComma {
		row := &Row{at, []Expr{e}}
		for p.accept(tComma) {
			row.Elems = append(row.Elems, p.expr())
		}
		e = row
	}
	p.expect(tRParen)
	return e
}

// wordExpr reads the expressions that begin with a keyword; nil means that the
// word is an ordinary name here.
func (p *parser) wordExpr(t token) Expr {
	at := At(t.start)
	switch t.kw {
	case kwNone:
		return nil
	case kwNull:
		p.take()
		return &Literal{At: at, Kind: Null}
	case kwTrue, kwFalse:
		p.take()
		return &Literal{At: at, Kind: Bool, Bool: t.kw == kwTrue}
	case kwCase:
		return p.caseExpr()
	case kwCast:
		return p.castExpr()
	case kwArray:
		return p.arrayExpr()
	case kwCurrentDate, kwCurrentTime, kwCurrentTimestamp, kwLocaltime, kwLocaltimestamp:
		p.take()
		if p.peek() == tLParen {
			return p.call(at, "", keywordText[t.kw])
		}
		return &Call{At: at, Name: keywordText[t.kw]}
	case kwLeft, kwRight:
		if p.peekAt(1) == tLParen {
			p.take()
			return p.call(at, "", keywordText[t.kw])
		}
	}
	if p.peekAt(1) == tLParen {
		return p.specialCall(t.kw)
	}
	return nil
}

func (p *parser) caseExpr() Expr {
	c := &Case{At: p.at()}
	p.take()
	if p.keyword() != kwWhen {
		c.Operand = p.expr()
	}
	for at := p.at(); p.acceptWord(kwWhen); at = p.at() {
		w := When{At: at, Cond: p.expr()}
		p.expectWord(kwThen)
		w.Then = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.fail()
	}
	if p.acceptWord(kwElse) {
		c.Else = p.expr()
	}
	p.expectWord(kwEnd)
	return c
}

func (p *parser) castExpr() Expr {
	c := &Cast{At: p.at()}
	p.take()
	p.expect(tLParen)
	c.X = p.expr()
	p.expectWord(kwAs)
	c.Type = p.typeName()
	p.expect(tRParen)
	return c
}

// arrayExpr reads ARRAY[...] or ARRAY(query).
func (p *parser) arrayExpr() Expr {
	a := &ArrayLit{At: p.at()}
	p.take()
	if p.accept(tLParen) {
		a.Query = p.query()
		p.expect(tRParen)
		return a
	}
	if p.peek() != tLBracket {
		p.expect(tLBracket)
	}
	p.arrayElems(a)
	return a
}

func (p *parser) arrayElems(a *ArrayLit) {
	p.nest()
	defer p.unnest()
	p.expect(tLBracket)
	if p.accept(tRBracket) {
		return
	}
	p.commas(func() {
		if p.peek() != tLBracket {
			a.Elems = append(a.Elems, p.expr())
			return
		}
		inner := &ArrayLit{At: p.at()}
		p.arrayElems(inner)
		a.Elems = append(a.Elems, inner)
	})
	p.expect(tRBracket)
}

// nameExpr reads a column, a function call or a typed literal.
func (p *parser) nameExpr() Expr {
	if !p.isName(0) {
		p.want(expectation{text: "an expression"})
		p.failName()
	}
	if words := p.literalType(); words > 0 {
		return p.typedLiteral()
	}
	n := p.dotted("a column")
	if p.peek() != tLParen {
		return n
	}
	if len(n.Parts) > 2 {
		p.failAt(n.Pos(), "function name %s has %d parts, at most 2 are possible", n, len(n.Parts))
	}
	return p.call(n.At, n.Qualifier(), n.Last())
}

// failName fails where an expression should begin, with a word of advice.
func (p *parser) failName() {
	switch kw := p.keyword(); {
	case kw == kwSelect:
		p.failHint("put the subquery in parentheses", "unexpected %s, expected an expression", p.describe(p.i))
	case p.peek() == tEq && p.i > 0 && p.toks[p.i-1].kind == tEq:
		p.failHint("did you mean =?", `unexpected "=" after "="`)
	case p.i > 0 && p.toks[p.i-1].kind == tComma:
		p.failHint("there may be one comma too many", "unexpected %s, expected an expression", p.describe(p.i))
	}
	p.fail()
}

// literalType returns how many words make up the type of a typed literal at
// the current token, 0 if there is none.
func (p *parser) literalType() int {
	n := 1 + p.typeTail(1)
	switch p.peekAt(n) {
	case tString, tEString, tDollar:
		return n
	}
	return 0
}

// typedLiteral reads DATE '2001-01-01' and INTERVAL '5' DAY.
func (p *parser) typedLiteral() Expr {
	l := &Literal{At: p.at(), Kind: Typed, Type: p.typeWords()}
	l.Text = p.stringText(p.take())
	if l.Type.Name != "interval" {
		return l
	}
	switch kw := p.keyword(); kw {
	case kwYear, kwMonth, kwDay, kwHour, kwMinute, kwSecond:
		if _, err := strconv.ParseFloat(l.Text, 64); err != nil {
			p.unsupported(p.pos(), "an interval with units and "+kw.String()+" after it is not supported",
				"write the unit once: INTERVAL '5 days' or INTERVAL '5' DAY")
		}
		p.take()
		l.Text += " " + keywordText[kw]
	}
	return l
}
