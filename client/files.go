package client

import (
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/fault"
)

// format is how a file holds its rows.
type format struct {
	contentType string
	lines       bool // may be cut at line ends
	quotes      bool // a line end inside "..." does not end a row
	comma       byte
}

var formats = map[string]format{
	"ndjson":  {contentType: "application/x-ndjson", lines: true},
	"csv":     {contentType: "text/csv", lines: true, quotes: true, comma: ','},
	"tsv":     {contentType: "text/csv", lines: true, quotes: true, comma: '\t'},
	"parquet": {contentType: "application/vnd.apache.parquet"},
	"arrow":   {contentType: "application/vnd.apache.arrow.stream"},
}

var extensions = map[string]string{".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv",
	".tsv": "tsv", ".parquet": "parquet", ".arrow": "arrow", ".arrows": "arrow", ".ipc": "arrow"}

// formatOf tells a file's format by the name given, or its own.
func formatOf(file, name string) (format, error) {
	if name == "" {
		base := strings.ToLower(path.Base(file))
		base = strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".zst")
		name = extensions[path.Ext(base)]
	}
	if f, ok := formats[name]; ok {
		return f, nil
	}
	return format{}, fault.E("load: choose format", fault.Invalid, fault.Item(file),
		fault.Hint("name it .ndjson, .csv, .tsv, .parquet or .arrow (with .gz or .zst), or say --format"), "the name does not tell the format")
}

// plain undoes the compression that a file's first bytes tell of.
func plain(r io.Reader) (io.ReadCloser, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(r)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}

// piece is a part of a file that holds whole rows.
type piece struct {
	file   *source
	number int   // from 0
	line   int64 // of its first line
	data   []byte
	last   bool
}

// cutter cuts a stream into pieces at row ends.
type cutter struct {
	r       io.Reader
	size    int
	quotes  bool
	rest    []byte
	line    int64
	noMore  bool
	maxRest int
}

// next returns the next piece, or io.EOF. A row longer than a piece makes a
// longer piece, up to maxRest: then the server is left to refuse it.
func (c *cutter) next() ([]byte, int64, error) {
	buf := make([]byte, len(c.rest), max(c.size, len(c.rest)+c.size/2))
	copy(buf, c.rest)
	line := c.line
	for {
		if !c.noMore {
			n, err := io.ReadFull(c.r, buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				c.noMore = true
			} else if err != nil {
				return nil, 0, err
			}
		}
		end := len(buf)
		if !c.noMore {
			end = c.rowEnd(buf)
		}
		if end > 0 || c.noMore || len(buf) > c.maxRest {
			if end == 0 {
				end = len(buf)
			}
			if end == 0 {
				return nil, 0, io.EOF
			}
			c.rest = buf[end:]
			c.line += int64(bytes.Count(buf[:end], []byte{'\n'}))
			return buf[:end:end], line, nil
		}
		buf = append(make([]byte, 0, 2*cap(buf)), buf...)
	}
}

// rowEnd returns where the last whole row of buf ends, or 0. In quoted
// formats a line end counts only after an even number of quotes.
func (c *cutter) rowEnd(buf []byte) int {
	if !c.quotes {
		return bytes.LastIndexByte(buf, '\n') + 1
	}
	open := bytes.Count(buf, []byte{'"'})%2 == 1
	for i := len(buf) - 1; i >= 0; i-- {
		switch {
		case buf[i] == '"':
			open = !open
		case buf[i] == '\n' && !open:
			return i + 1
		}
	}
	return 0
}
