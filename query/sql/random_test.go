package sql

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
)

var seed = flag.Uint64("seed", 0, "seed of the random statements, 0 for one by chance")

// grammar has the ways to write each thing. {x} is some x, {x?} is some x or
// nothing, {x+} is one or two of them with a comma. The first way is the one
// that ends soon, for the leaves of a statement that is deep enough.
var grammar = map[string][]string{
	"names": {"({name+})"},
	"type": {"int", "VARCHAR(9)", "decimal(9, 2)", "double precision", "timestamp(3) with time zone", "interval",
		"character varying(4)", "keyword[]", "text", `"Odd"`, `"select"`, "time without time zone"},
	"string": {"'x'", "'it''s'", `E'\n\'\\'`, "$$a'b$$", "$t$a$$b$t$", "''", "'1'"},

	"expr": {"{leaf}", "{operand} {op} {operand}", "{operand} {compare} {operand}", "{operand} AND {operand}", "{operand} OR {operand}",
		"{prefix} {operand}", "{operand} IS {not?} {truth}", "{operand} ISNULL", "{operand} {not?} BETWEEN {symmetric?} {operand} AND {operand}",
		"{operand} {not?} IN ({expr+})", "{operand} {not?} {like} {operand} {escape?}", "{operand} {compare1} {any} ({expr})",
		"{operand} AT TIME ZONE {operand}", "{operand}::{type}", "{primary}", "{primary}"},
	"op":       {"+", "-", "*", "/", "%", "^", "||", "->", "->>", "~", "!~*", "<->", "@>", "<@", "&&"},
	"compare":  {"=", "<>", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"},
	"compare1": {"=", "<>", ">=", "~", "!~*"},
	"prefix":   {"NOT", "-", "+"},
	"truth":    {"NULL", "TRUE", "FALSE", "UNKNOWN"},
	"like":     {"LIKE", "ILIKE"},
	"any":      {"ANY", "ALL", "SOME"},
	"not":      {"NOT"}, "symmetric": {"SYMMETRIC"}, "escape": {"ESCAPE '!'"},
	"operand": {"{leaf}", "({expr})", "{leaf}", "{bare}"},
	"bare":    {"{leaf}", "{expr}"},
	"leaf": {"1", "{name}", "-1", "1.5", "1e3", "9223372036854775808", "-9223372036854775808", "NULL", "true", "$1", "{string}",
		"{name}.{name}", "DATE '2001-01-01'", "interval '1' day", "double precision '1'", "current_date", `"Odd" 'x'`},
	"primary": {"{leaf}", "CASE {expr?} WHEN {expr} THEN {expr} {else?} END", "CAST({expr} AS {type})", "ARRAY[{expr+}]", "ARRAY[[1], [{expr}]]",
		"ARRAY({query})", "ROW({expr+})", "({expr}, {expr})", "({query})", "EXISTS ({query})", "a IN ({query})", "a = ANY ({query})",
		"{name}[{expr}]", "({expr})[1]", "EXTRACT({name} FROM {expr})", "position({leaf} IN {expr})", "substring(a FROM {expr} FOR {expr})",
		"substring(a FOR {expr})", "overlay(a PLACING {expr} FROM 1)", "TRIM(BOTH {expr?} FROM {expr})", "TRIM(LEADING FROM a)", "trim({expr}, {expr})",
		"{function}{arguments}{within?}{filter?}{over?}"},
	"else": {"ELSE {expr}"},
	"function": {"f", "s.f", `"f g"`, "left", `"row"`, `"exists"`, `"trim"`, `"values"`, `"position"`, `"extract"`, `"graph_table"`, `"select"`,
		`"over"`, "s.left", "s.row", `"current_date"`},
	"arguments": {"()", "(*)", "({expr+})", "(DISTINCT {expr+} {orderby?})", "({name} => {expr})"},
	"within":    {" WITHIN GROUP ({orderby})"},
	"filter":    {" FILTER (WHERE {expr})"},
	"over":      {" OVER {name}", " OVER {window}"},
	"window":    {"()", "({base?} {partition?} {orderby?} {frame?})"},
	"base":      {"w", `"rows"`, `"partition"`, "row", `"over"`, `"select"`},
	"partition": {"PARTITION BY {expr+}"},
	"frame":     {"ROWS 1 PRECEDING", `RANGE BETWEEN "unbounded" PRECEDING AND ({expr}) FOLLOWING`, "GROUPS UNBOUNDED PRECEDING"},
	"orderby":   {"ORDER BY {order+}"},
	"order":     {"{expr}", "{expr} DESC", "{expr} ASC NULLS FIRST", "{expr} NULLS LAST"},

	"query": {"SELECT 1", "{body}", "{with?} {body} {orderby?} {limit?} {offset?}"},
	"with":  {"WITH {cte+}", "WITH RECURSIVE {cte+}"}, "cte": {"{name} {names?} AS ({query})"},
	"limit": {"LIMIT {expr}", "LIMIT ALL"}, "offset": {"OFFSET {expr}"},
	"body":     {"SELECT 1", "{select}", "{select}", "VALUES ({expr}), ({expr})", "{body} UNION {body}", "{body} UNION ALL {body}", "({query})"},
	"select":   {"SELECT {distinct?} {item+} {from?} {where?} {groupby?} {having?} {windows?}"},
	"distinct": {"DISTINCT", "DISTINCT ON ({expr+})"},
	"item":     {"*", "{name}.*", "{expr}", "{expr} AS {name}"},
	"from":     {"FROM {table+}"}, "where": {"WHERE {expr}"}, "groupby": {"GROUP BY {expr+}"}, "having": {"HAVING {expr}"},
	"windows": {"WINDOW {name} AS {window}"},
	"table": {"{name} {alias?}", "{name}.{name} {alias?}", "({query}) {alias?}", "LATERAL ({query}) {alias?}", "f({expr}) {alias?}",
		"GRAPH_TABLE ({name} MATCH {path+} {where?} COLUMNS ({item+})) {alias?}", "({table} CROSS JOIN {table})", "{table} NATURAL LEFT JOIN ({table})",
		"{table} JOIN ({table} CROSS JOIN t) USING {names}", "{table} FULL JOIN ({table}) ON {expr}", "t JOIN t JOIN t ON {expr} ON {expr}"},
	"alias": {"AS {name}", "AS {name} {names}"},
	"path":  {"({filler})", "{pathvar?} {search?} ({filler}){step?}{step?}"}, "pathvar": {"{name} ="}, "search": {"ANY SHORTEST", "ANY", "ALL SHORTEST"},
	"filler": {"{name?} {labels?} {where?}"}, "labels": {"IS {name}", ": {name}|{name}"},
	"step": {"{edge}{repeat?}({filler})", "->{edge}()"},
	"edge": {"->", "-[{filler}]->", "<-[{filler}]-", "-[{filler}]-", "<-", "-", "<->", "<-[a]->"}, "repeat": {"{1,3}", "{2}", "{,2}", "{2,}", "*", "+", "?"},

	"statement": {"{query}", "{query}", "{query}", "EXPLAIN {analyze?} {format?} {query}",
		"INSERT INTO {name} {names?} {query} {conflict?}", "UPDATE {name} {as?} SET {assign+} {where?}", "DELETE FROM {name} {as?} {where?}",
		"CREATE TABLE {ifnot?} {name} ({column+} {key?}) {options?}", "CREATE INDEX {ifnot?} {name?} ON {name} {using?} ({expr+}) {options?}",
		"CREATE ROLLUP {ifnot?} {name} ON {name} {options?} AS {query}",
		"CREATE PROPERTY GRAPH {name} VERTEX TABLES ({vertex+}) EDGE TABLES ({vertexname} SOURCE {end} DESTINATION {end} {label?} {props?})",
		"ALTER TABLE {name} {alter+}", "DROP {object} {ifexists?} {name+} {cascade?}", "TRUNCATE {name}", "SHOW {name}", "DESCRIBE {name}"},
	"analyze": {"ANALYZE"}, "format": {"(FORMAT JSON)"}, "conflict": {"ON CONFLICT {names?} DO NOTHING"}, "as": {"AS {name}"},
	"assign": {"{name} = {expr}", "{name} = DEFAULT"}, "ifnot": {"IF NOT EXISTS"}, "ifexists": {"IF EXISTS"}, "using": {"USING {name}"},
	"column": {"{name} {type} {notnull?} {default?} {analyzer?}"}, "notnull": {"NOT NULL", "PRIMARY KEY"}, "default": {"DEFAULT ({expr})", "DEFAULT {leaf}"},
	"analyzer": {"ANALYZER 'en'"}, "key": {", PRIMARY KEY {names}"}, "options": {"WITH ({option+})"},
	"option": {"{name}", "{name} = 1", "{name} = -1.5", "{name} = {string}", "{name} = {name}", "{name} = true"},
	"vertex": {"{vertexname} {label?} {props?}"}, "vertexname": {"{name} {as?} {graphkey?}"}, "graphkey": {"KEY {names}"},
	"end":   {`"key" {names?}`, "{name}", "KEY {names} REFERENCES {name} {names?}"},
	"label": {"LABEL {name}"}, "props": {"NO PROPERTIES", "PROPERTIES ({expr} AS {name})"},
	"alter":  {"ADD COLUMN {ifnot?} {column}", "ADD {column}", "DROP COLUMN {ifexists?} {name}", "RENAME COLUMN {name} TO {name}", "RENAME TO {name}", "SET ({option+})"},
	"object": {"TABLE", "INDEX", "ROLLUP", "PROPERTY GRAPH"}, "cascade": {"CASCADE"},
}

// writer writes random text by the grammar.
type writer struct {
	*rand.Rand
	strings.Builder
	depth int
}

// write writes some what.
func (w *writer) write(what string) {
	if what == "name" {
		w.WriteString(w.name())
		return
	}
	ways := grammar[what]
	if ways == nil {
		panic("BUG: the grammar has no " + what)
	}
	w.depth++
	way := ways[0]
	if w.depth < 14 {
		way = ways[w.IntN(len(ways))]
	}
	if what == "repeat" || what == "step" && strings.HasPrefix(way, "-") {
		w.expandPlain(way)
	} else {
		w.expand(way)
	}
	w.depth--
}

// expandPlain writes a way whose braces are SQL's own.
func (w *writer) expandPlain(way string) {
	before, after, _ := strings.Cut(way, "{edge}")
	w.WriteString(before)
	if after != "" {
		w.write("edge")
	}
	w.WriteString(after)
}

func (w *writer) expand(way string) {
	for {
		before, rest, found := strings.Cut(way, "{")
		w.WriteString(before)
		if !found {
			return
		}
		var what string
		what, way, _ = strings.Cut(rest, "}")
		switch what[len(what)-1] {
		case '?':
			if w.depth < 14 && w.IntN(2) == 0 {
				w.write(what[:len(what)-1])
			}
		case '+':
			w.write(what[:len(what)-1])
			if w.IntN(3) == 0 {
				w.WriteString(", ")
				w.write(what[:len(what)-1])
			}
		default:
			w.write(what)
		}
	}
}

// name returns a name: often a keyword, in quotes where it must be.
func (w *writer) name() string {
	k := keyword(1 + w.IntN(len(keywordText)-1))
	plain := []string{"a", "b", "c", `"a b"`, `"q""uote"`, "ü", "_x$1", "Mixed", `"Mixed"`, `"1a"`}
	switch word := keywordText[k]; {
	case w.IntN(2) == 0:
		return plain[w.IntN(len(plain))]
	case k.reserved() || w.IntN(3) > 0:
		return `"` + word + `"`
	default:
		return word
	}
}

func TestRandom(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	w := &writer{Rand: rand.New(rand.NewPCG(*seed, 1))}
	n, parsed := 10_000, 0
	for range n {
		w.Reset()
		w.write("statement")
		text := w.String()
		stmt, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
			if len(text) < 150 {
				t.Logf("%s\n%s", text, errorText(err))
			}
			continue
		}
		parsed++
		if err := checkLaw(text, stmt, parseNode); err != nil {
			t.Fatalf("%v\nrepeat: go test -run TestRandom ./query/sql -seed %d", err, *seed)
		}
	}
	// Some do not: operators that cannot be chained, a bare keyword where it
	// means something, columns in rows of another length.
	if share := float64(parsed) / float64(n); share < 0.8 {
		t.Errorf("%.0f%% of the statements parse, seed %d", 100*share, *seed)
	}
}
