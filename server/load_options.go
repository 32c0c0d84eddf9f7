package server

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/ingest"
)

// loadParameters are those of POST /v1/load/{table}.
const loadParameters = "on_error create map* time* unknown source start end stage check line header comma"

// separatorBytes is how much of a CSV is looked at for what separates its fields.
const separatorBytes = 64 << 10

// choices reads the parameters that are one of a few words.
func (l *loading) choices() (err error) {
	if l.onError, err = choice("on_error", l.get("on_error"), "abort", "skip", "report"); err != nil {
		return err
	}
	create, err := choice("create", l.get("create"), "", "infer")
	if err != nil {
		return err
	}
	unknown, err := choice("unknown", l.get("unknown"), "", "ignore")
	if err != nil {
		return err
	}
	check, err := choice("check", l.get("check"), "", "1")
	l.create, l.ignore, l.check = create == "infer", unknown == "ignore", check == "1"
	return err
}

// options are those that the query string gives; map=loc:lon,lat, time=dep:us.
func (l *loading) options() (ingest.Options, error) {
	o := ingest.Options{Map: map[string]string{}, Units: map[string]string{}, IgnoreUnknown: l.ignore}
	for _, m := range l.query["map"] {
		column, from, ok := strings.Cut(m, ":")
		if !ok {
			return o, fault.E("load", fault.Invalid, fault.Item("map="+m), fault.Hint("write map=column:field"), "no colon")
		}
		o.Map[column] = from
	}
	for _, u := range l.query["time"] {
		column, unit, ok := strings.Cut(u, ":")
		if !ok {
			return o, fault.E("load", fault.Invalid, fault.Item("time="+u), fault.Hint("write time=column:us"), "no colon")
		}
		o.Units[column] = unit
	}
	if n := l.get("line"); n != "" {
		line, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return o, fault.E("load", fault.Invalid, fault.Item("line="+n), err)
		}
		o.FirstLine = line
	}
	if h := l.get("header"); h != "" {
		if err := json.Unmarshal([]byte(h), &o.Header); err != nil {
			return o, fault.E("load", fault.Invalid, fault.Item("header"), err)
		}
	}
	if c := l.get("comma"); len(c) == 1 {
		o.Comma = c[0]
	} else if c != "" {
		return o, fault.E("load", fault.Invalid, fault.Item("comma="+c), "a separator is one byte")
	}
	return o, nil
}

func contentType(r *http.Request) string {
	ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return ct
}

// plainBody undoes the body's Content-Encoding.
func plainBody(body io.Reader, encoding string) (io.ReadCloser, error) {
	const op = "load: read body"
	switch strings.ToLower(encoding) {
	case "", "identity":
		return io.NopCloser(body), nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, fault.E(op, fault.Invalid, fault.Item(encoding), err)
		}
		return z, nil
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fault.E(op, fault.Invalid, fault.Item(encoding), err)
		}
		return z.IOReadCloser(), nil
	}
	return nil, fault.E(op, fault.Invalid, fault.Item(encoding), fault.Hint("gzip, zstd, or none"), "no such Content-Encoding")
}

// bodyError names what reading the body ran into.
func bodyError(err error) error {
	if _, over := err.(*http.MaxBytesError); over {
		return fault.E("load: read body", fault.TooLarge, err)
	}
	if fault.KindOf(err) != fault.Other {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.E("load: read body", fault.Invalid, "the body is cut off")
	}
	return fault.E("load: read body", fault.Invalid, err)
}
