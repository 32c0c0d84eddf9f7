package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
)

// GET /v1/changes/{table} tells what happens to the rows of a table, as lines of
// JSON or as server-sent events. What a reader is sent next is made when it has
// taken what came before: a slow one costs nothing but its connection.

const (
	changesParameters = "from follow limit heartbeat format"
	formatNDJSON      = "ndjson"
	formatSSE         = "sse"

	heartbeat    = 10 * time.Second
	minHeartbeat = 100 * time.Millisecond
	feedsAtOnce  = 256
)

// feedOptions are the parameters of a request.
type feedOptions struct {
	node.ChangesRequest
	sse       bool
	limit     int64 // 0: none
	heartbeat time.Duration
}

func parseFeed(r *http.Request) (o feedOptions, err error) {
	const op = "server: read parameters"
	q := r.URL.Query()
	o.Table, o.From, o.ID = r.PathValue("table"), q.Get("from"), r.Header.Get(headerQueryID)
	if last := r.Header.Get("Last-Event-ID"); last != "" { // a browser goes on where it was
		o.From = last
	}
	follow, err := choice("follow", q.Get("follow"), "false", "true", "1", "0")
	if err != nil {
		return o, err
	}
	o.Follow = follow == "true" || follow == "1"
	format, err := choice("format", q.Get("format"), "", formatNDJSON, formatSSE)
	if err != nil {
		return o, err
	}
	o.sse = format == formatSSE || format == "" && strings.Contains(r.Header.Get("Accept"), "text/event-stream")
	if text := q.Get("limit"); text != "" {
		if o.limit, err = strconv.ParseInt(text, 10, 64); err != nil || o.limit < 1 {
			return o, fault.E(op, fault.Invalid, fault.Item("limit="+text), "want a number of events, at least 1")
		}
	}
	o.heartbeat = heartbeat
	if text := q.Get("heartbeat"); text != "" {
		if o.heartbeat, err = time.ParseDuration(text); err != nil || o.heartbeat < minHeartbeat {
			return o, fault.E(op, fault.Invalid, fault.Item("heartbeat="+text), fault.Hint("such as 10s"), fmt.Sprintf("want a time of at least %v", minHeartbeat))
		}
	}
	return o, nil
}

// changes answers with a feed.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
	o, err := parseFeed(r)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	feed, err := s.node.Changes(r.Context(), o.ChangesRequest)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	defer feed.Close()
	h := w.Header()
	h.Set(headerQueryID, feed.ID)
	h.Set(headerToken, feed.Token())
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/x-ndjson")
	if o.sse {
		h.Set("Content-Type", "text/event-stream")
	}
	out := &changeWriter{w: w, sse: o.sse, table: o.Table}
	if err := out.flush(); err != nil {
		return
	}
	if err := s.tell(r.Context(), feed, o, out); err != nil {
		out.fail(problemOf(err).json())
		if !o.sse {
			panic(http.ErrAbortHandler) // no client is to take it for the end
		}
	}
}

// tell writes what a feed tells, until it ends or has told enough.
func (s *Server) tell(ctx context.Context, feed *node.Changes, o feedOptions, out *changeWriter) error {
	token := feed.Token()
	for told := int64(0); o.limit == 0 || told < o.limit; {
		beat, cancel := context.WithTimeout(ctx, o.heartbeat)
		next, err := feed.Next(beat)
		cancel()
		switch {
		case err == io.EOF:
			return out.resolved(token, feed)
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			token = feed.Token()
			if err := out.resolved(token, feed); err != nil {
				return nil
			}
			continue
		case ctx.Err() != nil: // the client is gone
			return nil
		case err != nil:
			return err
		}
		if o.limit > 0 {
			next = next[:min(int64(len(next)), o.limit-told)]
		}
		told += int64(len(next))
		token = next[len(next)-1].Token
		if err := out.changes(next); err != nil {
			return nil
		}
	}
	return nil
}

// listFeeds lists who reads changes now.
func (s *Server) listFeeds(w http.ResponseWriter, _ *http.Request) {
	feeds, _ := s.node.Feeds()
	reply(w, feeds)
}
