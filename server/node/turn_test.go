package node

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// With one turn, a second statement that computes for long waits until the
// first is over, and says so; what is short does not.
func TestLongAtOnce(t *testing.T) {
	o := healOptions(t.TempDir(), io.Discard)
	o.LongAtOnce = 1
	n, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	var rows []string
	for i := range 3000 {
		rows = append(rows, fmt.Sprintf("(%d)", i))
	}
	for _, sql := range []string{"CREATE TABLE t (id BIGINT PRIMARY KEY)", "INSERT INTO t VALUES " + strings.Join(rows, ", ")} {
		if _, err := n.ask(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	const endless = "SELECT sum(a.id * b.id % 7) FROM t a CROSS JOIN t b CROSS JOIN t c"
	ended := make(chan string, 2)
	run := func(id string) {
		res, err := n.Run(t.Context(), Request{SQL: endless, ID: id})
		if err == nil {
			_, err = res.Rows.Next(t.Context())
			res.Rows.Close()
		}
		ended <- fmt.Sprint(id, ": ", err)
	}
	waiting := func(id string) func() bool {
		return func() bool {
			for _, q := range n.Queries() {
				if q.ID == id {
					return q.Waiting
				}
			}
			return false
		}
	}
	go run("first")
	until(func() bool { return n.Turns().Held() == 1 })
	go run("second")
	until(waiting("second"))
	if _, err := n.ask(t.Context(), "SELECT id FROM t WHERE id = 77"); err != nil {
		t.Errorf("a lookup: %v", err)
	}
	if waiting("first")() {
		t.Error("the first statement is said to wait too")
	}
	n.Cancel("first")
	if got := <-ended; !strings.HasPrefix(got, "first: ") || !strings.Contains(got, "cancel") {
		t.Error(got)
	}
	until(func() bool { return n.Turns().Waiting() == 0 && n.Turns().Held() == 1 })
	n.Cancel("second")
	if got := <-ended; !strings.Contains(got, "cancel") {
		t.Error(got)
	}
	if h := n.Turns().Held(); h != 0 {
		t.Errorf("%d turns were not given back", h)
	}
}

// until returns when something is so; go test ends what never is.
func until(so func() bool) {
	for !so() {
		runtime.Gosched()
	}
}
