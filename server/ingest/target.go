package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Options say how the fields of a file become the columns of a table.
type Options struct {
	Schema *record.Schema
	// Map names the file's field of a column where it is not the column's own
	// name; a POINT may name two, "lon,lat".
	Map map[string]string
	// Units gives the unit of numbers in TIMESTAMP columns: s, ms, us or ns.
	Units map[string]string
	// IgnoreUnknown drops fields that no column takes; otherwise they are errors.
	IgnoreUnknown bool
	// MaxRow is the size in bytes of the longest row taken; default 16 MiB.
	MaxRow int
	// FirstLine is the number of the first line, for pieces of a larger file; default 1.
	FirstLine int64
	// Header names the fields of a CSV piece that does not start with a header line.
	Header []string
	// Comma separates the fields of a CSV; default ','.
	Comma byte
}

// MaxRow is the default of Options.MaxRow. A client that cuts files into
// pieces cuts rows over it as the readers do.
const MaxRow = 16 << 20

// batchBytes is how much of a file goes into one batch at most, so that long
// rows make small batches.
const batchBytes = 32 << 20

// Reject is one row that was not taken.
type Reject struct {
	Line   int64  `json:"line"`             // from 1; rows of formats without lines count from 1 too
	Column string `json:"column,omitempty"` // of the table or the file
	At     int    `json:"at,omitempty"`     // character in the line, from 1
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"` // the row, cut at 1,000 bytes
}

func (r Reject) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", r.Line)
	if r.At > 0 {
		fmt.Fprintf(&b, ", column %d", r.At)
	}
	if r.Column != "" {
		fmt.Fprintf(&b, " (%s)", r.Column)
	}
	return b.String() + ": " + r.Reason
}

// Fault returns the reject as the error that ends a load.
func (r Reject) Fault() error {
	why := r.Reason
	if r.Column != "" {
		why = shortName(r.Column) + ": " + why
	}
	return fault.E("load: read row", fault.Invalid, fault.Code("22P02"), why,
		fault.Pos{Line: int(r.Line), Column: max(1, r.At)},
		fault.Hint("mend the row, or keep the good ones with on_error=report or skip (--on-error)"))
}

// maxRejectText is how much of a bad row a Reject quotes.
const maxRejectText = 1000

func quote(row []byte) string {
	if len(row) > maxRejectText {
		row = row[:maxRejectText]
	}
	return strings.ToValidUTF8(string(row), "\uFFFD")
}

// target is where the values of a row go: the columns, what feeds each, and
// the batch being filled.
type target struct {
	opts    Options
	sinks   []sink
	byField map[string]feed
	batch   *record.Batch
}

// sink is one column of the table.
type sink struct {
	field record.Field
	unit  int64 // nanoseconds a unit of an epoch number; 0: numbers are refused
	set   bool  // in the present row
	half  [2]float64
	have  uint8 // which halves of a point the row gave: bits 1 and 2
	pair  bool  // the point comes as two fields
}

// feed says which sink a field of the file goes to, and which half of a point it is.
type feed struct {
	sink int
	half uint8 // 0 whole, 1 longitude, 2 latitude
}

func newTarget(o Options) (*target, error) {
	const op = "load: map columns"
	t := &target{opts: o, byField: map[string]feed{}}
	for said, names := range map[string]map[string]string{"mapped": o.Map, "given a unit": o.Units} {
		for name := range names {
			if o.Schema.Field(name) < 0 {
				return nil, fault.E(op, fault.NotFound, fault.Code("42703"), fault.Item(name),
					fmt.Sprintf("the column that is %s is not in the table%s", said, strings.TrimSuffix(t.others(name), ";")))
			}
		}
	}
	for i, f := range o.Schema.Fields {
		s := sink{field: f}
		if unit, ok := o.Units[f.Name]; ok {
			if s.unit = units[unit]; s.unit == 0 || f.Type.Kind != record.Timestamp {
				return nil, fault.Errorf(op, fault.Invalid, "unit %q of column %q of type %s: wanted s, ms, us or ns of a TIMESTAMP", unit, f.Name, f.Type)
			}
		}
		from := []string{f.Name}
		if m, ok := o.Map[f.Name]; ok {
			from = strings.Split(m, ",")
		}
		s.pair = len(from) == 2 && f.Type.Kind == record.Point
		if len(from) != 1 && !s.pair {
			return nil, fault.Errorf(op, fault.Invalid, "column %q of type %s is mapped to %d fields", f.Name, f.Type, len(from))
		}
		for j, name := range from {
			fd := feed{sink: i}
			if s.pair {
				fd.half = uint8(j + 1)
			}
			t.byField[strings.TrimSpace(name)] = fd
		}
		t.sinks = append(t.sinks, s)
	}
	t.batch = record.NewBatch(o.Schema, 0)
	return t, nil
}

// units are the nanoseconds of each unit of an epoch.
var units = map[string]int64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}

// bad is why a row is refused: a column, a reason, and the byte of the row, or -1.
type bad struct {
	column, reason string
	at             int
}

func badf(column, format string, args ...any) *bad {
	return &bad{column, fmt.Sprintf(format, args...), -1}
}

// place says where the row is bad, unless that is known better already.
func (b *bad) place(at int) *bad {
	if b != nil && b.at < 0 {
		b.at = at
	}
	return b
}

// unknown is the refusal of a field that no column takes.
func (t *target) unknown(field string) *bad {
	if t.opts.IgnoreUnknown {
		return nil
	}
	if field == "" {
		return badf(field, "a field has no name; give it one, or drop such fields (unknown=ignore, --unknown ignore)")
	}
	return badf(field, "the table has no column %q%s map it (map=COLUMN:FIELD, --map COLUMN=FIELD), or drop such fields (unknown=ignore, --unknown ignore)",
		shortName(field), t.others(field))
}

// shortName is a name as a message quotes it: what is taken for one may be a
// line of any length.
func shortName(name string) string {
	const most = 80
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "..."
}

// fewNames are so many that a message can list them all.
const fewNames = 12

// others is what a message says of the columns there are, after one that is not.
func (t *target) others(name string) string {
	var names []string
	for _, f := range t.opts.Schema.Fields {
		if f.Name != name && strings.EqualFold(f.Name, name) {
			return ", did you mean " + f.Name + "?"
		}
		names = append(names, f.Name)
	}
	if slices.Contains(names, name) {
		return ", whose " + name + " is mapped to another field;"
	}
	if near := catalog.Nearest(name, names); near != "" {
		return ", did you mean " + near + "?"
	}
	if more := len(names) - fewNames; more > 1 {
		names = append(names[:fewNames], fmt.Sprintf("%d more", more))
	}
	return " (it has " + strings.Join(names, ", ") + ");"
}

// begin starts a row.
func (t *target) begin() {
	for i := range t.sinks {
		t.sinks[i].set, t.sinks[i].have = false, 0
	}
}

// end gives the columns that the row left out their default, or takes the
// whole row back if it is bad.
func (t *target) end(why *bad) *bad {
	for i := range t.sinks {
		if why != nil {
			break
		}
		why = t.finish(i)
	}
	if why != nil {
		t.undo()
		return why
	}
	t.batch.N++
	return nil
}

// finish completes column i of the present row.
func (t *target) finish(i int) *bad {
	s, c := &t.sinks[i], &t.batch.Cols[i]
	switch {
	case s.have == 3:
		v := record.PointValue(s.half[0], s.half[1])
		if why := checkPoint(v); why != "" {
			return badf(s.field.Name, "%s", why)
		}
		c.Append(v)
	case s.have != 0:
		return badf(s.field.Name, "only one of its two coordinates is there")
	case s.set:
	case s.field.Default.Valid:
		c.Append(s.field.Default)
	case s.field.NotNull:
		return badf(s.field.Name, "no value, and the column is NOT NULL")
	default:
		c.AppendNull()
	}
	return nil
}

// undo takes back what the present row has appended.
func (t *target) undo() {
	for i := range t.batch.Cols {
		if t.batch.Cols[i].N > t.batch.N {
			t.batch.Cols[i].Truncate(t.batch.N)
		}
	}
}

// null records an explicit NULL for column i.
func (t *target) null(i int) *bad {
	s := &t.sinks[i]
	if s.field.NotNull {
		return badf(s.field.Name, "NULL, and the column is NOT NULL")
	}
	s.set = true
	t.batch.Cols[i].AppendNull()
	return nil
}

// text records a value given as text for column i; an empty one counts as
// absent, except for TEXT.
func (t *target) text(i int, text string) *bad {
	s := &t.sinks[i]
	if text == "" && s.field.Type.Kind != record.Text {
		return nil
	}
	if s.field.Type.Kind == record.Timestamp && s.unit > 0 && isInteger(text) {
		return t.epoch(i, text)
	}
	v, err := plan.ParseText(s.field.Type, text)
	if err != nil && s.field.Type.Kind == record.Timestamp && isInteger(text) {
		return t.epoch(i, text)
	}
	if err != nil {
		return badf(s.field.Name, "%s", cause(err))
	}
	return t.put(i, v)
}

// epoch records a number of the column's unit since 1970.
func (t *target) epoch(i int, digits string) *bad {
	s := &t.sinks[i]
	if s.unit == 0 {
		return badf(s.field.Name, "the number %s needs a unit, s, ms, us or ns: time=%s:s (--time %[2]s=s)", digits, s.field.Name)
	}
	v, err := record.ParseText(record.T(record.Int64), digits)
	if err != nil {
		return badf(s.field.Name, "%s", cause(err))
	}
	ns := v.I * s.unit
	if ns/s.unit != v.I {
		return badf(s.field.Name, "the time %s is outside the years 1677 to 2262", digits)
	}
	return t.put(i, record.TimestampValue(ns))
}

// coordinate records one half of a point that comes as two fields.
func (t *target) coordinate(f feed, text string) *bad {
	if text == "" {
		return nil
	}
	s := &t.sinks[f.sink]
	v, err := record.ParseText(record.T(record.Float64), text)
	if err != nil {
		return badf(s.field.Name, "%s", cause(err))
	}
	s.half[f.half-1] = v.F
	s.have |= f.half
	return nil
}

func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}

// cause strips the rooms' names from an error that a person will read beside
// the line it arose on: what is left says which value is wrong, and why.
func cause(err error) string {
	for {
		e, ok := err.(*fault.Error)
		switch {
		case !ok:
			return err.Error()
		case e.Err == nil || strings.HasPrefix(e.Op, `"`):
			return strings.Replace(e.Error(), `": `, `" `, 1)
		}
		err = e.Err
	}
}

// take hands out the rows gathered so far and starts a new batch.
func (t *target) take() *record.Batch {
	b := t.batch
	t.batch = record.NewBatch(t.opts.Schema, b.N)
	return b
}
