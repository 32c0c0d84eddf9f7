package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
)

// span is the bytes [Start, End) of a source.
type span struct{ Start, End int64 }

// held is what a table holds of a source already, as the server's ledger says.
type held struct {
	Done  []span `json:"done"`
	Begun []span `json:"begun"` // to be sent again with the same bounds
	Rows  int64  `json:"rows"`  // of Done
}

// region is a part of a source: done, begun, or (neither) new. Regions follow
// one another without gaps; the last is new and has no end.
type region struct {
	span
	done, begun bool
}

const endless = 1<<63 - 1

// regions parts a source by what the table holds of it.
func (h held) regions() []region {
	var known []region
	for _, s := range h.Done {
		known = append(known, region{span: s, done: true})
	}
	for _, s := range h.Begun {
		known = append(known, region{span: s, begun: true})
	}
	slices.SortFunc(known, func(a, b region) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	var out []region
	at := int64(0)
	for _, r := range known {
		if r.Start > at {
			out = append(out, region{span: span{at, r.Start}})
		}
		out, at = append(out, r), r.End
	}
	return append(out, region{span: span{at, endless}})
}

// covers reports whether all bytes up to end are done.
func (h held) covers(end int64) bool {
	return len(h.Done) == 1 && h.Done[0].Start == 0 && h.Done[0].End >= end
}

// sourceID names a source for the ledger: by content, or by the name given,
// and by all that says which rows its bytes become. What can be read only once
// has a name of its own.
func (l *loader) sourceID(file *os.File, f format) (id string, once bool, err error) {
	h := sha256.New()
	switch {
	case l.o.Again:
		h.Write([]byte("again\x00" + l.run + "\x00" + nameOf(file)))
	case l.o.Source != "":
		h.Write([]byte("name\x00" + l.o.Source))
	case file == nil:
		once = true
	default:
		if at, err := file.Seek(0, io.SeekCurrent); err != nil || at != 0 {
			once = true // a pipe: it can be read only once
			break
		}
		if _, err := io.Copy(h, file); err != nil {
			return "", false, fault.E("load: read", fault.IO, err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return "", false, fault.E("load: read", fault.IO, err)
		}
	}
	if once {
		h.Write([]byte("once\x00" + l.run + "\x00" + nameOf(file)))
	}
	put := func(words ...string) { h.Write([]byte("\x00" + strings.Join(words, "\x00"))) }
	put(f.contentType, string(f.comma), l.o.Unknown)
	for _, m := range []map[string]string{l.o.Map, l.o.Units} {
		put("options")
		for _, k := range slices.Sorted(maps.Keys(m)) {
			put(k, m[k])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), once, nil
}

func nameOf(f *os.File) string {
	if f == nil {
		return "-"
	}
	return f.Name()
}

// held asks the server what the table holds of a source. A table that is
// missing, which the load may make, holds nothing.
func (l *loader) held(ctx context.Context, source string) (h held, err error) {
	u := l.base + "/v1/load/" + url.PathEscape(l.o.Table) + "?source=" + source
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return h, fault.E("load", fault.Invalid, err)
	}
	var res *http.Response
	err = l.patiently(ctx, func() (err error) {
		res, err = l.do(req)
		return err
	})
	var p *Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
		return h, fault.E("load: read ledger", fault.Unavailable, err)
	}
	return h, nil
}

// skip reads past the bytes of a region and counts their lines. Of a CSV's
// beginning it returns the names in its first row.
func skip(r io.Reader, n int64, f format, first bool) (lines int64, header []string, err error) {
	buf := make([]byte, 1<<20)
	for n > 0 {
		k, err := io.ReadFull(r, buf[:min(n, int64(len(buf)))])
		if err != nil {
			return lines, header, fault.E("load: read", fault.IO, fault.Hint("did the source change? load it under another name"), err)
		}
		if first && f.quotes && header == nil {
			header = headerOf(bytes.TrimPrefix(buf[:k], []byte("\uFEFF")), f.comma)
		}
		lines += int64(bytes.Count(buf[:k], []byte{'\n'}))
		n -= int64(k)
	}
	return lines, header, nil
}
