package ingest

import (
	"io"
	"unicode/utf8"
	"unsafe"

	"github.com/quindex/quindex/record"
)

// Reader gives the rows of a file as batches. It is used by one goroutine.
type Reader interface {
	// Next returns up to rows rows and the rows refused among them; io.EOF
	// comes with the last of them, or after. Any other error ends the file: the
	// batch and rejects returned with it are still good.
	Next(rows int) (*record.Batch, []Reject, error)
	// Line returns the number of the next line.
	Line() int64
}

type jsonReader struct {
	lines  *lines
	target *target
	scan   scanner
	order  []known // the keys in the order in which rows have had them
}

// known is a key met before and where its values go.
type known struct {
	name string
	feed feed
}

// NDJSON reads one JSON object a line.
func NDJSON(r io.Reader, o Options) (Reader, error) {
	t, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	j := &jsonReader{lines: newLines(r, o), target: t}
	if err := j.lines.foreign(NDJSONKind); err != nil {
		return nil, err
	}
	return j, nil
}

func (r *jsonReader) Line() int64 { return r.lines.number }

func (r *jsonReader) Next(rows int) (*record.Batch, []Reject, error) {
	var rejects []Reject
	for size := 0; r.target.batch.N < rows && len(rejects) < rows && size < batchBytes; size += r.lines.size {
		number := r.lines.number
		line, err := r.lines.next()
		if long, ok := err.(*tooLong); ok {
			rejects = append(rejects, Reject{Line: number, Reason: long.Error(), Text: quote(line)})
			continue
		}
		if err != nil {
			return r.target.take(), rejects, err
		}
		if rej := r.row(line); rej != nil {
			rej.Line, rej.Text = number, quote(line)
			rejects = append(rejects, *rej)
		}
	}
	return r.target.take(), rejects, nil
}

// row takes one line; a blank one holds no row.
func (r *jsonReader) row(line []byte) *Reject {
	if at, ok := invalidUTF8(line); !ok {
		return &Reject{At: at, Reason: notUTF8}
	}
	r.scan.b, r.scan.i = line, 0
	if r.scan.space(); r.scan.i == len(line) {
		return nil
	}
	r.target.begin()
	why := r.target.end(r.object())
	if why == nil {
		return nil
	}
	rej := &Reject{Column: why.column, Reason: why.reason}
	if why.at >= 0 {
		rej.At = 1 + utf8.RuneCount(line[:why.at])
	}
	return rej
}

// object reads the row, and nothing but it.
func (r *jsonReader) object() *bad {
	s := &r.scan
	if s.peek() != '{' {
		start := s.i
		if bad := s.skip(maxJSONDepth); bad != nil {
			return r.broken(bad)
		}
		return badf("", "a row is a JSON object, this is %s", describe(s.b[start])).place(start)
	}
	s.i++
	if s.space(); s.peek() == '}' {
		s.i++
		return r.ended()
	}
	for guess := 0; ; {
		why, next := r.pair(guess)
		if why != nil {
			return why
		}
		guess = next
		if s.space(); s.peek() == '}' {
			s.i++
			return r.ended()
		}
		if bad := s.take(',', "a comma or the closing bracket"); bad != nil {
			return r.broken(bad)
		}
		s.space()
	}
}

// ended sees that nothing follows the row.
func (r *jsonReader) ended() *bad {
	if r.scan.space(); r.scan.i < len(r.scan.b) {
		return r.broken(r.scan.found("the end of the line"))
	}
	return nil
}

func (r *jsonReader) broken(s *syntax) *bad { return &bad{reason: s.reason, at: s.at} }

// pair reads one key with its value. guess is where in order its key may
// stand; next is the guess for the key after it.
func (r *jsonReader) pair(guess int) (why *bad, next int) {
	s, t := &r.scan, r.target
	start := s.i
	if s.peek() != '"' {
		return r.broken(s.found("a key in quotes")), 0
	}
	name, bad := s.str()
	if bad != nil {
		return r.broken(bad), 0
	}
	f, next, ok := r.feedOf(name, guess)
	if !ok {
		if why = t.unknown(string(name)); why != nil {
			return why.place(start), 0
		}
	}
	if bad := s.colon(); bad != nil {
		return r.broken(bad), 0
	}
	switch {
	case !ok:
		if bad := s.skip(maxJSONDepth); bad != nil {
			return r.broken(bad), 0
		}
	case t.sinks[f.sink].set || f.half&t.sinks[f.sink].have != 0:
		return badf(t.sinks[f.sink].field.Name, "the key stands twice in the row").place(start), 0
	case f.half != 0:
		why = r.half(f).place(s.i)
	default:
		value := s.i
		why = r.value(f.sink).place(value)
	}
	return why, next
}

// feedOf finds where the values of a key go. Rows mostly have their keys in
// the order of the rows before, some left out: looking at the few that may be
// next costs less than hashing the key.
func (r *jsonReader) feedOf(name []byte, guess int) (f feed, next int, ok bool) {
	for i := guess; i < min(guess+4, len(r.order)); i++ {
		if string(name) == r.order[i].name {
			return r.order[i].feed, i + 1, true
		}
	}
	if f, ok = r.target.byField[string(name)]; !ok {
		return f, guess, false
	}
	for i := range r.order {
		if string(name) == r.order[i].name {
			return f, i + 1, true
		}
	}
	r.order = append(r.order, known{string(name), f})
	return f, len(r.order), true
}

// half reads one coordinate of a point that comes as two fields.
func (r *jsonReader) half(f feed) *bad {
	s := &r.scan
	switch c := s.peek(); {
	case c == 'n':
		return r.check(s.word("null"))
	case c == '"':
		text, bad := s.str()
		if bad != nil {
			return r.broken(bad)
		}
		return r.target.coordinate(f, unsafeString(text))
	case c == '-' || c >= '0' && c <= '9':
		text, _, bad := s.number()
		if bad != nil {
			return r.broken(bad)
		}
		return r.target.coordinate(f, unsafeString(text))
	}
	return badf(r.target.sinks[f.sink].field.Name, "a coordinate is a number, this is %s", describe(s.peek()))
}

func (r *jsonReader) check(s *syntax) *bad {
	if s == nil {
		return nil
	}
	return r.broken(s)
}

// value reads the value of column i, by the fast way where there is one.
func (r *jsonReader) value(i int) *bad {
	s, t := &r.scan, r.target
	switch c := s.peek(); c {
	case '"':
		text, bad := s.str()
		if bad != nil {
			return r.broken(bad)
		}
		return t.bytes(i, text)
	case '{', '[':
		return r.nested(i)
	case 'n':
		if bad := s.word("null"); bad != nil {
			return r.broken(bad)
		}
		return t.null(i)
	case 't', 'f':
		word := map[byte]string{'t': "true", 'f': "false"}[c]
		if bad := s.word(word); bad != nil {
			return r.broken(bad)
		}
		return t.text(i, word)
	}
	text, whole, bad := s.number()
	if bad != nil {
		return r.broken(s.found("a value"))
	}
	return t.number(i, text, whole)
}

// nested reads a list or an object into a column that can hold one.
func (r *jsonReader) nested(i int) *bad {
	s, f := &r.scan, &r.target.sinks[i].field
	start := s.i
	if bad := s.skip(maxJSONDepth); bad != nil {
		if bad.reason == "nested too deep" {
			return badf(f.Name, "nested deeper than %d", maxJSONDepth)
		}
		return r.broken(bad)
	}
	text := s.b[start:s.i]
	switch k := f.Type.Kind; {
	case k == record.JSON:
		return r.target.put(i, record.Value{Type: f.Type, Valid: true, S: unsafeString(text)})
	case k == record.Point:
		return r.target.point(i, text)
	case f.Type.IsArray() && text[0] == '[', k == record.Geometry && text[0] == '{':
		return r.target.text(i, unsafeString(text))
	}
	return badf(f.Name, "%s in a column of type %s", describe(text[0]), f.Type)
}

// describe names the kind of JSON value that begins with c.
func describe(c byte) string {
	switch c {
	case '{':
		return "a JSON object"
	case '[':
		return "a JSON list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

func invalidUTF8(line []byte) (at int, ok bool) {
	if utf8.Valid(line) {
		return 0, true
	}
	for i := 0; i < len(line); {
		c, size := utf8.DecodeRune(line[i:])
		if c == utf8.RuneError && size <= 1 {
			return 1 + utf8.RuneCount(line[:i]), false
		}
		i += size
	}
	return 0, true
}

// unsafeString views bytes as a string, for a use that ends before they change.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// unsafeBytes views a string as bytes that nobody changes.
func unsafeBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
