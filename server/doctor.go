package server

import (
	"net/http"

	"github.com/quindex/quindex/server/doctor"
)

// doctor tells what it finds of this server and its machine. It is a POST
// because it writes a small file to time the disk.
func (s *Server) doctor(w http.ResponseWriter, r *http.Request) {
	var gates []doctor.Gate
	for _, g := range []*slots{s.queries, s.loads} {
		gates = append(gates, doctor.Gate{Of: g.what, Refused: g.refused.Load()})
	}
	gates = append(gates, doctor.Gate{Of: "connections", Refused: s.listen.refused.Load()})
	reply(w, doctor.Examine(s.node, doctor.Examined(s.node.Dir()), gates...))
}
