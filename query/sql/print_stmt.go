package sql

// statement writes every statement but queries.
func (p *printer) statement(s Stmt) {
	switch s := s.(type) {
	case *Insert:
		p.insert(s)
	case *Update:
		p.update(s)
	case *Delete:
		p.str("DELETE FROM ")
		p.target(s.Table, s.Alias)
		p.clause(" WHERE ", s.Where)
	case *CreateTable:
		p.createTable(s)
	case *CreateIndex:
		p.createIndex(s)
	case *CreateRollup:
		p.createRollup(s)
	case *CreateGraph:
		p.createGraph(s)
	case *AlterTable:
		p.alterTable(s)
	case *Drop:
		p.drop(s)
	case *Truncate:
		p.str("TRUNCATE ")
		p.names(s.Tables)
	case *Show:
		p.str("SHOW ")
		p.name(s.What)
	case *Describe:
		p.str("DESCRIBE ")
		p.dotted(s.Name)
	case *Explain:
		p.explain(s)
	}
}

func (p *printer) names(ns []*Name) { p.list(len(ns), func(i int) { p.dotted(ns[i]) }) }

func (p *printer) target(table *Name, alias Ident) {
	p.dotted(table)
	if alias.Name != "" {
		p.str(" AS ")
		p.name(alias.Name)
	}
}

func (p *printer) insert(s *Insert) {
	p.str("INSERT INTO ")
	p.dotted(s.Table)
	p.idents(" ", s.Columns)
	p.str(" ")
	if s.Query == nil {
		p.str("DEFAULT VALUES")
	} else {
		p.query(s.Query)
	}
	if s.DoNothing {
		p.str(" ON CONFLICT")
		p.idents(" ", s.ConflictKey)
		p.str(" DO NOTHING")
	}
}

func (p *printer) update(s *Update) {
	p.str("UPDATE ")
	p.target(s.Table, s.Alias)
	p.str(" SET ")
	p.list(len(s.Set), func(i int) { p.node(&s.Set[i]) })
	p.clause(" WHERE ", s.Where)
}

func (p *printer) create(what string, ifNotExists bool) {
	p.str("CREATE ", what, " ")
	if ifNotExists {
		p.str("IF NOT EXISTS ")
	}
}

func (p *printer) createTable(s *CreateTable) {
	p.create("TABLE", s.IfNotExists)
	p.dotted(s.Name)
	if len(s.Columns) > 0 || s.As == nil {
		p.str(" (")
		p.list(len(s.Columns), func(i int) { p.columnDef(&s.Columns[i]) })
		if len(s.PrimaryKey) > 0 && len(s.Columns) > 0 {
			p.str(", ")
		}
		p.idents("PRIMARY KEY ", s.PrimaryKey)
		p.str(")")
	}
	p.options(" WITH ", s.With)
	if s.As != nil {
		p.str(" AS ")
		p.query(s.As)
	}
}

func (p *printer) columnDef(c *ColumnDef) {
	p.name(c.Name.Name)
	p.str(" ")
	p.typeName(c.Type)
	if c.Analyzer != "" {
		p.str(" ANALYZER ")
		p.quote(c.Analyzer)
	}
	if c.PrimaryKey {
		p.str(" PRIMARY KEY")
	}
	if c.NotNull {
		p.str(" NOT NULL")
	}
	if c.Default != nil {
		p.str(" DEFAULT ")
		p.expr(c.Default, precOp)
	}
}

// options writes the word and "(name = value, ...)", or nothing for no options.
func (p *printer) options(word string, os []Option) {
	if len(os) == 0 {
		return
	}
	p.str(word, "(")
	p.list(len(os), func(i int) { p.option(&os[i]) })
	p.str(")")
}

func (p *printer) option(o *Option) {
	p.name(o.Name)
	p.str(" = ")
	p.literal(o.Value)
}

func (p *printer) createIndex(s *CreateIndex) {
	p.create("INDEX", s.IfNotExists)
	if s.Name.Name != "" {
		p.name(s.Name.Name)
		p.str(" ")
	}
	p.str("ON ")
	p.dotted(s.Table)
	if s.Using.Name != "" {
		p.str(" USING ")
		p.name(s.Using.Name)
	}
	p.str(" (")
	p.exprs(s.Columns)
	p.str(")")
	p.options(" WITH ", s.With)
}

func (p *printer) createRollup(s *CreateRollup) {
	p.create("ROLLUP", s.IfNotExists)
	p.dotted(s.Name)
	p.str(" ON ")
	p.dotted(s.Table)
	p.options(" WITH ", s.With)
	p.str(" AS ")
	p.query(s.Query)
}

func (p *printer) alterTable(s *AlterTable) {
	p.str("ALTER TABLE ")
	if s.IfExists {
		p.str("IF EXISTS ")
	}
	p.dotted(s.Name)
	p.str(" ")
	p.list(len(s.Actions), func(i int) { p.alterAction(s.Actions[i]) })
}

func (p *printer) alterAction(a AlterAction) {
	switch a := a.(type) {
	case *AddColumn:
		p.str("ADD COLUMN ")
		if a.IfNotExists {
			p.str("IF NOT EXISTS ")
		}
		p.columnDef(&a.Column)
	case *DropColumn:
		p.str("DROP COLUMN ")
		if a.IfExists {
			p.str("IF EXISTS ")
		}
		p.name(a.Name.Name)
	case *RenameColumn:
		p.str("RENAME COLUMN ")
		p.name(a.From.Name)
		p.str(" TO ")
		p.name(a.To.Name)
	case *RenameTable:
		p.str("RENAME TO ")
		p.name(a.To.Name)
	case *SetOptions:
		p.options("SET ", a.Options)
	}
}

func (p *printer) drop(s *Drop) {
	p.str("DROP ", s.Kind.String(), " ")
	if s.IfExists {
		p.str("IF EXISTS ")
	}
	p.names(s.Names)
	if s.Cascade {
		p.str(" CASCADE")
	}
}

func (p *printer) explain(s *Explain) {
	p.str("EXPLAIN ")
	if s.Format != "" && s.Format != "text" || s.Verbose {
		sep := "("
		for _, o := range []struct {
			on   bool
			text string
		}{{s.Analyze, "ANALYZE"}, {s.Verbose, "VERBOSE"}, {s.Format == "json", "FORMAT JSON"}} {
			if o.on {
				p.str(sep, o.text)
				sep = ", "
			}
		}
		p.str(") ")
	} else if s.Analyze {
		p.str("ANALYZE ")
	}
	p.node(s.Stmt)
}

func (n *Insert) String() string       { return text(n) }
func (n *Update) String() string       { return text(n) }
func (n *Assign) String() string       { return text(n) }
func (n *Delete) String() string       { return text(n) }
func (n *CreateTable) String() string  { return text(n) }
func (n *ColumnDef) String() string    { return text(n) }
func (n *Option) String() string       { return text(n) }
func (n *CreateIndex) String() string  { return text(n) }
func (n *CreateRollup) String() string { return text(n) }
func (n *AlterTable) String() string   { return text(n) }
func (n *AddColumn) String() string    { return text(n) }
func (n *DropColumn) String() string   { return text(n) }
func (n *RenameColumn) String() string { return text(n) }
func (n *RenameTable) String() string  { return text(n) }
func (n *SetOptions) String() string   { return text(n) }
func (n *Drop) String() string         { return text(n) }
func (n *Truncate) String() string     { return text(n) }
func (n *Show) String() string         { return text(n) }
func (n *Describe) String() string     { return text(n) }
func (n *Explain) String() string      { return text(n) }
