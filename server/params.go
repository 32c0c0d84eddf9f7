package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
)

// takes lets a request through to h if its query string has no parameters but
// the named ones, once each unless the name ends with "*": one that is mistyped
// and passed over would do what nobody asked for.
func takes(names string, h http.HandlerFunc) http.HandlerFunc {
	known := strings.Fields(names)
	return func(w http.ResponseWriter, r *http.Request) {
		err := checkParameters(r.URL.RawQuery, known)
		if err == nil {
			err = checkHeaders(r.Header)
		}
		if err != nil {
			problemOf(err).write(w)
			return
		}
		h(w, r)
	}
}

// checkParameters compares a query string with the parameters there are.
func checkParameters(query string, known []string) error {
	const op = "server: read parameters"
	var seen [16]string
	given := seen[:0]
	for len(query) > 0 {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		if strings.Contains(pair, ";") { // net/url passes over it
			return fault.E(op, fault.Invalid, fault.Item(pair), fault.Hint("write ; as %3B"), "a semicolon in the query string")
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if _, e := url.QueryUnescape(value); err != nil || e != nil {
			return fault.E(op, fault.Invalid, fault.Item(name), fault.Hint("write % as %25"), errors.Join(err, e))
		}
		switch {
		case slices.Contains(known, name+"*"):
		case !slices.Contains(known, name):
			return fault.E(op, fault.Invalid, fault.Item(name), parameterHint(name, known), "no such parameter")
		case slices.Contains(given, name):
			return fault.E(op, fault.Invalid, fault.Item(name), "the parameter is there twice")
		}
		given = append(given, name)
	}
	return nil
}

func parameterHint(name string, known []string) fault.Hint {
	var names []string
	for _, k := range known {
		names = append(names, strings.TrimSuffix(k, "*"))
	}
	if len(names) == 0 {
		return "this path takes none"
	}
	hint := "there are " + strings.Join(names, ", ")
	if len(names) == 1 {
		hint = "there is " + names[0]
	}
	near := catalog.Nearest(name, names)
	if near == "" {
		near = catalog.Nearest(strings.ToLower(name), names)
	}
	if near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return fault.Hint(hint)
}

// headersIn are the headers of our own that a request may have. Those of answers
// are let through: a client may send back what it got.
var headersIn = []string{headerToken, headerConsistency, headerTimeout, headerPartial, headerQueryID}

var headersOut = []string{headerHarvest, headerTag}

// checkHeaders refuses a header that begins as ours do and is none of them.
func checkHeaders(h http.Header) error {
	for name := range h {
		if !strings.HasPrefix(name, "X-Quindex-") || slices.Contains(headersIn, name) || slices.Contains(headersOut, name) {
			continue
		}
		return fault.E("server: read header", fault.Invalid, fault.Item(name), parameterHint(name, headersIn), "no such header")
	}
	return nil
}

// choice is one of the values that a parameter may have; absent is the first.
func choice(name, value string, of ...string) (string, error) {
	switch {
	case value == "":
		return of[0], nil
	case slices.Contains(of, value):
		return value, nil
	}
	words := slices.DeleteFunc(slices.Clone(of), func(s string) bool { return s == "" })
	hint := "the choices are " + strings.Join(words, ", ")
	if len(words) == 1 {
		hint = "the only choice is " + words[0]
	}
	if near := catalog.Nearest(value, words); near != "" {
		hint = "did you mean " + near + "?"
	}
	return "", fault.E("server: read parameters", fault.Invalid, fault.Item(name+"="+value), fault.Hint(hint), "no such choice")
}

// methods are those that a path may be asked with.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}

// nowhere answers a request that no pattern of mux takes: 405 and the methods
// that would do if the path is one of ours, else 404.
func nowhere(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			if _, pattern := mux.Handler(&http.Request{Method: m, Host: r.Host, URL: r.URL}); pattern != "/" {
				allowed = append(allowed, m)
			}
		}
		err := fault.E("server: find path", fault.NotFound, fault.Item(r.Method+" "+r.URL.Path),
			fault.Hint("statements go to POST /v1/sql, rows to POST /v1/load/TABLE; docs/http.md lists the paths"), "no such path")
		p := problemOf(err)
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			p = problemOf(fault.E("server: find path", fault.Unsupported, fault.Item(r.Method+" "+r.URL.Path),
				fault.Hint("use "+strings.Join(allowed, " or ")), "the path does not take this method"))
			p.Title, p.Status = "method not allowed", http.StatusMethodNotAllowed
		}
		p.write(w)
	}
}
