package server

import (
	"fmt"
	"io"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/ingest"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// batchRows is how many rows a load hands to the log at a time.
const batchRows = 32 << 10

// maxRejects is how many bad rows one answer lists; all are counted.
const maxRejects = 1000

// stagedBytes is how much of a load with on_error=abort is held in memory until
// all of it was read. A longer load is staged from there on.
const stagedBytes = 64 << 20

// copy moves rows from the reader to the table.
func (l *loading) copy(r ingest.Reader) error {
	for {
		b, rejects, err := r.Next(batchRows)
		if e := l.reject(rejects); e != nil {
			return e
		}
		if b != nil && b.N > 0 {
			if e := l.take(b); e != nil {
				return e
			}
		}
		if err == io.EOF {
			return l.release()
		}
		if err != nil {
			return bodyError(err)
		}
	}
}

// reject counts bad rows; with abort the first one ends the load.
func (l *loading) reject(rejects []ingest.Reject) error {
	l.answer.Rejected += int64(len(rejects))
	if room := maxRejects - len(l.answer.Rejects); l.onError != "skip" && room > 0 {
		l.answer.Rejects = append(l.answer.Rejects, rejects[:min(room, len(rejects))]...)
	}
	if len(rejects) == 0 || l.onError != "abort" {
		return nil
	}
	if l.answer.Rows == 0 || l.stage != nil {
		return rejects[0].Fault()
	}
	return fault.E("load: "+fmt.Sprintf("the first %d rows are in, then", l.answer.Rows), rejects[0].Fault())
}

// take writes a batch, or holds it back while an abort could still undo all.
func (l *loading) take(b *record.Batch) error {
	if l.check {
		l.answer.Rows += int64(b.N)
		return nil
	}
	if l.done {
		return nil
	}
	if l.onError == "abort" && l.stage == nil && l.bytes < stagedBytes {
		l.held = append(l.held, b)
		if l.bytes += b.Bytes(); l.bytes < stagedBytes {
			return nil
		}
		return l.release()
	}
	return l.write(b)
}

func (l *loading) release() error {
	all, err := l.stageAll()
	if err != nil {
		return err
	}
	if all && l.bytes <= node.WholeBytes {
		return l.loadWhole()
	}
	if all {
		if l.done, err = l.stageOwn(); l.done || err != nil {
			l.held = nil
			return err
		}
	}
	for i, b := range l.held {
		if err := l.write(b); err != nil {
			return err
		}
		l.held[i] = nil
	}
	l.held = nil
	return nil
}

func (l *loading) write(b *record.Batch) error {
	if l.own {
		return l.writeOwn(b)
	}
	if l.chunk != nil {
		w, err := l.chunk.Write(l.ctx, b)
		if gone := l.gone(); gone != nil {
			err = gone
		}
		return l.wrote(w, err)
	}
	key := l.key
	if key != (store.IdempotencyKey{}) {
		key.Seq += l.seq
		l.seq++
	}
	return l.wrote(l.server.node.Append(l.ctx, l.table, b, key))
}

func (l *loading) wrote(w node.Written, err error) error {
	l.answer.Rows += int64(w.Rows)
	l.answer.Duplicate += int64(w.Duplicate)
	for shard, index := range w.Token {
		l.token.Add(shard, index)
	}
	return err
}
