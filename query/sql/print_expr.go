package sql

// expr writes e, in parentheses if it binds less tightly than min.
func (p *printer) expr(e Expr, min prec) {
	if precOf(e) < min {
		p.str("(")
		defer p.str(")")
	}
	switch e := e.(type) {
	case *Binary:
		p.binary(e)
	case *Unary:
		p.unary(e)
	case *Between, *In, *Like, *IsNull, *IsBool, *Quantified:
		p.condition(e)
	case *Cast:
		p.expr(e.X, precPostfix)
		p.str("::")
		p.typeName(e.Type)
	case *Index:
		p.expr(e.X, indexable(e.X))
		p.str("[")
		p.expr(e.I, precLowest)
		p.str("]")
	case *Call:
		p.call(e)
	default:
		p.primary(e)
	}
}

// indexable returns the precedence to write x[...]'s x with: the type in
// (y::t)[1] would swallow the brackets, and a literal cannot carry them.
func indexable(x Expr) prec {
	switch x.(type) {
	case *Index, *Name, *Param, *Call, *ArrayLit:
		return precPostfix
	}
	return precPrimary + 1
}

func (p *printer) binary(e *Binary) {
	at := e.Op.prec()
	left := at
	if !at.associative() {
		left++
	}
	p.expr(e.L, left)
	p.str(" ", e.Op.String(), " ")
	p.expr(e.R, at+1)
}

func (p *printer) unary(e *Unary) {
	switch e.Op {
	case Not:
		p.str("NOT ")
		p.expr(e.X, precNot)
		return
	case Neg:
		p.str("-")
	case Plus:
		p.str("+")
	}
	p.expr(e.X, precPostfix)
}

func (p *printer) condition(e Expr) {
	switch e := e.(type) {
	case *Between:
		p.operand(e.X, e.Not, "BETWEEN ")
		if e.Symmetric {
			p.str("SYMMETRIC ")
		}
		p.expr(e.Lo, precOp)
		p.str(" AND ")
		p.expr(e.Hi, precOp)
	case *In:
		p.operand(e.X, e.Not, "IN ")
		p.str("(")
		if e.Query != nil {
			p.query(e.Query)
		} else {
			p.exprs(e.List)
		}
		p.str(")")
	case *Like:
		op := "LIKE "
		if e.Fold {
			op = "ILIKE "
		}
		p.operand(e.X, e.Not, op)
		p.expr(e.Pattern, precOp)
		if e.Escape != nil {
			p.str(" ESCAPE ")
			p.expr(e.Escape, precOp)
		}
	case *IsNull:
		p.is(e.X, e.Not, "NULL")
	case *IsBool:
		p.is(e.X, e.Not, e.Value.String())
	case *Quantified:
		p.quantified(e)
	}
}

func (p *printer) operand(x Expr, not bool, op string) {
	p.expr(x, precOp)
	p.str(" ")
	if not {
		p.str("NOT ")
	}
	p.str(op)
}

func (p *printer) is(x Expr, not bool, what string) {
	p.expr(x, precCompare)
	p.str(" IS ")
	if not {
		p.str("NOT ")
	}
	p.str(what)
}

func (p *printer) quantified(e *Quantified) {
	p.expr(e.X, precOp)
	p.str(" ", e.Op.String())
	if e.All {
		p.str(" ALL (")
	} else {
		p.str(" ANY (")
	}
	if e.Query != nil {
		p.query(e.Query)
	} else {
		p.expr(e.Array, precLowest)
	}
	p.str(")")
}

func (p *printer) primary(e Expr) {
	switch e := e.(type) {
	case *Name:
		p.dotted(e)
	case *Star:
		if e.Table != nil {
			p.dotted(e.Table)
			p.str(".")
		}
		p.str("*")
	case *Literal:
		p.literal(e)
	case *Param:
		p.str("$")
		p.int(e.N)
	case *Default:
		p.str("DEFAULT")
	case *NamedArg:
		p.name(e.Name)
		p.clause(" => ", e.Value)
	case *Exists:
		p.str("EXISTS ")
		p.subquery(e.Query)
	case *Subquery:
		p.subquery(e.Query)
	case *ArrayLit:
		p.array(e)
	case *Row:
		p.row(e)
	case *Case:
		p.caseExpr(e)
	}
}

func (p *printer) dotted(n *Name) {
	for i, part := range n.Parts {
		if i > 0 {
			p.str(".")
		}
		p.name(part)
	}
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case Null:
		p.str("NULL")
	case Bool:
		if l.Bool {
			p.str("TRUE")
		} else {
			p.str("FALSE")
		}
	case Int, Number:
		p.str(l.Text)
	case Typed:
		p.typeName(l.Type)
		p.str(" ")
		p.quote(l.Text)
	default:
		p.quote(l.Text)
	}
}

func (p *printer) array(a *ArrayLit) {
	p.str("ARRAY")
	if a.Query != nil {
		p.subquery(a.Query)
		return
	}
	p.str("[")
	p.exprs(a.Elems)
	p.str("]")
}

// row writes ROW only where (x) would be x.
func (p *printer) row(r *Row) {
	if len(r.Elems) < 2 {
		p.str("ROW")
	}
	p.str("(")
	p.exprs(r.Elems)
	p.str(")")
}

func (p *printer) caseExpr(c *Case) {
	p.str("CASE")
	p.clause(" ", c.Operand)
	for i := range c.Whens {
		p.str(" ")
		p.node(&c.Whens[i])
	}
	p.clause(" ELSE ", c.Else)
	p.str(" END")
}

func (p *printer) typeName(t *TypeName) {
	p.str(typeText(t.Name))
	if len(t.Args) > 0 {
		p.str("(")
		p.list(len(t.Args), func(i int) { p.int(t.Args[i]) })
		p.str(")")
	}
	if t.Array {
		p.str("[]")
	}
}

func (n *Name) String() string       { return text(n) }
func (n *Star) String() string       { return text(n) }
func (n *Literal) String() string    { return text(n) }
func (n *Param) String() string      { return text(n) }
func (n *Default) String() string    { return text(n) }
func (n *Unary) String() string      { return text(n) }
func (n *Binary) String() string     { return text(n) }
func (n *Between) String() string    { return text(n) }
func (n *In) String() string         { return text(n) }
func (n *Like) String() string       { return text(n) }
func (n *Quantified) String() string { return text(n) }
func (n *IsNull) String() string     { return text(n) }
func (n *IsBool) String() string     { return text(n) }
func (n *Case) String() string       { return text(n) }
func (n *When) String() string       { return text(n) }
func (n *Cast) String() string       { return text(n) }
func (n *Call) String() string       { return text(n) }
func (n *NamedArg) String() string   { return text(n) }
func (n *Exists) String() string     { return text(n) }
func (n *Subquery) String() string   { return text(n) }
func (n *ArrayLit) String() string   { return text(n) }
func (n *Row) String() string        { return text(n) }
func (n *Index) String() string      { return text(n) }
