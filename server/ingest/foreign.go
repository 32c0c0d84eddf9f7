package ingest

import (
	"bytes"
	"fmt"

	"github.com/quindex/quindex/fault"
)

// magics are how files begin that are sent as text by mistake.
var magics = []struct{ head, what, hint string }{
	{"\xff\xfe", "the text is in UTF-16, want UTF-8", "iconv -f UTF-16 -t UTF-8 FILE"},
	{"\xfe\xff", "the text is in UTF-16, want UTF-8", "iconv -f UTF-16 -t UTF-8 FILE"},
	{"PK\x03\x04", "this is a ZIP archive or a spreadsheet, want text", "unpack it, or save the sheet as CSV"},
	{"PAR1", "this is a Parquet file", "send it as one: Content-Type: application/vnd.apache.parquet (--format parquet)"},
	{"ARROW1", "this is an Arrow file, want text", "write it as an Arrow stream or as Parquet"},
	{"\x1f\x8b", "this is compressed by gzip", "say so: Content-Encoding: gzip"},
	{"\x28\xb5\x2f\xfd", "this is compressed by zstd", "say so: Content-Encoding: zstd"},
	{"------", "this is a form, want the rows alone", "curl --data-binary @FILE"},
	{"BZh", "this is compressed by bzip2", "bzcat FILE | quindex load -"},
	{"\xfd7zXZ", "this is compressed by xz", "xzcat FILE | quindex load -"},
}

// foreign refuses a text whose beginning says that it is something else: each of
// its rows would be bad, for a reason that misses the point.
func (l *lines) foreign(k Kind) error {
	if l.number != 1 {
		return nil
	}
	head, _ := l.r.Peek(512) // an error comes again when it is read
	if k == NDJSONKind {
		first, rest, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte{'\n'})
		switch first = bytes.TrimSpace(first); {
		case len(first) > 0 && first[0] == '[' && (first[len(first)-1] != ']' || len(bytes.TrimSpace(rest)) == 0): // else it is one bad row
			return notRows(k, "the rows are a JSON list, want one object a line", "jq -c '.[]' FILE")
		case string(first) == "{" && bytes.HasPrefix(bytes.TrimSpace(rest), []byte{'"'}):
			return notRows(k, "the object goes over several lines, want one object a line", "jq -c . FILE")
		}
	} else if bytes.HasPrefix(head, []byte(`{"`)) {
		return notRows(k, "this is JSON", "send it as that: Content-Type: application/x-ndjson (--format ndjson)")
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.head)) {
			return notRows(k, m.what, m.hint)
		}
	}
	return nil
}

func notRows(k Kind, what, hint string) error {
	op := fmt.Sprintf("load: read %s", k)
	return fault.E(op, fault.Invalid, fault.Code("22P02"), fault.Pos{Line: 1, Column: 1}, fault.Hint(hint), what)
}

// String is the name of a kind in a message.
func (k Kind) String() string { return [...]string{"NDJSON", "CSV", "Parquet", "Arrow"}[k] }

// notUTF8 is why a row is refused that is in another encoding.
const notUTF8 = "invalid UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE)"
