package server

import (
	"encoding/json"
	"net/http"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
)

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.Encode(v)
}

func (s *Server) listQueries(w http.ResponseWriter, r *http.Request) { reply(w, s.node.Queries()) }

func (s *Server) cancelQuery(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !s.node.Cancel(id) {
		problemOf(fault.E("server: cancel", fault.NotFound, fault.Item(id), fault.Hint("GET /v1/queries lists what runs"), "no such query runs")).write(w)
		return
	}
	reply(w, map[string]string{"cancelled": id})
}

// tableInfo is one table in /v1/schema.
type tableInfo struct {
	Name    string       `json:"name"`
	ID      uint64       `json:"id"`
	Version uint32       `json:"version"`
	Rows    int64        `json:"rows"`
	Shards  []uint32     `json:"shards"`
	Columns []columnInfo `json:"columns"`
}

type columnInfo struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

func (s *Server) schema(w http.ResponseWriter, r *http.Request) {
	out := []tableInfo{}
	for _, t := range s.node.Catalog().Tables() {
		rows, err := s.node.CountRows(r.Context(), t)
		if err != nil {
			problemOf(err).write(w)
			return
		}
		info := tableInfo{Name: t.Name, ID: uint64(t.ID()), Version: t.Schema.Version, Rows: rows, Shards: t.Sharding.Shards()}
		for _, f := range t.Schema.Fields {
			info.Columns = append(info.Columns, columnInfo{f.Name, f.Type.String(), !f.NotNull})
		}
		out = append(out, info)
	}
	reply(w, map[string]any{"version": s.node.Catalog().Version(), "tables": out})
}

func (s *Server) clusterStatus(w http.ResponseWriter, r *http.Request) {
	groups := []groupInfo{}
	for _, g := range s.node.Status() {
		info := groupInfo{GroupStatus: g, Why: notReady(g)}
		info.GroupStatus.Broken = nil
		groups = append(groups, info)
	}
	reply(w, map[string]any{"groups": groups})
}

// groupInfo is one replicated group in /v1/cluster; Why is "" when it is well.
type groupInfo struct {
	cluster.GroupStatus
	Why string `json:"not_ready,omitempty"`
}

// notReady says why a group cannot serve, or "".
func notReady(g cluster.GroupStatus) string {
	switch {
	case g.Broken != nil:
		return g.Broken.Error()
	case g.Leader == "":
		return "no leader"
	}
	return ""
}

func (s *Server) segments(w http.ResponseWriter, r *http.Request) { reply(w, s.node.Segments()) }

// ready says yes when every group has a leader and none is broken.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	for _, g := range s.node.Status() {
		if why := notReady(g); why != "" {
			problemOf(fault.Errorf("server: ready", fault.Unavailable, "group %d: %s", g.Group, why)).write(w)
			return
		}
	}
	w.Write([]byte("ready\n"))
}
