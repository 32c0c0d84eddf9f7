package quindex

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/cockroachdb/datadriven"

	"github.com/quindex/quindex/fault"
)

// TestScripts runs every script of testdata on every layout. The commands:
//
//	run            a statement and its rows, in the order given
//	run sorted     the same, rows sorted: for statements without ORDER BY
//	run each-line  one statement a line, one answer a line
//
// go test -run TestScripts -rewrite updates the answers from the first layout.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.qs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			for _, f := range files {
				t.Run(strings.TrimSuffix(filepath.Base(f), ".qs"), func(t *testing.T) {
					db := openDatabase(t, l)
					datadriven.RunTest(t, f, func(t *testing.T, d *datadriven.TestData) string { return command(t, db, d) })
				})
			}
		})
	}
}

func command(t *testing.T, db *database, d *datadriven.TestData) string {
	if d.Cmd != "run" {
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	if d.HasArg("each-line") {
		var b strings.Builder
		for line := range strings.Lines(d.Input) {
			b.WriteString(strings.ReplaceAll(strings.TrimSpace(statement(t, db, line, true)), "\n", " | ") + "\n")
		}
		return b.String()
	}
	return statement(t, db, d.Input, d.HasArg("sorted"))
}

func statement(t *testing.T, db *database, sql string, sorted bool) string {
	a, err := db.run(t, sql)
	if err != nil {
		return describeError(err)
	}
	if a.columns == nil {
		return a.tag + "\n"
	}
	if sorted {
		slices.SortFunc(a.rows, slices.Compare)
	}
	return table(a)
}

// describeError is what a user would see of an error: code, place, text, hint.
func describeError(err error) string {
	s := fmt.Sprintf("error %s", fault.CodeOf(err))
	if p := fault.PosOf(err); !p.IsZero() {
		s += fmt.Sprintf(" at %d:%d", p.Line, p.Column)
	}
	s += ": " + err.Error() + "\n"
	if h := fault.HintOf(err); h != "" {
		s += "hint: " + h + "\n"
	}
	return s
}

func table(a *answer) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(a.columns, "\t"))
	for _, r := range a.rows {
		for i := range r {
			r[i] = strings.ReplaceAll(r[i], "\n", `\n`)
			if r[i] == "" {
				r[i] = "''"
			}
		}
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
