package client

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/separator"
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
	if name != "" {
		return format{}, fault.E("choose format", fault.Invalid, fault.Hint("the formats are ndjson, csv, tsv, parquet, arrow"), "no such format "+name)
	}
	return format{}, fault.E("choose format", fault.Invalid,
		fault.Hint("name it .ndjson, .csv, .tsv, .parquet or .arrow (with .gz or .zst), or say --format"), "the name does not tell the format")
}

// separatorBytes is how much of a file is looked at for what separates its fields.
const separatorBytes = 256 << 10

// separate finds out what separates the fields of a CSV, and gives all of r back;
// f is the same if it is a file.
func (l *loader) separate(of *format, r io.Reader, f *os.File) (io.Reader, error) {
	switch {
	case l.o.Comma != 0 && !of.quotes:
		return r, fault.E("load: choose format", fault.Invalid, fault.Item("separator "+string(l.o.Comma)), "only the fields of a CSV have one")
	case l.o.Comma != 0:
		of.comma = l.o.Comma
		return r, nil
	case of.comma != ',' || l.o.Create == "":
		return r, nil
	}
	size := separatorBytes
	if f == nil {
		size = firstRead // more may be long in coming
	}
	begin := bufio.NewReaderSize(r, size)
	head, _ := begin.Peek(size) // an error comes again when it is read
	if text, err := plain(bytes.NewReader(head)); err == nil {
		head, _ = io.ReadAll(io.LimitReader(text, separatorBytes)) // compressed bytes end where they were cut
		of.comma = separator.Find(head)
		text.Close()
	}
	if f != nil {
		if _, err := f.Seek(0, io.SeekStart); err == nil {
			return f, nil
		}
	}
	return begin, nil // a pipe
}

// compressed tells by a file's name that it is longer than it seems.
func compressed(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".gz") || strings.HasSuffix(strings.ToLower(name), ".zst")
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
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		return &whole{ReadCloser: z}, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return &whole{ReadCloser: z.IOReadCloser()}, nil
	}
	return io.NopCloser(r), nil
}

// whole reads what was compressed. Both gzip and zstd say io.ErrUnexpectedEOF of
// a stream that is cut off, which io.ReadFull says of every end: nobody must
// take the one for the other, and half a file for all of it.
type whole struct {
	io.ReadCloser
	n int64
}

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.n += int64(n)
	if err == io.ErrUnexpectedEOF {
		err = fault.Errorf("decompress", fault.Invalid, "the file is cut off: its compressed bytes end after %d bytes of text", w.n)
	}
	return n, err
}
