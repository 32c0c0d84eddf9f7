package sql

// statement reads a statement of any kind.
func (p *parser) statement() Stmt {
	p.nest()
	defer p.unnest()
	start := p.pos()
	switch kw := p.keyword(); kw {
	case kwSelect, kwWith, kwValues:
		return p.query()
	case kwInsert:
		s := p.insert()
		s.Extent = p.extent(start)
		return s
	case kwUpdate:
		s := p.update()
		s.Extent = p.extent(start)
		return s
	case kwDelete:
		s := p.delete()
		s.Extent = p.extent(start)
		return s
	case kwExplain:
		s := p.explain()
		s.Extent = p.extent(start)
		return s
	}
	if p.peek() == tLParen {
		return p.query()
	}
	return p.definition(start)
}

// definition reads the statements about tables rather than rows.
func (p *parser) definition(start int) Stmt {
	switch p.keyword() {
	case kwCreate:
		s := p.create()
		p.setExtent(s, start)
		return s
	case kwAlter:
		s := p.alterTable()
		s.Extent = p.extent(start)
		return s
	case kwDrop:
		s := p.drop()
		s.Extent = p.extent(start)
		return s
	case kwTruncate:
		p.take()
		p.skipWord(kwTable)
		s := &Truncate{Tables: p.tableNames("a table")}
		s.Extent = p.extent(start)
		return s
	case kwShow:
		p.take()
		s := &Show{What: p.anyWord("TABLES or the name of a setting").Name}
		s.Extent = p.extent(start)
		return s
	case kwDescribe:
		p.take()
		p.skipWord(kwTable)
		s := &Describe{Name: p.tableName("a table")}
		s.Extent = p.extent(start)
		return s
	case kwBegin, kwStart, kwCommit, kwRollback:
		p.unsupported(start, "transactions of several statements are not supported", "a statement is all or nothing in each shard; docs/consistency.md says what that means")
	}
	for _, kw := range []keyword{kwSelect, kwInsert, kwUpdate, kwDelete, kwCreate, kwAlter, kwDrop, kwTruncate,
		kwShow, kwDescribe, kwExplain, kwWith, kwValues} {
		p.want(expectation{kw: kw})
	}
	p.fail()
	return nil
}

func (p *parser) setExtent(s Stmt, start int) {
	e := p.extent(start)
	switch s := s.(type) {
	case *CreateTable:
		s.Extent = e
	case *CreateIndex:
		s.Extent = e
	case *CreateRollup:
		s.Extent = e
	case *CreateGraph:
		s.Extent = e
	}
}

func (p *parser) alterTable() *AlterTable {
	p.take()
	p.expectWord(kwTable)
	s := &AlterTable{IfExists: p.ifExists(), Name: p.tableName("a table")}
	p.commas(func() { s.Actions = append(s.Actions, p.alterAction()) })
	return s
}

func (p *parser) alterAction() AlterAction {
	at := p.at()
	switch {
	case p.acceptWord(kwAdd):
		p.acceptWord(kwColumn)
		a := &AddColumn{At: at, IfNotExists: p.ifNotExists()}
		a.Column = p.columnDef()
		return a
	case p.acceptWord(kwDrop):
		p.acceptWord(kwColumn)
		return &DropColumn{at, p.ifExists(), p.ident("a column name")}
	case p.acceptWord(kwRename):
		if p.acceptWord(kwTo) {
			return &RenameTable{at, p.ident("a name for the table")}
		}
		p.acceptWord(kwColumn)
		from := p.ident("a column name")
		p.expectWord(kwTo)
		return &RenameColumn{at, from, p.ident("a column name")}
	case p.acceptWord(kwSet):
		return &SetOptions{at, p.options()}
	case p.keyword() == kwAlter:
		p.unsupported(p.pos(), "ALTER COLUMN is not supported", "add a column, copy with UPDATE, and drop the old one")
	}
	p.fail()
	return nil
}

func (p *parser) drop() *Drop {
	p.take()
	s := &Drop{}
	switch {
	case p.acceptWord(kwTable):
	case p.acceptWord(kwIndex):
		s.Kind = IndexObject
	case p.acceptWord(kwRollup):
		s.Kind = RollupObject
	case p.acceptWord(kwProperty):
		p.expectWord(kwGraph)
		s.Kind = GraphObject
	default:
		p.fail()
	}
	s.IfExists = p.ifExists()
	s.Names = p.tableNames("a name")
	if s.Cascade = p.acceptWord(kwCascade); !s.Cascade {
		p.acceptWord(kwRestrict)
	}
	return s
}

// explain reads EXPLAIN [ANALYZE] [VERBOSE] [(options)] statement.
func (p *parser) explain() *Explain {
	p.take()
	s := &Explain{Format: "text"}
	if p.acceptWord(kwAnalyze) {
		s.Analyze = true
	}
	if p.acceptWord(kwVerbose) {
		s.Verbose = true
	}
	if p.peek() == tLParen && !p.queryInParens() {
		p.take()
		p.commas(func() { p.explainOption(s) })
		p.expect(tRParen)
	}
	if p.keyword() == kwExplain {
		p.fail()
	}
	s.Stmt = p.statement()
	return s
}

func (p *parser) explainOption(s *Explain) {
	switch {
	case p.acceptWord(kwAnalyze):
		s.Analyze = p.onOff()
	case p.acceptWord(kwVerbose):
		s.Verbose = p.onOff()
	case p.acceptWord(kwFormat):
		at := p.pos()
		if s.Format = p.anyWord("JSON or TEXT").Name; s.Format != "json" && s.Format != "text" {
			p.failAt(at, "format %q is not one of json, text", s.Format)
		}
	default:
		p.fail()
	}
}

// onOff reads the value of an option of EXPLAIN; none is on.
func (p *parser) onOff() bool {
	switch kw := p.keyword(); {
	case kw == kwTrue, kw == kwOn:
		p.take()
	case kw == kwFalse, p.peek() == tWord && fold(p.text[p.toks[p.i].start:p.toks[p.i].end]) == "off":
		p.take()
		return false
	}
	return true
}
