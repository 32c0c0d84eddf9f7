package store

import (
	"errors"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Two kinds of log entries end the life of a table whose rows moved to another
// one, its next generation:
//
//	freeze    | 24 | 1 | table id u64 | 1: no more rows, 0: rows again, u8 |
//	retire    | 25 | 1 | table id u64                                      |
//
// A table that is frozen refuses whatever would change its rows. One that is
// retired is gone as if it were dropped, but for what the ledger knows of the
// sources that were loaded into it: the next generation goes by that.
const (
	tagFreeze = 24
	tagRetire = 25
)

// ErrMoved says that the rows of a table are on their way to its next
// generation, or there: a write is to find that and go to it.
var ErrMoved = errors.New("the rows of the table move to another place")

// EncodeFreeze returns the log entry from which on a table takes no change of
// its rows (on), or takes them again.
func EncodeFreeze(id record.TableID, on bool) []byte {
	e := append(encodeTable(tagFreeze, id), 0)
	if on {
		e[len(e)-1] = 1
	}
	return e
}

// EncodeRetire returns the log entry that drops a table whose rows have moved.
func EncodeRetire(id record.TableID) []byte { return encodeTable(tagRetire, id) }

func decodeFreeze(entry []byte) (record.TableID, bool, error) {
	if len(entry) != 11 || entry[10] > 1 {
		return 0, false, badEntry("freeze of %d bytes, want 11, the last 0 or 1", len(entry))
	}
	id, err := decodeDrop(entry[:10])
	return id, entry[10] == 1, err
}

func (s *Shard) applyFreeze(id record.TableID, on bool) error {
	t := s.tables[id]
	if t == nil {
		return fault.Errorf("store: freeze", fault.NotFound, "there is no table with id %d", id)
	}
	t.frozen = on
	return nil
}

// takes returns ErrMoved for a table whose rows are not to change.
func (t *table) takes(op string) error {
	if t.frozen {
		return fault.E(op, fault.Conflict, fault.Item(t.def.Name), ErrMoved)
	}
	return nil
}

// Frozen lists the tables that take no change of their rows, by id.
func (s *Shard) Frozen() (out []record.TableID) {
	s.lockLevel()
	defer s.mu.Unlock()
	for _, t := range s.ordered() {
		if t.frozen {
			out = append(out, t.def.ID())
		}
	}
	return out
}

// Loaded lists the tables that the ledger has sources of, ascending: also
// those that are retired.
func (s *Shard) Loaded() (out []record.TableID) {
	s.lockLevel()
	defer s.mu.Unlock()
	for k := range s.ledger.sources {
		if !slices.Contains(out, k.table) {
			out = append(out, k.table)
		}
	}
	slices.Sort(out)
	return out
}

// Remembered lists the tables that the shard remembers clients of, ascending:
// also those that are gone. It is false if the shard does not know of all.
func (s *Shard) Remembered() (out []record.TableID, all bool) {
	s.lockLevel()
	defer s.mu.Unlock()
	out = s.windows.owners()
	slices.Sort(out)
	out = slices.Compact(out)
	return out, len(out) == 0 || out[0] != 0
}

// Known appends to out the ids that begin as client does, in its first eight
// bytes, of those who may have sent a batch of the number seq or a later one.
func (s *Shard) Known(client [16]byte, seq uint64, out [][16]byte) [][16]byte {
	s.lockLevel()
	defer s.mu.Unlock()
	for _, w := range s.windows.since(client, seq) {
		out = append(out, w.id)
	}
	return out
}

// Wrote returns what became of the batch with this key, and whether it is in.
// False proves nothing unless no such batch can be on its way.
func (s *Shard) Wrote(key IdempotencyKey) (BatchResult, bool, error) {
	s.lockLevel()
	defer s.mu.Unlock()
	return s.windows.find(key)
}
