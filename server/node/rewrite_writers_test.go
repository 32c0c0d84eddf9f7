package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

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
