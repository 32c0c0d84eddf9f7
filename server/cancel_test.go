package server

import (
	"net/http"
	"testing"
)

// TestCancelled: whoever waits for a statement that is cancelled by request is
// told so, as docs/http.md says.
func TestCancelled(t *testing.T) {
	s := start(t)
	fillLong(t, s)
	const id = "endless"
	type answer struct {
		res  *http.Response
		body string
	}
	came := make(chan answer, 1)
	go func() {
		res, body := call(t, s, "POST", "/v1/sql", "SELECT count(*) FROM t a CROSS JOIN t b CROSS JOIN t c WHERE a.id + b.id + c.id = 7", "X-Quindex-Query-Id: "+id)
		came <- answer{res, body}
	}()
	eventually(t, "the statement runs", func() bool { return len(s.Node.Queries()) == 1 })
	if res, body := call(t, s, "DELETE", "/v1/queries/"+id, ""); res.StatusCode != 200 {
		t.Fatal(res.Status, body)
	}
	a := <-came
	refused(t, a.res, a.body, 499, "57014", "cancelled by request")
}
