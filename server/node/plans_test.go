package node

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// freshNode is an empty node, closed at the end of the test.
func freshNode(t *testing.T) *Node {
	t.Helper()
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func mustRows(t *testing.T, n *Node, want, sql string, params ...record.Value) {
	t.Helper()
	if have, err := rowsOf(n, sql, params...); err != nil || have != want {
		t.Errorf("%s %v: %q, %v; want %q", sql, params, have, err, want)
	}
}

// TestPlansAreKept asks every statement twice between changes: the second
// time its plan is there, and after each change another must be made.
func TestPlansAreKept(t *testing.T) {
	n := freshNode(t)
	twice := func(want, sql string, params ...record.Value) {
		t.Helper()
		mustRows(t, n, want, sql, params...)
		before := n.plans.served
		mustRows(t, n, want, sql, params...)
		if n.plans.served != before+1 {
			t.Errorf("%s: no plan was kept", sql)
		}
	}
	run := func(sql string) {
		t.Helper()
		if _, err := rowsOf(n, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run("CREATE TABLE t (a BIGINT, b KEYWORD, words TEXT)")
	run("INSERT INTO t VALUES (1, 'x', 'red fox'), (2, '2', 'red hen')")
	const star, named, word = "SELECT * FROM t ORDER BY a", "SELECT b FROM t WHERE a = 2", "SELECT count(*) FROM t WHERE match(words, 'red')"
	twice("1,x,red fox; 2,2,red hen", star)
	twice("2", named)
	twice("2", word)

	run("INSERT INTO t VALUES (3, 'z', 'red')") // rows are not part of a plan
	mustRows(t, n, "3", word)

	run("ALTER TABLE t ADD COLUMN c BIGINT DEFAULT 7")
	twice("1,x,red fox,7; 2,2,red hen,7; 3,z,red,7", star)
	run("ALTER TABLE t DROP COLUMN c")
	twice("1,x,red fox; 2,2,red hen; 3,z,red", star)
	run("ALTER TABLE t RENAME COLUMN b TO d")
	if _, err := rowsOf(n, named); fault.CodeOf(err) != "42703" {
		t.Errorf("the column is gone: %v", err)
	}
	run("ALTER TABLE t RENAME COLUMN d TO b")
	twice("2", named)

	// Another table of the same name has other columns, types and an id of its own.
	run("DROP TABLE t")
	if _, err := rowsOf(n, star); fault.CodeOf(err) != "42P01" {
		t.Errorf("the table is gone: %v", err)
	}
	run("CREATE TABLE t (b DOUBLE, a KEYWORD)")
	run("INSERT INTO t VALUES (1.5, '2'), (2.5, '3')")
	twice("1.5,2; 2.5,3", star)
	if have, err := rowsOf(n, named); err == nil && have != "" || err == nil {
		t.Errorf("a is a KEYWORD now and 2 a number: %q, %v", have, err)
	}
	if _, err := rowsOf(n, word); fault.CodeOf(err) != "42703" {
		t.Errorf("words is gone: %v", err)
	}
	run("ALTER TABLE t RENAME TO u")
	if _, err := rowsOf(n, star); fault.CodeOf(err) != "42P01" {
		t.Errorf("t has another name: %v", err)
	}
	twice("1.5,2; 2.5,3", strings.Replace(star, "FROM t", "FROM u", 1))
}

// TestPlansAndIndexes: what an index can answer may be asked while it is there.
func TestPlansAndIndexes(t *testing.T) {
	n := freshNode(t)
	for _, sql := range []string{"CREATE TABLE t (a BIGINT, words TEXT)", "INSERT INTO t VALUES (1, 'red fox'), (2, 'hen')"} {
		if _, err := rowsOf(n, sql); err != nil {
			t.Fatal(err)
		}
	}
	const ask = "SELECT a FROM t WHERE match(words, 'red')"
	for range 3 {
		mustRows(t, n, "1", ask)
	}
	table, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	for _, ix := range table.Indexes {
		if ix.Engine == "search" {
			if _, err := rowsOf(n, "DROP INDEX "+ix.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	served := n.plans.served
	if have, err := rowsOf(n, ask); err == nil && have != "1" {
		t.Errorf("without an index the rows answer: %q", have)
	}
	if n.plans.served != served {
		t.Error("the plan was made for a catalog that had the index")
	}
	if _, err := rowsOf(n, "CREATE INDEX ON t USING search (words)"); err != nil {
		t.Fatal(err)
	}
	mustRows(t, n, "1", ask)
}

// TestPlansAndParameters: values and types of parameters are part of what a
// plan is for.
func TestPlansAndParameters(t *testing.T) {
	n := freshNode(t)
	for _, sql := range []string{"CREATE TABLE t (a BIGINT, b KEYWORD, at TIMESTAMP) WITH (shard_by = 'a')", "INSERT INTO t VALUES (1, '1', '2001-01-01'), (2, 'two', '2002-01-01'), (3, '', '2003-01-01')"} {
		if _, err := rowsOf(n, sql); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for i, want := range []string{"1", "two", ""} {
			mustRows(t, n, want, "SELECT b FROM t WHERE a = $1", record.IntValue(int64(i+1)))
			mustRows(t, n, want, "SELECT b FROM t WHERE a = $1", record.KeywordValue(fmt.Sprint(i+1)))
			mustRows(t, n, want, "SELECT b FROM t WHERE a = $1", record.FloatValue(float64(i+1)))
		}
		mustRows(t, n, "", "SELECT b FROM t WHERE a = $1", record.FloatValue(1.5))
		mustRows(t, n, "", "SELECT b FROM t WHERE a = $1", record.NullOf(record.T(record.Null)))
		mustRows(t, n, "1", "SELECT $1", record.IntValue(1))
		mustRows(t, n, "true", "SELECT $1", record.BoolValue(true))
		mustRows(t, n, "1,2", "SELECT $1, $2", record.KeywordValue("1"), record.KeywordValue("2"))
		mustRows(t, n, "12,", "SELECT $1, $2", record.KeywordValue("12"), record.KeywordValue(""))
		mustRows(t, n, "2", "SELECT a FROM t WHERE at = $1", record.KeywordValue("2002-01-01"))
		mustRows(t, n, "3", "SELECT a FROM t WHERE at = $1", record.KeywordValue("2003-01-01"))
		mustRows(t, n, "2001-01-01 05:00:00", "SELECT at AT TIME ZONE 'Etc/GMT-5' FROM t WHERE a = 1") // the zone is in the text: there are no sessions
		if _, err := rowsOf(n, "SELECT b FROM t WHERE a = $1"); err == nil {
			t.Error("no parameter was given, and none missed")
		}
		if _, err := rowsOf(n, "SELECT b FROM t WHERE a = $1", record.KeywordValue("x")); fault.CodeOf(err) != "22P02" {
			t.Errorf("x is no number: %v", err)
		}
	}
	if n.plans.served == 0 {
		t.Error("no plan served twice")
	}
}

// TestPlansAndTime: now() is the time of each statement.
func TestPlansAndTime(t *testing.T) {
	n := freshNode(t)
	for _, sql := range []string{"SELECT now()", "SELECT current_timestamp", "SELECT (SELECT now())", "SELECT x FROM (SELECT now() AS x) s",
		"SELECT count(*), now() FROM (VALUES (1)) v(a) WHERE now() > '2001-01-01'"} {
		first, err := rowsOf(n, sql)
		if err != nil {
			t.Fatal(err)
		}
		for again := first; again == first; {
			if again, err = rowsOf(n, sql); err != nil {
				t.Fatal(err)
			}
			if again < first {
				t.Errorf("%s: %s after %s", sql, again, first)
			}
		}
	}
	if _, err := rowsOf(n, "SELECT current_date"); err != nil {
		t.Error(err)
	}
	if n.plans.served != 0 {
		t.Errorf("%d plans with a time in them served twice", n.plans.served)
	}
}

// TestPlansAndSizes: a plan that was chosen by the size of a table is not for
// one of another size.
func TestPlansAndSizes(t *testing.T) {
	var c plans
	cat, newer := freshNode(t).Catalog(), freshNode(t)
	if _, err := rowsOf(newer, "CREATE TABLE t (a BIGINT)"); err != nil {
		t.Fatal(err)
	}
	k, _ := keyOfPlan(Request{SQL: "SELECT 1"})
	at := fixed(10_000)
	is := &told{Stats: &at}
	is.Rows(1)
	c.keep(cat, k, &plan.Plan{}, is.sizes)
	for _, s := range []struct {
		rows fixed
		ok   bool
	}{{10_000, true}, {19_000, true}, {5_000, true}, {30_000, false}, {3_000, false}} {
		if _, ok := c.find(cat, k, &s.rows); ok != s.ok {
			t.Errorf("made for %d rows, %d now: %t, want %t", at, s.rows, ok, s.ok)
		}
	}
	if _, ok := c.find(newer.Catalog(), k, &at); ok {
		t.Error("a plan served another catalog")
	}
	c.keep(newer.Catalog(), k, &plan.Plan{}, nil)
	c.keep(cat, k, &plan.Plan{}, nil) // came late
	if _, ok := c.find(newer.Catalog(), k, &at); !ok {
		t.Error("a plan for an older catalog took the place of the newer")
	}
	for i := range 5 * maxPlans {
		k, _ := keyOfPlan(Request{SQL: fmt.Sprint("SELECT ", i)})
		c.keep(newer.Catalog(), k, &plan.Plan{}, nil)
	}
	if n := len(c.recent) + len(c.older); n > 2*maxPlans {
		t.Errorf("%d plans, want at most %d", n, 2*maxPlans)
	}
	if _, ok := keyOfPlan(Request{SQL: strings.Repeat(" ", maxPlanText+1)}); ok {
		t.Error("the plan of a huge statement is kept")
	}
}

type fixed int64

func (f *fixed) Rows(record.TableID) (int64, bool) { return int64(*f), true }

// TestPlansAreShared runs kept plans at the same time, beside changes of the
// catalog: an answer is that of before or after.
func TestPlansAreShared(t *testing.T) {
	n := freshNode(t)
	for _, sql := range []string{"CREATE TABLE t (a BIGINT, b KEYWORD, words TEXT)", "CREATE TABLE u (a BIGINT)",
		"INSERT INTO t VALUES (1, 'x', 'red fox'), (2, 'y', 'red hen'), (3, 'x', 'blue')", "INSERT INTO u VALUES (1), (2)"} {
		if _, err := rowsOf(n, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	asks := []struct{ sql, want string }{
		{"SELECT count(*) FROM t WHERE match(words, 'red')", "2"},
		{"SELECT b, count(*) FROM t WHERE a IN (SELECT a FROM u) GROUP BY b ORDER BY b", "x,1; y,1"},
		{"SELECT t.a FROM t JOIN u ON u.a = t.a WHERE t.b = 'y' ORDER BY 1 LIMIT 3", "2"},
		{"SELECT a FROM t WHERE match(words, 'red') ORDER BY score() DESC, a LIMIT 1", "1"},
		{"SELECT max(a), (SELECT min(a) FROM u) FROM t WHERE b <> 'y' OR a > 5", "3,1"},
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				for _, a := range asks {
					if have, err := rowsOf(n, a.sql); err != nil || have != a.want {
						t.Errorf("%s: %q, %v; want %q", a.sql, have, err, a.want)
						return
					}
				}
			}
		})
	}
	var failed error
	for i := range 10 {
		_, err := rowsOf(n, fmt.Sprint("CREATE TABLE extra", i, " (a BIGINT)"))
		failed = errors.Join(failed, err)
	}
	wg.Wait()
	if failed != nil {
		t.Error(failed)
	}
	if n.plans.served == 0 {
		t.Error("no plan served twice")
	}
}
