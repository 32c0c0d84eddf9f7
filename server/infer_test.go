package server

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestInferFromSchema: a result that was written as Parquet or Arrow makes a
// table like the one it came from, and a file that makes none makes no table.
func TestInferFromSchema(t *testing.T) {
	s := start(t)
	const columns = "(id BIGINT, price DECIMAL(9, 2), at TIMESTAMP, loc POINT, tags KEYWORD[], name KEYWORD)"
	sqlOK(t, s, "CREATE TABLE t "+columns)
	sqlOK(t, s, "INSERT INTO t VALUES (1, 2.50, '2001-01-01', ST_MakePoint(8.5, 47.4), ARRAY['a', 'b'], 'one'), (2, NULL, NULL, NULL, NULL, NULL)")
	want := func(table string) string {
		_, rows := sqlOK(t, s, "SELECT id, price, at, ST_AsText(loc), tags, name FROM "+table+" ORDER BY id")
		return rows
	}
	for name, media := range map[string]string{"parquet": "application/vnd.apache.parquet", "arrow": "application/vnd.apache.arrow.stream"} {
		res, file := call(t, s, "POST", "/v1/sql", "SELECT * FROM t", "Accept: "+media)
		if res.StatusCode != 200 {
			t.Fatal(file)
		}
		res, body := call(t, s, "POST", "/v1/load/"+name+"?create=infer", file, "Content-Type: "+media)
		if res.StatusCode != 200 {
			t.Fatal(body)
		}
		var a loadAnswer
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatal(err)
		}
		if a.Rows != 2 || a.Created != "CREATE TABLE "+name+" "+strings.ReplaceAll(columns, ", 2)", ",2)") {
			t.Errorf("%s: %d rows, %s", name, a.Rows, a.Created)
		}
		if got := want(name); got != want("t") {
			t.Errorf("%s: %s, want %s", name, got, want("t"))
		}
		_, file = call(t, s, "POST", "/v1/sql", "SELECT id, INTERVAL '1 day' AS took FROM t", "Accept: application/vnd.apache.arrow.stream")
		res, body = call(t, s, "POST", "/v1/load/none?create=infer", file, "Content-Type: application/vnd.apache.arrow.stream")
		refused(t, res, body, 501, "0A000", "took: its type is month_day_nano_interval")
		res, body = call(t, s, "POST", "/v1/sql", "SELECT * FROM none")
		refused(t, res, body, 404, "42P01", "none")
	}
}
