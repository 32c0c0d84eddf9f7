package server

import (
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// chunkOf returns where the load writes when its request names a range of
// bytes of a source: source=32 hex digits, start and end.
func (l *loading) chunkOf() (*node.ChunkLoad, error) {
	if l.get("source") == "" {
		if l.get("start")+l.get("end") != "" {
			return nil, fault.E("load", fault.Invalid, fault.Hint("name what the bytes are of: source=32 hexadecimal digits"), "start and end without a source")
		}
		return nil, nil
	}
	source, err := parseSource(l.get("source"))
	if err != nil {
		return nil, err
	}
	start, err := parseOffset("start", l.get("start"))
	if err != nil {
		return nil, err
	}
	end, err := parseOffset("end", l.get("end"))
	if err == nil && end <= start {
		err = fault.Errorf("load", fault.Invalid, "bytes %d to %d of the source, want at least one", start, end)
	}
	if err != nil {
		return nil, err
	}
	l.span = store.Chunk{Source: source, Start: start, End: end}
	if l.direct, err = l.server.node.Holds(l.table, source, start, end); err != nil {
		return nil, err
	}
	if l.direct {
		l.stage = nil
	}
	return l.server.node.LoadChunk(l.into(), source, start, end), nil
}

func parseSource(text string) (id [16]byte, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) {
		return id, fault.E("load", fault.Invalid, fault.Item("source="+text), fault.Hint("32 hexadecimal digits, such as the start of a SHA-256"), "not the name of a source")
	}
	return [16]byte(b), nil
}

func parseOffset(name, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fault.E("load", fault.Invalid, fault.Item(name+"="+text), fault.Hint("source wants start and end, in bytes"), err)
	}
	return n, nil
}

// sourceInfo is the answer of GET /v1/load/{table}: what the table holds of a source.
type sourceInfo struct {
	Done  []store.Span `json:"done"`
	Begun []store.Span `json:"begun"` // send them again, with the same bounds
	Rows  uint64       `json:"rows"`  // of what is done
}

func (s *Server) source(w http.ResponseWriter, r *http.Request) {
	id, err := parseSource(r.URL.Query().Get("source"))
	if err != nil {
		problemOf(err).write(w)
		return
	}
	t, err := s.node.Catalog().Table(r.PathValue("table"))
	if err != nil {
		problemOf(err).write(w)
		return
	}
	st, err := s.node.Source(t, id)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	reply(w, infoOf(st))
}
