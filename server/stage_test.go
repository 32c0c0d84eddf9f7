package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func lines(first, n, v int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\":%d,\"v\":%d}\n", first+i, v)
	}
	return b.String()
}

// TestWholeRequest loads over several shards by one request: all of it or none,
// once under each key, and nothing is left of what was staged for it.
func TestWholeRequest(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT)")
	load := func(query, body string, status int, headers ...string) (a loadAnswer) {
		t.Helper()
		res, text := call(t, s, "POST", "/v1/load/p"+query, body, append([]string{"Content-Type: application/x-ndjson"}, headers...)...)
		if res.StatusCode != status {
			t.Fatalf("%s: %s", res.Status, text)
		}
		if status == 200 {
			json.Unmarshal([]byte(text), &a)
		}
		return a
	}
	holds := func(want string) {
		t.Helper()
		if _, body := sqlOK(t, s, "SELECT count(*) AS n, coalesce(sum(v), 0) AS v FROM p"); body != "n,v\r\n"+want+"\r\n" {
			t.Fatalf("p holds %q, want %s", body, want)
		}
		if _, body := call(t, s, "GET", "/v1/loads", ""); body != "[]\n" {
			t.Fatalf("staged are %s", body)
		}
	}
	load("", lines(0, 100, 1)+"{\"id\":\"x\"}\n", 400)
	holds("0,0")
	if a := load("", lines(0, 100, 1), 200); a.Rows != 100 || a.Duplicate != 0 { // the table is empty
		t.Errorf("%+v", a)
	}
	holds("100,100")
	for i := range 3 {
		if a := load("", lines(50, 100, 2), 200, "Idempotency-Key: k"); a.Rows+a.Duplicate != 100 || (a.Duplicate == 100) != (i > 0) {
			t.Errorf("try %d: %+v", i, a)
		}
		holds("150,250")
	}
	load("", lines(0, 100_000, 3)+"{\"id\":\"x\"}\n", 400) // several batches
	holds("150,250")
	source := "?source=" + strings.Repeat("ab", 16) + "&start=0&end=99"
	for i := range 2 {
		if a := load(source, lines(0, 100_000, 3), 200); a.Rows+a.Duplicate != 100_000 || (a.Duplicate > 0) != (i > 0) {
			t.Errorf("try %d of a source: %+v", i, a)
		}
		holds("100000,300000")
	}
	sqlOK(t, s, "ALTER TABLE p SET (shards = 1)")
	if a := load("", lines(7, 1, 9), 200, "Idempotency-Key: one"); a.Rows != 1 {
		t.Errorf("%+v", a)
	}
	sqlOK(t, s, "ALTER TABLE p SET (shards = 2)")
	if a := load("", lines(7, 1, 9), 200, "Idempotency-Key: one"); a.Duplicate != 1 {
		t.Errorf("a request that was in before its table moved: %+v", a)
	}
	holds("100000,300006")
}

// TestStagedRequests walks through a load in steps, and its mistakes.
func TestStagedRequests(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE p (id BIGINT PRIMARY KEY, v BIGINT)")
	sqlOK(t, s, "CREATE TABLE other (id BIGINT)")
	sqlOK(t, s, "INSERT INTO p VALUES (0, 7)")
	do := func(method, path, body string, status int, into any) string {
		t.Helper()
		res, text := call(t, s, method, path, body, "Content-Type: application/x-ndjson")
		if res.StatusCode != status {
			t.Fatalf("%s %s: %s %s", method, path, res.Status, text)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		return text
	}
	source := strings.Repeat("cd", 16)
	do("POST", "/v1/loads?table=p&source=short", "", 400, nil)
	do("POST", "/v1/loads?table=none&source="+source, "", 404, nil)
	var begun stagedInfo
	do("POST", "/v1/loads?table=p&source="+source, "", 200, &begun)
	if begun.ID == 0 || begun.Waits || len(begun.Done) > 0 {
		t.Fatalf("begun as %+v", begun)
	}
	piece := func(table string, i int, more string) string {
		return fmt.Sprintf("/v1/load/%s?stage=%d&source=%s&start=%d&end=%d%s", table, begun.ID, source, i*10, i*10+10, more)
	}
	do("POST", piece("p", 0, ""), lines(0, 50, 1), 200, nil)
	do("POST", piece("p", 0, ""), lines(0, 50, 1), 200, nil)
	do("POST", piece("other", 1, ""), lines(50, 50, 1), 409, nil)
	do("POST", fmt.Sprintf("/v1/load/p?stage=%d", begun.ID), lines(50, 50, 1), 400, nil)
	do("POST", "/v1/load/p?stage=x", "", 400, nil)
	do("POST", piece("p", 1, ""), "{\"id\":\"x\"}\n", 400, nil)
	do("POST", fmt.Sprintf("/v1/loads/%d/switch?end=20", begun.ID), "", 409, nil) // half of it is missing
	var again stagedInfo
	do("POST", "/v1/loads?table=p&source="+source, "", 200, &again)
	if again.ID != begun.ID || !again.Waits || again.Rows != 50 || len(again.Done) != 1 {
		t.Fatalf("found again as %+v", again)
	}
	if text := do("GET", "/v1/loads", "", 200, nil); !strings.Contains(text, `"table": "p"`) || !strings.Contains(text, `"rows": 50`) || !strings.Contains(text, `"phase": "staged"`) {
		t.Errorf("listed as %s", text)
	}
	do("POST", piece("p", 1, "&on_error=skip"), lines(50, 50, 1)+"{\"id\":\"x\"}\n", 200, nil)
	if _, body := sqlOK(t, s, "SELECT count(*) AS n, sum(v) AS v FROM p"); body != "n,v\r\n1,7\r\n" {
		t.Errorf("before the switch %q", body)
	}
	for range 2 {
		var out switchedInfo
		do("POST", fmt.Sprintf("/v1/loads/%d/switch?end=20", begun.ID), "", 200, &out)
		if out.Rows != 100 {
			t.Errorf("switched %+v", out)
		}
	}
	if _, body := sqlOK(t, s, "SELECT count(*) AS n, sum(v) AS v FROM p"); body != "n,v\r\n100,100\r\n" {
		t.Errorf("after the switch %q", body)
	}
	do("POST", piece("p", 2, ""), lines(100, 1, 1), 409, nil)
	do("DELETE", fmt.Sprintf("/v1/loads/%d", begun.ID), "", 404, nil)
	do("POST", "/v1/loads?table=p&source="+strings.Repeat("ef", 16), "", 200, &begun)
	do("DELETE", fmt.Sprintf("/v1/loads/%d", begun.ID), "", 200, nil)
	do("POST", fmt.Sprintf("/v1/loads/%d/switch", begun.ID), "", 409, nil)
	if text := do("GET", "/v1/loads", "", 200, nil); text != "[]\n" {
		t.Errorf("staged are %s", text)
	}
}
