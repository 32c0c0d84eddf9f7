package store

import (
	"cmp"
	"container/list"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
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
type windows struct {
	clients map[[16]byte]*window
	byAge   list.List // of their ids: the one whose last batch is the longest ago is first
}

// window is what is remembered of one client, ascending by seq.
type window struct {
	index uint64 // log index of its newest batch
	floor uint64 // seqs below it are forgotten
	done  []doneBatch
	place *list.Element // in byAge
}

type doneBatch struct {
	seq   uint64
	first uint64
	rows  uint32
}

func newWindows() *windows { return &windows{clients: map[[16]byte]*window{}} }

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

// add remembers the batch applied at index.
func (w *windows) add(key IdempotencyKey, index uint64, r BatchResult) {
	if key == (IdempotencyKey{}) {
		return
	}
	c := w.clients[key.Client]
	if c == nil {
		if len(w.clients) >= maxClients {
			delete(w.clients, w.byAge.Remove(w.byAge.Front()).([16]byte))
		}
		c = w.put(key.Client)
	}
	c.index = index
	w.byAge.MoveToBack(c.place)
	i, _ := c.search(key.Seq)
	c.done = slices.Insert(c.done, i, doneBatch{key.Seq, r.FirstRow, uint32(r.Rows)})
	if len(c.done) > maxSeqs {
		c.floor = c.done[0].seq + 1
		c.done = slices.Delete(c.done, 0, 1)
	}
}

// put adds a client that is younger than all others.
func (w *windows) put(id [16]byte) *window {
	c := &window{place: w.byAge.PushBack(id)}
	w.clients[id] = c
	return c
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
		}
	}
	if bad {
		return nil, fault.Errorf("store: read idempotency windows", fault.Corrupt, "bad bytes, %d left", len(b))
	}
	return w, nil
}
