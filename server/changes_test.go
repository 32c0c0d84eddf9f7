package server

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// event is a line of a feed.
type event struct {
	Op     string
	At     string
	Row    string
	Key    map[string]any
	After  map[string]any
	Before string
	Token  string
	Error  *problem
}

func events(t *testing.T, body string) (out []event) {
	t.Helper()
	for line := range strings.Lines(body) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		out = append(out, e)
	}
	return out
}

// brief is events as one text.
func brief(es []event) string {
	var out []string
	for _, e := range es {
		text := e.Op
		for _, part := range []map[string]any{e.Key, e.After} {
			if part != nil {
				b, _ := json.Marshal(part)
				text += " " + string(b)
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

func feed(t *testing.T, s *Running, path string, headers ...string) []event {
	t.Helper()
	res, body := call(t, s, "GET", path, "", headers...)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s %s", path, res.Status, body)
	}
	return events(t, body)
}

// TestChanges writes to a table with a key and reads what changed, from the
// start, from the middle, and from what a SELECT had seen.
func TestChanges(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT) WITH (shards = 1)")
	sqlOK(t, s, "INSERT INTO t VALUES (1, 'one'), (2, 'two')")
	res, _ := sqlOK(t, s, "SELECT count(*) FROM t")
	sqlOK(t, s, "UPDATE t SET name = 'zwei' WHERE id = 2")
	sqlOK(t, s, "INSERT INTO t VALUES (1, 'ein'), (3, 'drei') ON CONFLICT DO NOTHING")
	sqlOK(t, s, "DELETE FROM t WHERE id = 1")
	sqlOK(t, s, "TRUNCATE t")

	all := feed(t, s, "/v1/changes/t?from=start")
	want := `upsert {"id":1} {"id":1,"name":"one"}
upsert {"id":2} {"id":2,"name":"two"}
upsert {"id":2} {"id":2,"name":"zwei"}
upsert {"id":3} {"id":3,"name":"drei"}
delete {"id":1}
truncate
resolved`
	if got := brief(all); got != want {
		t.Errorf("from the start:\n%s\nwant\n%s", got, want)
	}
	for i, e := range all {
		if got, want := brief(feed(t, s, "/v1/changes/t?from="+e.Token)), brief(all[min(i+1, len(all)-1):]); got != want {
			t.Errorf("from event %d:\n%s\nwant\n%s", i, got, want)
		}
	}
	if got := brief(feed(t, s, "/v1/changes/t?from="+res.Header.Get(headerToken))); got != brief(all[2:]) {
		t.Errorf("from a SELECT:\n%s\nwant\n%s", got, brief(all[2:]))
	}
	if got := brief(feed(t, s, "/v1/changes/t")); got != "resolved" {
		t.Errorf("from now:\n%s", got)
	}
	two := feed(t, s, "/v1/changes/t?from=start&limit=2")
	if got := brief(two); got != brief(all[:2]) {
		t.Errorf("the first two:\n%s", got)
	}
	sqlOK(t, s, "INSERT INTO t VALUES (7, NULL)")
	if got := brief(feed(t, s, "/v1/changes/t?from=snapshot")); got != "anew\nanew\nrow {\"id\":7} {\"id\":7,\"name\":null}\nresolved" {
		t.Errorf("from a snapshot:\n%s", got)
	}
}

// TestChangesFollowed reads server-sent events while rows are written, and ends
// when the server does.
func TestChangesFollowed(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (a BIGINT)")
	req, _ := http.NewRequest("GET", "http://"+s.Addr()+"/v1/changes/t?follow=true&heartbeat=100ms", nil)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func(want string) (last string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "id: ") {
				last = lines.Text()[4:]
			}
			if strings.Contains(lines.Text(), want) {
				return last
			}
		}
		t.Fatalf("the feed ended before %s: %v", want, lines.Err())
		return ""
	}
	next(`"op":"resolved"`)
	sqlOK(t, s, "INSERT INTO t VALUES (41)")
	token := next(`"after":{"a":41}`)
	sqlOK(t, s, "DELETE FROM t")
	next(`"op":"delete"`)
	if got := brief(feed(t, s, "/v1/changes/t", "Last-Event-ID: "+token)); got != "delete\nresolved" {
		t.Errorf("after the event: %s", got)
	}
	if _, body := call(t, s, "GET", "/v1/changes", ""); !strings.Contains(body, `"table": "t"`) {
		t.Errorf("the list of feeds: %s", body)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	next(`"op":"resolved"`)
	for lines.Scan() {
	}
	if lines.Err() != nil {
		t.Errorf("the feed did not end well: %v", lines.Err())
	}
}

// TestChangesRefused asks for what there is not.
func TestChangesRefused(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (a BIGINT)")
	sqlOK(t, s, "CREATE TABLE u (a BIGINT)")
	of := feed(t, s, "/v1/changes/u")[0].Token
	for _, c := range []struct {
		path   string
		status int
		code   string
		text   string
	}{
		{"/v1/changes/none", 404, "42P01", "none"},
		{"/v1/changes/t?from=yesterday", 400, "22000", "it is no token"},
		{"/v1/changes/t?from=1-AAAA", 400, "22000", "want at least"},
		{"/v1/changes/t?from=" + of[:len(of)-4] + "AAAA", 400, "22000", "checksum"},
		{"/v1/changes/t?from=" + of, 410, "72000", "of another table"},
		{"/v1/changes/t?from=1:99", 400, "22000", "it says nothing of shard 2"},
		{"/v1/changes/t?from=1:99999,2:99999", 400, "22000", "it is of log index 99999"},
		{"/v1/changes/t?limit=0", 400, "22000", "at least 1"},
		{"/v1/changes/t?follow=maybe", 400, "22000", "no such choice"},
		{"/v1/changes/t?heartbeat=1ms", 400, "22000", "at least"},
		{"/v1/changes/t?form=start", 400, "22000", "no such parameter"},
	} {
		res, body := call(t, s, "GET", c.path, "")
		refused(t, res, body, c.status, c.code, c.text)
	}
}
