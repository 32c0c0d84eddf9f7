package sql

// parseExpr reads a single expression and nothing else, with the rules that
// statements read theirs by.
func parseExpr(text string) (e Expr, err error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	defer catch(&err)
	l := lexer{text: text}
	l.statement()
	p := newParser(&l)
	whole := p.expr()
	if p.peek() != tEOF {
		p.want(expectation{text: "end of expression"})
		p.fail()
	}
	p.checkHeight(whole)
	return whole, nil
}

// equal reports whether two trees are the same but for positions.
func equal(a, b Node) bool { return text(a) == text(b) }
