package server

import (
	"encoding/json"
	"net/http"

	"github.com/quindex/quindex/fault"
)

// problem is an error as RFC 9457 wants it, with quindex's members.
type problem struct {
	Type      string     `json:"type"`
	Title     string     `json:"title"`
	Status    int        `json:"status"`
	Code      fault.Code `json:"code"` // SQLSTATE
	Detail    string     `json:"detail"`
	Position  *position  `json:"position,omitempty"`
	Hint      string     `json:"hint,omitempty"`
	Retryable bool       `json:"retryable"`
	Extra     any        `json:"load,omitempty"`
}

type position struct {
	Offset int `json:"offset"`
	Line   int `json:"line"`
	Column int `json:"column"`
}

// statuses is the one table from kinds of faults to HTTP.
var statuses = map[fault.Kind]int{
	fault.Syntax:      http.StatusBadRequest,
	fault.Invalid:     http.StatusBadRequest,
	fault.NotFound:    http.StatusNotFound,
	fault.Exists:      http.StatusConflict,
	fault.Conflict:    http.StatusConflict,
	fault.Unsupported: http.StatusNotImplemented,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
	fault.Limit:       http.StatusUnprocessableEntity,
	fault.Overload:    http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.Timeout:     http.StatusGatewayTimeout,
	fault.Canceled:    499, // client closed request, as nginx has it
	fault.Permission:  http.StatusForbidden,
}

// problemOf describes err. A wrong name in a statement is 400 unless it is
// the table's: that is 404.
func problemOf(err error) problem {
	kind, code := fault.KindOf(err), fault.CodeOf(err)
	status := statuses[kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if kind == fault.NotFound && code != "42P01" {
		status = http.StatusBadRequest
	}
	if code == "53100" { // the disk is full, which is not the client's pace
		status = http.StatusInsufficientStorage
	}
	if code == "72000" { // what is asked for was there
		status = http.StatusGone
	}
	p := problem{Type: "about:blank", Title: kind.String(), Status: status, Code: code, Detail: err.Error(),
		Hint: fault.HintOf(err), Retryable: fault.Retryable(err)}
	if at := fault.PosOf(err); !at.IsZero() {
		p.Position = &position{at.Offset, at.Line, at.Column}
	}
	return p
}

func (p problem) json() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		return []byte(`{"title":"internal error","status":500}`)
	}
	return b
}

// write sends p as the whole answer.
func (p problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusInsufficientStorage:
		w.Header().Set("Retry-After", "10")
	}
	w.WriteHeader(p.Status)
	w.Write(append(p.json(), '\n'))
}
