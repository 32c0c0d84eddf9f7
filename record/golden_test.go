package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quindex/quindex/internal/golden"
)

// part is n bytes of a message and what they say.
type part struct {
	n    int
	what string
}

// dump prints wire part by part, eight bytes a line.
func dump(t *testing.T, wire []byte, parts []part) string {
	t.Helper()
	var b strings.Builder
	at := 0
	for _, p := range parts {
		for done := 0; done < p.n; done += 8 {
			end := min(at+8, at+p.n-done, len(wire))
			what := p.what
			if done > 0 {
				what = "..."
			}
			fmt.Fprintf(&b, "%04x: %-23s # %s\n", at, fmt.Sprintf("% x", wire[at:end]), what)
			at = end
		}
	}
	if at != len(wire) {
		t.Fatalf("the parts cover %d bytes of %d", at, len(wire))
	}
	return b.String()
}

func TestGoldenBatch(t *testing.T) {
	b := NewBatch(&Schema{Table: 7, Version: 2, Fields: []Field{
		{ID: 1, Type: T(Int64)}, {ID: 3, Type: DecimalType(4, 2)}, {ID: 4, Type: T(Keyword)}, {ID: 5, Type: T(Int64Array)}, {ID: 6, Type: T(Point)},
	}}, 3)
	b.FirstRow = 100
	tags := func(text string) Value { v, _ := ParseText(T(Int64Array), text); return v }
	dec := func(i int64) Value { return DecimalValue(DecimalType(4, 2), i) }
	b.AppendRow(IntValue(1), dec(150), KeywordValue("a"), tags("{5,6}"), PointValue(1, 2))
	b.AppendRow(IntValue(-1), dec(0), NullOf(T(Keyword)), tags("{}"), PointValue(0, 0))
	b.AppendRow(IntValue(258), dec(-1), KeywordValue("bc"), tags("{7}"), PointValue(-0.5, 90))

	head := func(what string) []part {
		return []part{{4, what + ": id"}, {4, "kind, precision, scale, flags"}, {4, "elements"}, {4, "text bytes"}}
	}
	parts := []part{
		{4, `magic "QBAT"`}, {4, "version 1"}, {4, "length"}, {4, "crc32c"}, {8, "table 7"}, {8, "first row 100"},
		{4, "schema version 2"}, {4, "5 columns"}, {4, "3 rows"}, {4, "zero"},
	}
	parts = append(append(parts, head("column 1, BIGINT")...), part{8, "1"}, part{8, "-1"}, part{8, "258"})
	parts = append(append(parts, head("column 3, DECIMAL(4,2)")...), part{8, "1.50"}, part{8, "0.00"}, part{8, "-0.01"})
	parts = append(append(parts, head("column 4, KEYWORD, with validity, 3 text bytes")...),
		part{8, "rows 0 and 2 are not NULL"}, part{16, "offsets 0, 1, 1, 3"}, part{3, `"a", "bc"`}, part{5, "padding"})
	parts = append(append(parts, head("column 5, BIGINT[], 3 elements")...),
		part{16, "offsets 0, 2, 2, 3"}, part{8, "5"}, part{8, "6"}, part{8, "7"})
	parts = append(append(parts, head("column 6, POINT")...),
		part{8, "longitude 1"}, part{8, "0"}, part{8, "-0.5"}, part{8, "latitude 2"}, part{8, "0"}, part{8, "90"})
	golden.Compare(t, "testdata/batch.txt", dump(t, b.AppendWire(nil), parts))
}

func TestGoldenSchema(t *testing.T) {
	s := &Schema{Table: 300, Version: 1, Fields: []Field{
		{ID: 1, Name: "ident", Type: T(Keyword), NotNull: true, Default: KeywordValue("x")},
		{ID: 2, Name: "name", Type: T(Text), Default: NullOf(T(Text)), Analyzer: "en"},
	}}
	golden.Compare(t, "testdata/schema.txt", dump(t, s.AppendWire(nil), []part{
		{4, `magic "QSCH"`}, {4, "version 1"}, {4, "length"}, {4, "crc32c"},
		{2, "table 300"}, {1, "schema version 1"}, {1, "2 fields"},
		{1, "field: id 1"}, {6, `name "ident"`}, {3, "KEYWORD"}, {1, "not null"}, {3, "default: KEYWORD"}, {1, "not NULL"}, {2, `"x"`}, {1, `analyzer ""`},
		{1, "field: id 2"}, {5, `name "name"`}, {3, "TEXT"}, {1, "nullable"}, {3, "default: TEXT"}, {1, "NULL"}, {3, `analyzer "en"`},
	}))
}
