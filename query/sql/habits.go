package sql

import "strings"

// habits are the first words of statements that other databases and their
// shells know, and what says the same here.
var habits = map[string]string{
	"desc":    "DESCRIBE t lists the columns of a table",
	"help":    "SHOW TABLES lists the tables, DESCRIBE t the columns of one; docs/sql.md has the language",
	"use":     "there is one database",
	"set":     "a statement has its options as headers or parameters of its request; docs/http.md lists them",
	"vacuum":  "merges do that by themselves",
	"analyze": "segments keep their own statistics; EXPLAIN ANALYZE runs a statement and says what it did",
	"copy":    "quindex load, or POST /v1/load/TABLE, loads a file",
	"load":    "quindex load, or POST /v1/load/TABLE, loads a file",
	"replace": "INSERT replaces the row of the same primary key",
	"merge":   "INSERT replaces the row of the same primary key",
	"upsert":  "INSERT replaces the row of the same primary key",
	"grant":   "there are no users and no rights yet",
	"revoke":  "there are no users and no rights yet",
}

// habit helps who writes as another database wants it.
func (p *parser) habit(at int) string {
	word := func(i int) string {
		if i < 0 || p.toks[i].kind != tWord {
			return ""
		}
		return strings.ToLower(p.text[p.toks[i].start:p.toks[i].end])
	}
	t := p.toks[at]
	switch {
	case at == 0:
		return habits[word(0)]
	case t.kind == tComma && word(at-2) == "limit":
		return "write LIMIT n OFFSET m"
	case t.kind == tInt && word(at-1) == "top":
		return "write LIMIT n at the end"
	}
	return ""
}
