package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// mirror is a copy of a table that is made of its changes alone.
type mirror struct {
	table string
	token string
	rows  map[string]mirrored // by key, or by the row's name
	seen  map[Op]int
	gone  int
}

type mirrored struct {
	shard uint32
	cells map[record.ColumnID]string
	nanos int64 // of the table's time
}

func newMirror(table string) *mirror {
	return &mirror{table: table, token: "start", rows: map[string]mirrored{}, seen: map[Op]int{}}
}

// apply takes over one change.
func (m *mirror) apply(c Change) {
	m.seen[c.Op]++
	m.token = c.Token
	name := fmt.Sprintf("%d:%d", c.Shard, c.Row)
	if c.Key != nil {
		name = c.Key.Column(c.Table.Key[0]).Value(c.At).Text()
	}
	switch c.Op {
	case Insert, Upsert, Row:
		m.rows[name] = m.row(c)
	case Delete:
		delete(m.rows, name)
	case Truncate, Anew:
		maps.DeleteFunc(m.rows, func(_ string, r mirrored) bool { return c.Shard == 0 || r.shard == c.Shard })
	case Expire:
		maps.DeleteFunc(m.rows, func(_ string, r mirrored) bool { return r.shard == c.Shard && r.nanos < c.Mark })
	}
}

func (m *mirror) row(c Change) mirrored {
	r := mirrored{shard: c.Shard, cells: map[record.ColumnID]string{}}
	for _, f := range c.Table.Schema.Fields {
		v := f.Default
		if col := c.After.Column(f.ID); col != nil {
			v = col.Value(c.At)
		}
		if f.Type == record.T(record.Timestamp) {
			r.nanos = v.I
		}
		r.cells[f.ID] = v.Text()
	}
	return r
}

// read reads what there is, or stops after a random change, as if it had died there.
func (m *mirror) read(t *testing.T, n *Node, rng *rand.Rand, whole bool) {
	t.Helper()
	f, err := n.Changes(t.Context(), ChangesRequest{Table: m.table, From: m.token})
	if err == nil {
		defer f.Close()
		err = m.follow(f, rng, whole)
	}
	if errors.Is(err, ErrGone) {
		m.gone++
		m.token = "snapshot"
		m.read(t, n, rng, whole)
		return
	}
	if err != nil && err != io.EOF {
		t.Fatalf("changes of %s from %s: %v", m.table, m.token, err)
	}
}

func (m *mirror) follow(f *Changes, rng *rand.Rand, whole bool) error {
	for {
		cs, err := f.Next(context.Background())
		if err != nil {
			if err == io.EOF {
				m.token = f.Token()
			}
			return err
		}
		for _, c := range cs {
			m.apply(c)
			if !whole && rng.IntN(40) == 0 {
				return nil
			}
		}
	}
}

// equals fails unless the mirror has the rows of the table.
func (m *mirror) equals(t *testing.T, n *Node) {
	t.Helper()
	rows, _, err := n.told(t.Context(), "SELECT * FROM "+m.table)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, 0, len(rows))
	for _, r := range rows {
		want = append(want, strings.Join(r, ","))
	}
	def, err := n.Catalog().Table(m.table)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range m.rows {
		var texts []string
		for _, f := range def.Schema.Fields {
			text, ok := r.cells[f.ID]
			if !ok { // the column came after the row
				text = f.Default.Text()
			}
			texts = append(texts, text)
		}
		got = append(got, strings.Join(texts, ","))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("the mirror of %s has %d rows, want %d; those that differ: %v / %v", m.table, len(got), len(want), minus(got, want), minus(want, got))
	}
}

func minus(a, b []string) (out []string) {
	for _, s := range a {
		if !slices.Contains(b, s) && len(out) < 5 {
			out = append(out, s)
		}
	}
	return out
}

// TestChangesMirror writes to a table with a key and to one without in all ways
// that there are, stops and starts the node, truncates logs, and mirrors both by
// readers that die at any change: in the end, and now and then, they hold what
// the tables hold.
func TestChangesMirror(t *testing.T) {
	rng := seeded(t)
	dir := t.TempDir()
	o := store.Options{TailRows: 64, SealRows: 200}
	n := openNode(t, dir, o, nil)
	defer func() { n.Close() }()
	for _, sql := range []string{makeP, "CREATE TABLE q (id BIGINT, v BIGINT, words TEXT)"} {
		must(t, n, sql, "")
	}
	mirrors := []*mirror{newMirror("p"), newMirror("q")}
	for _, m := range mirrors { // or the logs may not reach back to the start
		m.read(t, n, rng, true)
	}
	shards, sources := 4, 0
	for step := range 250 {
		table := []string{"p", "q"}[rng.IntN(2)]
		def, err := n.Catalog().Table("p")
		if err != nil {
			t.Fatal(err)
		}
		plain := len(def.Schema.Fields) == 3 // what loads write
		lo := rng.IntN(300)
		between := fmt.Sprintf("id BETWEEN %d AND %d", lo, lo+rng.IntN(60))
		switch k := rng.IntN(40); {
		case k < 12:
			var rows []string
			for range 1 + rng.IntN(40) {
				rows = append(rows, fmt.Sprintf("(%d, %d, 'w%d')", rng.IntN(300), step, rng.IntN(5)))
			}
			sql := "INSERT INTO " + table + " (id, v, words) VALUES " + strings.Join(rows, ",")
			if table == "p" && k < 5 {
				sql += " ON CONFLICT DO NOTHING"
			}
			must(t, n, sql, "")
		case k < 18:
			must(t, n, fmt.Sprintf("UPDATE %s SET v = %d WHERE %s", table, step, between), "")
		case k < 24:
			must(t, n, fmt.Sprintf("DELETE FROM %s WHERE %s", table, between), "")
		case k < 25:
			must(t, n, "TRUNCATE "+table, "")
		case k < 28 && plain:
			if _, err := loadWhole(t, n, 1+rng.IntN(30), step, "", nil); err != nil {
				t.Fatal(err)
			}
		case k < 29 && plain:
			sources++
			l := stageLoad(t, n, "p", sources, 1, step)
			if rng.IntN(3) == 0 {
				if err := n.GiveUpLoad(t.Context(), l.ID()); err != nil {
					t.Fatal(err)
				}
			} else if _, err := n.SwitchLoad(t.Context(), l.ID(), 0); err != nil {
				t.Fatal(err)
			}
		case k < 30:
			shards = 1 + rng.IntN(4)
			must(t, n, fmt.Sprintf("ALTER TABLE %s SET (shards = %d)", table, shards), "")
		case k < 31 && step > 200:
			must(t, n, fmt.Sprintf("ALTER TABLE %s ADD COLUMN c%d BIGINT DEFAULT %d", table, step, step), "")
		case k < 33:
			if err := n.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		case k < 35:
			for g := range 4 {
				if err := n.cluster.Snapshot(t.Context(), cluster.GroupID(g+1)); err != nil {
					t.Fatal(err)
				}
			}
		case k < 36:
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = openNode(t, dir, o, nil)
		default:
			m := mirrors[rng.IntN(2)]
			whole := rng.IntN(2) == 0
			if m.read(t, n, rng, whole); whole {
				m.equals(t, n)
			}
		}
	}
	for _, m := range mirrors {
		m.read(t, n, rng, true)
		m.equals(t, n)
		t.Logf("%s: %v, gone %d times", m.table, m.seen, m.gone)
	}
	p, q := mirrors[0].seen, mirrors[1].seen
	if p[Upsert]+q[Insert] == 0 || p[Delete]+q[Delete] == 0 || p[Row]+q[Row] == 0 {
		t.Errorf("the readers met %v and %v", p, q)
	}
}
