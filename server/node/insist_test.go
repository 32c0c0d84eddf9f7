package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSwitchOnAFullDisk fills the disk in the midst of a switch: whoever waits
// for the load or its table is told, readers see what was, a backup has the
// load whole, and with space again the load comes in by itself.
func TestSwitchOnAFullDisk(t *testing.T) {
	for _, step := range []string{"switch decided", "switch frozen", "switch moved", "switch thaws"} {
		for _, whole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, whole=%v", step, whole), func(t *testing.T) { fullDisk(t, step, whole) })
		}
	}
}

func fullDisk(t *testing.T, step string, whole bool) {
	var n *Node
	var full, armed atomic.Bool
	log := &lockedBuffer{}
	n, err := Open(t.Context(), Options{Registry: all.Registry(), again: 10 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Cluster: cluster.Options{Dir: t.TempDir(), Shards: 4, DiskReserve: 1, Free: func(string) (int64, error) {
			if full.Load() {
				return 0, nil
			}
			return 1 << 40, nil
		}},
		dies: func(s string) bool {
			if s == step && armed.CompareAndSwap(true, false) {
				full.Store(true)
				for !refuses(n) { // it looks at the disk every now and then
				}
			}
			return false
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	must(t, n, makeP, "CREATE TABLE")
	must(t, n, "CREATE TABLE q (v BIGINT)", "CREATE TABLE")
	must(t, n, "INSERT INTO p VALUES (-1, 9, 'tern'), (1, 9, 'gull'), (777, 9, 'gull')", "INSERT 0 3")
	load := func() (Switched, error) { return loadWhole(t, n, 4*chunkRows, 2, "key", nil) }
	if !whole {
		l := stageLoad(t, n, "p", 1, 4, 2)
		load = func() (Switched, error) { return n.SwitchLoad(t.Context(), l.ID(), 4*chunkBytes) }
	}
	armed.Store(true)
	out, err := load()
	answered := whole && (step == "switch moved" || step == "switch thaws")
	if answered != (err == nil && out.Rows == 4*chunkRows) {
		t.Fatalf("%+v, %v", out, err)
	}
	refused := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Overload) || fault.CodeOf(err) != "53100" || fault.HintOf(err) == "" {
			t.Errorf("%s on a full disk: %v of kind %v, code %s, hint %q", what, err, fault.KindOf(err), fault.CodeOf(err), fault.HintOf(err))
		}
	}
	if !answered {
		refused("the load", err)
		_, err := load()
		refused("the load again", err)
	}
	for _, sql := range []string{"INSERT INTO p VALUES (-2, 1, '')", "UPDATE p SET v = 1 WHERE id = 1", "DROP TABLE p", "ALTER TABLE q SET (shards = 2)"} {
		_, err := n.ask(t.Context(), sql)
		refused(sql, err)
	}
	seen := "2,18"
	if answered || step == "switch thaws" {
		seen = fmt.Sprintf("%d,%d", 4*chunkRows, 8*chunkRows)
	}
	must(t, n, "SELECT count(*), coalesce(sum(v), 0) FROM p WHERE id >= 0", seen)
	for late := time.Now().Add(20 * time.Second); ; {
		ls := n.StagedLoads()
		if len(ls) == 1 && ls[0].Trouble != nil && ls[0].Trouble.Tries > 1 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("staged are %+v", ls)
		}
	}
	if all := n.Trouble()[0]; len(all) != 1 || !strings.Contains(all[0], "cannot be brought into p") {
		t.Errorf("trouble %q", all)
	}
	linked := filepath.Join(n.Dir(), "links")
	covers, err := n.LinkGroups(t.Context(), linked)
	if err != nil {
		t.Fatal(err)
	}
	full.Store(false)
	for late := time.Now().Add(20 * time.Second); len(n.StagedLoads()) > 0; {
		if time.Now().After(late) {
			t.Fatalf("staged are %+v", n.StagedLoads())
		}
	}
	settled(t, n)
	holdsP(t, n, 4, 2)
	if out, err := load(); err != nil || out.Rows != 4*chunkRows {
		t.Errorf("asked for again: %+v, %v", out, err)
	}
	must(t, n, "INSERT INTO p VALUES (-2, 1, '')", "INSERT 0 1")
	if k := strings.Count(log.String(), "cannot go on yet"); k != 1 {
		t.Errorf("%d lines of it in the log, want 1 in a minute", k)
	}
	if !strings.Contains(log.String(), "could not be switched goes on") {
		t.Error("the log does not say that it went on")
	}
	o := cluster.Options{Dir: filepath.Join(t.TempDir(), "node"), Shards: 4, DiskReserve: -1, Listen: "127.0.0.1:0"}
	if err := cluster.Seed(o, func(g cluster.GroupID, to string) (uint64, error) {
		return covers[uint32(g)], os.CopyFS(to, os.DirFS(filepath.Join(linked, GroupDir(uint32(g)))))
	}); err != nil {
		t.Fatal(err)
	}
	m := openNode(t, o.Dir, store.Options{}, nil)
	defer m.Close()
	holdsP(t, m, 4, 2)
}

// refuses reports whether the disk of a node is full, as far as that knows.
func refuses(n *Node) bool {
	_, _, err := n.cluster.Propose(context.Background(), 1, store.EncodeFreeze(1<<40, false))
	return fault.Is(err, fault.Overload)
}

// TestHoldIsLeft: who waits for a table and goes away lets those who come after
// wait for those who came before.
func TestHoldIsLeft(t *testing.T) {
	var ss stages
	ss.init()
	first, err := ss.hold(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := ss.hold(gone, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("who has gone waits: %v", err)
	}
	var third func()
	has := make(chan struct{})
	go func() {
		defer close(has)
		third, err = ss.hold(t.Context(), 1)
	}()
	select {
	case <-has:
		t.Fatal("two hold the table")
	default:
	}
	first()
	if <-has; err != nil {
		t.Fatal(err)
	}
	if third(); len(ss.held) > 0 {
		t.Errorf("the table is held still")
	}
}
