package store

import (
	"cmp"
	"container/list"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Bounds of the idempotency windows. They are part of the state machine: all
// replicas forget alike, so a change of them is a change of entryVersion.
const (
	maxClients = 1024
	maxSeqs    = 1024 // of one client
)

// windows remembers which batches of which clients were applied. A client
// whose last batch is the longest ago is forgotten first, and of a client the
// smallest sequence numbers.
//
// Ids that begin alike are those of one client: it has one for each table that
// it writes to.
type windows struct {
	clients map[[16]byte]*window
	byAge   list.List          // of their ids: the one whose last batch is the longest ago is first
	alike   map[[8]byte]*alike // by how their ids begin
}

// alike is clients whose ids begin alike, at least one.
type alike struct {
	newest  uint64 // no seq of theirs is above
	windows []*window
}

// window is what is remembered of one client, ascending by seq.
type window struct {
	id    [16]byte
	table record.TableID // of its newest batch; 0: not known
	index uint64         // log index of its newest batch
	floor uint64         // seqs below it are forgotten
	done  []doneBatch
	place *list.Element // in byAge
}

type doneBatch struct {
	seq   uint64
	first uint64
	rows  uint32
}

func newWindows() *windows {
	return &windows{clients: map[[16]byte]*window{}, alike: map[[8]byte]*alike{}}
}

// find returns the result of the first try of key's batch, if there was one.
// A key that may have been forgotten is a conflict: adding its rows could
// double them.
func (w *windows) find(key IdempotencyKey) (BatchResult, bool, error) {
	c := w.clients[key.Client]
	if c == nil || key == (IdempotencyKey{}) {
		return BatchResult{}, false, nil
	}
	if key.Seq < c.floor {
		return BatchResult{}, false, fault.E("store: apply batch", fault.Invalid,
			fault.Hint("it may have been applied long ago; look for its rows, or use a new client id"),
			fmt.Errorf("sequence number %d of this client is too old: %d and above are remembered", key.Seq, c.floor))
	}
	i, ok := c.search(key.Seq)
	if !ok {
		return BatchResult{}, false, nil
	}
	d := c.done[i]
	return BatchResult{FirstRow: d.first, Rows: int(d.rows), Duplicate: true}, true, nil
}

func (c *window) search(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(c.done, seq, func(d doneBatch, s uint64) int { return cmp.Compare(d.seq, s) })
}

// add remembers the batch for a table that was applied at index.
func (w *windows) add(key IdempotencyKey, table record.TableID, index uint64, r BatchResult) {
	if key == (IdempotencyKey{}) {
		return
	}
	c := w.clients[key.Client]
	if c == nil {
		if len(w.clients) >= maxClients {
			w.forget(w.byAge.Front().Value.([16]byte))
		}
		c = w.put(key.Client)
	}
	c.index, c.table = index, table
	w.byAge.MoveToBack(c.place)
	i, _ := c.search(key.Seq)
	c.done = slices.Insert(c.done, i, doneBatch{key.Seq, r.FirstRow, uint32(r.Rows)})
	w.sent(c, key.Seq)
	if len(c.done) > maxSeqs {
		c.floor = c.done[0].seq + 1
		c.done = slices.Delete(c.done, 0, 1)
	}
}

// put adds a client that is younger than all others.
func (w *windows) put(id [16]byte) *window {
	c := &window{id: id, place: w.byAge.PushBack(id)}
	w.clients[id] = c
	a := w.alike[[8]byte(id[:])]
	if a == nil {
		a = &alike{}
		w.alike[[8]byte(id[:])] = a
	}
	a.windows = append(a.windows, c)
	return c
}

// sent notes that a client has sent a seq.
func (w *windows) sent(c *window, seq uint64) {
	a := w.alike[[8]byte(c.id[:])]
	a.newest = max(a.newest, seq)
}

// since returns the clients whose ids begin as id does that have sent seq or a
// later one.
func (w *windows) since(id [16]byte, seq uint64) (out []*window) {
	a := w.alike[[8]byte(id[:])]
	if a == nil || a.newest < seq {
		return nil
	}
	return slicesKeep(a.windows, func(c *window) bool { return len(c.done) > 0 && c.done[len(c.done)-1].seq >= seq })
}

// forget takes a client away.
func (w *windows) forget(id [16]byte) {
	c := w.clients[id]
	delete(w.clients, id)
	w.byAge.Remove(c.place)
	a := w.alike[[8]byte(id[:])]
	if a.windows = slicesKeep(a.windows, func(o *window) bool { return o != c }); len(a.windows) == 0 {
		delete(w.alike, [8]byte(id[:]))
	}
}

// owners lists the tables that the windows are of, by age.
func (w *windows) owners() (out []record.TableID) {
	for e := w.byAge.Front(); e != nil; e = e.Next() {
		out = append(out, w.clients[e.Value.([16]byte)].table)
	}
	return out
}

// own is the opposite of owners. Where the lengths differ, nobody knows.
func (w *windows) own(tables []record.TableID) {
	if len(tables) != len(w.clients) {
		return
	}
	for e := w.byAge.Front(); e != nil; e = e.Next() {
		w.clients[e.Value.([16]byte)].table, tables = tables[0], tables[1:]
	}
}

// encode returns all windows, clients by age: client, index, floor, count,
// then steps of seq, first row, rows, all varints.
func (w *windows) encode() []byte {
	var out []byte
	for e := w.byAge.Front(); e != nil; e = e.Next() {
		id := e.Value.([16]byte)
		c := w.clients[id]
		out = append(out, id[:]...)
		out = binary.AppendUvarint(out, c.index)
		out = binary.AppendUvarint(out, c.floor)
		out = binary.AppendUvarint(out, uint64(len(c.done)))
		for _, d := range c.done {
			out = binary.AppendUvarint(out, d.seq)
			out = binary.AppendUvarint(out, d.first)
			out = binary.AppendUvarint(out, uint64(d.rows))
		}
	}
	return out
}

// decodeWindows reads what encode wrote.
func decodeWindows(b []byte) (*windows, error) {
	w := newWindows()
	bad, last := false, uint64(0)
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return v
	}
	for len(b) > 0 && !bad {
		if len(b) < 16 || len(w.clients) >= maxClients || w.clients[[16]byte(b)] != nil {
			bad = true
			break
		}
		c := w.put([16]byte(b))
		b = b[16:]
		c.index, c.floor = next(), next()
		bad = bad || len(w.clients) > 1 && c.index <= last
		last = c.index
		n := next()
		for i := uint64(0); i < n && !bad; i++ {
			d := doneBatch{seq: next(), first: next()}
			rows := next()
			bad = bad || rows > 1<<32-1 || i >= maxSeqs || i > 0 && d.seq <= c.done[i-1].seq
			d.rows = uint32(rows)
			c.done = append(c.done, d)
			w.sent(c, d.seq)
		}
	}
	if bad {
		return nil, fault.Errorf("store: read idempotency windows", fault.Corrupt, "bad bytes, %d left", len(b))
	}
	return w, nil
}
