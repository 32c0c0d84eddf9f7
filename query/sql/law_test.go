package sql

import "testing"

func TestSmoke(t *testing.T) {
	for _, s := range []string{
		"SELECT origin, count(*) n, avg(delay) FROM flights WHERE origin = 'ORD' GROUP BY 1 ORDER BY n DESC LIMIT 5;",
		"SELECT a FORM t", "SELECT * FORM t", "SLECT 1", "SELECT (1 + 2", "SELECT 'abc", "SELECT * FROM t WERE x = 1", "SELECT a = b = c",
		"CREATE TABLE t (a INT NOT NULL DEFAULT -1, name TEXT ANALYZER 'en', PRIMARY KEY (a)) WITH (shards = 4, time = 'dep')",
		`SELECT a.iata FROM airports a WHERE a.iata IN (SELECT iata FROM GRAPH_TABLE (skies MATCH (d WHERE d.iata = 'EUG')-[IS flies]->{1,2}(x IS airports) COLUMNS (x.iata AS iata)))`,
	} {
		n, err := Parse(s)
		t.Log(n, err)
	}
}
