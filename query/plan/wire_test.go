package plan

import (
	"bytes"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// wireTexts are statements whose fragments hold every kind of node.
var wireTexts = []string{
	"SELECT origin, count(*) n, avg(delay), count(DISTINCT dest), min(dep) FILTER (WHERE delay > 5) FROM flights WHERE origin IN ('ORD', 'EUG') OR dest LIKE 'A%' GROUP BY 1",
	"SELECT f.dest, a.name FROM flights f LEFT JOIN airports a ON f.origin = a.iata AND f.delay > a.elev_ft WHERE f.dest NOT IN (SELECT iata FROM airports) ORDER BY 1 DESC LIMIT 3 OFFSET 1",
	"SELECT CASE WHEN b THEN 'x' ELSE k END, d * 2.5, ts - INTERVAL '1 day', ks FROM types WHERE st_dwithin(p, 'POINT(1 2)', 5) AND lower(k) = 'a' AND i BETWEEN 1 AND 5 AND NOT f IS NULL",
	"SELECT delay + $1 FROM flights WHERE delay > (SELECT avg(delay) FROM flights) LIMIT 5",
	"SELECT loc FROM airports WHERE st_dwithin(loc, 'POINT(1 2)', 5) OR lower(name) = 'x' LIMIT 5",
	"SELECT DISTINCT x FROM GRAPH_TABLE (skies MATCH (a WHERE a.iata = 'EUG')-[IS flies]->{1,3}(b WHERE st_dwithin(b.loc, 'POINT(1 2)', 5)) COLUMNS (b.iata AS x))",
	"SELECT * FROM GRAPH_TABLE (skies MATCH p = ANY SHORTEST (a IS airports)-[e WHERE e.i > 3]-+(b IS buoys) COLUMNS (a.iata, b.n, path_length(p) AS l))",
	"SELECT DISTINCT x, y FROM GRAPH_TABLE (skies MATCH (a IS airports WHERE lower(a.name) = 'x')-[f IS flies WHERE f.delay + f.dist > 3]-{0,2}(b IS airports) COLUMNS (a.iata AS x, b.iata AS y))",
	"SELECT n, v FROM GRAPH_TABLE (skies MATCH p = ALL SHORTEST (a IS airports)-[IS flies]->+(b IS airports WHERE b.elev_ft > 3) COLUMNS (path_length(p) AS n, vertices(p) AS v))",
	"SELECT * FROM pagerank('skies', 'flies', iterations => 3) WHERE rank > 0.5",
	"SELECT id, count(*) FROM shortest_path('skies', 'EUG', 'ORD', 'flies') GROUP BY 1",
	"SELECT * FROM triangle_count('skies', 'flies') t JOIN wcc('skies', 'flies') c ON c.id = t.id",
}

// fragments returns the fragments below n.
func fragments(n Node) []Node {
	var out []Node
	if g, ok := n.(*Gather); ok {
		out = append(out, g.Fragment)
	}
	for _, in := range n.Inputs() {
		out = append(out, fragments(in)...)
	}
	return out
}

func encodedFragments(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for _, text := range wireTexts {
		q, err := parseQuery(t, text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Query(q, testOptions(t, text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, f := range fragments(p.Root) {
			out = append(out, EncodeFragment(f))
		}
	}
	return append(out, rankedFragments(t)...)
}

func TestWireRoundTrip(t *testing.T) {
	all := encodedFragments(t)
	all = append(all, EncodeFragment(&Union{All: []Node{
		&Values{Rows: [][]Expr{{Const{record.IntValue(1)}}}, Out: []Column{{"a", record.T(record.Int64)}}},
		&Limit{Input: &Broadcast{ID: 3, Out: []Column{{"b", record.T(record.Int64)}}}, Count: 2},
	}}))
	if len(all) < 8 {
		t.Fatalf("%d fragments, want 8 or more", len(all))
	}
	for _, data := range all {
		n, err := DecodeFragment(data)
		if err != nil {
			t.Fatal(err)
		}
		if again := EncodeFragment(n); !bytes.Equal(again, data) {
			t.Errorf("a fragment of %d bytes comes back as %d others", len(data), len(again))
		}
	}
}

// TestWireCutShort holds that no beginning of a fragment is a fragment.
func TestWireCutShort(t *testing.T) {
	for _, data := range encodedFragments(t) {
		for n := range data {
			if _, err := DecodeFragment(data[:n]); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("the first %d of %d bytes: %v", n, len(data), err)
			}
		}
		if _, err := DecodeFragment(append(bytes.Clone(data), 0)); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("a byte after the end: %v", err)
		}
	}
}

// FuzzDecodeFragment holds the decoder to be calm, and what it takes to be
// something that can be encoded and printed.
func FuzzDecodeFragment(f *testing.F) {
	for _, data := range encodedFragments(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := DecodeFragment(data)
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("an error of kind %v: %v", fault.KindOf(err), err)
			}
			return
		}
		again, err := DecodeFragment(EncodeFragment(n))
		if err != nil {
			t.Fatalf("what was decoded cannot be decoded again: %v", err)
		}
		if a, b := (&Plan{Root: n}).Explain(), (&Plan{Root: again}).Explain(); a != b {
			t.Fatalf("it prints differently:\n%s\n%s", a, b)
		}
	})
}
