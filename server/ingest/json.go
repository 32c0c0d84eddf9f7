package ingest

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/valyala/fastjson"

	"github.com/quindex/quindex/record"
)

// maxJSONDepth is the nesting a row may have; fastjson itself stops at 300.
const maxJSONDepth = 100

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
	parser fastjson.Parser
	buf    []byte
}

// NDJSON reads one JSON object a line.
func NDJSON(r io.Reader, o Options) (Reader, error) {
	t, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	return &jsonReader{lines: newLines(r, o), target: t}, nil
}

func (r *jsonReader) Line() int64 { return r.lines.number }

func (r *jsonReader) Next(rows int) (*record.Batch, []Reject, error) {
	var rejects []Reject
	for r.target.batch.N < rows && len(rejects) < rows {
		number := r.lines.number
		line, err := r.lines.next()
		if err == nil && len(bytes.TrimSpace(line)) > 0 {
			if rej := r.row(line); rej != nil {
				rej.Line = number
				rejects = append(rejects, *rej)
			}
			continue
		}
		if long, ok := err.(*tooLong); ok {
			rejects = append(rejects, Reject{Line: number, Reason: long.Error(), Text: quote(line)})
			continue
		}
		if err != nil {
			return r.target.take(), rejects, err
		}
	}
	return r.target.take(), rejects, nil
}

// row takes one line, which is not blank.
func (r *jsonReader) row(line []byte) *Reject {
	if at, ok := invalidUTF8(line); !ok {
		return &Reject{At: at, Reason: "invalid UTF-8", Text: quote(line)}
	}
	v, err := r.parser.ParseBytes(line)
	if err != nil {
		at, reason := syntaxAt(line, err)
		return &Reject{At: at, Reason: reason, Text: quote(line)}
	}
	obj, err := v.Object()
	if err != nil {
		return &Reject{At: 1, Reason: "a row is a JSON object, this is a " + v.Type().String(), Text: quote(line)}
	}
	why := r.object(obj)
	if why == nil {
		return nil
	}
	return &Reject{Column: why.column, At: keyAt(line, why.column), Reason: why.reason, Text: quote(line)}
}

func (r *jsonReader) object(obj *fastjson.Object) *bad {
	t := r.target
	t.begin()
	var why *bad
	obj.Visit(func(key []byte, v *fastjson.Value) {
		if why != nil {
			return
		}
		f, ok := t.byField[unsafeString(key)]
		switch {
		case !ok:
			why = t.unknown(string(key))
		case f.half != 0:
			why = r.half(f, v)
		case t.sinks[f.sink].set:
			why = badf(string(key), "the key stands twice in the row")
		default:
			why = r.value(f.sink, v)
		}
	})
	return t.end(why)
}

func (r *jsonReader) half(f feed, v *fastjson.Value) *bad {
	switch v.Type() {
	case fastjson.TypeNull:
		return nil
	case fastjson.TypeNumber:
		s := &r.target.sinks[f.sink]
		s.half[f.half-1] = v.GetFloat64()
		s.have |= f.half
		return nil
	case fastjson.TypeString:
		return r.target.coordinate(f, string(v.GetStringBytes()))
	}
	return badf(r.target.sinks[f.sink].field.Name, "a coordinate is a number, this is %s", v.Type())
}

// value records v for column i, by the fast way where there is one.
func (r *jsonReader) value(i int, v *fastjson.Value) *bad {
	t := r.target
	s, c := &t.sinks[i], &t.batch.Cols[i]
	switch v.Type() {
	case fastjson.TypeNull:
		return t.null(i)
	case fastjson.TypeString:
		text := v.GetStringBytes()
		if k := s.field.Type.Kind; (k == record.Keyword && len(text) > 0) || k == record.Text {
			s.set = true
			c.Append(record.Value{Type: s.field.Type, Valid: true, S: unsafeString(text)})
			return nil
		}
		return t.text(i, string(text))
	case fastjson.TypeNumber:
		return r.number(i, v)
	case fastjson.TypeTrue, fastjson.TypeFalse:
		if s.field.Type.Kind == record.Bool {
			s.set = true
			c.Append(record.BoolValue(v.Type() == fastjson.TypeTrue))
			return nil
		}
		return t.text(i, v.Type().String())
	}
	return r.nested(i, v)
}

func (r *jsonReader) number(i int, v *fastjson.Value) *bad {
	s, c := &r.target.sinks[i], &r.target.batch.Cols[i]
	switch s.field.Type.Kind {
	case record.Int64:
		if n, err := v.Int64(); err == nil {
			s.set = true
			c.Append(record.IntValue(n))
			return nil
		}
	case record.Float64:
		if x, err := v.Float64(); err == nil {
			s.set = true
			c.Append(record.FloatValue(x))
			return nil
		}
	case record.Timestamp:
		return r.target.epoch(i, r.raw(v))
	}
	return r.target.text(i, r.raw(v))
}

// nested records an array or an object.
func (r *jsonReader) nested(i int, v *fastjson.Value) *bad {
	s := &r.target.sinks[i]
	raw := r.raw(v)
	switch k := s.field.Type.Kind; {
	case depth(raw) > maxJSONDepth:
		return badf(s.field.Name, "nested deeper than %d", maxJSONDepth)
	case k == record.JSON:
		return r.target.text(i, raw)
	case k == record.Point:
		return r.point(i, v)
	case s.field.Type.IsArray() && v.Type() == fastjson.TypeArray:
		return r.target.text(i, raw)
	}
	return badf(s.field.Name, "a JSON %s in a column of type %s", v.Type(), s.field.Type)
}

// point reads [lon, lat], {"lon":..,"lat":..} and GeoJSON.
func (r *jsonReader) point(i int, v *fastjson.Value) *bad {
	s, c := &r.target.sinks[i], &r.target.batch.Cols[i]
	lon, lat := v.Get("lon"), v.Get("lat")
	if at := v.Get("coordinates"); at != nil && string(v.GetStringBytes("type")) == "Point" {
		v = at
	}
	if v.Type() == fastjson.TypeArray && len(v.GetArray()) >= 2 {
		lon, lat = v.Get("0"), v.Get("1")
	}
	if lon == nil || lat == nil || lon.Type() != fastjson.TypeNumber || lat.Type() != fastjson.TypeNumber {
		return badf(s.field.Name, `a point is [lon, lat], {"lon": x, "lat": y} or GeoJSON, this is %s`, quote([]byte(r.raw(v))))
	}
	p := record.PointValue(lon.GetFloat64(), lat.GetFloat64())
	if why := checkPoint(p); why != "" {
		return badf(s.field.Name, "%s", why)
	}
	s.set = true
	c.Append(p)
	return nil
}

// raw returns the JSON text of v, valid until the next call.
func (r *jsonReader) raw(v *fastjson.Value) string {
	r.buf = v.MarshalTo(r.buf[:0])
	return unsafeString(r.buf)
}

// depth returns how deep brackets nest in JSON text known to be well formed.
func depth(text string) int {
	deepest, now, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}

// syntaxAt finds where fastjson gave up: it quotes the rest of its input.
func syntaxAt(line []byte, err error) (at int, reason string) {
	text, tail, found := strings.Cut(err.Error(), `; unparsed tail: "`)
	reason = "not JSON: " + strings.TrimPrefix(strings.TrimPrefix(text, "cannot parse JSON: "), "cannot parse ")
	if !found {
		return len(line), reason
	}
	tail = strings.TrimSuffix(tail, `"`)
	head, _, cut := strings.Cut(tail, "...")
	if i := bytes.LastIndex(line, []byte(head)); i >= 0 && (cut || head != "") {
		return 1 + utf8.RuneCount(line[:i]), reason
	}
	return 1 + utf8.RuneCount(line), reason
}

// keyAt returns the character at which a key stands in its line, or 0.
func keyAt(line []byte, key string) int {
	if i := bytes.Index(line, []byte(`"`+key+`"`)); key != "" && i >= 0 {
		return 1 + utf8.RuneCount(line[:i])
	}
	return 0
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

// unsafeString views bytes that outlive their use as a string.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
