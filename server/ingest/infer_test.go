package ingest

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/quindex/quindex/query/sql"
)

// arrowBatch shortens the tests that write Arrow.
type arrowBatch = arrow.RecordBatch

// checkInfer infers a table and sees that the statement can be parsed.
func checkInfer(t *testing.T, k Kind, text []byte, whole bool) (string, Options) {
	t.Helper()
	o := Options{Map: map[string]string{}}
	ddl, err := Infer(k, text, whole, "t", &o)
	if err != nil {
		return err.Error(), o
	}
	if _, err := sql.Parse(ddl); err != nil && !strings.Contains(err.Error(), "twice") {
		t.Fatalf("%s: %v", ddl, err)
	}
	return ddl, o
}

func TestInfer(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		text, want string
	}{
		{NDJSONKind, `{"id":1,"x":1.5,"ok":true,"day":"2001-01-01","at":"2001-01-01T10:00:00Z","tags":["a"],"name":"n"}`,
			`CREATE TABLE t (id BIGINT, x DOUBLE, ok BOOLEAN, day DATE, at TIMESTAMP, tags KEYWORD[], name KEYWORD)`},
		{NDJSONKind, `{"id":"1"}` + "\n" + `{"id":"2.5"}` + "\n{broken", `CREATE TABLE t (id DOUBLE)`},
		{NDJSONKind, `{"select":1,"Order":2,"a b":3,"é":4,"group":null}`, `CREATE TABLE t ("select" BIGINT, "Order" BIGINT, "a b" BIGINT, é BIGINT, "group" KEYWORD)`},
		{NDJSONKind, `{"lon":8.5,"lat":47.4,"n":1}`, `CREATE TABLE t (loc POINT, n BIGINT)`},
		{NDJSONKind, `{"place":{"type":"Point","coordinates":[8.5,47.4]}}`, `CREATE TABLE t (place POINT)`},
		{NDJSONKind, `{"text":"` + strings.Repeat("word ", 20) + `"}`, `CREATE TABLE t (text TEXT)`},
		{CSVKind, "a,b\n1,x\n2,\n", `CREATE TABLE t (a BIGINT, b KEYWORD)`},
		{CSVKind, "\uFEFFa,\"b\"\"c\"\n1,x\n", `CREATE TABLE t (a BIGINT, "b""c" KEYWORD)`},
		{CSVKind, "Longitude,Latitude\n1,2\n", `CREATE TABLE t (loc POINT)`},
		{NDJSONKind, `{"who":{"first":"a"},"n":[1,2],"x":[1,2.5],"s":["a",1],"list":[{"a":1}],"text":"{x}"}`,
			`CREATE TABLE t (who JSON, n BIGINT[], x DOUBLE[], s KEYWORD[], list JSON, text KEYWORD)`},
		{CSVKind, "zip,id,x,neg\n01234,99999999999999999999,0.50,-07\n", `CREATE TABLE t (zip KEYWORD, id KEYWORD, x DOUBLE, neg KEYWORD)`},
		{CSVKind, "n,x,zero\n1,1e20,0\n-5,-0.5,0\n", `CREATE TABLE t (n BIGINT, x DOUBLE, zero BIGINT)`},
		{CSVKind, ",a\n0,x\n", "load: infer: field 1 has no name"},
		{NDJSONKind, " \n", "load: infer: it is empty"},
		{NDJSONKind, "id,name\n1,x\n", "load: infer: none of the lines in the first 12 bytes is a JSON object"},
		{ParquetKind, "PAR1", "load: infer: Parquet and Arrow tell their columns by their schema, not by a sample"},
	} {
		if got, _ := checkInfer(t, c.kind, []byte(c.text), true); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
	_, o := checkInfer(t, NDJSONKind, []byte(`{"lng":8.5,"lat":47.4}`), true)
	if o.Map["loc"] != "lng,lat" {
		t.Errorf("the point is mapped to %q", o.Map["loc"])
	}
}

// TestMapping: fields go to columns of other names, numbers get units, pairs become points.
func TestMapping(t *testing.T) {
	s := things()
	r, err := NDJSON(strings.NewReader(`{"ident":"4","lon":1,"lat":"2","when":981173106,"x":null,"more":1}`+"\n"+
		`{"ident":5,"lon":1}`+"\n"+`{"ident":6,"lon":181,"lat":0}`+"\n"+`{"ident":7,"when":99999999999999}`+"\n"+`{"ident":8,"lon":1,"lon":2,"lat":3}`),
		Options{Schema: s, Map: map[string]string{"id": "ident", "loc": "lon,lat", "at": "when"}, Units: map[string]string{"at": "s"}, IgnoreUnknown: true})
	if err != nil {
		t.Fatal(err)
	}
	b, rejects, _ := r.Next(10)
	if b.N != 1 || b.Cols[0].Ints[0] != 4 || b.Cols[6].Value(0).Text() != "POINT(1 2)" || b.Cols[5].Value(0).I != 981173106e9 {
		t.Fatal(b.N, b.Cols[0].Ints, b.Cols[6].Value(0).Text(), rejects)
	}
	wants := []string{"only one of its two coordinates", "outside longitude", "outside the years 1677 to 2262", "the key stands twice"}
	for i, want := range wants {
		if i >= len(rejects) || !strings.Contains(rejects[i].Reason, want) {
			t.Errorf("reject %d: %v, want %s", i, rejects, want)
		}
	}
	for _, o := range []Options{
		{Schema: s, Map: map[string]string{"nope": "x"}}, {Schema: s, Map: map[string]string{"id": "a,b"}},
		{Schema: s, Units: map[string]string{"id": "s"}}, {Schema: s, Units: map[string]string{"at": "days"}},
	} {
		if _, err := NDJSON(strings.NewReader(""), o); err == nil {
			t.Errorf("%v %v was taken", o.Map, o.Units)
		}
	}
}

// TestInferMapped: what a request says of columns, the table that is made for it follows.
func TestInferMapped(t *testing.T) {
	o := Options{Map: map[string]string{"at": "when", "place": "x,y"}, Units: map[string]string{"at": "s", "seen": "ms"}}
	const text = "when,x,y,seen,lon,lat\n1577836800,8.5,47.4,5,1,2\n"
	ddl, err := Infer(CSVKind, []byte(text), true, "t", &o)
	if want := "CREATE TABLE t (at TIMESTAMP, place POINT, seen TIMESTAMP, loc POINT)"; err != nil || ddl != want {
		t.Errorf("%s %v, want %s", ddl, err, want)
	}
	o = Options{Map: map[string]string{"loc": "lon,lat"}}
	if ddl, err := Infer(CSVKind, []byte("id,lat,lon\n1,2,3\n"), true, "t", &o); err != nil || ddl != "CREATE TABLE t (id BIGINT, loc POINT)" {
		t.Errorf("%s %v", ddl, err)
	}
}
