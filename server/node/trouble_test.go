package node

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/fault"
)

// TestDiskThatRefuses fills the disk under the segments: rows are added until
// memory has no room, then refused as one can try again; reads go on, and with
// space again everything does.
func TestDiskThatRefuses(t *testing.T) {
	var full atomic.Bool
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind == errorfs.OpFileWrite && strings.Contains(op.Path, "/seg-") {
			return syscall.ENOSPC
		}
		return nil
	})
	o := healOptions(t.TempDir(), io.Discard)
	o.DirtyBytes, o.Store.FlushBytes, o.Store.FS = 256<<10, 128<<10, errorfs.Wrap(vfs.Default, inject)
	n, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNode(t, n)
	if _, err := n.Run(t.Context(), Request{SQL: "CREATE TABLE r (a BIGINT, b KEYWORD)"}); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	batch := "INSERT INTO r VALUES (0, 'filler')" + strings.Repeat(", (1, 'filler')", 999)
	rows := 0
	for ; err == nil; rows += 1000 {
		if rows > 1_000_000 {
			t.Fatal("rows are added without end")
		}
		_, err = n.Run(t.Context(), Request{SQL: batch})
	}
	rows -= 1000
	if !fault.Is(err, fault.Overload) || fault.CodeOf(err) != "53100" || fault.HintOf(err) == "" {
		t.Fatalf("%v of kind %v, code %s", err, fault.KindOf(err), fault.CodeOf(err))
	}
	if all := n.Trouble()[1]; len(all) != 1 || !strings.Contains(all[0], "flush refused by the disk") {
		t.Fatalf("trouble %q", all)
	}
	if have := ask(t, n, "SELECT count(*) FROM r")[0]; rows < 4000 || have != fmt.Sprintf("%d|", rows) {
		t.Fatalf("%s rows, want %d", have, rows)
	}
	full.Store(false)
	for until := time.Now().Add(70 * time.Second); ; rows += 1000 {
		if _, err = n.Run(t.Context(), Request{SQL: batch}); err == nil && len(n.Trouble()) == 0 {
			rows += 1000
			break
		}
		if err != nil {
			rows -= 1000
		}
		if time.Now().After(until) {
			t.Fatalf("with space again: %v, trouble %v", err, n.Trouble())
		}
	}
	if have := ask(t, n, "SELECT count(*) FROM r")[0]; have != fmt.Sprintf("%d|", rows) {
		t.Fatalf("%s rows, want %d", have, rows)
	}
}
