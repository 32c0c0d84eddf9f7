package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/format"
	"github.com/quindex/quindex/server/node"
)

// Headers of the protocol.
const (
	headerToken       = "X-Quindex-Token"
	headerConsistency = "X-Quindex-Consistency"
	headerTimeout     = "X-Quindex-Timeout"
	headerPartial     = "X-Quindex-Partial"
	headerHarvest     = "X-Quindex-Harvest"
	headerQueryID     = "X-Quindex-Query-Id"
	headerTag         = "X-Quindex-Tag" // of a statement without rows
	headerKey         = "Idempotency-Key"
)

// sqlPost runs the statement in the body: SQL text, or {"sql":..,"params":[..]}.
func (s *Server) sqlPost(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r, s.opts.MaxSQL)
	if err != nil {
		problemOf(err).write(w)
		return
	}
	req := node.Request{SQL: string(body)}
	if isJSON(r) || bytes.HasPrefix(bytes.TrimSpace(body), []byte{'{'}) { // no statement begins with a brace
		if req, err = parseJSONRequest(body); err != nil {
			problemOf(err).write(w)
			return
		}
	}
	s.statement(w, r, req)
}

func isJSON(r *http.Request) bool {
	said := r.Header.Get("Content-Type")
	if said == "" {
		return false
	}
	ct, _, _ := mime.ParseMediaType(said)
	return ct == "application/json"
}

// sqlGet runs ?q=, which may only read.
func (s *Server) sqlGet(w http.ResponseWriter, r *http.Request) {
	s.statement(w, r, node.Request{SQL: r.URL.Query().Get("q"), ReadOnly: true})
}

// readBody reads a body of at most limit bytes. Room for what a client says that
// it sends is made at once only if that is little.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= min(limit, 64<<10) {
		body := make([]byte, n)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, fault.E("server: read body", fault.Invalid, err)
		}
		return body, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body, nil
	}
	if _, over := err.(*http.MaxBytesError); over {
		return nil, fault.E("server: read body", fault.TooLarge, fmt.Sprintf("the body is over %d bytes", limit))
	}
	return nil, fault.E("server: read body", fault.Invalid, err)
}

func parseJSONRequest(body []byte) (node.Request, error) {
	var in struct {
		SQL    string `json:"sql"`
		Params []any  `json:"params"`
	}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	err := dec.Decode(&in)
	if _, more := dec.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more behind the JSON object")
	}
	if err != nil {
		return node.Request{}, fault.E("server: read statement", fault.Invalid, jsonReason(err),
			fault.Hint(`the body is {"sql": "...", "params": [...]}, or SQL text without Content-Type: application/json`))
	}
	req := node.Request{SQL: in.SQL}
	for i, p := range in.Params {
		v, err := paramValue(p)
		if err != nil {
			return node.Request{}, fault.E("server: read statement", fault.Invalid, fault.Errorf("", fault.Invalid, "params[%d]: %w", i, err))
		}
		req.Params = append(req.Params, v)
	}
	return req, nil
}

// jsonReason says in the words of JSON what is wrong with a body: the words of
// its decoder are those of Go.
func jsonReason(err error) error {
	var wrong *json.UnmarshalTypeError
	switch err {
	case io.EOF:
		return errors.New("the body is empty")
	case io.ErrUnexpectedEOF:
		return errors.New("the body ends in the midst of the JSON")
	}
	if !errors.As(err, &wrong) {
		return err
	}
	want := map[reflect.Kind]string{reflect.Struct: "an object", reflect.String: "a string", reflect.Slice: "an array"}[wrong.Type.Kind()]
	if wrong.Field == "" {
		return fmt.Errorf("the body is a JSON %s, want %s", wrong.Value, want)
	}
	return fmt.Errorf("%q is a JSON %s, want %s", wrong.Field, wrong.Value, want)
}

// paramValue gives a JSON value the narrowest type that holds it.
func paramValue(p any) (record.Value, error) {
	switch p := p.(type) {
	case nil:
		return record.NullOf(record.T(record.Null)), nil
	case bool:
		return record.BoolValue(p), nil
	case string:
		return record.KeywordValue(p), nil
	case json.Number:
		if v, err := record.ParseText(record.T(record.Int64), p.String()); err == nil {
			return v, nil
		}
		return record.ParseText(record.T(record.Float64), p.String())
	case []any:
		b, _ := json.Marshal(p)
		kind := record.KeywordArray
		if len(p) > 0 {
			if _, number := p[0].(json.Number); number {
				kind = record.Float64Array
			}
		}
		return record.ParseText(record.T(kind), string(b))
	}
	var object strings.Builder
	enc := json.NewEncoder(&object)
	enc.SetEscapeHTML(false)
	err := enc.Encode(p) // its numbers are json.Number and keep their digits
	return record.KeywordValue(strings.TrimSpace(object.String())), err
}

// fill takes what headers and query string say about running a statement.
func fill(req *node.Request, r *http.Request) (err error) {
	const op = "server: read request"
	if t, where := first(r, headerTimeout, "timeout"); t != "" {
		if req.Timeout, err = time.ParseDuration(t); err != nil || req.Timeout <= 0 {
			return fault.E(op, fault.Invalid, fault.Item(where), fault.Hint("write 500ms, 10s or 2m"), "not a duration: "+t)
		}
	}
	switch c, where := first(r, headerConsistency, "consistency"); c {
	case "", "local", "session":
	case "strong":
		req.Strong = true
	default:
		return fault.E(op, fault.Invalid, fault.Item(where), fault.Hint("local, session or strong"), "not a consistency: "+c)
	}
	if p := r.Header.Get(headerPartial); p != "" && p != "allow" {
		return fault.E(op, fault.Invalid, fault.Item(headerPartial), "the only value is allow")
	}
	if req.Token, err = node.ParseToken(r.Header.Get(headerToken)); err != nil {
		return err
	}
	if k := r.Header.Get(headerKey); k != "" {
		req.Key = keyOf(k)
	}
	req.ID = r.Header.Get(headerQueryID)
	return nil
}

// first is what a header says, else the query string, and which of them says it.
func first(r *http.Request, header, query string) (value, where string) {
	if v := r.Header.Get(header); v != "" {
		return v, header
	}
	return argument(r, query), "?" + query
}

// argument is one of the query string.
func argument(r *http.Request, name string) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get(name)
}

func chooseFormat(r *http.Request) (format.Format, error) {
	if name := argument(r, "format"); name != "" {
		return format.ByName(name)
	}
	return format.ByAccept(r.Header.Get("Accept")), nil
}

// statement runs req and writes its answer.
func (s *Server) statement(w http.ResponseWriter, r *http.Request, req node.Request) {
	start := time.Now()
	out, err := chooseFormat(r)
	if err == nil {
		err = fill(&req, r)
	}
	if err != nil {
		problemOf(err).write(w)
		return
	}
	res, err := s.node.Run(r.Context(), req)
	defer func() { s.slow(req, res, start, err) }()
	if err != nil {
		s.metrics.statement(false, time.Since(start))
		problemOf(err).write(w)
		return
	}
	err = s.answer(r.Context(), w, out, res, start)
	s.metrics.statement(err == nil, time.Since(start))
}

// slow tells the log of a statement that took long.
func (s *Server) slow(req node.Request, res *node.Result, start time.Time, err error) {
	took := time.Since(start)
	if s.opts.SlowQuery < 0 || took < s.opts.SlowQuery {
		return
	}
	id, text := req.ID, req.SQL
	if res != nil {
		id = res.ID
	}
	if len(text) > 2000 {
		text = strings.ToValidUTF8(text[:2000], "") + "..."
	}
	s.opts.Logger.Warn("slow statement", "ms", took.Milliseconds(), "query", id, "err", err, "sql", text)
}

// stats is what an answer says besides its rows.
type stats struct {
	Tag      string  `json:"tag"`
	Rows     int64   `json:"rows"`
	Affected int64   `json:"affected,omitempty"`
	Millis   float64 `json:"ms"`
	Query    string  `json:"query"`
}

// append appends st as encoding/json writes it.
func (st *stats) append(b []byte) []byte {
	b = record.AppendJSON(append(b, `{"tag":`...), record.TextValue(st.Tag))
	b = strconv.AppendInt(append(b, `,"rows":`...), st.Rows, 10)
	if st.Affected != 0 {
		b = strconv.AppendInt(append(b, `,"affected":`...), st.Affected, 10)
	}
	b = strconv.AppendFloat(append(b, `,"ms":`...), st.Millis, 'f', -1, 64)
	b = record.AppendJSON(append(b, `,"query":`...), record.TextValue(st.Query))
	return append(b, '}')
}

// answer streams a result. The first chunk is fetched before the status goes
// out, so that a statement which fails at once gets its own status.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, out format.Format, res *node.Result, start time.Time) error {
	st := stats{Tag: res.Tag, Affected: res.Affected, Query: res.ID}
	if res.Rows == nil {
		s.headers(w, res, start)
		w.Header().Set(headerTag, res.Tag)
		w.Header().Set("Content-Type", "application/json")
		st.Millis = millis(start)
		return json.NewEncoder(w).Encode(map[string]any{"columns": []any{}, "rows": []any{}, "stats": st})
	}
	defer res.Rows.Close()
	chunk, err := res.Rows.Next(ctx)
	if err != nil && err != io.EOF {
		problemOf(err).write(w)
		return err
	}
	s.headers(w, res, start)
	w.Header().Set("Content-Type", out.ContentType)
	writer := out.New(w)
	if e := writer.Begin(res.Columns); e != nil {
		return e
	}
	for err == nil {
		st.Rows += int64(chunk.N)
		if e := writer.Chunk(chunk); e != nil {
			return e // the client is gone
		}
		chunk, err = res.Rows.Next(ctx)
	}
	if err != io.EOF {
		writer.Fail(problemOf(err).json())
		http.NewResponseController(w).Flush()
		s.opts.Logger.Warn("a result broke off", "query", res.ID, "err", err)
		panic(http.ErrAbortHandler) // leaves the last chunk unfinished: no client takes this for a whole result
	}
	st.Millis = millis(start)
	return writer.End(st.append(nil))
}

func (s *Server) headers(w http.ResponseWriter, res *node.Result, start time.Time) {
	h := w.Header()
	h.Set(headerQueryID, res.ID)
	token := ""
	if res.Seen != nil {
		token = res.Seen.String()
		answered, asked := res.Seen.Harvest()
		h.Set(headerHarvest, strconv.Itoa(answered)+"/"+strconv.Itoa(asked))
	} else {
		token = res.Token.String()
	}
	if token != "" {
		h.Set(headerToken, token)
	}
	h.Set("Server-Timing", "first;dur="+strconv.FormatFloat(millis(start), 'f', 3, 64))
}

func millis(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }

func stack() string { return string(debug.Stack()) }
