package store

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// keyRange is how many keys the model's keyed tables have: few, so that most
// rows take the place of others.
const keyRange = 150

// withKey gives a table a primary key: column n, or origin and n.
func withKey(t *catalog.Table) *catalog.Table {
	t.Key = []record.ColumnID{1}
	if t.ID() == 10 {
		t.Key = []record.ColumnID{2, 1}
	}
	return t
}

// keyedBatch is batchOf with keys from a small range, none of them NULL.
func (m *model) keyedBatch(def *catalog.Table, n int) *record.Batch {
	from := batchOf(m.rng, def, 0, n)
	b := record.NewBatch(&def.Schema, n)
	for i := range n {
		var row []record.Value
		for c := range from.Cols {
			row = append(row, from.Cols[c].Value(i))
		}
		row[0] = record.IntValue(int64(m.rng.IntN(keyRange)))
		if !row[1].Valid {
			row[1] = record.KeywordValue("")
		}
		b.AppendRow(row...)
	}
	return b
}

// keyOf is the key of a row of the model as text.
func keyOf(def *catalog.Table, r modelRow) string {
	key := ""
	for _, id := range def.Key {
		key += text(r.batch.Column(id).Value(r.i)) + " "
	}
	return key
}

// upsert adds rows to the model; keep leaves out those whose key is there.
func (m *model) upsert(id record.TableID, b *record.Batch, r *BatchResult, keep bool) {
	def := m.defs[id]
	for i := range b.N {
		row := modelRow{batch: b, i: i, id: m.nextRow}
		if len(def.Key) > 0 {
			row.key = keyOf(def, row)
			at := slices.IndexFunc(m.rows[id], func(o modelRow) bool { return o.key == row.key })
			switch {
			case at >= 0 && keep:
				r.Kept++
				continue
			case at >= 0:
				r.Replaced++
				m.rows[id] = slices.Delete(m.rows[id], at, at+1)
			}
		}
		m.rows[id] = append(m.rows[id], row)
		m.nextRow++
	}
}

// change makes an entry that deletes or updates rows of a table, or one that
// names a row which is gone: that is refused.
func (m *model) change(id record.TableID) (entry []byte, want any) {
	rows, def := m.rows[id], m.defs[id]
	if m.rng.IntN(12) == 0 && len(m.gone) > 0 {
		stale := m.gone[m.rng.IntN(len(m.gone))]
		m.refused[len(m.log)] = true
		return EncodeChange(IdempotencyKey{}, id, []uint64{stale}, nil), nil
	}
	n := min(len(rows), 1+m.rng.IntN(30))
	from := m.rng.IntN(len(rows) - n + 1)
	victims := slices.Clone(rows[from : from+n])
	slices.SortFunc(victims, func(a, b modelRow) int { return int(a.id) - int(b.id) })
	var ids []uint64
	for _, v := range victims {
		ids = append(ids, v.id)
	}
	m.gone = append(m.gone, ids...)
	m.rows[id] = slices.Delete(rows, from, from+n)
	r := ChangeResult{Deleted: n, FirstRow: m.nextRow}
	if m.rng.IntN(2) == 0 {
		return EncodeChange(IdempotencyKey{}, id, ids, nil), r
	}
	r.Rows = n
	b := record.NewBatch(&def.Schema, n)
	for _, v := range victims {
		var row []record.Value
		for _, f := range def.Schema.Fields {
			value := f.Default
			if c := v.batch.Column(f.ID); c != nil {
				value = c.Value(v.i)
			}
			row = append(row, value)
		}
		row[2] = record.FloatValue(m.rng.Float64())
		b.AppendRow(row...)
	}
	m.upsert(id, b, &BatchResult{}, false)
	return EncodeChange(IdempotencyKey{}, id, ids, b), r
}

func (m *model) truncate(id record.TableID) []byte {
	m.rows[id] = []modelRow{}
	return EncodeTruncate(id)
}

// apply applies entry i of the log and wants what the model wants.
func (m *model) apply(t *testing.T, s *Shard, entry []byte, want any) {
	t.Helper()
	have, err, broken := s.Apply(uint64(len(m.log)), entry)
	if refused := m.refused[len(m.log)-1]; broken != nil || refused != (err != nil) || refused && !fault.Is(err, fault.Conflict) {
		t.Fatalf("entry %d: %v, broken %v; refused is %v", len(m.log), err, broken, refused)
	}
	if have != want {
		t.Fatalf("entry %d: %+v, want %+v", len(m.log), have, want)
	}
}

// TestNullKey refuses rows without a key, and goes on.
func TestNullKey(t *testing.T) {
	s := openTest(t, vfs.NewMem(), Options{Registry: testRegistry(columnar.Engine{})})
	defer s.Close()
	def := withKey(flights(10, 1))
	mustApply(t, s, 1, EncodeDefine(def))
	b := record.NewBatch(&def.Schema, 1)
	b.AppendRow(record.IntValue(1), record.NullOf(record.T(record.Keyword)), record.FloatValue(1), record.NullOf(record.T(record.KeywordArray)))
	if _, err, broken := s.Apply(2, EncodeBatch(IdempotencyKey{}, b)); fault.CodeOf(err) != "23502" || broken != nil {
		t.Fatalf("a row without a key: %v, broken %v", err, broken)
	}
	if n := s.RowsOf(10); n != 0 {
		t.Fatalf("%d rows, want 0", n)
	}
}

// FuzzChange reads any bytes as a change entry.
func FuzzChange(f *testing.F) {
	def := flights(1, 1)
	f.Add(EncodeChange(IdempotencyKey{}, 1, []uint64{1, 5, 1 << 40}, nil))
	f.Add(EncodeChange(IdempotencyKey{Seq: 3}, 1, []uint64{9}, record.NewBatch(&def.Schema, 0)))
	f.Fuzz(func(t *testing.T, entry []byte) {
		c, err := decodeChange(entry)
		if err == nil && !slices.IsSorted(c.ids) {
			t.Fatalf("ids %v", c.ids)
		}
	})
}
