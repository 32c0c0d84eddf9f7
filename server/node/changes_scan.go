package node

import (
	"context"
	"errors"
	"iter"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// scanRows is how many rows are told at once.
const scanRows = 1024

// scan reads all rows of one shard, as of one log index, a block at a time.
type scan struct {
	at   *changesAt
	view *store.View
	next func() (page, error, bool)
	stop func()
}

type page struct {
	ids  []uint64
	rows *record.Batch
}

var errStopped = errors.New("the reader has stopped")

// scanned tells the next rows of a shard that is to be read whole; behind the
// last of them the reader is where the view was of.
func (c *Changes) scanned(ctx context.Context, at *changesAt) ([]Change, error) {
	if c.scan == nil { // rows that were told before by a scan that did not end may be gone
		if err := c.beginScan(ctx, at); err != nil {
			return nil, err
		}
		return []Change{{Op: Anew, Shard: at.shard, Index: c.scan.view.Applied, Table: c.table, Token: c.token.String()}}, nil
	}
	s := c.scan
	p, err, more := s.next()
	if err != nil {
		return nil, err
	}
	if !more {
		at.scan, at.after = false, s.view.Applied
		c.endScan()
		return nil, nil
	}
	token := c.token.String()
	out := make([]Change, p.rows.N)
	for i, id := range p.ids {
		out[i] = Change{Op: Row, Shard: at.shard, Index: s.view.Applied, Row: id, After: p.rows, At: i, Table: c.table, Token: token}
		if len(c.table.Key) > 0 {
			out[i].Key = p.rows
		}
	}
	return out, nil
}

func (c *Changes) beginScan(ctx context.Context, at *changesAt) error {
	site := &localSite{source: &source{n: c.node, past: true}, table: c.token.table, shards: []uint32{at.shard}}
	views, err := site.views(ctx)
	if err != nil {
		return err
	}
	v, fields := views[0], c.table.Schema.Fields
	pages := func(yield func(page, error) bool) {
		err := v.Copy(c.ctx, fields, nil, func(ids []uint64, b *record.Batch) error {
			for lo := 0; lo < b.N; lo += scanRows {
				hi := min(b.N, lo+scanRows)
				if !yield(page{ids[lo:hi], b.Slice(lo, hi)}, nil) {
					return errStopped
				}
			}
			return nil
		})
		if err != nil && err != errStopped {
			yield(page{}, err)
		}
	}
	c.scan = &scan{at: at, view: v}
	c.scan.next, c.scan.stop = iter.Pull2(pages)
	return nil
}

func (c *Changes) endScan() {
	if c.scan != nil {
		c.scan.stop()
		c.scan.view.Close()
		c.scan = nil
	}
}
