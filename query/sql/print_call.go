package sql

func (p *printer) call(c *Call) {
	if c.Schema != "" {
		p.name(c.Schema)
		p.str(".")
	}
	p.funcName(c)
	if c.Schema == "" && bareCall(c) {
		return
	}
	p.str("(")
	switch {
	case c.Star:
		p.str("*")
	case c.Distinct:
		p.str("DISTINCT ")
		p.exprs(c.Args)
	case keywordOf(c.Name) == kwPosition: // an IN would end the first argument
		p.list(len(c.Args), func(i int) { p.expr(c.Args[i], precOp) })
	default:
		p.exprs(c.Args)
	}
	p.orderItems(" ORDER BY ", c.OrderBy)
	p.str(")")
	if len(c.Within) > 0 {
		p.orderItems(" WITHIN GROUP (ORDER BY ", c.Within)
		p.str(")")
	}
	if c.Filter != nil {
		p.clause(" FILTER (WHERE ", c.Filter)
		p.str(")")
	}
	p.over(c.Over)
}

// over writes OVER name for a window that adds nothing to the named one.
func (p *printer) over(w *Window) {
	switch {
	case w == nil:
	case w.Base.Name != "" && w.PartitionBy == nil && w.OrderBy == nil && w.Frame == nil:
		p.str(" OVER ")
		p.name(w.Base.Name)
	default:
		p.str(" OVER ")
		p.window(w)
	}
}

// bareCall reports whether c is one of the functions written without parentheses.
func bareCall(c *Call) bool {
	return c.Args == nil && !c.Star && !c.Distinct && c.OrderBy == nil && c.Within == nil && c.Filter == nil && c.Over == nil && timeWord(c.Name)
}

func timeWord(name string) bool {
	switch keywordOf(name) {
	case kwCurrentDate, kwCurrentTime, kwCurrentTimestamp, kwLocaltime, kwLocaltimestamp:
		return true
	}
	return false
}

// funcName writes the name of a function, in quotes where the plain word would
// begin something else.
func (p *printer) funcName(c *Call) {
	if c.Schema != "" {
		p.name(c.Name)
		return
	}
	kw := keywordOf(c.Name)
	switch kw {
	case kwRow, kwExists, kwTrim, kwValues, kwGraphTable:
		p.quoted(c.Name)
		return
	case kwExtract, kwPosition, kwSubstring, kwOverlay:
		if !plainArgs(c) {
			p.quoted(c.Name)
			return
		}
	}
	if kw.function() || timeWord(c.Name) {
		p.str(c.Name)
		return
	}
	p.name(c.Name)
}

// plainArgs reports whether c has nothing in its parentheses but values: what
// the functions with a grammar of their own take.
func plainArgs(c *Call) bool {
	for _, a := range c.Args {
		if _, named := a.(*NamedArg); named {
			return false
		}
	}
	return len(c.Args) > 0 && !c.Distinct && c.OrderBy == nil
}

func quotedName(s string) string {
	var p printer
	p.quoted(s)
	return string(p.b)
}
