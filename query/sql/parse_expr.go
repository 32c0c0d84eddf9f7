package sql

// expr reads an expression of any kind.
func (p *parser) expr() Expr { return p.operation(precOr) }

// operation reads operands joined by operators that bind at least as tightly
// as min (precedence climbing). As in bison's %nonassoc, two operators of a
// level that is not associative may not follow each other.
func (p *parser) operation(min prec) Expr { return p.operate(p.prefix(), min) }

// operate reads the operators after left.
func (p *parser) operate(left Expr, min prec) Expr {
	last := precLowest // the level of a non-associative operator just read
	for {
		at := p.infix()
		if at < min || at == precLowest {
			return left
		}
		if at == last {
			p.failHint("put one of the two in parentheses", "unexpected %s, %s cannot be chained", p.describe(p.i), levelNames[at])
		}
		left, last = p.apply(left, at)
	}
}

var levelNames = map[prec]string{
	precIs:      "IS DISTINCT FROM",
	precCompare: "comparisons",
	precBetween: "BETWEEN, IN and LIKE",
}

// infix returns the level of the operator at the current token, precLowest if
// there is none.
func (p *parser) infix() prec {
	t := p.toks[p.i]
	if t.kind != tWord {
		if op := operators[min(t.kind, tQuestion)]; op != Or {
			return op.prec()
		}
		return precLowest
	}
	kw := t.kw
	if kw == kwNot {
		if kw = p.keywordAt(1); kw == kwIs || kw == kwOr || kw == kwAnd || kw == kwAt {
			return precLowest
		}
	}
	switch kw {
	case kwOr:
		return precOr
	case kwAnd:
		return precAnd
	case kwIs:
		return precIs
	case kwIsnull, kwNotnull:
		if t.kw == kw {
			return precIs
		}
	case kwBetween, kwIn, kwLike, kwIlike, kwSimilar:
		return precBetween
	case kwAt:
		if p.keywordAt(1) == kwTime {
			return precAt
		}
	case kwCollate:
		p.unsupported(p.pos(), "COLLATE is not supported", "text sorts by its bytes")
	}
	return precLowest
}

// apply reads the operator found by infix and its right side. If the operator
// cannot be chained it returns its level too, else precLowest.
func (p *parser) apply(left Expr, level prec) (Expr, prec) {
	switch level {
	case precIs:
		return p.is(left)
	case precBetween:
		return p.between(left)
	case precAt:
		return p.atTimeZone(left), precLowest
	}
	t := p.take()
	op := operators[min(t.kind, tQuestion)]
	if t.kw == kwAnd {
		op = And
	}
	if level == precCompare || level == precOp {
		if q := p.quantified(left, op, At(t.start)); q != nil {
			return q, precLowest
		}
	}
	right := p.operation(level + 1)
	if level == precCompare {
		return &Binary{At(t.start), op, left, right}, level
	}
	return &Binary{At(t.start), op, left, right}, precLowest
}

// prefix reads an operand with the operators before it.
func (p *parser) prefix() Expr {
	at := p.at()
	switch {
	case p.keyword() == kwNot:
		p.nest()
		defer p.unnest()
		p.take()
		return &Unary{at, Not, p.operation(precNot)}
	case p.peek() == tMinus:
		p.nest()
		defer p.unnest()
		p.take()
		return negate(at, p.prefix())
	case p.peek() == tPlus:
		p.nest()
		defer p.unnest()
		p.take()
		return &Unary{at, Plus, p.prefix()}
	}
	return p.postfix(p.primary())
}

// negate makes -x; the minus before a number becomes part of it.
func negate(at At, x Expr) Expr {
	if l, ok := x.(*Literal); ok && (l.Kind == Int || l.Kind == Number) && l.Text[0] != '-' {
		return numberLiteral(at, "-"+l.Text, l.Kind == Number && !allDigits(l.Text))
	}
	return &Unary{at, Neg, x}
}

// postfix reads ::type and [index] after x.
func (p *parser) postfix(x Expr) Expr {
	for {
		at := p.at()
		switch {
		case p.peek() == tCast:
			p.take()
			x = &Cast{at, x, p.typeName()}
		case p.peek() == tLBracket && p.mayIndex(x):
			p.take()
			x = &Index{at, x, p.expr()}
			p.expect(tRBracket)
		default:
			return x
		}
	}
}

// mayIndex reports whether a bracket after x is an index; after anything that
// did not end in a name or a bracket it is not.
func (p *parser) mayIndex(x Expr) bool {
	if indexable(x) == precPostfix {
		return true
	}
	return p.i > 0 && p.toks[p.i-1].kind == tRParen
}

// is reads IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM, and ISNULL.
func (p *parser) is(x Expr) (Expr, prec) {
	at := p.at()
	if kw := p.keyword(); kw == kwIsnull || kw == kwNotnull {
		p.take()
		return &IsNull{at, kw == kwNotnull, x}, precLowest
	}
	p.take()
	not := p.acceptWord(kwNot)
	switch {
	case p.acceptWord(kwNull):
		return &IsNull{at, not, x}, precLowest
	case p.acceptWord(kwTrue):
		return &IsBool{at, not, x, True}, precLowest
	case p.acceptWord(kwFalse):
		return &IsBool{at, not, x, False}, precLowest
	case p.acceptWord(kwUnknown):
		return &IsBool{at, not, x, Unknown}, precLowest
	case !p.acceptWord(kwDistinct):
		p.fail()
	}
	p.expectWord(kwFrom)
	op := Distinct
	if not {
		op = NotDistinct
	}
	return &Binary{at, op, x, p.operation(precIs + 1)}, precIs
}

// between reads [NOT] BETWEEN, IN, LIKE and ILIKE.
func (p *parser) between(x Expr) (Expr, prec) {
	at := p.at()
	not := p.acceptWord(kwNot)
	switch kw := p.take().kw; kw {
	case kwBetween:
		symmetric := p.acceptWord(kwSymmetric)
		lo := p.lowerBound()
		p.expectWord(kwAnd)
		return &Between{at, not, symmetric, x, lo, p.operation(precOp)}, precBetween
	case kwIn:
		list, query := p.inList()
		return &In{at, not, x, list, query}, precLowest
	case kwSimilar:
		p.unsupported(int(at), "SIMILAR TO is not supported", "use LIKE, or ~ with a regular expression")
		return nil, 0
	default:
		l := &Like{At: at, Not: not, Fold: kw == kwIlike, X: x}
		l.Pattern = p.operation(precOp)
		if p.keyword() == kwEscape {
			p.take()
			l.Escape = p.operation(precOp)
		}
		return l, precBetween
	}
}

// lowerBound reads an operand that ends at AND; like PostgreSQL's b_expr it may
// be a comparison.
func (p *parser) lowerBound() Expr {
	lo := p.operation(precOp)
	if p.infix() != precCompare {
		return lo
	}
	t := p.take()
	return &Binary{At(t.start), operators[t.kind], lo, p.operation(precOp)}
}

// inList reads the parentheses of IN and ANY: expressions, or a query.
func (p *parser) inList() ([]Expr, *Query) {
	p.nest()
	defer p.unnest()
	p.expect(tLParen)
	if p.startsQuery() {
		q := p.query()
		p.expect(tRParen)
		return nil, q
	}
	var list []Expr
	p.commas(func() { list = append(list, p.exprOrQuery()) })
	p.expect(tRParen)
	if sub, ok := list[0].(*Subquery); ok && len(list) == 1 {
		return nil, sub.Query
	}
	return list, nil
}

// exprOrQuery reads an expression; if that was a query in parentheses and goes
// on as a query, as in (SELECT 1) UNION SELECT 2, all of it.
func (p *parser) exprOrQuery() Expr {
	e := p.expr()
	if sub, ok := e.(*Subquery); ok && p.continuesQuery() {
		return &Subquery{sub.At, p.queryAfter(sub.Query)}
	}
	return e
}

// quantified reads ANY (...) or ALL (...) after the operator, or returns nil.
func (p *parser) quantified(x Expr, op Op, at At) Expr {
	kw := p.keyword()
	if kw != kwAny && kw != kwAll && kw != kwSome || p.peekAt(1) != tLParen {
		return nil
	}
	p.take()
	q := &Quantified{At: at, Op: op, All: kw == kwAll, X: x}
	var list []Expr
	list, q.Query = p.inList()
	if len(list) > 1 {
		p.failAt(list[1].Pos(), "%s takes one array or one query, not a list", kw)
	}
	if len(list) == 1 {
		q.Array = list[0]
	}
	return q
}

func (p *parser) atTimeZone(x Expr) Expr {
	at := p.at()
	p.take()
	p.expectWord(kwTime, kwZone)
	return &Call{At: at, Name: "timezone", Args: []Expr{p.operation(precAt + 1), x}}
}
