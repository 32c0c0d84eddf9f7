package main

import (
	"strings"

	"github.com/quindex/quindex/fault"
)

// field is one column of a table as a peer declares it.
type field struct {
	name, kind string
	notNull    bool
}

// duckKinds are quindex's types and what they are called in DuckDB.
var duckKinds = map[string]string{
	"TIMESTAMP": "TIMESTAMP", "KEYWORD": "VARCHAR", "TEXT": "VARCHAR", "BIGINT": "BIGINT",
	"DOUBLE": "DOUBLE", "DATE": "DATE", "BOOLEAN": "BOOLEAN",
}

// columns reads the columns of a workload's CREATE TABLE, so that a peer's
// table cannot drift from ours. It knows the plain form that workloads use:
// a name, a type, and perhaps NOT NULL.
func columns(ddl string, kinds map[string]string) ([]field, error) {
	_, rest, ok := strings.Cut(ddl, "(")
	body, _, closed := strings.Cut(rest, ")")
	if !ok || !closed {
		return nil, fault.Errorf("peers: columns", fault.Invalid, "no list of columns in %q", ddl)
	}
	var out []field
	for item := range strings.SplitSeq(body, ",") {
		words := strings.Fields(item)
		if len(words) < 2 || kinds[words[1]] == "" {
			return nil, fault.Errorf("peers: columns", fault.Invalid, "%q is not a name and a type", strings.TrimSpace(item))
		}
		out = append(out, field{words[0], kinds[words[1]], strings.Join(words[2:], " ") == "NOT NULL"})
	}
	return out, nil
}

// createTable is the CREATE TABLE of a peer that speaks SQL.
func createTable(name string, fields []field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.name + " " + f.kind)
		if f.notNull {
			b.WriteString(" NOT NULL")
		}
	}
	return "CREATE TABLE " + name + " (" + b.String() + ")"
}
