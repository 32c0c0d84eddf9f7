package ingest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// SampleBytes is how much of a file Infer looks at.
const SampleBytes = 1 << 20

// seen is what a sample says of one field.
type seen struct {
	name   string
	values int
	could  [len(candidates)]bool // each candidate type still fits all values
	long   bool                  // a value of more than maxKeyword bytes or with many words
	exact  record.Type           // of files that tell types; Invalid in others
}

// candidates are the types tried, narrowest first; what fits none is text.
var candidates = [...]record.Type{record.T(record.Bool), record.T(record.Int64), record.T(record.Float64),
	record.T(record.Date), record.T(record.Timestamp), record.T(record.Int64Array), record.T(record.Float64Array), record.T(record.KeywordArray),
	record.T(record.Point), record.T(record.JSON)}

const float = 2 // the place of DOUBLE in candidates

// A string field is TEXT when a value is longer than maxKeyword bytes or has
// more than maxWords words: people search in such, and compare the others.
const (
	maxKeyword = 64
	maxWords   = 6
)

// Infer returns a CREATE TABLE statement for the rows at the beginning of a
// file. Two fields that look like longitude and latitude become one POINT
// column "loc", which o.Map then names.
func Infer(k Kind, sample []byte, whole bool, table string, o *Options) (string, error) {
	var fields []*seen
	var err error
	switch k {
	case NDJSONKind:
		fields, err = inferJSON(cutLines(sample, whole))
	case CSVKind:
		fields, err = inferCSV(cutLines(sample, whole), *o)
	default:
		return "", fault.E("load: infer", fault.Unsupported, fault.Hint("CREATE TABLE first"), "Parquet and Arrow tell their columns by their schema, not by a sample")
	}
	if err != nil {
		return "", err
	}
	if len(fields) == 0 {
		why := fmt.Sprintf("none of the lines in the first %d bytes is %s", len(sample), map[Kind]string{NDJSONKind: "a JSON object", CSVKind: "a header"}[k])
		if len(bytes.TrimSpace(sample)) == 0 {
			why = "it is empty"
		}
		return "", fault.E("load: infer", fault.Invalid, why)
	}
	return createTable(table, fields, o)
}

func createTable(table string, fields []*seen, o *Options) (string, error) {
	fields, err := named(fields, o)
	if err != nil {
		return "", err
	}
	ddl := statement(table, fields, o)
	if _, err := sql.Parse(ddl); err != nil { // a name that is empty, or endless
		return "", fault.E("load: infer", fault.Invalid, fault.Item(quote([]byte(ddl))),
			fault.Hint("CREATE TABLE first, and map its columns to the fields"), fmt.Errorf("the names do not make a table: %v", err))
	}
	return ddl, nil
}

// named are the fields that have a name. Programs that write row numbers first
// leave theirs empty; such a field can only be dropped.
func named(fields []*seen, o *Options) ([]*seen, error) {
	i := slices.IndexFunc(fields, func(f *seen) bool { return f.name == "" })
	if i >= 0 && !o.IgnoreUnknown {
		return nil, fault.E("load: infer", fault.Invalid, fault.Hint("give it one, or drop such fields: unknown=ignore (--unknown ignore)"),
			fmt.Sprintf("field %d has no name", i+1))
	}
	return slices.DeleteFunc(fields, func(f *seen) bool { return f.name == "" }), nil
}

// cutLines drops the line that the sample's end cuts.
func cutLines(sample []byte, whole bool) []byte {
	if i := bytes.LastIndexByte(sample, '\n'); !whole && i >= 0 {
		return sample[:i+1]
	}
	return sample
}

func inferJSON(sample []byte) ([]*seen, error) {
	var fields []*seen
	var p fastjson.Parser
	if err := newLines(bytes.NewReader(sample), Options{}).foreign(NDJSONKind); err != nil {
		return nil, err
	}
	for line := range bytes.Lines(sample) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		v, err := p.ParseBytes(bytes.TrimSpace(line))
		if err != nil {
			continue // the load itself will tell of it
		}
		obj, err := v.Object()
		if err != nil {
			continue
		}
		obj.Visit(func(key []byte, v *fastjson.Value) {
			f := field(&fields, string(key))
			switch v.Type() {
			case fastjson.TypeNull:
			case fastjson.TypeString:
				f.see(string(v.GetStringBytes()))
			default:
				f.see(v.String())
			}
		})
	}
	return fields, nil
}

func inferCSV(sample []byte, o Options) ([]*seen, error) {
	c := &csvReader{lines: newLines(bytes.NewReader(sample), o), comma: o.Comma, header: o.Header}
	if err := c.begin(); err != nil {
		return nil, err
	}
	var fields []*seen
	for _, h := range c.header {
		field(&fields, h)
	}
	for {
		rej, err := c.record()
		if err == io.EOF {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		if rej != nil || len(c.fields) != len(fields) {
			continue
		}
		for i, text := range c.fields {
			fields[i].see(string(text))
		}
	}
}

func field(fields *[]*seen, name string) *seen {
	for _, f := range *fields {
		if f.name == name {
			return f
		}
	}
	f := &seen{name: name}
	for i := range f.could {
		f.could[i] = true
	}
	*fields = append(*fields, f)
	return f
}

// see narrows what the field can be by one value; an empty one says nothing.
func (f *seen) see(text string) {
	if text == "" {
		return
	}
	f.values++
	f.long = f.long || isLong(text)
	for i, t := range candidates {
		if f.could[i] {
			f.could[i] = fits(t, text)
		}
	}
}

func isLong(text string) bool { return len(text) > maxKeyword || strings.Count(text, " ") >= maxWords }

// fits reports whether text is plainly of type t: the inputs that only SQL
// takes for it, such as "yes" for a BOOLEAN, do not count.
func fits(t record.Type, text string) bool {
	switch t.Kind {
	case record.Bool:
		return text == "true" || text == "false"
	case record.Int64Array, record.Float64Array, record.KeywordArray:
		if !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
			return false
		}
	case record.JSON:
		if text[0] != '{' && text[0] != '[' {
			return false
		}
	case record.Point:
		return strings.HasPrefix(text, `{"type":"Point"`) || strings.HasPrefix(text, "POINT")
	case record.Date: // a DATE would take a TIMESTAMP too, and lose the time of day
		if len(text) != len("2006-01-02") || text[0] < '0' || text[0] > '9' {
			return false
		}
	case record.Timestamp:
		if len(text) < len("2006-01-02") || text[0] < '0' || text[0] > '9' {
			return false
		}
	case record.Int64:
		if padded(text) {
			return false
		}
	case record.Float64: // which would round a whole number that BIGINT has no room for
		if c := text[0]; c != '-' && c != '.' && (c < '0' || c > '9') || padded(text) || isInteger(text) && !fits(record.T(record.Int64), text) {
			return false
		}
	}
	_, err := record.ParseText(t, text)
	return err == nil
}

// padded reports whether a number begins with zeros that it would lose: it is a
// code, as of a place or an article, and no quantity.
func padded(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return len(text) > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9'
}

func (f *seen) sqlType() string {
	if f.exact.Kind != record.Invalid && f.exact.Kind != record.Keyword {
		return f.exact.String()
	}
	if f.values > 0 {
		for i, t := range candidates {
			if f.could[i] {
				return t.String()
			}
		}
	}
	if f.long {
		return "TEXT"
	}
	return "KEYWORD"
}

// lonNames and latNames are the names that a pair of coordinates goes by.
var (
	lonNames = []string{"lon", "lng", "long", "longitude", "longitude_deg"}
	latNames = []string{"lat", "latitude", "latitude_deg"}
)

// statement writes the CREATE TABLE. What o says of columns counts: a field that
// is mapped makes the column of that name, two a POINT, and a unit a TIMESTAMP.
func statement(table string, fields []*seen, o *Options) string {
	column, half := map[string]string{}, map[string]bool{} // by name of a field
	for name, from := range o.Map {
		first, second, two := strings.Cut(from, ",")
		column[first] = name
		half[first] = two
		if two {
			half[second] = true
		}
	}
	lon, lat := coordinate(fields, lonNames), coordinate(fields, latNames)
	if lon != nil && lat != nil && column[lon.name]+column[lat.name] == "" && !half[lat.name] &&
		!slices.ContainsFunc(fields, func(f *seen) bool { return f.name == "loc" }) {
		column[lon.name], half[lon.name], half[lat.name] = "loc", true, true
		o.Map["loc"] = lon.name + "," + lat.name
	}
	var columns []string
	for _, f := range fields {
		name, t := cmp.Or(column[f.name], f.name), f.sqlType()
		switch {
		case half[f.name] && column[f.name] == "":
			continue // the column is written where its first half stands
		case half[f.name]:
			t = "POINT"
		case o.Units[name] != "":
			t = "TIMESTAMP"
		}
		columns = append(columns, quoteName(name)+" "+t)
	}
	return "CREATE TABLE " + quoteName(table) + " (" + strings.Join(columns, ", ") + ")"
}

func coordinate(fields []*seen, names []string) *seen {
	for _, f := range fields {
		if slices.Contains(names, strings.ToLower(f.name)) && f.could[float] && f.values > 0 {
			return f
		}
	}
	return nil
}

// quoteName writes a name so that SQL reads back exactly it.
func quoteName(name string) string { return (&sql.Name{Parts: []string{name}}).String() }
