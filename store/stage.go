package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Rows of a load that is to be seen whole or not at all wait in a table of
// their own. One kind of log entry brings them from there into their table:
//
//	move  | 26 | 1 | as a change entry, but its rows are of another table |
//
// The rows called so die in the one table and come to the other, all of them or
// none, in one entry: whoever is interrupted goes on with those that live still.
// Both tables must be frozen, so that nothing else happens to them meanwhile.
const tagMove = 26

// EncodeMove returns the log entry that takes the rows called ids, which
// ascend, out of a table and adds them, as b, to the table of b.
func EncodeMove(from record.TableID, ids []uint64, b *record.Batch) []byte {
	e := EncodeChange(IdempotencyKey{}, from, ids, b)
	e[0] = tagMove
	return e
}

// decodeMove reads a move, and returns what to do under the lock.
func (s *Shard) decodeMove(index uint64, entry []byte) (func() (any, error), error) {
	c, err := decodeChange(entry)
	if err != nil {
		return nil, err
	}
	if c.batch == nil || c.batch.N != len(c.ids) || c.batch.Table == c.table {
		return nil, badEntry("a move of %d rows, want as many in another table", len(c.ids))
	}
	ahead := s.lookAhead(c.batch)
	return func() (any, error) { return s.applyMove(index, c, ahead) }, nil
}

func (s *Shard) applyMove(index uint64, c *change, ahead *found) (any, error) {
	const op = "store: move rows"
	from, to := s.tables[c.table], s.tables[c.batch.Table]
	for i, t := range []*table{from, to} {
		if t == nil {
			return nil, fault.Errorf(op, fault.NotFound, "there is no table with id %d", []record.TableID{c.table, c.batch.Table}[i])
		}
		if !t.frozen {
			return nil, fault.E(op, fault.Conflict, fault.Item(t.def.Name), fmt.Errorf("table %d is not frozen", t.def.ID()))
		}
	}
	if err := fits(to.def, c.batch); err != nil {
		return nil, err
	}
	places := make([]place, len(c.ids))
	for i, id := range c.ids {
		at, ok := from.find(id)
		if !ok || from.deathsAt(at).has(at.row) {
			return nil, fault.E(op, fault.Conflict, fault.Item(fmt.Sprintf("%s row %d", from.def.Name, id)), ErrChanged)
		}
		places[i] = at
	}
	r := BatchResult{FirstRow: s.nextRow, Rows: c.batch.N}
	var f found
	if to.keys != nil {
		var err error
		if f, err = to.lookUp(c.batch, ahead); err != nil {
			return nil, refusedOrUnreadable(err)
		}
	}
	if s.opts.keepsMoved {
		places = nil
	}
	for i, at := range places {
		from.forgetKey(at, c.ids[i])
		s.kill(from, at, index)
	}
	s.addOpen(to, index, c.batch, c.size)
	if to.keys != nil {
		r.Replaced = s.supersede(to, f, index)
	}
	s.note(index, c.batch.Table, c.batch.N, nil)
	return r, nil
}

// Knows reports whether the shard has heard of a table at its version, or at a
// newer one.
func (s *Shard) Knows(def *catalog.Table) bool {
	s.lockLevel()
	defer s.mu.Unlock()
	t := s.tables[def.ID()]
	return t != nil && t.def.Schema.Version >= def.Schema.Version
}

// SourcesOf lists the sources that the ledger knows of a table, in any order.
func (s *Shard) SourcesOf(table record.TableID) (out [][16]byte) {
	s.lockLevel()
	defer s.mu.Unlock()
	for k := range s.ledger.sources {
		if k.table == table {
			out = append(out, k.source)
		}
	}
	return out
}

// ErrLetGo says that a shared view is not handed out any more.
var ErrLetGo = errors.New("the view is not shared any more")

// SharedView is a view that any number of readers read in the place of newer
// ones. It is closed when it is let go and the last of them has closed his.
type SharedView struct {
	mu    sync.Mutex
	view  *View
	users int // whoever shares it among them
}

// Share takes over a view.
func Share(v *View) *SharedView { return &SharedView{view: v, users: 1} }

// View returns the view for one more reader, who closes it, or ErrLetGo.
func (s *SharedView) View() (*View, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		return nil, ErrLetGo
	}
	s.users++
	v := *s.view
	v.Parts = append([]Part{}, s.view.Parts...)
	v.release = s.LetGo
	return &v, nil
}

// LetGo ends one use: that of a reader, or the sharing.
func (s *SharedView) LetGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.view.Close()
	}
}
