package server

import (
	"errors"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// loadWhole brings the rows of a request that is read to its end, and small, into
// the table in one moment: they need not be staged.
func (l *loading) loadWhole() error {
	n, key := l.server.node, ""
	if l.chunk == nil {
		key = node.StageKey(l.key)
	}
	rows := 0
	for _, b := range l.held {
		rows += b.N
	}
	for {
		if was, ok := n.WasSwitched(l.table, key); ok {
			l.answer.Duplicate, l.done = was, true
			return nil
		}
		left, err := l.notWritten()
		if err != nil {
			return err
		}
		out := node.Switched{Duplicate: true}
		if left.N > 0 {
			var chunk *store.Chunk
			if l.chunk != nil {
				chunk = &l.span
			}
			out, err = n.LoadWhole(l.ctx, l.table, left, key, chunk)
		}
		if next := n.Catalog().Successor(l.table.ID()); errors.Is(err, node.ErrElsewhere) && next != nil {
			l.table = next
			continue
		}
		if err != nil {
			return err
		}
		if !out.Duplicate {
			l.answer.Rows = int64(left.N)
		}
		l.answer.Duplicate, l.held, l.done = int64(rows)-l.answer.Rows, nil, true
		for shard, index := range out.Token {
			l.token.Add(shard, index)
		}
		return nil
	}
}

// notWritten joins what is held and was not written before by the request's
// key, to where the table was then.
func (l *loading) notWritten() (*record.Batch, error) {
	if len(l.held) == 1 && l.chunk != nil {
		return l.held[0], nil
	}
	first := l.held[0]
	all := &record.Batch{Table: first.Table, Version: first.Version, IDs: first.IDs, Cols: make([]record.Column, len(first.Cols))}
	for i := range first.Cols {
		all.Cols[i] = *record.NewColumn(first.Cols[i].Type, 0)
	}
	for i, b := range l.held {
		key := l.key
		if key != (store.IdempotencyKey{}) {
			key.Seq += uint64(i)
		}
		rest, err := b, error(nil)
		if l.chunk == nil {
			rest, err = l.server.node.NotWritten(l.table, b, key)
		}
		if err != nil {
			return nil, err
		}
		all.AppendRows(rest, 0, rest.N)
	}
	return all, nil
}
