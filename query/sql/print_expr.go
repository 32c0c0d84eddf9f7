package sql

// prec is how tightly an operator binds, from PostgreSQL's grammar (gram.y,
// the %left and %nonassoc lines), loosest first.
type prec uint8

const (
	precLowest  prec = iota // everything
	precOr                  // left
	precAnd                 // left
	precNot                 // prefix
	precIs                  // IS NULL, IS TRUE, IS DISTINCT FROM
	precCompare             // = <> < <= > >=, not associative
	precBetween             // BETWEEN, IN, LIKE, not associative
	precOp                  // every operator without a line of its own, left
	precAdd                 // + -, left
	precMul                 // * / %, left
	precPow                 // ^, left as in PostgreSQL
	precAt                  // AT TIME ZONE, left
	precNeg                 // unary + -
	precPostfix             // ::type, [i]
	precPrimary             // everything else
)

func (o Op) prec() prec {
	switch {
	case o == Or:
		return precOr
	case o == And:
		return precAnd
	case o.Comparison():
		return precCompare
	case o == Distinct || o == NotDistinct:
		return precIs
	case o == Add || o == Sub:
		return precAdd
	case o >= Mul && o <= Mod:
		return precMul
	case o == Pow:
		return precPow
	}
	return precOp
}

// associative reports whether the operators of a level can be chained.
func (p prec) associative() bool { return p != precIs && p != precCompare && p != precBetween }

func precOf(e Expr) prec {
	switch e := e.(type) {
	case *Binary:
		return e.Op.prec()
	case *Unary:
		if e.Op == Not {
			return precNot
		}
		return precNeg
	case *Quantified:
		return precCompare
	case *Between, *In, *Like:
		return precBetween
	case *IsNull, *IsBool:
		return precIs
	case *Cast, *Index:
		return precPostfix
	case *Literal:
		if e.Text != "" && e.Text[0] == '-' && (e.Kind == Int || e.Kind == Number) {
			return precNeg
		}
	}
	return precPrimary
}

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
