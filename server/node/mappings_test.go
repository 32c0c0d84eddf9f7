package node

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// TestTooManyMappings adds rows, each batch in a segment of its own, until
// there may be no more of them: rows are refused as one can try again, reads go
// on, and when merges have made them fewer rows are taken again.
func TestTooManyMappings(t *testing.T) {
	o := healOptions(t.TempDir(), io.Discard)
	o.MaxMappings = segment.Mappings() + 8
	o.Store.NoMerge = true
	n, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	run := func(sql string) error {
		_, err := n.Run(t.Context(), Request{SQL: sql})
		return err
	}
	if err := run("CREATE TABLE m (a BIGINT)"); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for ; err == nil; rows++ {
		if rows > 100 {
			t.Fatalf("rows are taken without end, with %d mappings", segment.Mappings())
		}
		if err = run("INSERT INTO m VALUES (1)"); err == nil {
			err = n.Flush(t.Context())
		}
	}
	rows--
	if !fault.Is(err, fault.Unavailable) || fault.CodeOf(err) != "53000" || fault.HintOf(err) == "" || rows != 8 {
		t.Fatalf("after %d rows %v, of kind %v", rows, err, fault.KindOf(err))
	}
	for _, sql := range []string{"UPDATE m SET a = 2", "DELETE FROM m"} {
		if err := run(sql); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v, want unavailable", sql, err)
		}
	}
	if have := ask(t, n, "SELECT count(*) FROM m")[0]; have != fmt.Sprintf("%d|", rows) {
		t.Fatalf("%s rows, want %d", have, rows)
	}
	closeNode(t, n)
	o.Store.NoMerge = false
	if n, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if err = run("INSERT INTO m VALUES (1)"); err == nil {
			break
		}
		if !fault.Is(err, fault.Unavailable) || time.Now().After(until) {
			t.Fatalf("with merges: %v", err)
		}
	}
	if have := ask(t, n, "SELECT count(*) FROM m")[0]; have != fmt.Sprintf("%d|", rows+1) {
		t.Fatalf("%s rows, want %d", have, rows+1)
	}
}
