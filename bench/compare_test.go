package bench

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

func TestDiffer(t *testing.T) {
	f := func(name string, a, b [][]any, ordered, want bool) {
		t.Helper()
		if why := differ(a, b, ordered); (why != "") != want {
			t.Errorf("%s: differ = %q, want a difference: %v", name, why, want)
		}
		if why := differ(b, a, ordered); (why != "") != want {
			t.Errorf("%s, turned: differ = %q, want a difference: %v", name, why, want)
		}
	}
	row := func(v ...any) [][]any { return [][]any{v} }
	two := [][]any{{"a", int64(1)}, {"b", int64(2)}}
	turned := [][]any{{"b", json.Number("2")}, {"a", json.Number("1")}}
	f("no rows", nil, nil, true, false)
	f("rows in another order", two, turned, false, false)
	f("rows in another order that counts", two, turned, true, true)
	f("a row too many", two, two[:1], false, true)
	f("a row twice, another missing", [][]any{two[0], two[0]}, two, false, true)
	f("a column too many", row(int64(1), int64(2)), row(int64(1)), true, true)
	f("integers of every kind", row(int64(7), int32(7), json.Number("7")), row(big.NewInt(7), json.Number("7"), 7.0), true, false)
	f("a large integer, off by one", row(json.Number("9007199254740993")), row(int64(9007199254740992)), true, true)
	f("a huge integer", row(json.Number("170141183460469231731687303715884105727")), row(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))), true, false)
	f("the tenth digit of a float", row(json.Number("1234.5678901234")), row(1234.5678901235), true, false)
	f("the sixth digit of a float", row(json.Number("1234.56")), row(1234.57), true, true)
	f("a float that is whole", row(json.Number("3.0")), row(float32(3)), true, false)
	f("NULL and nothing", row(nil), row(""), true, true)
	f("NULL and the word", row(nil), row("null"), true, true)
	f("NULL and zero", row(nil), row(int64(0)), true, true)
	f("a time", row("2023-11-20T00:00:00.5Z"), row(time.Date(2023, 11, 20, 0, 0, 0, 5e8, time.UTC)), true, false)
	f("a time, a microsecond later", row("2023-11-20T00:00:00.5Z"), row(time.Date(2023, 11, 20, 0, 0, 0, 500_001_000, time.UTC)), true, true)
	f("a day", row("2023-11-20"), row(time.Date(2023, 11, 20, 0, 0, 0, 0, time.UTC)), true, false)
	f("texts that look like numbers", row("007"), row("7"), true, true)
	f("texts of many digits", row("12345678901"), row("12345678902"), true, true)
}

// TestDifferTies keeps the order of floats that differ in a last digit from
// tearing rows apart.
func TestDifferTies(t *testing.T) {
	a := [][]any{{1.00000000001, "x"}, {1.00000000002, "y"}}
	b := [][]any{{1.00000000002, "x"}, {1.00000000001, "y"}}
	if why := differ(a, b, false); why != "" {
		t.Error(why)
	}
}

func TestOrdered(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT count(*) FROM hits": false, "SELECT a FROM hits ORDER BY a LIMIT 1": true,
	} {
		if ordered(sql) != want {
			t.Errorf("ordered(%q) = %v", sql, !want)
		}
	}
}
