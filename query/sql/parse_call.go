package sql

// call reads the parentheses of a function and what may follow them.
func (p *parser) call(at At, schema, name string) *Call {
	c := &Call{At: at, Schema: schema, Name: name}
	p.expect(tLParen)
	switch {
	case p.accept(tRParen):
	case p.peek() == tStar && p.peekAt(1) == tRParen:
		p.take()
		p.take()
		c.Star = true
	default:
		c.Distinct = p.acceptWord(kwDistinct)
		if !c.Distinct {
			p.acceptWord(kwAll)
		}
		p.commas(func() { c.Args = append(c.Args, p.arg()) })
		c.OrderBy = p.orderBy()
		p.expect(tRParen)
	}
	p.callTail(c)
	return c
}

// arg reads an argument, which may be name => value.
func (p *parser) arg() Expr {
	if p.peekAt(1) == tAssign && p.isName(0) {
		id := p.takeIdent()
		p.take()
		return &NamedArg{id.At, id.Name, p.expr()}
	}
	return p.exprOrQuery()
}

// callTail reads WITHIN GROUP, FILTER and OVER.
func (p *parser) callTail(c *Call) {
	if p.keyword() == kwWithin && p.keywordAt(1) == kwGroup {
		p.expectWord(kwWithin, kwGroup)
		p.expect(tLParen)
		if c.Within = p.orderBy(); c.Within == nil {
			p.fail()
		}
		p.expect(tRParen)
	}
	if p.keyword() == kwFilter && p.peekAt(1) == tLParen {
		p.take()
		p.take()
		p.expectWord(kwWhere)
		c.Filter = p.expr()
		p.expect(tRParen)
	}
	if p.keyword() == kwOver && (p.peekAt(1) == tLParen || p.isName(1)) {
		p.take()
		c.Over = p.over()
	}
}

func (p *parser) over() *Window {
	if p.peek() == tLParen {
		return p.window()
	}
	id := p.ident("a window")
	return &Window{At: id.At, Base: id}
}

// window reads a definition in parentheses.
func (p *parser) window() *Window {
	w := &Window{At: p.at()}
	p.expect(tLParen)
	switch p.keyword() {
	case kwPartition, kwRows, kwRange, kwGroups:
	default:
		if p.isName(0) {
			w.Base = p.takeIdent()
		}
	}
	if p.acceptWords(kwPartition, kwBy) {
		p.commas(func() { w.PartitionBy = append(w.PartitionBy, p.expr()) })
	}
	w.OrderBy = p.orderBy()
	w.Frame = p.frame()
	p.expect(tRParen)
	return w
}

// frame reads ROWS ..., or returns nil.
func (p *parser) frame() *Frame {
	f := &Frame{At: p.at()}
	switch {
	case p.acceptWord(kwRows):
		f.Unit = FrameRows
	case p.acceptWord(kwRange):
		f.Unit = FrameRange
	case p.acceptWord(kwGroups):
		f.Unit = FrameGroups
	default:
		return nil
	}
	between := p.acceptWord(kwBetween)
	f.Start = p.bound()
	f.End = Bound{Kind: CurrentRow}
	if between {
		p.expectWord(kwAnd)
		f.End = p.bound()
	}
	if f.Start.Kind > f.End.Kind || f.Start.Kind == UnboundedFollowing || f.End.Kind == UnboundedPreceding {
		p.failAt(f.Pos(), "the frame ends before it starts")
	}
	return f
}

func (p *parser) bound() Bound {
	switch {
	case p.acceptWords(kwUnbounded, kwPreceding):
		return Bound{Kind: UnboundedPreceding}
	case p.acceptWords(kwUnbounded, kwFollowing):
		return Bound{Kind: UnboundedFollowing}
	case p.acceptWords(kwCurrent, kwRow):
		return Bound{Kind: CurrentRow}
	}
	b := Bound{Kind: Preceding, Offset: p.operation(precOp)}
	if p.acceptWord(kwFollowing) {
		b.Kind = Following
		return b
	}
	p.expectWord(kwPreceding)
	return b
}

// specialCall reads the functions whose arguments have a grammar of their own;
// nil means that the word is an ordinary function. See Call for what becomes
// of them.
func (p *parser) specialCall(kw keyword) Expr {
	at := p.at()
	switch kw {
	case kwExists:
		p.take()
		p.take()
		q := p.query()
		p.expect(tRParen)
		return &Exists{at, q}
	case kwRow:
		p.take()
		p.take()
		row := &Row{At: at}
		if p.accept(tRParen) {
			return row
		}
		p.commas(func() { row.Elems = append(row.Elems, p.expr()) })
		p.expect(tRParen)
		return row
	case kwExtract:
		return p.extract()
	case kwPosition:
		return p.position()
	case kwSubstring:
		return p.substring()
	case kwOverlay:
		return p.overlay()
	case kwTrim:
		return p.trim()
	}
	return nil
}

// special passes the name and the parenthesis of a function.
func (p *parser) special() *Call {
	c := &Call{At: p.at(), Name: keywordText[p.keyword()]}
	p.take()
	p.expect(tLParen)
	return c
}

// rest reads the arguments after the first one up to the parenthesis.
func (p *parser) rest(c *Call) *Call {
	for p.accept(tComma) {
		c.Args = append(c.Args, p.arg())
	}
	p.expect(tRParen)
	p.callTail(c)
	return c
}

func (p *parser) extract() Expr {
	c := p.special()
	if p.isName(0) && p.keywordAt(1) == kwFrom {
		id := p.takeIdent()
		c.Args = []Expr{&Literal{At: id.At, Kind: String, Text: id.Name}}
	} else {
		c.Args = []Expr{p.arg()}
	}
	if p.acceptWord(kwFrom) {
		c.Args = append(c.Args, p.expr())
	}
	return p.rest(c)
}

func (p *parser) position() Expr {
	c := p.special()
	if p.accept(tRParen) {
		p.callTail(c)
		return c
	}
	if p.peekAt(1) == tAssign {
		c.Args = []Expr{p.arg()}
		return p.rest(c)
	}
	first := p.operation(precOp)
	if p.acceptWord(kwIn) {
		c.Args = []Expr{p.expr(), first}
	} else {
		c.Args = []Expr{p.operate(first, precOr)}
	}
	return p.rest(c)
}

func (p *parser) substring() Expr {
	c := p.special()
	if p.accept(tRParen) {
		p.callTail(c)
		return c
	}
	c.Args = []Expr{p.arg()}
	from, length := Expr(nil), Expr(nil)
	for range 2 {
		switch {
		case from == nil && p.acceptWord(kwFrom):
			from = p.expr()
		case length == nil && p.acceptWord(kwFor):
			length = p.expr()
		}
	}
	if from == nil && length != nil {
		from = &Literal{At: c.At, Kind: Int, Text: "1", Int: 1}
	}
	for _, e := range []Expr{from, length} {
		if e != nil {
			c.Args = append(c.Args, e)
		}
	}
	return p.rest(c)
}

func (p *parser) overlay() Expr {
	c := p.special()
	if p.accept(tRParen) {
		p.callTail(c)
		return c
	}
	c.Args = []Expr{p.arg()}
	if p.acceptWord(kwPlacing) {
		c.Args = append(c.Args, p.expr())
		p.expectWord(kwFrom)
		c.Args = append(c.Args, p.expr())
		if p.acceptWord(kwFor) {
			c.Args = append(c.Args, p.expr())
		}
	}
	return p.rest(c)
}

// trim reads TRIM([LEADING|TRAILING|BOTH] [characters] FROM x) and TRIM(x[, characters]).
func (p *parser) trim() Expr {
	c := p.special()
	switch {
	case p.acceptWord(kwLeading):
		c.Name = "ltrim"
	case p.acceptWord(kwTrailing):
		c.Name = "rtrim"
	default:
		p.acceptWord(kwBoth)
		c.Name = "btrim"
	}
	if p.acceptWord(kwFrom) {
		c.Args = []Expr{p.expr()}
		return p.rest(c)
	}
	first := p.expr()
	c.Args = []Expr{first}
	if p.acceptWord(kwFrom) {
		c.Args = []Expr{p.expr(), first}
	}
	return p.rest(c)
}
