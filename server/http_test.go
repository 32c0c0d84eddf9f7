package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/engines/all"
)

// start runs a whole server in a temporary folder.
func start(t *testing.T) *Running {
	t.Helper()
	s, err := Start(context.Background(), Config{Data: t.TempDir(), HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Shards: 2,
		Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// call sends one request; headers are "Name: value".
func call(t *testing.T, s *Running, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func sqlOK(t *testing.T, s *Running, sql string, headers ...string) (*http.Response, string) {
	t.Helper()
	res, body := call(t, s, "POST", "/v1/sql?format=csv", sql, headers...)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s %s", sql, res.Status, body)
	}
	return res, body
}

// refused sees that an answer is a problem of the given status and code.
func refused(t *testing.T, res *http.Response, body string, status int, code, text string) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("%s: %v in %s", text, err, body)
	}
	if res.StatusCode != status || p.Status != status || string(p.Code) != code || !strings.Contains(p.Detail, text) ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s, %s %d %s: %s\nwant %d %s: %s", res.Status, res.Header.Get("Content-Type"), p.Status, p.Code, p.Detail, status, code, text)
	}
	return p
}

// cutGzip compresses text and leaves out the end.
func cutGzip(text string) string {
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write([]byte(text))
	gz.Close()
	return z.String()[:z.Len()-8]
}

func TestRefusals(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT NOT NULL, x DOUBLE)")
	for _, c := range []struct {
		method, path, body, headers string
		status                      int
		code, text                  string
	}{
		{"POST", "/v1/sql", "SELEC 1", "", 400, "42601", "SELEC"},
		{"POST", "/v1/sql", "SELECT nope FROM t", "", 400, "42703", "nope"},
		{"POST", "/v1/sql", "SELECT * FROM nope", "", 404, "42P01", "nope"},
		{"POST", "/v1/sql", "SELECT 1/0", "", 400, "22012", "zero"},
		{"POST", "/v1/sql", "CREATE TABLE t (id BIGINT)", "", 409, "42P07", "t"},
		{"POST", "/v1/sql", "CREATE ROLLUP r ON t AS SELECT count(*) FROM t", "", 501, "0A000", "ROLLUP"},
		{"POST", "/v1/sql", "INSERT INTO t VALUES (NULL, 1)", "", 400, "23502", "NOT NULL"},
		{"GET", "/v1/sql?q=DROP+TABLE+t", "", "", 403, "25006", "may only read"},
		{"POST", "/v1/sql?format=xml", "SELECT 1", "", 400, "22000", "xml"},
		{"POST", "/v1/sql", `{"sql": 1}`, "Content-Type: application/json", 400, "22000", "sql"},
		{"POST", "/v1/sql", `{"sql":"SELECT $1","params":[[null]]}`, "Content-Type: application/json", 400, "22P02", "params[0]"},
		{"POST", "/v1/sql", `{"sql":5}`, "Content-Type: application/json", 400, "22000", `"sql" is a JSON number, want a string`},
		{"POST", "/v1/sql", ` {"sql":5}`, "", 400, "22000", `"sql" is a JSON number, want a string`},
		{"POST", "/v1/sql", `{"sql":"SELECT 1"} {"sql":"SELECT 2"}`, "", 400, "22000", "there is more behind the JSON object"},
		{"POST", "/v1/sql", `{"sql":"SELECT 1"`, "", 400, "22000", "the body ends in the midst of the JSON"},
		{"POST", "/v1/sql", ``, "Content-Type: application/json", 400, "22000", "the body is empty"},
		{"POST", "/v1/load/t", "id\n1\n", "Content-Type: application/x-www-form-urlencoded", 400, "22000", "a form is no format of rows"},
		{"POST", "/v1/load/t", cutGzip("id\n" + strings.Repeat("1\n", 999)), "Content-Type: text/csv\nContent-Encoding: gzip", 400, "22000", "the body is cut off"},
		{"POST", "/v1/load/t", cutGzip("i"), "Content-Type: text/csv\nContent-Encoding: gzip", 400, "22000", "the body is cut off"},
		{"POST", "/v1/sql", `[1]`, "Content-Type: application/json", 400, "22000", "the body is a JSON array, want an object"},
		{"POST", "/v1/sql", "SELECT 1", "X-Quindex-Timeout: soon", 400, "22000", "X-Quindex-Timeout: not a duration"},
		{"POST", "/v1/sql?timeout=soon", "SELECT 1", "", 400, "22000", "?timeout: not a duration"},
		{"POST", "/v1/sql?consistency=mostly", "SELECT 1", "", 400, "22000", "?consistency: not a consistency: mostly"},
		{"POST", "/v1/sql", "SELECT 1", "X-Quindex-Consistency: mostly", 400, "22000", "mostly"},
		{"POST", "/v1/sql", "SELECT 1", "X-Quindex-Token: one", 400, "22000", "shard:index"},
		{"POST", "/v1/sql", "SELECT '" + strings.Repeat("x", 2<<20) + "'", "", 413, "54000", "1048576 bytes"},
		{"POST", "/v1/sql", "SELECT " + strings.Repeat("(", 100_000) + "1", "", 400, "", ""},
		{"POST", "/v1/sql", "SELECT " + strings.Repeat("NOT ", 100_000) + "true", "", 400, "", ""},
		{"POST", "/v1/load/nope", "{}", "Content-Type: application/x-ndjson", 404, "42P01", "nope"},
		{"POST", "/v1/load/t", "{}", "Content-Type: text/html", 400, "22000", "text/html"},
		{"POST", "/v1/load/t?on_error=maybe", "{}", "Content-Type: application/x-ndjson", 400, "22000", "maybe"},
		{"POST", "/v1/load/t", "not gzip", "Content-Type: text/csv\nContent-Encoding: gzip", 400, "22000", "gzip"},
		{"POST", "/v1/load/t", "x", "Content-Type: application/vnd.apache.parquet", 400, "22000", "arquet"},
		{"DELETE", "/v1/queries/nope", "", "", 404, "42P01", "no such query"},
		{"GET", "/v2", "", "", 404, "42P01", "no such path"},
	} {
		var headers []string
		if c.headers != "" {
			headers = strings.Split(c.headers, "\n")
		}
		res, body := call(t, s, c.method, c.path, c.body, headers...)
		if c.code == "" { // any refusal will do, as long as it is one
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("%.40s: %s", c.body, res.Status)
			}
			continue
		}
		refused(t, res, body, c.status, c.code, c.text)
	}
	res, body := call(t, s, "POST", "/v1/sql", "SELECT 1,\n  nope FROM t")
	if p := refused(t, res, body, 400, "42703", "nope"); p.Position == nil || p.Position.Line != 2 || p.Position.Column != 3 || p.Position.Offset != 12 {
		t.Errorf("position %+v, want line 2, column 3, offset 12", p.Position)
	}
	if _, body := sqlOK(t, s, "SELECT count(*) FROM t"); !strings.Contains(body, "0") {
		t.Errorf("rows were added: %s", body)
	}
}

func TestFormatsAndHeaders(t *testing.T) {
	s := start(t)
	res, _ := sqlOK(t, s, "CREATE TABLE t (id BIGINT) WITH (shard_by = 'id')")
	if tag := res.Header.Get("X-Quindex-Tag"); tag != "CREATE TABLE" {
		t.Errorf("tag %q", tag)
	}
	res, _ = sqlOK(t, s, "INSERT INTO t VALUES (1), (2), (3)")
	token := res.Header.Get("X-Quindex-Token")
	if token == "" {
		t.Fatal("a write gives no token")
	}
	for accept, want := range map[string]string{"text/csv": "id\r\n", "application/x-ndjson": `{"id":1}`, "text/plain": "id\n--", "*/*": `{"columns":`,
		"application/vnd.apache.arrow.stream": "\xff\xff\xff\xff", "application/vnd.apache.parquet": "PAR1", "text/html, application/json;q=0.5": `{"columns":`} {
		res, body := call(t, s, "POST", "/v1/sql", "SELECT id FROM t ORDER BY id", "Accept: "+accept, "X-Quindex-Token: "+token)
		if res.StatusCode != 200 || !strings.HasPrefix(body, want) {
			t.Errorf("%s: %s, %.60q, want %q", accept, res.Status, body, want)
		}
		if h := res.Header; h.Get("X-Quindex-Harvest") != "2/2" || h.Get("X-Quindex-Query-Id") == "" || h.Get("X-Quindex-Token") == "" || h.Get("Server-Timing") == "" {
			t.Errorf("headers %v", h)
		}
	}
	res, body := call(t, s, "POST", "/v1/sql?format=csv", `{"sql":"SELECT id FROM t WHERE id > $1 AND $2 = 'x' ORDER BY 1","params":[1,"x"]}`, "Content-Type: application/json")
	if body != "id\r\n2\r\n3\r\n" {
		t.Errorf("%s %q", res.Status, body)
	}
	res, body = call(t, s, "POST", "/v1/sql?format=csv", `{"sql":"SELECT $1->>'a', $1->'b', $2::json","params":[{"a":"<x>","b":12345678901234567890},{}]}`, "Content-Type: application/json")
	if body != "?column?,?column?,json\r\n<x>,12345678901234567890,{}\r\n" {
		t.Errorf("%s %q", res.Status, body)
	}
	res, body = call(t, s, "GET", "/v1/sql?format=csv&q=SELECT+count(*)+AS+n+FROM+t", "", "X-Quindex-Consistency: strong")
	if body != "n\r\n3\r\n" {
		t.Errorf("%s %q", res.Status, body)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/v1/schema": `"rows": 3`, "/v1/cluster": `"groups"`,
		"/v1/segments": "{", "/v1/queries": "[]", "/metrics": "quindex_statements_total", "/debug/pprof/": "goroutine"} {
		if res, body := call(t, s, "GET", path, ""); res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s in %.200s", path, res.Status, want, body)
		}
	}
}

// TestTimeouts reads with a token from far ahead: it waits, and times out.
func TestTimeouts(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT) WITH (shards = 1)")
	res, _ := sqlOK(t, s, "INSERT INTO t VALUES (1)")
	shard, _, _ := strings.Cut(res.Header.Get("X-Quindex-Token"), ":")
	res, body := call(t, s, "POST", "/v1/sql", "SELECT * FROM t", "X-Quindex-Token: "+shard+":1000000", "X-Quindex-Timeout: 30ms")
	if p := refused(t, res, body, 504, "57014", "30ms"); !p.Retryable {
		t.Error("a timeout is worth a retry")
	}
}

func TestIdempotency(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT) WITH (shard_by = 'id')")
	rows := func(want string) {
		t.Helper()
		if _, body := sqlOK(t, s, "SELECT count(*) AS n FROM t"); body != "n\r\n"+want+"\r\n" {
			t.Fatalf("%q rows, want %s", body, want)
		}
	}
	for range 2 {
		sqlOK(t, s, "INSERT INTO t VALUES (1), (2)", "Idempotency-Key: a")
		rows("2")
	}
	for i := range 2 {
		res, body := call(t, s, "POST", "/v1/load/t", "id\n3\n4\n5\n", "Content-Type: text/csv", "Idempotency-Key: b/7")
		var a loadAnswer
		json.Unmarshal([]byte(body), &a)
		if res.StatusCode != 200 || a.Rows != int64(3-3*i) || a.Duplicate != int64(3*i) {
			t.Fatal(res.Status, body)
		}
		rows("5")
	}
	sqlOK(t, s, "INSERT INTO t VALUES (6)", "Idempotency-Key: b/8")
	rows("6")
	// a new table of the same name knows nothing of the keys
	sqlOK(t, s, "DROP TABLE t")
	sqlOK(t, s, "CREATE TABLE t (id BIGINT) WITH (shard_by = 'id')")
	sqlOK(t, s, "INSERT INTO t VALUES (1), (2)", "Idempotency-Key: a")
	rows("2")
}

func TestLoads(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT NOT NULL, x DOUBLE)")
	load := func(query, body string, status int, headers ...string) (a loadAnswer) {
		t.Helper()
		res, text := call(t, s, "POST", "/v1/load/"+query, body, append([]string{"Content-Type: application/x-ndjson"}, headers...)...)
		if res.StatusCode != status {
			t.Fatalf("%s: %s", res.Status, text)
		}
		if status == 200 {
			json.Unmarshal([]byte(text), &a)
			return a
		}
		var p struct{ Load loadAnswer }
		json.Unmarshal([]byte(text), &p)
		refused(t, res, text, 400, "22P02", `line 3, column 7: id: "three" is not an integer`)
		return p.Load
	}
	bad := `{"id":1}` + "\n" + `{"id":2}` + "\n" + `{"id":"three"}` + "\n" + `{"id":4}` + "\n"
	if a := load("t", bad, 400); a.Rows != 0 || a.Rejected != 1 {
		t.Errorf("abort: %+v", a)
	}
	if _, body := sqlOK(t, s, "SELECT count(*) AS n FROM t"); body != "n\r\n0\r\n" {
		t.Errorf("an aborted load left %q", body)
	}
	if a := load("t?on_error=skip", bad, 200); a.Rows != 3 || a.Rejected != 1 || len(a.Rejects) != 0 {
		t.Errorf("skip: %+v", a)
	}
	if a := load("t?on_error=report&line=101", bad, 200); a.Rows != 3 || len(a.Rejects) != 1 || a.Rejects[0].Line != 103 || a.Rejects[0].Column != "id" {
		t.Errorf("report: %+v", a)
	}
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write([]byte(`{"id":5}`))
	gz.Close()
	if a := load("t", z.String(), 200, "Content-Encoding: gzip"); a.Rows != 1 {
		t.Errorf("gzip: %+v", a)
	}
	enc, _ := zstd.NewWriter(nil)
	if a := load("t", string(enc.EncodeAll([]byte(`{"id":6}`), nil)), 200, "Content-Encoding: zstd"); a.Rows != 1 {
		t.Errorf("zstd: %+v", a)
	}
	if a := load("new?create=infer", `{"select":1,"lon":2,"lat":3}`, 200); a.Rows != 1 || a.Created != `CREATE TABLE new (loc POINT, "select" BIGINT)` &&
		a.Created != `CREATE TABLE new ("select" BIGINT, loc POINT)` {
		t.Errorf("infer: %+v", a)
	}
}

// longQuery is a statement that runs until it is stopped, over a few thousand rows.
const longQuery = "SELECT a.id AS a, b.id AS b FROM t a CROSS JOIN t b"

func fillLong(t *testing.T, s *Running) {
	t.Helper()
	sqlOK(t, s, "CREATE TABLE t (id BIGINT)")
	var rows strings.Builder
	for i := range 2900 {
		fmt.Fprintf(&rows, "{\"id\":%d}\n", i)
	}
	if res, body := call(t, s, "POST", "/v1/load/t", rows.String(), "Content-Type: application/x-ndjson"); res.StatusCode != 200 {
		t.Fatal(body)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
		runtime.Gosched()
	}
}

func TestClientGone(t *testing.T) {
	s := start(t)
	fillLong(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	c := client.New(s.Addr())
	defer c.Close()
	body, _, err := c.Raw(ctx, longQuery, client.Options{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the query is listed", func() bool { return len(s.Node.Queries()) == 1 })
	cancel()
	body.Close()
	eventually(t, "the query of a client that left ends", func() bool { return len(s.Node.Queries()) == 0 })
}

// TestCutOff cancels a query in the middle of its result: no client can take
// what it got for the whole.
func TestCutOff(t *testing.T) {
	s := start(t)
	fillLong(t, s)
	c := client.New(s.Addr())
	defer c.Close()
	for _, f := range []string{"json", "ndjson", "csv", "arrow", "table"} { // parquet is written whole at its end
		id := "cut-" + f
		req, _ := http.NewRequest("POST", "http://"+s.Addr()+"/v1/sql?format="+f, strings.NewReader(longQuery))
		req.Header.Set("X-Quindex-Query-Id", id)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != 200 {
			t.Fatal(f, res.Status)
		}
		if res, body := call(t, s, "DELETE", "/v1/queries/"+id, ""); res.StatusCode != 200 {
			t.Fatal(res.Status, body)
		}
		if n, err := io.Copy(io.Discard, res.Body); err == nil {
			t.Errorf("%s: a result cut off after %d bytes ended well", f, n)
		}
		res.Body.Close()
	}
	rows, err := c.Query(context.Background(), longQuery)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	for _, q := range s.Node.Queries() {
		s.Node.Cancel(q.ID)
	}
	for rows.Next() {
	}
	if rows.Err() == nil {
		t.Error("Rows of a result that was cut off ended well")
	}
}
