package sql

// parser reads the tokens of one statement. A rule of the grammar is a method
// that takes the tokens it understands and returns a node; what it cannot
// understand ends in fail, which unwinds to the caller of the package.
type parser struct {
	text string
	toks []token // the last is tEOF
	i    int     // the current token

	depth     int
	bareAlias int // index of the last word taken for an alias without AS
	expected  expectations
}

// Parse reads exactly one statement; a semicolon may follow it.
func Parse(text string) (stmt Stmt, err error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	defer catch(&err)
	l := lexer{text: text, toks: make([]token, 0, len(text)/5+4)}
	l.statement()
	p := newParser(&l)
	if k := p.peek(); k == tEOF || k == tSemicolon {
		p.failAt(int(p.toks[p.i].start), "the statement is empty")
	}
	s := p.wholeStatement()
	for end := l.skipSpace(); end < len(text); end = l.skipSpace() {
		if text[end] != ';' {
			p.failAt(end, "a second statement starts here, expected only one")
		}
		l.pos++
	}
	return s, nil
}

func newParser(l *lexer) *parser {
	return &parser{text: l.text, toks: l.toks, bareAlias: -1, expected: expectations{at: -1}}
}

// wholeStatement reads a statement up to the end of the tokens.
func (p *parser) wholeStatement() Stmt {
	s := p.statement()
	p.accept(tSemicolon)
	if p.peek() != tEOF {
		p.want(expectation{text: "end of statement"})
		p.fail()
	}
	p.checkHeight(s)
	return s
}

// checkHeight keeps those who walk the tree from running out of stack.
func (p *parser) checkHeight(n Node) {
	if len(p.toks) > MaxHeight && height(n, MaxHeight) > MaxHeight {
		p.complex(n.Pos(), "statement too complex: more than %d operators in a row", MaxHeight)
	}
}

// nest counts one level of nesting until the returned function is called.
func (p *parser) nest() {
	if p.depth++; p.depth > MaxDepth {
		p.complex(p.pos(), "statement too complex: nested more than %d levels deep", MaxDepth)
	}
}

func (p *parser) unnest() { p.depth-- }

func (p *parser) peek() kind { return p.toks[p.i].kind }

// peekAt returns the kind of the n-th token after the current one.
func (p *parser) peekAt(n int) kind {
	return p.toks[min(p.i+n, len(p.toks)-1)].kind
}

// keyword returns the keyword at the current token, or kwNone.
func (p *parser) keyword() keyword { return p.toks[p.i].kw }

func (p *parser) keywordAt(n int) keyword {
	return p.toks[min(p.i+n, len(p.toks)-1)].kw
}

// pos returns the offset of the current token.
func (p *parser) pos() int { return int(p.toks[p.i].start) }

func (p *parser) at() At { return At(p.toks[p.i].start) }

// extent returns the bytes from start to the end of the token before the current one.
func (p *parser) extent(start int) Extent {
	if p.i == 0 {
		return Extent{start, start}
	}
	return Extent{start, int(p.toks[p.i-1].end)}
}

// take returns the current token and passes it.
func (p *parser) take() token {
	t := p.toks[p.i]
	if t.kind != tEOF {
		p.i++
	}
	return t
}

// accept passes a token of kind k, if it is there.
func (p *parser) accept(k kind) bool {
	if p.toks[p.i].kind == k {
		p.i++
		return true
	}
	if k != tSemicolon {
		p.want(expectation{kind: k})
	}
	return false
}

// expect passes a token of kind k or fails.
func (p *parser) expect(k kind) {
	if !p.accept(k) {
		p.fail()
	}
}

// acceptWord passes the keyword, if it is there.
func (p *parser) acceptWord(kw keyword) bool {
	if p.toks[p.i].kw == kw {
		p.i++
		return true
	}
	p.want(expectation{kw: kw})
	return false
}

// acceptWords passes all the keywords in order, or none.
func (p *parser) acceptWords(kws ...keyword) bool {
	for n, kw := range kws {
		if p.keywordAt(n) != kw {
			if n == 0 {
				p.want(expectation{kw: kw})
			}
			return false
		}
	}
	p.i += len(kws)
	return true
}

// expectWord passes the keywords in order or fails.
func (p *parser) expectWord(kws ...keyword) {
	for _, kw := range kws {
		if !p.acceptWord(kw) {
			p.fail()
		}
	}
}

// commas calls item once, and again after every comma.
func (p *parser) commas(item func()) {
	item()
	for p.accept(tComma) {
		item()
	}
}

// isName reports whether the n-th token from here can be a name.
func (p *parser) isName(n int) bool {
	t := p.toks[min(p.i+n, len(p.toks)-1)]
	return t.kind == tQuoted || t.kind == tWord && !t.kw.reserved()
}

// ident reads a name; what says what it names, for the message.
func (p *parser) ident(what string) Ident {
	if !p.isName(0) {
		p.want(expectation{text: what})
		p.failReserved(what)
	}
	return p.takeIdent()
}

func (p *parser) takeIdent() Ident {
	t := p.take()
	return Ident{At(t.start), p.identText(t)}
}

// failReserved fails with advice on how to use a reserved word as a name.
func (p *parser) failReserved(what string) {
	if kw := p.keyword(); kw.reserved() && p.suggest(p.i) == "" {
		p.failHint("to use "+kw.String()+" as a name, write it in double quotes: \""+keywordText[kw]+"\"",
			"%s is a reserved word, expected %s", p.describe(p.i), what)
	}
	p.fail()
}

// identList reads (a, b, ...).
func (p *parser) identList(what string) (ids []Ident) {
	p.expect(tLParen)
	p.commas(func() { ids = append(ids, p.ident(what)) })
	p.expect(tRParen)
	return ids
}

// dotted reads a.b.c.
func (p *parser) dotted(what string) *Name {
	made := &struct { // most names have one part, and lie in one piece
		Name
		one [1]string
	}{}
	n := &made.Name
	n.At = p.at()
	n.Parts = append(made.one[:0], p.ident(what).Name)
	for p.peek() == tDot {
		p.take()
		n.Parts = append(n.Parts, p.anyWord(what).Name)
	}
	return n
}

// tableName reads the name of a table.
func (p *parser) tableName(what string) *Name {
	n := p.dotted(what)
	p.oneSchema(n)
	return n
}

// oneSchema refuses a table of a schema: there is one, whose name is public, and
// a table of another must not be taken for one of it.
func (p *parser) oneSchema(n *Name) {
	if len(n.Parts) == 1 || len(n.Parts) == 2 && n.Parts[0] == "public" {
		return
	}
	hint := "name the table alone: " + (&Name{Parts: n.Parts[len(n.Parts)-1:]}).String()
	if n.Parts[0] == "information_schema" || n.Parts[0] == "pg_catalog" {
		hint = "SHOW TABLES lists the tables, DESCRIBE t the columns of one; GET /v1/schema has all of them"
	}
	p.unsupported(n.Pos(), "there are no schemas but public: "+n.String(), hint)
}

// anyWord reads a name where a reserved word cannot be mistaken: after a dot or AS.
func (p *parser) anyWord(what string) Ident {
	if k := p.peek(); k != tWord && k != tQuoted {
		p.want(expectation{text: what})
		p.fail()
	}
	return p.takeIdent()
}

// tableNames reads names of tables separated by commas.
func (p *parser) tableNames(what string) (names []*Name) {
	p.commas(func() { names = append(names, p.tableName(what)) })
	return names
}
