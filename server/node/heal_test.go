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
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
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
		Store:  store.Options{FlushBytes: 1 << 30, FlushAge: time.Hour, SealRows: 2000},
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
		rows, _, err := n.told(ctx, q)
		if err != nil {
			return "", fmt.Errorf("%s: %w", q, err)
		}
		b.WriteString(joined(rows, "\n") + "\n")
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

// TestFlippedBytes flips a byte in every region of every file of a node, while
// it is stopped or while it runs. Whatever it is, no answer is ever wrong: it is
// healed of the columns, healed of the snapshot and the log, by the start or
// without one, or an error that names file and offset; or no answer needs it.
// What was written since the last snapshot, and every index, is healed.
func TestFlippedBytes(t *testing.T) {
	rng := random(t)
	origin := filepath.Join(t.TempDir(), "data")
	want := toBeDamaged(t, origin, rng)
	linked := linkedFiles(t, origin)
	count := map[string]map[string]int{}
	for i, path := range filesOf(t, origin) {
		kind := kindOfFile(path)
		if count[kind] == nil {
			count[kind] = map[string]int{}
		}
		for k, at := range regions(t, origin, path, rng) {
			f := flipped{t: t, origin: origin, path: path, at: at, others: linked[path], want: want, live: (i+k)%2 == 0}
			count[kind][f.play()]++
		}
	}
	sum := map[string]int{}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%-22s %v", kind, count[kind])
		for what, n := range count[kind] {
			sum[what] += n
		}
	}
	t.Logf("all: %v", sum)
	for _, what := range []string{healedByColumns, healedByStart, healedRunning, named, unused} {
		if sum[what] == 0 {
			t.Errorf("this did not happen: %s", what)
		}
	}
}

// toBeDamaged fills a node with rows that a snapshot has, and others, and
// returns its answers.
func toBeDamaged(t *testing.T, dir string, rng *rand.Rand) string {
	t.Helper()
	ctx := t.Context()
	n, err := Open(ctx, healOptions(dir, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE TABLE t (id BIGINT PRIMARY KEY, words TEXT, place POINT, size BIGINT, at TIMESTAMP) WITH (bloom = 'size')",
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
	for i := 1; i < 3; i++ { // what the log has; fewer flushes than make a merge
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
	closeNode(t, n)
	return want
}

// What becomes of a flipped byte.
const (
	healedByColumns = "healed of the columns"
	healedByStart   = "healed of the log by the start"
	healedRunning   = "healed of the log while running"
	named           = "named, with file and offset"
	unused          = "in no use"
)

// flipped is one byte of a node's files that is not what it was.
type flipped struct {
	t      *testing.T
	origin string
	path   string
	at     int64
	others []string // files of snapshots that were one with it
	want   string
	live   bool // it flips while the node runs

	dir string
	n   *Node
	log logged
}

func (f *flipped) String() string {
	return fmt.Sprintf("byte %d of %s, while it runs: %v", f.at, f.path, f.live)
}

func (f *flipped) play() string {
	t, ctx := f.t, f.t.Context()
	t.Helper()
	f.dir = filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(f.dir, os.DirFS(f.origin)); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(f.dir)
	if !f.live {
		f.flip()
	}
	var err error
	if f.n, err = Open(ctx, healOptions(f.dir, &f.log)); err != nil {
		if f.live || !strings.Contains(f.path, "/snapshots/") && len(f.others) == 0 && strings.Contains(f.path, "/machine/") {
			t.Fatalf("%s: %v, want it healed", f, err)
		}
		f.isNamed(err)
		return named
	}
	defer closeNode(t, f.n)
	if f.live {
		f.flip()
	}
	f.same() // if not, an error, and the node looks by itself
	v, err := f.n.Verify(ctx, func(string) {})
	if err != nil && !fault.Is(err, fault.Corrupt) && !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%s: verify: %v", f, err)
	}
	for _, found := range v.Findings {
		if !strings.Contains(found.What, "offset") && !strings.Contains(found.What, "made anew") {
			t.Errorf("%s: finding %+v, want an offset", f, found)
		}
	}
	f.wait("healing to end", func() bool {
		all := strings.Join(f.n.Trouble()[1], "; ")
		return all == "" || strings.Contains(all, "could not be made anew")
	})
	healed := f.n.Healed()
	switch trouble := f.n.Trouble()[1]; {
	case len(trouble) > 0:
		if len(f.others) == 0 {
			t.Fatalf("%s: not healed: %v\n%s", f, trouble, f.log.String())
		}
		f.isNamed(errors.New(strings.Join(trouble, "; ")))
		f.same()
		return named
	case !f.same():
		t.Fatalf("%s: there is no trouble, and an error", f)
	}
	if v, err := f.n.Verify(ctx, func(string) {}); err != nil || len(v.Findings) > 0 {
		t.Fatalf("%s: then verify: %v, findings %+v", f, err, v.Findings)
	}
	switch {
	case len(healed) == 0:
		return unused
	case !strings.Contains(healed[len(healed)-1].What, "snapshot"):
		return healedByColumns
	case strings.Contains(f.log.String(), "made anew while it ran"):
		return healedRunning
	}
	return healedByStart
}

func (f *flipped) flip() {
	for _, p := range append(f.others, f.path) {
		flipByte(f.t, filepath.Join(f.dir, p), f.at)
	}
}

// same reports whether all answers are right; what is no answer is an error
// that names the file, or says that the shard is being made anew.
func (f *flipped) same() bool {
	f.t.Helper()
	have, err := answers(f.t.Context(), f.n)
	switch {
	case err == nil && have != f.want:
		f.t.Fatalf("%s: answers differ", f)
	case fault.Is(err, fault.Unavailable) && fault.HintOf(err) != "":
	case err != nil:
		f.isNamed(err)
	}
	return err == nil
}

// isNamed wants an error, or the log beside it, to name the file and an offset.
func (f *flipped) isNamed(err error) {
	f.t.Helper()
	said := err.Error() + f.log.String()
	if k := fault.KindOf(err); k != fault.Corrupt && k != fault.Other || !strings.Contains(said, filepath.Base(f.path)) || !strings.Contains(said, "offset") {
		f.t.Fatalf("%s: %v, want corrupt with file and offset\n%s", f, err, f.log.String())
	}
}

func (f *flipped) wait(what string, done func() bool) {
	f.t.Helper()
	for until := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			f.t.Fatalf("%s: waited in vain for %s: %v\n%s", f, what, f.n.Trouble(), f.log.String())
		}
	}
}

// logged keeps a log that several goroutines write.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// kindOfFile is what a file is to a node.
func kindOfFile(path string) string {
	kind := filepath.Base(path)
	if strings.Contains(path, "/snapshots/") {
		return "snapshot's " + kind
	}
	return kind
}

// regions are places in each region of a file: the ends and the middle of each
// section and what lies between, or the beginning, middle and end.
func regions(t *testing.T, dir, path string, rng *rand.Rand) (out []int64) {
	t.Helper()
	size := fileSize(t, filepath.Join(dir, path))
	within := func(lo, hi int64) {
		if lo < hi {
			out = append(out, lo+rng.Int64N(hi-lo))
		}
	}
	m, err := segment.ReadMeta(vfs.Default, filepath.Join(dir, filepath.Dir(path)))
	if err != nil || filepath.Base(path) == "meta" {
		within(0, size/3)
		within(size/3, size)
		return out
	}
	end := int64(0)
	for _, sec := range m.Sections {
		if sec.File == filepath.Base(path) {
			within(end, sec.Offset)
			within(sec.Offset, sec.Offset+sec.Size/2)
			within(sec.Offset+sec.Size/2, sec.Offset+sec.Size)
			end = sec.Offset + sec.Size
		}
	}
	within(end, size)
	return out
}

func closeNode(t *testing.T, n *Node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// filesOf lists the files of the machines, and those that snapshots have for
// themselves, below dir, from there.
func filesOf(t *testing.T, dir string) (out []string) {
	t.Helper()
	var seen []fs.FileInfo
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/machine/") && !strings.Contains(path, "/snapshots/") {
			return err
		}
		info, err := d.Info() // "machine" comes before "snapshots"
		if err != nil || slices.ContainsFunc(seen, func(o fs.FileInfo) bool { return os.SameFile(o, info) }) {
			return err
		}
		seen = append(seen, info)
		rel, err := filepath.Rel(dir, path)
		out = append(out, rel)
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
