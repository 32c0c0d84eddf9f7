package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// A load that is to be seen whole or not at all is staged: POST /v1/loads begins
// it, pieces name it by stage=, and POST /v1/loads/{id}/switch brings it into its
// table in one moment. A request with on_error=abort that is a load of its own
// goes the same way by itself, unless all of it is one entry of a log.

// stagedInfo is the answer of POST /v1/loads: the load, and what it and its
// table hold of the source.
type stagedInfo struct {
	ID    record.TableID `json:"id"`
	Waits bool           `json:"waits"` // some of it is staged already
	sourceInfo
}

// stage begins a load of a source, or finds the one that was interrupted.
func (s *Server) stage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	out, err := s.stageOf(r.Context(), q.Get("table"), q.Get("source"))
	if err != nil {
		problemOf(err).write(w)
		return
	}
	reply(w, out)
}

func (s *Server) stageOf(ctx context.Context, table, source string) (out stagedInfo, err error) {
	if _, err := parseSource(source); err != nil {
		return out, err
	}
	t, err := s.node.Catalog().Table(table)
	if err != nil {
		return out, missingTable(err)
	}
	l, err := s.node.StageLoad(ctx, t, source, "")
	if err != nil {
		return out, err
	}
	st, waits, err := s.node.StagedSource(l)
	out.ID, out.Waits, out.sourceInfo = l.ID(), waits, infoOf(st)
	return out, err
}

func infoOf(st store.SourceState) sourceInfo {
	return sourceInfo{Done: append([]store.Span{}, st.Done...), Begun: append([]store.Span{}, st.Begun...), Rows: st.Rows}
}

func (s *Server) listLoads(w http.ResponseWriter, r *http.Request) { reply(w, s.node.StagedLoads()) }

// switchedInfo is the answer of POST /v1/loads/{id}/switch.
type switchedInfo struct {
	Rows      int64   `json:"rows"`
	Duplicate bool    `json:"duplicate,omitempty"` // the table has them from another load of the source
	Millis    float64 `json:"ms"`
}

// switchLoad brings a load that is complete into its table.
func (s *Server) switchLoad(w http.ResponseWriter, r *http.Request) {
	start, whole := time.Now(), uint64(0)
	id, err := stageID(r.PathValue("id"))
	if end := r.URL.Query().Get("end"); err == nil && end != "" {
		whole, err = parseOffset("end", end)
	}
	var out node.Switched
	if err == nil {
		out, err = s.node.SwitchLoad(r.Context(), id, whole)
	}
	if err != nil {
		problemOf(err).write(w)
		return
	}
	if t := out.Token.String(); t != "" {
		w.Header().Set(headerToken, t)
	}
	reply(w, switchedInfo{Rows: out.Rows, Duplicate: out.Duplicate, Millis: millis(start)})
}

// giveUpLoad drops a load that is staged.
func (s *Server) giveUpLoad(w http.ResponseWriter, r *http.Request) {
	id, err := stageID(r.PathValue("id"))
	if err == nil {
		err = s.node.GiveUpLoad(r.Context(), id)
	}
	if err != nil {
		problemOf(err).write(w)
		return
	}
	reply(w, map[string]record.TableID{"dropped": id})
}

func stageID(text string) (record.TableID, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 {
		return 0, fault.E("load", fault.Invalid, fault.Item("load "+text), fault.Hint("GET /v1/loads lists the loads that are staged"), "not the number of a load")
	}
	return record.TableID(n), nil
}

// join finds the staged load that a piece names.
func (l *loading) join() error {
	text := l.get("stage")
	if text == "" {
		return nil
	}
	id, err := stageID(text)
	if err != nil {
		return err
	}
	if l.stage, err = l.server.node.Staged(id); err != nil {
		return err
	}
	switch {
	case l.stage.Into != l.table.ID():
		return fault.E("load", fault.Conflict, fault.Item(l.table.Name), fault.Hint("begin it again"), "the load "+text+" is for another table, or this one was rewritten meanwhile")
	case l.get("source") == "" || l.stage.Source != l.get("source"):
		return fault.E("load", fault.Invalid, fault.Item("source="+l.get("source")), "a piece names the source that its load was begun with")
	}
	return nil
}

// gone returns an error if the load that a piece is of is there no more.
func (l *loading) gone() error {
	if l.stage == nil {
		return nil
	}
	_, err := l.server.node.Staged(l.stage.ID())
	return err
}

// into is the table that the rows are written to.
func (l *loading) into() *catalog.Table {
	if l.stage != nil {
		return &l.stage.Table
	}
	return l.table
}

// stageAll reports whether this request is to be staged by itself: those of its
// rows that are held are more than one entry of one shard's log, which is there
// for readers in one moment, and there whole or not at all.
func (l *loading) stageAll() (bool, error) {
	if l.onError != "abort" || l.stage != nil || l.direct {
		return false, nil
	}
	if l.bytes >= stagedBytes || len(l.held) > 1 {
		return true, nil
	}
	if len(l.held) == 0 {
		return false, nil
	}
	one, err := l.server.node.InOneEntry(l.table, l.held[0], l.key)
	return !one, err
}

// stageOwn begins a staged load that is this request. done says that an
// earlier try of it is in.
func (l *loading) stageOwn() (done bool, err error) {
	n, key := l.server.node, ""
	if l.chunk == nil {
		key = node.StageKey(l.key)
	}
	if rows, was := n.WasSwitched(l.table, key); was {
		l.answer.Duplicate = rows
		return true, nil
	}
	l.stage, err = n.StageLoad(l.ctx, l.table, "", key)
	l.own = err == nil
	return false, err
}

// writeOwn adds a batch to the staged load that this request is.
func (l *loading) writeOwn(b *record.Batch) error {
	key := l.key
	if key != (store.IdempotencyKey{}) {
		key.Seq += l.seq
		l.seq++
	}
	rest := b
	if l.chunk == nil {
		var err error
		if rest, err = l.server.node.NotWritten(l.table, b, key); err != nil {
			return err
		}
	}
	l.answer.Duplicate += int64(b.N - rest.N)
	rest.Table = l.stage.ID()
	w, err := l.server.node.Append(l.ctx, &l.stage.Table, rest, store.IdempotencyKey{})
	l.answer.Rows += int64(w.Rows)
	return err
}

// switchOwn switches the staged load that this request is.
func (l *loading) switchOwn() error {
	n := l.server.node
	if l.chunk != nil {
		if err := n.MarkStaged(l.ctx, l.stage, l.span.Source, l.span.Start, l.span.End, uint64(l.answer.Rows)); err != nil {
			return err
		}
	}
	out, err := n.SwitchLoad(l.ctx, l.stage.ID(), 0)
	if err != nil {
		return err
	}
	if out.Duplicate {
		l.answer.Rows, l.answer.Duplicate = 0, l.answer.Rows+l.answer.Duplicate
	}
	for shard, index := range out.Token {
		l.token.Add(shard, index)
	}
	l.own = false
	return nil
}

// dropPatience is how long a request that fails tries to drop what it staged; what
// stays is dropped by the server later.
const dropPatience = 10 * time.Second

// giveUp drops what this request has staged of its own.
func (l *loading) giveUp() {
	if !l.own {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), dropPatience)
	defer cancel()
	if err := l.server.node.GiveUpLoad(ctx, l.stage.ID()); err == nil {
		l.answer.Rows, l.answer.Duplicate = 0, 0
	}
}
