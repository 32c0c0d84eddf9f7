package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/quindex/quindex/server/node"
)

// TestVerify looks at a table with every kind of index, in segments and open.
func TestVerify(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE v (id BIGINT PRIMARY KEY, at TIMESTAMP, tag KEYWORD, words TEXT, place POINT, nums BIGINT[])")
	sqlOK(t, s, "CREATE TABLE h (at TIMESTAMP NOT NULL, host KEYWORD NOT NULL, v DOUBLE) WITH (time = 'at', series = 'host', chunk = '1 day')")
	var v, h strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&v, `{"id":%d,"at":"2026-01-%02dT00:00:00Z","tag":"t%d","words":"word%d and giraffe %d","place":[%d,%d],"nums":[%d,%d]}`+"\n",
			i, 1+i%28, i%7, i%50, i, i%360-180, i%170-85, i, i%3)
		fmt.Fprintf(&h, `{"at":"2026-01-%02dT00:00:00Z","host":"h%d","v":%d.5}`+"\n", 1+i%28, i%9, i)
	}
	load := func() {
		for table, body := range map[string]string{"v": v.String(), "h": h.String()} {
			if res, text := call(t, s, "POST", "/v1/load/"+table, body, "Content-Type: application/x-ndjson"); res.StatusCode != 200 {
				t.Fatal(text)
			}
		}
	}
	load()
	if err := s.Node.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	sqlOK(t, s, "DELETE FROM v WHERE tag = 't3'")
	sqlOK(t, s, "INSERT INTO v (id, words) VALUES (100000, 'one more'), (100001, NULL)")
	res, body := call(t, s, "POST", "/v1/verify", "")
	var out node.Verified
	if err := json.Unmarshal([]byte(body), &out); err != nil || res.StatusCode != 200 {
		t.Fatal(err, body)
	}
	if len(out.Findings) > 0 {
		t.Fatal(body)
	}
	want := int64(5000 - 714 + 2 + 5000)
	if out.Rows != want || out.Shards != 2 || out.Tables != 2 || out.Checks < 100 || out.Bytes == 0 {
		t.Fatalf("looked at too little, or too much: %s; want %d rows", body, want)
	}
}
