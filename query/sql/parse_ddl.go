package sql

// create reads CREATE ...
func (p *parser) create() Stmt {
	p.take()
	switch {
	case p.acceptWord(kwTable):
		return p.createTable()
	case p.acceptWord(kwIndex):
		return p.createIndex()
	case p.acceptWord(kwRollup):
		return p.createRollup()
	case p.acceptWord(kwProperty):
		p.expectWord(kwGraph)
		return p.createGraph()
	case p.keyword() == kwUnique:
		p.unsupported(p.pos(), "UNIQUE indexes are not supported", "a PRIMARY KEY is unique")
	case p.keyword() == kwView, p.keyword() == kwMaterialized:
		p.unsupported(p.pos(), "views are not supported", "CREATE ROLLUP keeps aggregates up to date")
	case p.keyword() == kwTemp, p.keyword() == kwTemporary, p.keyword() == kwUnlogged:
		p.unsupported(p.pos(), p.keyword().String()+" tables are not supported", "")
	}
	p.fail()
	return nil
}

func (p *parser) ifNotExists() bool { return p.acceptWords(kwIf, kwNot, kwExists) }

func (p *parser) ifExists() bool { return p.acceptWords(kwIf, kwExists) }

func (p *parser) createTable() *CreateTable {
	s := &CreateTable{IfNotExists: p.ifNotExists(), Name: p.tableName("a name for the table")}
	columns := p.accept(tLParen)
	if columns && !p.accept(tRParen) {
		p.commas(func() { p.tableItem(s) })
		p.expect(tRParen)
	}
	if p.keyword() == kwWith || columns {
		s.With = p.tableOptions()
	}
	if p.acceptWord(kwAs) {
		s.As = p.query()
	} else if !columns {
		p.fail()
	}
	return s
}

// tableItem reads a column or a constraint of the table.
func (p *parser) tableItem(s *CreateTable) {
	at := p.pos()
	if p.keyword() == kwConstraint {
		p.take()
		p.ident("a name for the constraint")
	}
	switch p.keyword() {
	case kwPrimary:
		p.take()
		p.expectWord(kwKey)
		if s.PrimaryKey != nil {
			p.failAt(at, "a table has one PRIMARY KEY, this is the second")
		}
		s.PrimaryKey = p.identList("a column name")
		return
	case kwUnique, kwCheck, kwForeign:
		p.unsupported(p.pos(), p.keyword().String()+" constraints are not supported", "PRIMARY KEY and NOT NULL are")
	}
	if at != p.pos() {
		p.expectWord(kwPrimary)
	}
	s.Columns = append(s.Columns, p.columnDef())
}

func (p *parser) columnDef() ColumnDef {
	c := ColumnDef{At: p.at(), Name: p.ident("a column name")}
	c.Type = p.typeName()
	for {
		switch {
		case p.acceptWord(kwNot):
			p.expectWord(kwNull)
			c.NotNull = true
		case p.acceptWord(kwNull):
		case p.acceptWord(kwPrimary):
			p.expectWord(kwKey)
			c.PrimaryKey = true
		case p.acceptWord(kwDefault):
			c.Default = p.operation(precOp)
		case p.acceptWord(kwAnalyzer):
			c.Analyzer = p.text1("the name of an analyzer in single quotes")
		case p.refusedConstraint():
		default:
			return c
		}
	}
}

// refusedConstraint gives up on the constraints of PostgreSQL that are not here.
func (p *parser) refusedConstraint() bool {
	switch p.keyword() {
	case kwUnique, kwCheck, kwReferences, kwCollate, kwConstraint:
		p.unsupported(p.pos(), p.keyword().String()+" on a column is not supported", "PRIMARY KEY, NOT NULL and DEFAULT are")
	}
	return false
}

// text1 reads one string that is not empty.
func (p *parser) text1(what string) string {
	switch p.peek() {
	case tString, tEString, tDollar:
		at := p.pos()
		if s := p.stringText(p.take()); s != "" {
			return s
		}
		p.failAt(at, "the string is empty, expected %s", what)
	}
	p.want(expectation{text: what})
	p.fail()
	return ""
}

// tableOptions reads WITH (name = value, ...), or returns nil.
func (p *parser) tableOptions() []Option {
	if !p.acceptWord(kwWith) {
		return nil
	}
	return p.options()
}

func (p *parser) options() (os []Option) {
	p.expect(tLParen)
	p.commas(func() {
		o := Option{At: p.at(), Name: p.anyWord("an option").Name}
		o.Value = &Literal{At: o.At, Kind: Bool, Bool: true}
		if p.accept(tEq) {
			o.Value = p.optionValue()
		}
		os = append(os, o)
	})
	p.expect(tRParen)
	return os
}

// optionValue reads a literal; a bare word is a string.
func (p *parser) optionValue() *Literal {
	if p.isName(0) && p.literalType() == 0 {
		id := p.takeIdent()
		return &Literal{At: id.At, Kind: String, Text: id.Name}
	}
	at := p.pos()
	l, ok := p.prefix().(*Literal)
	if !ok {
		p.failAt(at, "the value of an option is a number, a string, true, false or a word")
	}
	return l
}

func (p *parser) createIndex() *CreateIndex {
	s := &CreateIndex{IfNotExists: p.ifNotExists()}
	if p.keyword() != kwOn {
		s.Name = p.ident("a name for the index")
	}
	p.expectWord(kwOn)
	s.Table = p.tableName("a table")
	if p.acceptWord(kwUsing) {
		s.Using = p.ident("the kind of index")
	}
	p.expect(tLParen)
	p.commas(func() { s.Columns = append(s.Columns, p.expr()) })
	p.expect(tRParen)
	s.With = p.tableOptions()
	return s
}

func (p *parser) createRollup() *CreateRollup {
	s := &CreateRollup{IfNotExists: p.ifNotExists(), Name: p.dotted("a name for the rollup")}
	p.expectWord(kwOn)
	s.Table = p.tableName("a table")
	s.With = p.tableOptions()
	p.expectWord(kwAs)
	s.Query = p.query()
	return s
}
