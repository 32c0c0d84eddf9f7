package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/demo"
)

// fiveConditions are those of the statement that five engines answer: text,
// place, time, reachability; the columns are what is counted.
var fiveConditions = []string{
	`match(a.name, 'international')`,
	`ST_DWithin(a.loc, ST_MakePoint(-87.9, 41.98), 500000)`,
	`f.dep >= '2001-01-01' AND f.dep < '2001-01-08'`,
	`a.iata IN (SELECT iata FROM GRAPH_TABLE (skies MATCH (d WHERE d.iata = 'EUG')-[IS flies]->{1,2}(x IS airports) COLUMNS (x.iata AS iata)))`,
}

// plainConditions say the same without the functions of any engine.
var plainConditions = []string{
	`' ' || lower(a.name) || ' ' LIKE '% international %'`,
	`ST_Distance(a.loc, ST_MakePoint(-87.9, 41.98)) + 0 <= 500000`,
	`f.dep >= '2001-01-01' AND f.dep < '2001-01-08'`,
	`a.iata IN (WITH one AS (SELECT DISTINCT dest FROM flights JOIN airports v ON v.iata = dest WHERE origin = 'EUG')
		SELECT dest FROM one UNION SELECT g.dest FROM flights g JOIN one ON g.origin = one.dest)`,
}

func fiveStatement(conditions []string) string {
	return `SELECT a.iata, time_bucket('1 day', f.dep), sum(f.delay), count(*) FROM airports a JOIN flights f ON f.origin = a.iata WHERE ` +
		strings.Join(conditions, " AND ") + ` GROUP BY 1, 2 ORDER BY 1, 2`
}

// TestFiveEngines holds the statement of five engines to its plain form, and
// every one of its conditions to changing the answer.
func TestFiveEngines(t *testing.T) {
	server := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	c := client.New(server.addr)
	defer c.Close()
	ctx := context.Background()
	for _, table := range demo.Tables()[:2] {
		if err := fillTable(ctx, c, table, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range demo.Graphs() {
		if _, err := c.Exec(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	all := rowsOfSQL(t, c, fiveStatement(fiveConditions))
	if len(all) == 0 {
		t.Fatal("the statement gives no rows")
	}
	if plain := rowsOfSQL(t, c, fiveStatement(plainConditions)); !slices.Equal(all, plain) {
		t.Errorf("%d rows, the plain form gives %d:\n%v\n%v", len(all), len(plain), all, plain)
	}
	for i, left := range fiveConditions {
		without := slices.Delete(slices.Clone(fiveConditions), i, i+1)
		if slices.Equal(all, rowsOfSQL(t, c, fiveStatement(without))) {
			t.Errorf("the answer is the same without %s", left)
		}
	}
	if err := server.stop(t); err != nil {
		t.Fatal(err)
	}
}
