package ingest

import (
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestForeignFiles: a file that is of another kind than it is said to be is
// refused as a whole, with what it is and what to do, when its columns are
// inferred, too.
func TestForeignFiles(t *testing.T) {
	f := func(k Kind, text, want, hint string) {
		t.Helper()
		_, err := Open(k, strings.NewReader(text), Options{Schema: things()})
		_, inferred := Infer(k, []byte(text), true, "t", &Options{Map: map[string]string{}})
		for _, err := range []error{err, inferred} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(fault.HintOf(err), hint) || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %.20q: %v, hint %q, want %q, %q", k, text, err, fault.HintOf(err), want, hint)
			}
		}
	}
	f(CSVKind, "\xff\xfei\x00d\x00\n\x00", "UTF-16, want UTF-8", "iconv")
	f(CSVKind, "\xfe\xff\x00i\x00d\x00\n", "UTF-16, want UTF-8", "iconv")
	f(NDJSONKind, "\xff\xfe{\x00\"\x00", "UTF-16, want UTF-8", "iconv")
	f(CSVKind, "PK\x03\x04...", "a ZIP archive or a spreadsheet", "CSV")
	f(CSVKind, "PAR1...", "a Parquet file", "--format parquet")
	f(NDJSONKind, "\x1f\x8b\b", "compressed by gzip", "Content-Encoding: gzip")
	f(NDJSONKind, " [{\"id\":1},\n{\"id\":2}]", "a JSON list", "jq -c '.[]'")
	f(NDJSONKind, "[{\"id\":1},{\"id\":2}]\n", "a JSON list", "jq -c '.[]'")
	f(NDJSONKind, "{\n \"id\": 1\n}\n", "several lines", "jq -c .")
	f(CSVKind, `{"id":1,"name":"x"}`+"\n", "this is JSON", "--format ndjson")
	o := func(k Kind, text, want string) {
		t.Helper()
		if _, err := Open(k, strings.NewReader(text), Options{Schema: things()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %.20q: %v, want %q", k, text, err, want)
		}
	}
	o(ParquetKind, "", "0 bytes that do not begin with PAR1")
	o(ParquetKind, "id,name\n", "this is no Parquet file")
	o(ParquetKind, "PAR1", "4 bytes that do not end with PAR1: the file is cut off")
	o(ParquetKind, "PAR1"+strings.Repeat("x", 100), "the file is cut off")
	o(ArrowKind, "ARROW1\x00\x00", "want an Arrow IPC stream")
	f(CSVKind, "id,name\xfc\n1,x\n", "line 1, column 8: invalid UTF-8 (from Latin-1", "")
	f(CSVKind, "id,name\r1,x\r", "line 1, column 4: its lines end with a carriage return", "tr ")
	f(CSVKind, "\nid,name\n", "the first line is blank", "")
	f(CSVKind, "id,name,id\n", `line 1, column 9: the field "id" is named twice`, "")
}

// TestFirstRowBad: a first row that is bad by itself is one bad row, as any other.
func TestFirstRowBad(t *testing.T) {
	for _, bad := range []string{"[1]", "{", "nonsense", "5"} {
		r, err := NDJSON(strings.NewReader(bad+"\n{\"id\":7}\n"), Options{Schema: things()})
		if err != nil {
			t.Fatal(err)
		}
		if ids, rejects, err := readAll(t, r); err != nil || len(ids) != 1 || len(rejects) != 1 || rejects[0].Line != 1 {
			t.Errorf("%s: rows %v, rejects %v, %v", bad, ids, rejects, err)
		}
	}
}

// TestWordsOfRejects: the reason of a bad row or header says what to do.
func TestWordsOfRejects(t *testing.T) {
	f := func(text, want string, o Options) {
		t.Helper()
		o.Schema = things()
		r, err := CSV(strings.NewReader(text), o)
		var rejects []Reject
		if err == nil {
			_, rejects, err = readAll(t, r)
		}
		if err == nil && len(rejects) == 1 {
			err = rejects[0].Fault()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("id,at\n1,1700000000\n", "load: read row at line 2, column 3: at: the number 1700000000 needs a unit, s, ms, us or ns: time=at:s (--time at=s)", Options{})
	f("id,at\n1,17000000000000000000\n", "at: the number 17000000000000000000 needs a unit", Options{})
	f("id\n1,2\n", "load: read row at line 2, column 1: 2 fields, and the header names 1", Options{})
	f("id,tag\n1\n", "1 field, and the header names 2", Options{})
	f("id,nmae\n1,x\n", `the table has no column "nmae", did you mean name? map it (map=COLUMN:FIELD, --map COLUMN=FIELD)`, Options{})
	f("id,Name\n1,x\n", "did you mean name?", Options{})
	f("id,zzz\n1,x\n", "(it has id, name, tag, x, price, at, loc, ok, doc, tags); map it", Options{})
	f("id,"+strings.Repeat("z", 5000)+"\n1,x\n", strings.Repeat("z", 80)+`..." (it has`, Options{})
	f("id,,x\n1,2,3\n", "line 1, column 4: a field has no name; give it one", Options{})
	f("id\n1\n", "nme: the column that is mapped is not in the table, did you mean name?", Options{Map: map[string]string{"nme": "x"}})
	f("id\n1\n", "att: the column that is given a unit is not in the table, did you mean at?", Options{Units: map[string]string{"att": "s"}})
	f("1,2\n", `the field "id" is named twice`, Options{Header: []string{"id", "id"}})
}
