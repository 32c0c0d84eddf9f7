package wire

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// verdict is what the beginning of a connection's bytes is.
type verdict int

const (
	other verdict = iota // net/http may know
	more                 // the beginning of a plain request
	plain                // a plain request
)

// most is how many bytes a plain request has, with its body.
const most = 8 << 10

var (
	lineEnd = []byte("\r\n")
	headEnd = []byte("\r\n\r\n")
	version = []byte(" HTTP/1.1")
)

// parse reads one request, and says how many bytes it has. A plain one is
// of the kind that any client sends: GET, or POST with a Content-Length, in HTTP/1.1,
// one Host, nothing folded, nothing that needs an answer of its own. What it
// is not sure of is other. Its body, the last ContentLength bytes, is left to
// the caller, and so is the context: what r has else is written over.
func parse(r *http.Request, b []byte) (int, verdict) {
	end := bytes.Index(b, headEnd)
	if end < 0 {
		if len(b) >= most || !isMethod(b) {
			return 0, other
		}
		return 0, more
	}
	line, fields, _ := bytes.Cut(b[:end+len(lineEnd)], lineEnd)
	r.Proto, r.ProtoMajor, r.ProtoMinor, r.Header = "HTTP/1.1", 1, 1, make(http.Header, 8)
	if !parseLine(r, line) || !parseFields(r, fields) {
		return 0, other
	}
	n := end + len(headEnd) + int(r.ContentLength)
	switch {
	case n > most:
		return 0, other
	case n > len(b):
		return 0, more
	}
	return n, plain
}

// isMethod reports whether b may be the beginning of a plain request.
func isMethod(b []byte) bool {
	for _, m := range []string{"GET /", "POST /"} {
		if n := min(len(b), len(m)); string(b[:n]) == m[:n] {
			return true
		}
	}
	return false
}

// parseLine reads "POST /v1/sql?format=csv HTTP/1.1".
func parseLine(r *http.Request, line []byte) bool {
	rest, ok := bytes.CutSuffix(line, version)
	if !ok {
		return false
	}
	if target, ok := bytes.CutPrefix(rest, []byte("GET ")); ok {
		r.Method, rest = http.MethodGet, target
	} else if target, ok := bytes.CutPrefix(rest, []byte("POST ")); ok {
		r.Method, rest = http.MethodPost, target
	} else {
		return false
	}
	if len(rest) == 0 || rest[0] != '/' {
		return false
	}
	r.RequestURI = string(rest)
	path, query, asks := strings.Cut(r.RequestURI, "?")
	if asks && query == "" || strings.Contains(path, "//") {
		return false
	}
	for i := range len(path) {
		if !isWord(path[i]) && !strings.ContainsRune("/._-", rune(path[i])) {
			return false
		}
	}
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	r.URL = &url.URL{Path: path, RawQuery: query}
	return true
}

// parseFields reads the lines of a head, each with its end.
func parseFields(r *http.Request, b []byte) bool {
	hosts, lengths := 0, 0
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, lineEnd)
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 {
			return false
		}
		for _, c := range line[:colon] {
			if !isWord(c) && c != '-' && c != '_' {
				return false
			}
		}
		for _, c := range line[colon+1:] {
			if c < ' ' || c >= 0x7f {
				return false
			}
		}
		name, value := textproto.CanonicalMIMEHeaderKey(string(line[:colon])), strings.Trim(string(line[colon+1:]), " ")
		switch name {
		case "Host":
			hosts++
			r.Host = value
			continue
		case "Content-Length":
			lengths++
			if r.ContentLength = lengthOf(value); r.ContentLength < 0 {
				return false
			}
		case "Connection":
			if !strings.EqualFold(value, "keep-alive") {
				return false
			}
		case "Transfer-Encoding", "Expect", "Upgrade", "Trailer", "Te", "Pragma":
			return false
		}
		r.Header[name] = append(r.Header[name], value)
	}
	return hosts == 1 && isHost(r.Host) && lengths == bodies(r.Method)
}

// bodies is how many lengths of a body there must be.
func bodies(method string) int {
	if method == http.MethodPost {
		return 1
	}
	return 0
}

// lengthOf is the number in a Content-Length; -1 for what is none, or too long.
func lengthOf(s string) (n int64) {
	if s == "" || len(s) > 5 {
		return -1
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n
}

func isHost(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) && !strings.ContainsRune(".-:[]", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
