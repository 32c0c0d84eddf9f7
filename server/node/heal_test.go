package node

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/store"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0: a new one")

func random(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./server/node -run '%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// healOptions keep the background still: files are written when the test says so.
func healOptions(dir string, log io.Writer) Options {
	return Options{Cluster: cluster.Options{Dir: dir, Shards: 1, DiskReserve: -1}, Registry: all.Registry(), DirtyBytes: 1 << 30,
		Store:  store.Options{FlushBytes: 1 << 30, FlushAge: time.Hour},
		Logger: slog.New(slog.NewTextHandler(log, nil)), ExpireEvery: time.Hour}
}

// questions ask every engine; their answers are compared before and after.
var questions = []string{
	"SELECT * FROM t ORDER BY id",
	"SELECT count(*), sum(size), min(at), max(at) FROM t",
	"SELECT id FROM t WHERE match(words, 'harbour') ORDER BY id",
	"SELECT id FROM t WHERE st_dwithin(place, ST_MakePoint(5, 5), 400000) ORDER BY id",
	"SELECT id FROM t WHERE id = 77",
	"SELECT * FROM h ORDER BY at, host",
	"SELECT count(*) FROM h WHERE host = 'h2' AND at > '2026-01-01 02:00:00'",
}

func answers(ctx context.Context, n *Node) (string, error) {
	var b strings.Builder
	for _, q := range questions {
		res, err := n.Run(ctx, Request{SQL: q})
		if err != nil {
			return "", fmt.Errorf("%s: %w", q, err)
		}
		for {
			c, err := res.Rows.Next(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				res.Rows.Close()
				return "", fmt.Errorf("%s: %w", q, err)
			}
			for i := range c.N {
				for _, col := range c.Cols {
					fmt.Fprint(&b, col.Value(i).Text(), "|")
				}
				fmt.Fprintln(&b)
			}
		}
		res.Rows.Close()
	}
	return b.String(), nil
}

func fill(t *testing.T, n *Node, rng *rand.Rand, from, to int) {
	t.Helper()
	words := strings.Fields("north south harbour lake river old new saint grand regional")
	var rows, series []string
	for i := from; i < to; i++ {
		rows = append(rows, fmt.Sprintf("(%d, '%s %s', ST_MakePoint(%d, %d), %d, '2026-01-01 00:%02d:00')", i, words[rng.IntN(10)], words[rng.IntN(10)], rng.IntN(10), rng.IntN(10), i, i%60))
		series = append(series, fmt.Sprintf("('2026-01-01 %02d:%02d:%02d.%06d', 'h%d', %d)", i/3600%24, i/60%60, i%60, i, i%5, i))
	}
	for _, sql := range []string{"INSERT INTO t VALUES " + strings.Join(rows, ", "), "INSERT INTO h VALUES " + strings.Join(series, ", ")} {
		if _, err := n.Run(t.Context(), Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedFilesAreMadeAnew flips a byte in every region of every file of a
// shard and of the catalog. A file that was written since the last snapshot is
// made anew of that and the log, and every answer is as before. A file that the
// snapshot has too is an error that names it, or is found by Verify, and no
// answer is ever wrong.
func TestDamagedFilesAreMadeAnew(t *testing.T) {
	ctx, rng := t.Context(), random(t)
	origin := filepath.Join(t.TempDir(), "data")
	n, err := Open(ctx, healOptions(origin, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE TABLE t (id BIGINT PRIMARY KEY, words TEXT, place POINT, size BIGINT, at TIMESTAMP)",
		"CREATE TABLE h (at TIMESTAMP, host KEYWORD, value BIGINT) WITH (time = 'at', series = 'host', chunk = '6 hours')",
	} {
		if _, err := n.Run(ctx, Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, n, rng, 0, 1000)
	for g := range cluster.GroupID(2) {
		if err := n.cluster.Snapshot(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < 4; i++ { // what the log has
		fill(t, n, rng, i*1000, i*1000+800)
		if i == 2 {
			if err := n.Merge(ctx, "h"); err != nil { // its sources are in the snapshot
				t.Fatal(err)
			}
		}
		if err := n.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Run(ctx, Request{SQL: "DELETE FROM t WHERE id % 9 = 0"}); err != nil {
		t.Fatal(err)
	}
	want, err := answers(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	linked := linkedFiles(t, origin)
	count := map[string]int{}
	for _, path := range filesOf(t, origin) {
		size := fileSize(t, filepath.Join(origin, path))
		step := max(size/2, 1)
		if strings.HasSuffix(path, "segment.pack") {
			step = max(size/7, 1)
		}
		for at := rng.Int64N(step); at < size; at += step {
			count[flipAndOpen(t, origin, path, at, linked[path], want)]++
		}
	}
	t.Logf("flipped bytes: %v", count)
	if count[healedAtOnce] == 0 || count[healedLater] == 0 || count[refusedToOpen]+count[readable] == 0 {
		t.Error("one of these did not happen")
	}
}

// What becomes of a flipped byte.
const (
	healedAtOnce  = "healed by the start"
	healedLater   = "found by Verify and healed by the next start"
	refusedToOpen = "in the snapshot too, and an error of the start"
	readable      = "in the snapshot too, and found by Verify"
	unused        = "in no use"
)

func flipAndOpen(t *testing.T, origin, path string, at int64, others []string, want string) string {
	t.Helper()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	what := fmt.Sprintf("byte %d of %s", at, path)
	for _, p := range append(others, path) {
		flipByte(t, filepath.Join(dir, p), at)
	}
	var log bytes.Buffer
	n, err := Open(ctx, healOptions(dir, &log))
	if err != nil {
		if len(others) == 0 || !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), filepath.Join(dir, path)) || !strings.Contains(err.Error(), "offset") {
			t.Fatalf("%s: %v, want corrupt with file and offset", what, err)
		}
		return refusedToOpen
	}
	same := func() bool {
		t.Helper()
		have, err := answers(ctx, n)
		if err != nil && (!fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "offset")) {
			t.Fatalf("%s: %v, want corrupt with file and offset", what, err)
		}
		if err == nil && have != want {
			t.Fatalf("%s: answers differ", what)
		}
		return err == nil
	}
	if same() && strings.Contains(log.String(), "made anew") {
		closeNode(t, n)
		return healedAtOnce
	}
	if !same() { // a statement has met it: the node looks by itself
		for until := time.Now().Add(20 * time.Second); n.Trouble()[1] == nil; runtime.Gosched() {
			if time.Now().After(until) {
				t.Fatalf("%s: a read met damage that the node does not know of", what)
			}
		}
	}
	v, err := n.Verify(ctx, func(string) {})
	if err != nil && !fault.Is(err, fault.Corrupt) {
		t.Fatal(err)
	}
	found := slices.ContainsFunc(v.Findings, func(f Finding) bool { return strings.Contains(f.What, path) && strings.Contains(f.What, "offset") })
	closeNode(t, n)
	if len(v.Findings) == 0 {
		return unused
	}
	if !found {
		t.Fatalf("%s: findings %+v, want the file's name", what, v.Findings)
	}
	if n, err = Open(ctx, healOptions(dir, &log)); err != nil {
		t.Fatalf("%s, opened again: %v", what, err)
	}
	defer closeNode(t, n)
	if !same() {
		if len(others) == 0 {
			t.Fatalf("%s: not healed\n%s", what, log.String())
		}
		return readable
	}
	if len(others) > 0 {
		return readable
	}
	if v, err := n.Verify(ctx, func(string) {}); err != nil || len(v.Findings) > 0 || n.Trouble()[1] != nil {
		t.Fatalf("%s: healed, and %v, findings %+v, trouble %v", what, err, v.Findings, n.Trouble())
	}
	return healedLater
}

func closeNode(t *testing.T, n *Node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// filesOf lists the files of the machines below dir, from there.
func filesOf(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "/machine/") {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, rel)
		}
		return err
	})
	if err != nil || len(out) < 6 {
		t.Fatalf("files %v, %v", out, err)
	}
	return out
}

// linkedFiles says which files of snapshots are one with a file of a machine.
func linkedFiles(t *testing.T, dir string) map[string][]string {
	out := map[string][]string{}
	for _, path := range filesOf(t, dir) {
		mine, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		err = filepath.WalkDir(dir, func(other string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.Contains(other, "/snapshots/") {
				return err
			}
			info, err := d.Info()
			if err == nil && os.SameFile(mine, info) {
				rel, _ := filepath.Rel(dir, other)
				out[path] = append(out[path], rel)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func fileSize(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func flipByte(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err = f.ReadAt(b, at); err == nil {
		b[0] ^= 0x20
		_, err = f.WriteAt(b, at)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
