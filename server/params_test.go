package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestParameters: what a request says and no path knows is refused with a way
// out, and nothing is done.
func TestParameters(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT)")
	f := func(method, path, header string, want ...string) {
		t.Helper()
		headers := []string{"Content-Type: text/csv"}
		if header != "" {
			headers = append(headers, header)
		}
		res, body := call(t, s, method, path, "id\n1\n", headers...)
		p := refused(t, res, body, 400, "22000", want[0])
		for _, w := range want[1:] {
			if !strings.Contains(p.Hint, w) {
				t.Errorf("%s %s: hint %q, want %q in it", method, path, p.Hint, w)
			}
		}
	}
	f("POST", "/v1/sql?fromat=csv", "", "fromat: no such parameter", "did you mean format?", "there are format, timeout, consistency")
	f("POST", "/v1/sql?format=csv&format=json", "", "format: the parameter is there twice")
	f("GET", "/v1/sql?sql=SELECT+1", "", "sql: no such parameter", "there are q, format")
	f("GET", "/v1/sql?q=SELECT+'5%'", "", "q: invalid URL escape", "write % as %25")
	f("GET", "/v1/sql?q=SELECT+1;SELECT+2", "", "a semicolon in the query string", "%3B")
	f("POST", "/v1/load/t?onerror=skip", "", "onerror: no such parameter", "did you mean on_error?")
	f("POST", "/v1/load/t?onError=skip", "", "onError: no such parameter", "did you mean on_error?")
	f("POST", "/v1/load/t?on_error=ignore", "", "on_error=ignore: no such choice", "the choices are abort, skip, report")
	f("POST", "/v1/load/t?on_error=skp", "", "on_error=skp: no such choice", "did you mean skip?")
	f("POST", "/v1/load/t?create=yes", "", "create=yes: no such choice", "the only choice is infer")
	f("POST", "/v1/load/t?unknown=drop", "", "unknown=drop: no such choice", "the only choice is ignore")
	f("POST", "/v1/load/t?check=no", "", "check=no: no such choice", "the only choice is 1")
	f("POST", "/v1/load/t?start=0&end=9", "", "start and end", "source=")
	f("GET", "/v1/schema?table=t", "", "table: no such parameter", "this path takes none")
	f("POST", "/v1/loads?table=t&src=1", "", "src: no such parameter", "there are table, source")
	f("POST", "/v1/backup?verify=1", "", "verify=1: no such choice", "the only choice is true")
	f("POST", "/v1/sql", "X-Quindex-Consistancy: strong", "X-Quindex-Consistancy: no such header", "did you mean X-Quindex-Consistency?")
	if _, body := sqlOK(t, s, "SELECT count(*) AS n FROM t"); body != "n\r\n0\r\n" {
		t.Errorf("a refused load left %q", body)
	}
	for _, ok := range []string{"?on_error=skip&map=id:id&map=id:id&line=7", "?&check=1", "?%6fn_error=report"} {
		if res, body := call(t, s, "POST", "/v1/load/t"+ok, "id\n1\n", "Content-Type: text/csv", "X-Quindex-Harvest: 2/2"); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", ok, body)
		}
	}
}

// TestMethods: a path of ours asked in another way says which ways there are.
func TestMethods(t *testing.T) {
	s := start(t)
	for _, c := range []struct{ method, path, allow string }{
		{"PUT", "/v1/sql", "GET, POST"},
		{"DELETE", "/v1/sql", "GET, POST"},
		{"PUT", "/v1/load/t", "GET, POST"},
		{"POST", "/v1/queries/7", "DELETE"},
		{"GET", "/v1/verify", "POST"},
		{"POST", "/v1/schema", "GET"},
	} {
		res, body := call(t, s, c.method, c.path, "")
		p := refused(t, res, body, http.StatusMethodNotAllowed, "0A000", c.method+" "+c.path+": the path does not take this method")
		if got := res.Header.Get("Allow"); got != c.allow || p.Hint != "use "+strings.ReplaceAll(c.allow, ", ", " or ") {
			t.Errorf("%s %s: Allow %q, hint %q, want %s", c.method, c.path, got, p.Hint, c.allow)
		}
	}
	for _, path := range []string{"/v2/sql", "/v1/load", "/v1/sql/", "/"} {
		if res, body := call(t, s, "POST", path, ""); res.Header.Get("Allow") != "" {
			t.Errorf("%s: Allow %q", path, res.Header.Get("Allow"))
		} else if p := refused(t, res, body, http.StatusNotFound, "42P01", "no such path"); !strings.Contains(p.Hint, "POST /v1/sql") {
			t.Errorf("%s: hint %q", path, p.Hint)
		}
	}
}

// TestMissingTable: a load into a table that is not there says how to make it.
func TestMissingTable(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE flights (id BIGINT)")
	for table, want := range map[string]string{"events": "create=infer", "flihgts": "did you mean flights?"} {
		res, body := call(t, s, "POST", "/v1/load/"+table, `{"id":1}`, "Content-Type: application/x-ndjson")
		if p := refused(t, res, body, http.StatusNotFound, "42P01", table); !strings.Contains(p.Hint, want) || !strings.Contains(p.Hint, "create=infer") {
			t.Errorf("%s: hint %q, want %q and create=infer in it", table, p.Hint, want)
		}
	}
}

// TestInferSeparator: a request that infers the columns finds out what
// separates the fields, whether the table is there or not.
func TestInferSeparator(t *testing.T) {
	s := start(t)
	for range 2 {
		res, body := call(t, s, "POST", "/v1/load/t?create=infer", "id;x\n1;\"a;b\"\n2;1,5\n", "Content-Type: text/csv")
		if res.StatusCode != http.StatusOK || !strings.Contains(body, `"rows":2`) {
			t.Fatal(body)
		}
	}
	if res, body := call(t, s, "POST", "/v1/load/t?comma=%7C", "id|x\n3|y\n", "Content-Type: text/csv"); res.StatusCode != http.StatusOK {
		t.Fatal(body)
	}
	if _, body := sqlOK(t, s, "SELECT sum(id) AS n, max(x) AS x FROM t"); body != "n,x\r\n9,y\r\n" {
		t.Errorf("%q", body)
	}
	for _, query := range []string{"", "?unknown=ignore"} { // ignoring its one field would add empty rows
		res, body := call(t, s, "POST", "/v1/load/t"+query, "id;x\n1;a\n", "Content-Type: text/csv")
		if p := refused(t, res, body, http.StatusBadRequest, "42703", "seem to be separated by ';'"); !strings.Contains(p.Hint, "comma=%3B") {
			t.Errorf("hint %q", p.Hint)
		}
	}
	res, body := call(t, s, "POST", "/v1/load/t", "id,\"X\",y\n1,2,3\n", "Content-Type: text/csv")
	if p := refused(t, res, body, http.StatusBadRequest, "42703", `no column "X", did you mean x?`); p.Position == nil || p.Position.Column != 4 {
		t.Errorf("%+v", p.Position)
	}
	res, body = call(t, s, "POST", "/v1/load/t?time=xx:us", "id\n1\n", "Content-Type: text/csv")
	refused(t, res, body, http.StatusBadRequest, "42703", "given a unit is not in the table")
}

// TestInferredLoads: what was inferred takes the rows it was inferred from, and
// keeps all of their digits.
func TestInferredLoads(t *testing.T) {
	s := start(t)
	for i, c := range []struct{ kind, query, text, want string }{
		{"application/x-ndjson", "", `{"a":{"b":1},"n":[1,2],"x":[1,2.5],"s":["a",1],"l":[{"b":[]}]}`, `"{""b"":1}","{1,2}","{1,2.5}","{a,1}","[{""b"":[]}]"`},
		{"application/x-ndjson", "", `{"a":99999999999999999999,"b":1.5}`, "99999999999999999999,1.5"},
		{"text/csv", "", "a,b,c\n007,99999999999999999999,-1.5\n", "007,99999999999999999999,-1.5"},
		{"text/csv", "&unknown=ignore", ",b,c\n0,x,1\n", "x,1"},
	} {
		table := "t" + string(rune('a'+i))
		if res, body := call(t, s, "POST", "/v1/load/"+table+"?create=infer"+c.query, c.text, "Content-Type: "+c.kind); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", c.text, body)
			continue
		}
		if _, body := sqlOK(t, s, "SELECT * FROM "+table); !strings.HasSuffix(body, "\r\n"+c.want+"\r\n") {
			t.Errorf("%s gives %q, want %q", c.text, body, c.want)
		}
	}
}

// FuzzParameters: what is let through is what net/url reads, and known.
func FuzzParameters(f *testing.F) {
	for _, q := range []string{"", "a=1&b=2", "&&a", "%61=1", "a=%", "a;b", "m=1&m=2", "=", "a=1&a=2"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if checkParameters(query, []string{"a", "b", "m*"}) != nil {
			return
		}
		got, err := url.ParseQuery(query)
		if err != nil || len(got["a"]) > 1 || len(got["b"]) > 1 {
			t.Errorf("%q is let through, and is %v, %v", query, got, err)
		}
		for name := range got {
			if name != "a" && name != "b" && name != "m" {
				t.Errorf("%q is let through with %q", query, name)
			}
		}
	})
}
