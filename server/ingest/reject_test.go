package ingest

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/quindex/quindex/record"
)

// things is a table with a column of most types.
func things() *record.Schema {
	s := &record.Schema{Version: 1}
	for i, f := range []record.Field{
		{Name: "id", Type: record.T(record.Int64), NotNull: true},
		{Name: "name", Type: record.T(record.Text)},
		{Name: "tag", Type: record.T(record.Keyword)},
		{Name: "x", Type: record.T(record.Float64)},
		{Name: "price", Type: record.DecimalType(6, 2)},
		{Name: "at", Type: record.T(record.Timestamp)},
		{Name: "loc", Type: record.T(record.Point)},
		{Name: "ok", Type: record.T(record.Bool)},
		{Name: "doc", Type: record.T(record.JSON)},
		{Name: "tags", Type: record.T(record.KeywordArray)},
	} {
		f.ID = record.ColumnID(i + 1)
		s.Fields = append(s.Fields, f)
	}
	return s
}

// readAll reads everything in batches of a few rows.
func readAll(t testing.TB, r Reader) (ids []int64, rejects []Reject, err error) {
	t.Helper()
	for {
		b, bad, err := r.Next(7)
		rejects = append(rejects, bad...)
		if e := b.Check(things()); e != nil {
			t.Fatal(e)
		}
		ids = append(ids, b.Cols[0].Ints...)
		if err == io.EOF {
			return ids, rejects, nil
		}
		if err != nil {
			return ids, rejects, err
		}
	}
}

// TestBadJSONRows puts each bad row between two good ones: those stay, and the
// reject says where and why.
func TestBadJSONRows(t *testing.T) {
	deep := strings.Repeat("[", 101) + strings.Repeat("]", 101)
	for row, want := range map[string]string{
		`{"id":"seven"}`:                       `line 2, column 7 (id): "seven" is not an integer`,
		`{"id":7.5}`:                           `line 2, column 7 (id): "7.5" is not an integer`,
		`{"id":9223372036854775808}`:           `line 2, column 7 (id): "9223372036854775808" is out of range`,
		`{"id":7,"x":1e999}`:                   `line 2, column 13 (x): "1e999" is out of range`,
		`{"id":7,"price":12345.6}`:             `line 2, column 17 (price): "12345.6" has more digits`,
		`{"id":7,"at":"yesterday"}`:            `line 2, column 14 (at): "yesterday"`,
		`{"id":7,"at":981173106}`:              `line 2, column 14 (at): the number 981173106 needs a unit`,
		`{"id":7,"at":"2001-02-29T00:00:00Z"}`: `line 2, column 14 (at): `,
		`{"id":7,"loc":[200,10]}`:              `line 2, column 15 (loc): the point (200, 10) is outside`,
		`{"id":7,"loc":{"lon":1}}`:             `line 2, column 15 (loc): a point is [lon, lat]`,
		`{"id":7,"loc":7}`:                     `line 2, column 15 (loc): "7" is not a point`,
		`{"id":7,"ok":"perhaps"}`:              `line 2, column 14 (ok): "perhaps" is not true or false`,
		`{"id":7,"tag":["a"]}`:                 `line 2, column 15 (tag): a JSON list in a column of type KEYWORD`,
		`{"id":7,"tag":{"a":1}}`:               `line 2, column 15 (tag): a JSON object in a column of type KEYWORD`,
		`{"id":7,"tags":[[1]]}`:                `line 2, column 16 (tags): `,
		`{"id":7,"nmae":"x"}`:                  `line 2, column 9 (nmae): the table has no column "nmae"`,
		`{"id":7,"id":8}`:                      `line 2, column 9 (id): the key stands twice`,
		`{"id":null}`:                          `line 2, column 7 (id): NULL, and the column is NOT NULL`,
		`{"name":"x"}`:                         `line 2 (id): no value, and the column is NOT NULL`,
		`{"id":7,"name":"é` + "\xff" + `"}`:    `line 2, column 18: invalid UTF-8`,
		`{"id":7,"name":"a` + "\x01" + `"}`:    `line 2, column 18: not JSON: a control character`,
		`{"id":7,"name":"a\q"}`:                `line 2, column 19: not JSON: a backslash begins none of`,
		`{"id":7,"name":"open}`:                `line 2, column 16: not JSON: the string is not closed`,
		`{"id":7,"doc":` + deep + `}`:          `(doc): nested deeper than 100`,
		`{"id":7,}`:                            `line 2, column 9: not JSON: '}' where a key in quotes is expected`,
		`{"id" 7}`:                             `line 2, column 7: not JSON: '7' where a colon is expected`,
		`{"id":7 "x":1}`:                       `line 2, column 9: not JSON: '"' where a comma or the closing bracket`,
		`{"id":07}`:                            `line 2, column 8: not JSON`,
		`{"id":+7}`:                            `line 2, column 7: not JSON: '+' where a value is expected`,
		`{"id":7}}`:                            `line 2, column 9: not JSON: '}' where the end of the line`,
		`{"id":7} {"id":8}`:                    `line 2, column 10: not JSON`,
		`{"id":7`:                              `line 2, column 8: not JSON: the line ends where`,
		`[1,2]`:                                `line 2, column 1: a row is a JSON object, this is a JSON list`,
		`"x"`:                                  `line 2, column 1: a row is a JSON object, this is a string`,
		`nul`:                                  `line 2, column 1: not JSON`,
	} {
		text := `{"id":1,"name":"a","loc":[1,2]}` + "\n" + row + "\n" + `{"id":3,"tags":["x","y"]}` + "\n"
		r, err := NDJSON(strings.NewReader(text), Options{Schema: things()})
		if err != nil {
			t.Fatal(err)
		}
		ids, rejects, err := readAll(t, r)
		if err != nil || fmt.Sprint(ids) != "[1 3]" || len(rejects) != 1 {
			t.Errorf("%s: ids %v, rejects %v, err %v", row, ids, rejects, err)
			continue
		}
		if got := rejects[0].Error(); !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", row, got, want)
		}
		if rejects[0].Text == "" {
			t.Errorf("%s: the reject does not quote the row", row)
		}
	}
}

func TestBadCSVRows(t *testing.T) {
	for row, want := range map[string]string{
		`seven,x`:                `line 3, column 1 (id): "seven" is not an integer`,
		`7`:                      `line 3: 1 field, and the header names 2`,
		`7,a,b`:                  `line 3: 3 fields, and the header names 2`,
		`,x`:                     `line 3 (id): no value, and the column is NOT NULL`,
		`7,"a"b`:                 `line 3, column 6: text after the closing quote`,
		"7,\"\xff\"":             `line 3, column 4: invalid UTF-8`,
		`99999999999999999999,x`: `line 3, column 1 (id): "99999999999999999999" is out of range`,
	} {
		text := "id,name\n1,one\n" + row + "\n3,three\n"
		r, err := CSV(strings.NewReader(text), Options{Schema: things()})
		if err != nil {
			t.Fatal(err)
		}
		ids, rejects, err := readAll(t, r)
		if err != nil || fmt.Sprint(ids) != "[1 3]" || len(rejects) != 1 {
			t.Errorf("%s: ids %v, rejects %v, err %v", row, ids, rejects, err)
			continue
		}
		if got := rejects[0].Error(); !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", row, got, want)
		}
	}
}

func TestCSVHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"":             "the file is empty",
		"id,nmae\n1,x": `no column "nmae"`,
		"id,id\n1,2":   `named twice`,
		"id,\"na\n1,x": `a quoted field is not closed`,
	} {
		if _, err := CSV(strings.NewReader(header), Options{Schema: things()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", header, err, want)
		}
	}
}

// TestUnclosedQuote has a quote that is never closed: the rows up to the limit
// are one reject, and reading goes on behind them.
func TestUnclosedQuote(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name\n1,one\n2,\"open\n")
	for i := range 200 {
		fmt.Fprintf(&b, "%d,row\n", 3+i)
	}
	r, err := CSV(strings.NewReader(b.String()), Options{Schema: things(), MaxRow: 1000})
	if err != nil {
		t.Fatal(err)
	}
	ids, rejects, err := readAll(t, r)
	if err != nil || len(rejects) != 1 || rejects[0].Line != 3 || !strings.Contains(rejects[0].Reason, "not closed within 1000 bytes") {
		t.Fatalf("rejects %v, err %v", rejects, err)
	}
	if len(ids) < 50 || ids[len(ids)-1] != 202 || r.Line() != 204 {
		t.Fatalf("%d rows, the last %d, next line %d", len(ids), ids[len(ids)-1], r.Line())
	}
}

func TestBlankLinesAndMarks(t *testing.T) {
	text := "\uFEFF\r\n" + `{"id":1}` + "\r\n\n  \t\n" + `{"id":"x"}` + "\n" + `{"id":2}`
	r, _ := NDJSON(strings.NewReader(text), Options{Schema: things()})
	ids, rejects, err := readAll(t, r)
	if fmt.Sprint(ids) != "[1 2]" || err != nil || len(rejects) != 1 || rejects[0].Line != 5 {
		t.Fatal(ids, rejects, err)
	}
	text = "\uFEFFid,name\r\n\r\n1,\"two\r\nlines\"\r\nx,y\r\n2,\r\n"
	r, err = CSV(strings.NewReader(text), Options{Schema: things()})
	if err != nil {
		t.Fatal(err)
	}
	b, rejects, err := r.Next(100)
	if err != io.EOF || b.N != 2 || len(rejects) != 1 || rejects[0].Line != 5 {
		t.Fatal(b.N, rejects, err)
	}
	if got := b.Cols[1].Value(0).S; got != "two\r\nlines" {
		t.Fatalf("a quoted line end became %q", got)
	}
	if got := b.Cols[1].Value(1); got.Valid {
		t.Fatalf("an empty field became %v", got)
	}
}

// endless is a line of n bytes that is never in memory at once.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(e.left, int64(len(p))))
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= int64(n)
	return n, nil
}

// TestHugeLine reads lines of a gigabyte, and of many small lines in a quote
// that is never closed, in bounded memory and time.
func TestHugeLine(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 64 << 20
	}
	line := func(before, after string) io.Reader {
		return io.MultiReader(strings.NewReader(before), &endless{size}, strings.NewReader(after))
	}
	for name, c := range map[string]struct {
		open func(io.Reader) (Reader, error)
		text io.Reader
	}{
		"ndjson": {func(r io.Reader) (Reader, error) { return NDJSON(r, Options{Schema: things()}) },
			line(`{"id":1}`+"\n"+`{"name":"`, "\"}\n"+`{"id":2}`+"\n")},
		"csv": {func(r io.Reader) (Reader, error) { return CSV(r, Options{Schema: things()}) },
			line("id,name\n1,one\n3,\"", "\"\n2,two\n")},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, err := c.open(c.text)
		if err != nil {
			t.Fatal(err)
		}
		ids, rejects, err := readAll(t, r)
		runtime.ReadMemStats(&after)
		if err != nil || fmt.Sprint(ids) != "[1 2]" || len(rejects) != 1 || !strings.Contains(rejects[0].Reason, "longer than 16777216 bytes") {
			t.Fatalf("%s: %v %v %v", name, ids, rejects, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
			t.Errorf("%s: %d MB allocated for a line of %d MB", name, used>>20, size>>20)
		}
	}
}
