package format

import (
	"io"
	"mime"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
)

// Writer writes one result: Begin, any number of Chunk, then End or Fail. It
// is used by one goroutine. After Fail no reader can take what was written
// for a whole result.
type Writer interface {
	Begin(columns []plan.Column) error
	Chunk(c *plan.Chunk) error
	// End closes the result; stats is what the server has to say besides the
	// rows, as JSON, for the formats that have a place for it.
	End(stats []byte) error
	// Fail ends a result that had begun with the problem, as JSON.
	Fail(problem []byte) error
}

// Format is a way of writing a result.
type Format struct {
	Name        string
	ContentType string
	New         func(w io.Writer) Writer
}

// All lists the formats; the first is the default.
var all = []Format{
	{"json", "application/json", func(w io.Writer) Writer { return &jsonWriter{w: w} }},
	{"ndjson", "application/x-ndjson", func(w io.Writer) Writer { return &ndjsonWriter{w: w} }},
	{"csv", "text/csv; charset=utf-8", func(w io.Writer) Writer { return &csvWriter{w: w} }},
	{"table", "text/plain; charset=utf-8", func(w io.Writer) Writer { return &tableWriter{w: w} }},
	{"arrow", "application/vnd.apache.arrow.stream", func(w io.Writer) Writer { return &arrowWriter{w: w} }},
	{"parquet", "application/vnd.apache.parquet", func(w io.Writer) Writer { return &parquetWriter{w: w} }},
}

// Default is json.
func Default() Format { return all[0] }

// Names returns the names of all formats.
func Names() []string {
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names
}

// ByName returns the format called name.
func ByName(name string) (Format, error) {
	for _, f := range all {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fault.E("format: choose", fault.Invalid, fault.Item(name),
		fault.Hint("formats are "+strings.Join(Names(), ", ")), "no such format")
}

// ByAccept returns the first format that an Accept header names; */* and what
// we do not know are the default.
func ByAccept(accept string) Format {
	if accept == "" || accept == "*/*" {
		return Default()
	}
	for part := range strings.SplitSeq(accept, ",") {
		want, _, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		for _, f := range all {
			if have, _, _ := strings.Cut(f.ContentType, ";"); have == want {
				return f
			}
		}
	}
	return Default()
}
