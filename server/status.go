package server

import (
	"encoding/json"
	"net/http"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.Encode(v)
}

func (s *Server) listQueries(w http.ResponseWriter, r *http.Request) { reply(w, s.node.Queries()) }

func (s *Server) listRewrites(w http.ResponseWriter, r *http.Request) { reply(w, s.node.Rewrites()) }

func (s *Server) cancelQuery(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !s.node.Cancel(id) {
		problemOf(fault.E("server: cancel", fault.NotFound, fault.Item(id), fault.Hint("GET /v1/queries lists what runs"), "no such query runs")).write(w)
		return
	}
	reply(w, map[string]string{"cancelled": id})
}

// graphInfo is one property graph in /v1/schema.
type graphInfo struct {
	Name     string        `json:"name"`
	Vertices []elementInfo `json:"vertices"`
	Edges    []elementInfo `json:"edges"`
}

// elementInfo is one table of a graph; Source and Target are set for edges.
type elementInfo struct {
	Name   string   `json:"name"`
	Table  string   `json:"table"`
	Labels []string `json:"labels"`
	Key    string   `json:"key,omitempty"`
	Source *endInfo `json:"source,omitempty"`
	Target *endInfo `json:"target,omitempty"`
}

// endInfo says which column of an edge table names a vertex of which element.
type endInfo struct {
	Column string `json:"column"`
	Vertex string `json:"vertex"`
}

func graphInfos(cat *catalog.Catalog) []graphInfo {
	column := func(table record.TableID, id record.ColumnID) string {
		return cat.ByID(table).Fields([]record.ColumnID{id})[0].Name
	}
	out := []graphInfo{}
	for _, g := range cat.Graphs() {
		info := graphInfo{Name: g.Name, Vertices: []elementInfo{}, Edges: []elementInfo{}}
		for _, v := range g.Vertices {
			info.Vertices = append(info.Vertices, elementInfo{Name: v.Alias, Table: cat.ByID(v.Table).Name, Labels: v.Labels, Key: column(v.Table, v.Key)})
		}
		for _, e := range g.Edges {
			end := func(end catalog.EdgeEnd) *endInfo {
				return &endInfo{Column: column(e.Table, end.Column), Vertex: g.Vertices[end.Vertex].Alias}
			}
			info.Edges = append(info.Edges, elementInfo{Name: e.Alias, Table: cat.ByID(e.Table).Name, Labels: e.Labels, Source: end(e.Source), Target: end(e.Target)})
		}
		out = append(out, info)
	}
	return out
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
	cat := s.node.Catalog()
	for _, t := range cat.Tables() {
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
	reply(w, map[string]any{"version": cat.Version(), "tables": out, "graphs": graphInfos(cat)})
}

func (s *Server) clusterStatus(w http.ResponseWriter, r *http.Request) {
	groups := []groupInfo{}
	trouble := s.node.Trouble()
	for _, g := range s.node.Status() {
		info := groupInfo{GroupStatus: g, Why: notReady(g), Trouble: trouble[uint32(g.Group)]}
		info.GroupStatus.Broken = nil
		groups = append(groups, info)
	}
	reply(w, map[string]any{"groups": groups, "healed": s.node.Healed()})
}

// groupInfo is one replicated group in /v1/cluster; Why is "" when it is well.
// Trouble is what its disk refuses or has spoilt while it goes on serving.
type groupInfo struct {
	cluster.GroupStatus
	Why     string   `json:"not_ready,omitempty"`
	Trouble []string `json:"trouble,omitempty"`
}

// notReady says why a group cannot serve, or "".
func notReady(g cluster.GroupStatus) string {
	switch {
	case g.Broken != nil:
		return g.Broken.Error()
	case g.Leader == "":
		return "no leader"
	case g.Anew:
		return "its files were damaged and are being made anew"
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
