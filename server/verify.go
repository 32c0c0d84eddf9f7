package server

import (
	"net/http"
	"time"

	"github.com/quindex/quindex/server/node"
)

// verifyInfo is the answer of POST /v1/verify.
type verifyInfo struct {
	*node.Verified
	Millis float64 `json:"ms"`
}

// verify checks all that is stored. It may take long; the client's leaving stops it.
func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	v, err := s.node.Verify(r.Context(), func(step string) { s.opts.Logger.Debug("verify", "step", step) })
	if err != nil {
		problemOf(err).write(w)
		return
	}
	for _, f := range v.Findings {
		s.opts.Logger.Error("verify found damage", "shard", f.Shard, "table", f.Table, "segment", f.Segment, "index", f.Index, "what", f.What)
	}
	reply(w, verifyInfo{v, millis(start)})
}
