package ingest

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/record"
)

// TestGeometry reads shapes in the notations that files have them in.
func TestGeometry(t *testing.T) {
	schema := &record.Schema{Fields: []record.Field{{ID: 1, Name: "g", Type: record.T(record.Geometry)}}}
	const hexWKB = "0101000000000000000000F03F0000000000000040"
	for _, c := range []struct {
		kind Kind
		text string
		want string // as WKT, or what is wrong
	}{
		{CSVKind, "g\n\"POLYGON((0 0,1 0,1 1,0 0))\"\n", "POLYGON((0 0,1 0,1 1,0 0))"},
		{CSVKind, "g\n" + `"{""type"":""Point"",""coordinates"":[1,2]}"` + "\n", "POINT(1 2)"},
		{CSVKind, "g\n" + hexWKB + "\n", "POINT(1 2)"},
		{CSVKind, "g\nPOINT(1 2\n", "invalid data"},
		{NDJSONKind, `{"g":"POINT(1 2)"}`, "POINT(1 2)"},
		{NDJSONKind, `{"g":{"type":"LineString","coordinates":[[1,2],[3,4]]}}`, "LINESTRING(1 2,3 4)"},
		{NDJSONKind, `{"g":{"type":"Point","coordinates":[1,95]}}`, "latitude"},
		{NDJSONKind, `{"g":{"type":"Spot"}}`, "invalid geometry"},
		{NDJSONKind, `{"g":[1,2]}`, "a JSON list in a column of type GEOMETRY"},
		{NDJSONKind, `{"g":null}`, ""},
	} {
		o := Options{Schema: schema}
		read := NDJSON
		if c.kind == CSVKind {
			read = CSV
		}
		r, err := read(strings.NewReader(c.text), o)
		if err != nil {
			t.Fatal(err)
		}
		b, rejects := collect(t, r, schema)
		var got string
		switch {
		case len(rejects) > 0:
			got = rejects[0].Reason
		case b.N == 1 && b.Cols[0].Value(0).Valid:
			if got, err = sphere.WKT(b.Cols[0].Value(0).S); err != nil {
				t.Error(err)
			}
		}
		if len(rejects) == 0 && got != c.want || len(rejects) > 0 && !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}
