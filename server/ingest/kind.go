package ingest

import (
	"io"

	"github.com/quindex/quindex/fault"
)

// Kind is a file format.
type Kind uint8

const (
	NDJSONKind Kind = iota
	CSVKind
	ParquetKind
	ArrowKind
)

var contentTypes = map[string]Kind{
	"application/x-ndjson": NDJSONKind, "application/ndjson": NDJSONKind, "application/jsonl": NDJSONKind, "application/json": NDJSONKind,
	"text/csv": CSVKind, "application/vnd.apache.parquet": ParquetKind,
	"application/vnd.apache.arrow.stream": ArrowKind,
}

// KindOf returns the kind of a media type.
func KindOf(contentType string) (Kind, error) {
	if k, ok := contentTypes[contentType]; ok {
		return k, nil
	}
	if contentType == "application/x-www-form-urlencoded" || contentType == "multipart/form-data" {
		return 0, fault.E("load: choose format", fault.Invalid, fault.Item(contentType),
			fault.Hint("with curl: -H 'Content-Type: text/csv' --data-binary @FILE"), "a form is no format of rows")
	}
	return 0, fault.E("load: choose format", fault.Invalid, fault.Item(contentType),
		fault.Hint("Content-Type is application/x-ndjson, text/csv, application/vnd.apache.parquet or application/vnd.apache.arrow.stream"),
		"no such format of rows")
}

// Open starts reading rows of kind k.
func Open(k Kind, r io.Reader, o Options) (Reader, error) {
	switch k {
	case CSVKind:
		return CSV(r, o)
	case ParquetKind:
		return Parquet(r, o)
	case ArrowKind:
		return Arrow(r, o)
	}
	return NDJSON(r, o)
}
