package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

func openNode(t testing.TB, dir string, o store.Options, dies func(string) bool) *Node {
	t.Helper()
	n, err := Open(t.Context(), Options{Cluster: cluster.Options{Dir: dir, Shards: 4, DiskReserve: -1}, Store: o, Registry: all.Registry(),
		Logger: slog.New(slog.DiscardHandler), dies: dies})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ask runs a statement and returns its rows as text, or its tag.
func (n *Node) ask(ctx context.Context, sql string) (string, error) {
	res, err := n.Run(ctx, Request{SQL: sql})
	if err != nil || res.Rows == nil {
		return tagOf(res), err
	}
	defer res.Rows.Close()
	var rows []string
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			return strings.Join(rows, " "), nil
		}
		if err != nil {
			return "", err
		}
		for i := range c.N {
			var row []string
			for _, col := range c.Cols {
				row = append(row, col.Value(i).Text())
			}
			rows = append(rows, strings.Join(row, ","))
		}
	}
}

func tagOf(r *Result) string {
	if r == nil {
		return ""
	}
	return r.Tag
}

func must(t *testing.T, n *Node, sql, want string) {
	t.Helper()
	if got, err := n.ask(t.Context(), sql); err != nil || want != "" && got != want {
		t.Fatalf("%s\n%s %v, want %s", sql, got, err, want)
	}
}

// writer writes rows whose ids are its own, and knows what was acknowledged.
type writer struct {
	*rand.Rand
	n     *Node
	id    int64
	rows  map[int64]int64 // id -> v of table k
	log   int64           // rows of table e
	bytes uint64          // of its source, into table e
	done  int
}

const writers, writerIDs = 3, 40

func (w *writer) step(ctx context.Context) error {
	id := w.IntN(writerIDs)*writers + int(w.id)
	key, _ := w.rows[int64(id)]
	run := func(want, format string, args ...any) error {
		got, err := w.n.ask(ctx, fmt.Sprintf(format, args...))
		if err == nil && want != "" && got != want {
			err = fmt.Errorf("%s: %s, want %s", fmt.Sprintf(format, args...), got, want)
		}
		return err
	}
	_, have := w.rows[int64(id)]
	count := map[bool]int{true: 1}[have]
	switch w.IntN(10) {
	case 0, 1:
		v := w.Int64N(1000)
		if err := run("INSERT 0 1", "INSERT INTO k VALUES (%d, %d, 'gull %d')", id, v, v%7); err != nil {
			return err
		}
		w.rows[int64(id)] = v
	case 2:
		if err := run(fmt.Sprintf("UPDATE %d", count), "UPDATE k SET v = v + 1 WHERE id = %d", id); err != nil {
			return err
		}
		if have {
			w.rows[int64(id)]++
		}
	case 3:
		if err := run(fmt.Sprintf("DELETE %d", count), "DELETE FROM k WHERE id = %d", id); err != nil {
			return err
		}
		delete(w.rows, int64(id))
	case 4:
		want := ""
		if have {
			want = fmt.Sprint(key)
		}
		if got, err := w.n.ask(ctx, fmt.Sprintf("SELECT v FROM k WHERE id = %d", id)); err != nil || got != want {
			return fmt.Errorf("row %d is %q, want %q: %w", id, got, want, err)
		}
	case 5:
		return w.append(ctx)
	case 6:
		return w.load(ctx)
	case 8:
		if err := run(fmt.Sprintf("UPDATE %d", len(w.rows)), "UPDATE k SET v = v + 1 WHERE id %% %d = %d", writers, w.id); err != nil {
			return err
		}
		for id := range w.rows {
			w.rows[id]++
		}
	case 9:
		digit, gone := w.Int64N(9), 0
		for id, v := range w.rows {
			if v%9 == digit {
				delete(w.rows, id)
				gone++
			}
		}
		return run(fmt.Sprintf("DELETE %d", gone), "DELETE FROM k WHERE id %% %d = %d AND v %% 9 = %d", writers, w.id, digit)
	case 7:
		got, err := w.n.ask(ctx, fmt.Sprintf("SELECT count(*), count(DISTINCT seq) FROM e WHERE who = %d", w.id))
		if want := fmt.Sprintf("%d,%d", w.log, w.log); err != nil || got != want {
			return fmt.Errorf("%s rows of writer %d, want %s: %w", got, w.id, want, err)
		}
	}
	return nil
}

func (w *writer) batch(t *catalog.Table, n int) *record.Batch {
	b := record.NewBatch(&t.Schema, n)
	for i := range n {
		b.AppendRow(record.IntValue(w.id), record.IntValue(w.log+int64(i)))
	}
	return b
}

// append writes a batch under a key, and sometimes again.
func (w *writer) append(ctx context.Context) error {
	t, err := w.n.Catalog().Table("e")
	if err != nil {
		return err
	}
	n := 1 + w.IntN(20)
	b := w.batch(t, n)
	w.done++
	key := store.IdempotencyKey{Client: [16]byte{1, byte(w.id)}, Seq: uint64(w.done)}
	for range 1 + w.IntN(2) {
		got, err := w.n.Append(ctx, t, b, key)
		if err != nil || got.Rows+got.Duplicate != n {
			return fmt.Errorf("append: %+v of %d rows: %w", got, n, err)
		}
	}
	w.log += int64(n)
	return nil
}

// load writes the next chunk of a source, of several batches, and sometimes
// begins it twice.
func (w *writer) load(ctx context.Context) error {
	t, err := w.n.Catalog().Table("e")
	if err != nil {
		return err
	}
	sizes := []int{1 + w.IntN(9), 1 + w.IntN(9), 1 + w.IntN(9)}
	start, log := w.bytes, w.log
	for try := w.IntN(2); try >= 0; try-- {
		w.bytes, w.log = start, log
		l := w.n.LoadChunk(t, [16]byte{9, byte(w.id)}, start, start+100)
		for i, n := range sizes {
			if try > 0 && i == 2 {
				break
			}
			if _, err := l.Write(ctx, w.batch(t, n)); err != nil {
				return err
			}
			w.log += int64(n)
		}
		if try == 0 {
			if err := l.Finish(ctx); err != nil {
				return err
			}
		}
		if t, err = w.n.Catalog().Table("e"); err != nil {
			return err
		}
	}
	w.bytes += 100
	return nil
}

// rowsOfK is what table k must hold.
func rowsOfK(ws []*writer) string {
	var want []string
	for id := range int64(writerIDs * writers) {
		if v, ok := ws[id%writers].rows[id]; ok {
			want = append(want, fmt.Sprintf("%d,%d", id, v))
		}
	}
	return strings.Join(want, " ")
}

// check compares the tables with what all writers know.
func check(t *testing.T, n *Node, ws []*writer) {
	t.Helper()
	log, bytes := int64(0), uint64(0)
	for _, w := range ws {
		log += w.log
		bytes += w.bytes
	}
	must(t, n, "SELECT id, v FROM k ORDER BY id", rowsOfK(ws))
	must(t, n, "SELECT count(*) FROM e", fmt.Sprint(log))
	gulls := 0
	for _, w := range ws {
		gulls += len(w.rows)
	}
	must(t, n, "SELECT count(*) FROM k WHERE match(words, 'gull')", fmt.Sprint(gulls))
	e, err := n.Catalog().Table("e")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ws {
		st, err := n.Source(e, [16]byte{9, byte(w.id)})
		if err != nil || len(st.Begun) > 0 || w.bytes > 0 && (len(st.Done) != 1 || st.Done[0].End != w.bytes) {
			t.Fatalf("the source of writer %d: %+v, %v, want %d bytes", w.id, st, err, w.bytes)
		}
	}
	v, err := n.Verify(t.Context(), func(string) {})
	if err != nil || len(v.Findings) > 0 {
		t.Fatalf("verify: %+v, %v", v, err)
	}
}

func setUp(t *testing.T, n *Node) {
	must(t, n, "CREATE TABLE k (id BIGINT PRIMARY KEY, v BIGINT, words TEXT)", "CREATE TABLE")
	must(t, n, "CREATE TABLE e (who BIGINT, seq BIGINT)", "CREATE TABLE")
}

func newWriters(n *Node, seed uint64) (ws []*writer) {
	for i := range int64(writers) {
		ws = append(ws, &writer{Rand: rand.New(rand.NewPCG(seed, uint64(i))), n: n, id: i, rows: map[int64]int64{}})
	}
	return ws
}

var moves = []string{"ALTER TABLE k SET (shards = %d)", "ALTER TABLE k SET (order_by = 'v, id', shards = %d)", "ALTER TABLE e SET (shards = %d)",
	"ALTER TABLE e SET (shard_by = 'seq', shards = %d)", "ALTER TABLE e SET (shard_by = '', order_by = 'who', shards = %d)"}

func rewriteSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./server/node -run '^%s$' -seed %d", t.Name(), seed)
	return seed
}

// TestRewriteUnderWrites rewrites tables again and again while they are
// written and read: no acknowledged row is lost or there twice.
func TestRewriteUnderWrites(t *testing.T) {
	seed := rewriteSeed(t)
	for _, l := range []struct {
		name string
		o    store.Options
	}{{"defaults", store.Options{}}, {"sealed", store.Options{TailRows: 1}}, {"unmerged", store.Options{TailRows: 8, NoMerge: true}}} {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			n := openNode(t, dir, l.o, nil)
			setUp(t, n)
			ws := newWriters(n, seed)
			ctx, stop := context.WithCancel(t.Context())
			var all sync.WaitGroup
			var steps atomic.Int64
			for _, w := range ws {
				all.Go(func() {
					for ctx.Err() == nil {
						if err := w.step(t.Context()); err != nil {
							t.Error(err)
							return
						}
						steps.Add(1)
					}
				})
			}
			r := rand.New(rand.NewPCG(seed, 99))
			for range 12 {
				sql := fmt.Sprintf(moves[r.IntN(len(moves))], 1+r.IntN(4))
				if _, err := n.ask(t.Context(), sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
				if r.IntN(3) == 0 {
					if err := n.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
			stop()
			all.Wait()
			t.Logf("%d steps", steps.Load())
			if t.Failed() {
				n.Close()
				return
			}
			check(t, n, ws)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openNode(t, dir, l.o, nil)
			defer n.Close()
			check(t, n, ws)
			noTrace(t, n)
		})
	}
}

// noTrace fails if a shard holds what the catalog does not.
func noTrace(t *testing.T, n *Node) {
	t.Helper()
	for id, s := range n.shards {
		for _, table := range s.Tables() {
			if n.Catalog().ByID(table.ID()) == nil {
				t.Errorf("shard %d has table %d %s", id, table.ID(), table.Name)
			}
		}
		if f := s.Frozen(); len(f) > 0 {
			t.Errorf("shard %d has frozen tables %v", id, f)
		}
	}
	if r := n.Rewrites(); len(r) > 0 {
		t.Errorf("rewrites %+v", r)
	}
}

// TestRewriteDies ends the node between any two steps of a rewrite, while rows
// are written: the table is as before or as it was to become, with all rows.
func TestRewriteDies(t *testing.T) {
	seed := rewriteSeed(t)
	for _, step := range []string{"begun", "made", "copied", "frozen", "level", "decided"} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			n := openNode(t, dir, store.Options{}, func(s string) bool { return s == step })
			setUp(t, n)
			ws := newWriters(n, seed)
			for _, w := range ws {
				for range 60 {
					if err := w.step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for i, sql := range []string{fmt.Sprintf(moves[0], 2), fmt.Sprintf(moves[3], 3)} {
				if _, err := n.ask(t.Context(), sql); !errors.Is(err, errUndecided) {
					t.Fatalf("%s: %v", sql, err)
				}
				name := []string{"k", "e"}[i]
				if step == "copied" { // the table still takes rows; nobody copies them
					must(t, n, fmt.Sprintf("INSERT INTO k VALUES (%d, 1, 'gull')", i), "INSERT 0 1")
					ws[i].rows[int64(i)] = 1
				}
				if step == "frozen" { // it takes none
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					if got, err := n.ask(ctx, "DELETE FROM "+name); err == nil {
						t.Errorf("a frozen table: %s", got)
					}
					cancel()
				}
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openNode(t, dir, store.Options{}, nil)
			for _, w := range ws {
				w.n = n
			}
			if noTrace(t, n); t.Failed() {
				t.FailNow() // writes would wait for ever
			}
			check(t, n, ws)
			k, _ := n.Catalog().Table("k")
			if got, want := len(k.Sharding.Shards()), map[bool]int{true: 2, false: 4}[step == "decided"]; got != want {
				t.Errorf("%d shards, want %d", got, want)
			}
			for _, w := range ws {
				for range 20 {
					if err := w.step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			must(t, n, fmt.Sprintf(moves[1], 3), "ALTER TABLE")
			must(t, n, fmt.Sprintf(moves[4], 4), "ALTER TABLE")
			check(t, n, ws)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// held is a node whose rewrites wait at a step, and which cannot undo the first
// one at once.
func held(t *testing.T, step string) (n *Node, at, free chan struct{}) {
	at, free = make(chan struct{}, 100), make(chan struct{})
	undone := false
	n = openNode(t, t.TempDir(), store.Options{}, func(s string) bool {
		if s == step {
			at <- struct{}{}
			<-free
		}
		defer func() { undone = undone || s == "undo" }()
		return s == "undo" && !undone // the first time it cannot be undone
	})
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, at, free
}

// TestRewriteGivesWay cancels rewrites in every way that there is.
func TestRewriteGivesWay(t *testing.T) {
	for _, how := range []string{"cancel", "client", "drop", "cancel when frozen", "client when frozen"} {
		t.Run(how, func(t *testing.T) {
			how, frozen := strings.CutSuffix(how, " when frozen")
			n, at, free := held(t, map[bool]string{false: "copied", true: "frozen"}[frozen])
			must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY)", "")
			must(t, n, "INSERT INTO t VALUES (1), (2), (3)", "")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			go func() {
				_, err := n.ask(ctx, "ALTER TABLE t SET (shards = 1)")
				ended <- err
			}()
			<-at
			for _, sql := range []string{"ALTER TABLE t ADD COLUMN v BIGINT", "ALTER TABLE t SET (shards = 2)", "CREATE INDEX ON t USING keys (id)"} {
				if _, err := n.ask(t.Context(), sql); err == nil {
					t.Errorf("%s during a rewrite", sql)
				}
			}
			late := make(chan error, 1)
			insert := func() {
				got, err := n.ask(t.Context(), "INSERT INTO t VALUES (4)")
				if err == nil && got != "INSERT 0 1" {
					err = errors.New(got)
				}
				late <- err
			}
			if frozen {
				go insert() // waits
			} else {
				insert()
			}
			rs := n.Rewrites()
			if len(rs) != 1 || rs[0].Phase != map[bool]string{false: phaseCopies, true: phaseSwitches}[frozen] || rs[0].Rows != 3 || rs[0].Total != 3 || rs[0].Table != "t" {
				t.Fatalf("rewrites %+v", rs)
			}
			dropped := make(chan error, 1)
			switch how {
			case "cancel":
				if !n.Cancel(rs[0].ID) {
					t.Error("it is not there to be cancelled")
				}
			case "client":
				cancel()
			case "drop":
				go func() {
					_, err := n.ask(t.Context(), "DROP TABLE t")
					dropped <- err
				}()
			}
			for w := n.rewrites.of(1); w.ctx.Err() == nil; {
				time.Sleep(time.Millisecond)
			}
			close(free)
			if err := <-ended; !fault.Is(err, fault.Canceled) {
				t.Errorf("%v, want it cancelled", err)
			}
			if err := <-late; err != nil {
				t.Error(err)
			}
			if how == "drop" {
				if err := <-dropped; err != nil {
					t.Error(err)
				}
				must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY)", "CREATE TABLE")
				must(t, n, "INSERT INTO t VALUES (4), (5), (6), (7)", "INSERT 0 4")
			}
			must(t, n, "SELECT count(*) FROM t", "4")
			noTrace(t, n)
			must(t, n, "ALTER TABLE t SET (shards = 2)", "ALTER TABLE")
			must(t, n, "SELECT count(*) FROM t", "4")
		})
	}
}

// TestRewriteWaitsForReaders: a statement that has begun to read a table reads
// it to its end where it was; then that goes.
func TestRewriteWaitsForReaders(t *testing.T) {
	n := openNode(t, t.TempDir(), store.Options{}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE t (id BIGINT PRIMARY KEY, pad KEYWORD)", "")
	const rows = 30000
	table, _ := n.Catalog().Table("t")
	b := record.NewBatch(&table.Schema, rows)
	for i := range rows {
		b.AppendRow(record.IntValue(int64(i)), record.KeywordValue(fmt.Sprint("pad", i)))
	}
	if _, err := n.Append(t.Context(), table, b, store.IdempotencyKey{}); err != nil {
		t.Fatal(err)
	}
	res, err := n.Run(t.Context(), Request{SQL: "SELECT id, pad FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	next := func() bool {
		c, err := res.Rows.Next(t.Context())
		if err == io.EOF {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		seen += c.N
		return true
	}
	next()
	must(t, n, "ALTER TABLE t SET (shards = 2)", "ALTER TABLE")
	must(t, n, "DELETE FROM t", fmt.Sprint("DELETE ", rows))
	knows := func() bool {
		return slices.ContainsFunc([]uint32{1, 2, 3, 4}, func(id uint32) bool {
			return slices.ContainsFunc(n.shards[id].Tables(), func(x *catalog.Table) bool { return x.ID() == table.ID() })
		})
	}
	if !knows() {
		t.Error("the former rows are gone while they are read")
	}
	for next() {
	}
	if seen != rows {
		t.Errorf("%d rows read, want %d", seen, rows)
	}
	if err := res.Rows.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); knows(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the former rows stay when nobody reads them")
		}
	}
}

// TestRewriteOfSeries rewrites a table with a time while rows expire, come late
// and are updated by many at once: each row is counted by every update once.
func TestRewriteOfSeries(t *testing.T) {
	seed := rewriteSeed(t)
	n := openNode(t, t.TempDir(), store.Options{TailRows: 4}, nil)
	defer n.Close()
	must(t, n, "CREATE TABLE h (at TIMESTAMP, host KEYWORD, n BIGINT) WITH (time = 'at', series = 'host', chunk = '1 day', ttl = '40 days')", "")
	r := rand.New(rand.NewPCG(seed, 3))
	now := time.Now()
	const rows = 500
	var values []string
	for i := range rows {
		values = append(values, fmt.Sprintf("('%s', 'h%d', 0)", now.AddDate(0, 0, -i/10).Add(-time.Hour).UTC().Format(time.DateTime), r.IntN(5)))
	}
	must(t, n, "INSERT INTO h VALUES "+strings.Join(values, ","), fmt.Sprint("INSERT 0 ", rows))
	stop := make(chan struct{})
	var all sync.WaitGroup
	updates, again := int64(0), 0
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := n.ask(t.Context(), "UPDATE h SET n = n + 1 WHERE host = 'h3'")
			switch {
			case fault.Is(err, fault.Conflict): // some rows may be done
				again++
				t.Errorf("a short statement met the switch: %v", err)
			case err != nil:
				t.Error(err)
			default:
				var k int64
				fmt.Sscanf(got, "UPDATE %d", &k)
				updates += k
			}
		}
	})
	days := 20
	for i := range 6 {
		must(t, n, fmt.Sprintf("ALTER TABLE h SET (shards = %d)", 1+r.IntN(4)), "ALTER TABLE")
		if i == 3 { // what lies below goes, wherever the rows are
			close(stop)
			all.Wait()
			must(t, n, "SELECT coalesce(sum(n), 0) FROM h", fmt.Sprint(updates))
			must(t, n, fmt.Sprintf("ALTER TABLE h SET (ttl = '%d days')", days), "ALTER TABLE")
			if err := n.Expire(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if i >= 3 {
			must(t, n, "SELECT count(*) FROM h", fmt.Sprint(days*10))
		}
	}
	must(t, n, fmt.Sprintf("INSERT INTO h VALUES ('%s', 'late', 1)", now.AddDate(0, 0, -days-1).UTC().Format(time.DateTime)), "INSERT 0 1")
	must(t, n, "SELECT count(*) FROM h WHERE host = 'late'", "0") // the watermark came along
	v, err := n.Verify(t.Context(), func(string) {})
	if err != nil || len(v.Findings) > 0 {
		t.Fatalf("verify: %+v, %v", v, err)
	}
}
