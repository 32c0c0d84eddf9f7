package sqlite

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the random statements; 0: from the clock")
	countFlag = flag.Int("statements", 2400, "how many random statements are compared")
)

// perRun is the number of statements on the same tables.
const perRun = 150

// TestStatementsAgree runs random statements in quindex and in SQLite and
// compares the rows. Every run of perRun statements has its own seed.
func TestStatementsAgree(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1e9
	}
	t.Logf("repeat with: cd bench/peers && go test ./sqlite -run '%s' -seed %d -statements %d", t.Name(), seed, *countFlag)
	counts := map[string]int{}
	for n, left := seed, *countFlag; left > 0 && !t.Failed(); n, left = n+1, left-perRun {
		compareRun(t, n, min(left, perRun), counts)
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%7d %s", counts[what], what)
	}
	if agreed := counts[agreedEmpty] + counts[agreedRows]; !t.Failed() && agreed < *countFlag*9/10 {
		t.Errorf("%d statements of %d could be compared", agreed, *countFlag)
	}
}

const (
	agreedRows  = "agree"
	agreedEmpty = "agree on no rows"
)

// compareRun compares n statements over one set of random tables.
func compareRun(t *testing.T, seed uint64, n int, counts map[string]int) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	w := &world{tables: randomTables(rnd), layout: randomLayout(rnd)}
	w.open(t)
	defer w.close(t)
	for i := range n {
		q := statement(rnd)
		d := w.compare(t, q)
		counts[d.what]++
		if d.text == "" {
			continue
		}
		before := q.String()
		w.shrink(t, q, d.what)
		d = w.compare(t, q)
		t.Errorf("statement %d of: go test ./sqlite -run '%s' -seed %d -statements %d\n%s\n%s\nmade smaller from: %s\nlayout %s\n%s",
			i, t.Name(), seed, i+1, q, d.text, before, w.layout, w)
		return
	}
}

// difference is what came of one comparison.
type difference struct {
	what string // a class, for counting and for shrinking
	text string // both answers, if they differ
}

// compare runs one statement on both sides.
func (w *world) compare(t *testing.T, q *tree) difference {
	t.Helper()
	sql := q.String()
	want, wantErr := w.askSQLite(t, sql)
	have, err := w.askQuindex(t, sql)
	code := fault.CodeOf(err)
	switch {
	case err != nil && wantErr != nil:
		return difference{what: "both refuse"}
	case wantErr != nil:
		return difference{what: "sqlite refuses: " + wantErr.Error()}
	case code == "22003":
		return difference{what: "overflow"}
	case code == "0A000":
		_, why, _ := strings.Cut(err.Error(), ", column ")
		return difference{what: "not supported: " + strings.TrimLeft(why, "0123456789: ")}
	case err != nil:
		return difference{"error " + string(code), fmt.Sprintf("quindex: %s %v\nsqlite:\n%s", code, err, printRows(want))}
	case !sameRows(have, want, q.ordered()):
		return difference{"differ", fmt.Sprintf("quindex:\n%ssqlite:\n%s", printRows(have), printRows(want))}
	case len(want) == 0:
		return difference{what: agreedEmpty}
	}
	return difference{what: agreedRows}
}

// shrink makes the statement, then the tables, smaller while the two still
// differ in the same way.
func (w *world) shrink(t *testing.T, q *tree, what string) {
	end := time.Now().Add(20 * time.Second)
	differs := func() bool { return time.Now().Before(end) && w.compare(t, q).what == what }
	shrink(q, differs)
	for i := range w.tables {
		table := &w.tables[i]
		for size := len(table.rows) / 2; size > 0; size /= 2 {
			for lo := 0; lo+size <= len(table.rows); {
				all := table.rows
				table.rows = slices.Concat(all[:lo], all[lo+size:])
				w.reload(t)
				if !differs() {
					table.rows = all
					lo += size
				}
			}
		}
	}
	w.reload(t)
	shrink(q, differs)
}

// String prints the tables.
func (w *world) String() string {
	var b strings.Builder
	for _, t := range w.tables {
		b.WriteString(t.create() + ";\n")
		if len(t.rows) > 0 && len(t.rows) < 100 {
			b.WriteString(t.insert(0, len(t.rows)) + ";\n")
		}
	}
	return b.String()
}
