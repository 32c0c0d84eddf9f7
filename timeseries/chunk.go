package timeseries

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A chunk is the rows of one interval of time, [k*width, (k+1)*width) since
// 1970 UTC, k being negative before. Its name is the interval's first moment
// in RFC 3339, so that names tell the time and, for years of four digits,
// sort by it. Rows without a time are in a chunk of their own.

const (
	day = 24 * time.Hour
	// defaultChunk holds thousands of rows a series at the usual rates: at
	// 2,000 rows a series and chunk the directory is below 1 % of the bytes.
	defaultChunk = day
	// TimelessChunk is the name of the chunk of rows whose time is NULL.
	TimelessChunk = "none"
	// nearDays is how many days from 1970 a year has surely four digits.
	nearDays = 700_000
)

// chunk is the width of a table's chunks in units of its time column:
// nanoseconds, or days for a DATE.
type chunk struct {
	width int64
	days  bool
}

// chunkOf reads the option chunk of def.
func chunkOf(def engines.IndexDef) (chunk, error) {
	width, err := ParseWidth(def.Options["chunk"])
	if err != nil {
		return chunk{}, err
	}
	if def.Fields[0].Type.Kind == record.Date {
		return chunk{max(1, int64(width/day)), true}, nil
	}
	return chunk{int64(width), false}, nil
}

// ParseWidth returns the width of a chunk: an interval of a fixed length such
// as '30 days' or '6h', at least a second. "" is the default, a day.
func ParseWidth(s string) (time.Duration, error) {
	if s == "" {
		return defaultChunk, nil
	}
	v, err := record.ParseText(record.T(record.Interval), s)
	if err != nil {
		return 0, fault.E("timeseries: chunk", fault.Invalid, fault.Item(s), err)
	}
	if v.Span.Months != 0 {
		return 0, fault.E("timeseries: chunk", fault.Invalid, fault.Item(s), fault.Hint("use '30 days'"), "months differ in length")
	}
	const most = int64(1<<63-1) / int64(day) / 2
	if v.Span.Days < 0 || v.Span.Days > most || v.Span.Nanos < 0 {
		return 0, fault.Errorf("timeseries: chunk", fault.Invalid, "width %s, want one above zero and at most %d days", s, most)
	}
	width := time.Duration(v.Span.Days)*day + min(time.Duration(v.Span.Nanos), time.Duration(most)*day)
	if width < time.Second {
		return 0, fault.Errorf("timeseries: chunk", fault.Invalid, "width %s, want at least 1 second", s)
	}
	return width, nil
}

// start returns the first moment of the chunk of t, as far as int64 goes.
func (c chunk) start(t int64) int64 {
	off := t % c.width
	if off < 0 { // % truncates toward zero: before 1970 that is up
		off += c.width
	}
	if t < -1<<63+off {
		return -1 << 63
	}
	return t - off
}

// name is the name of the chunk that begins at start.
func (c chunk) name(start int64) string {
	if !c.days {
		return time.Unix(0, start).UTC().Format(time.RFC3339Nano)
	}
	if start < -nearDays || start > nearDays {
		return "day " + strconv.FormatInt(start, 10)
	}
	return time.Unix(start*86_400, 0).UTC().Format(time.RFC3339)
}

// named is a chunk whose name was made.
type named struct {
	start int64
	name  string
}

// grouper returns engines.Layout.Group: the chunk's name of a row. It remembers
// the last one, since rows mostly come in the order of time.
func (c chunk) grouper(field record.Field) func(*record.Batch, int) string {
	var last atomic.Pointer[named]
	return func(b *record.Batch, row int) string {
		t, ok := timeOf(b, field, row)
		if !ok {
			return TimelessChunk
		}
		start := c.start(t)
		if n := last.Load(); n != nil && n.start == start {
			return n.name
		}
		n := &named{start, c.name(start)}
		last.Store(n)
		return n.name
	}
}

// timeOf returns the time of a row, and false if it is NULL.
func timeOf(b *record.Batch, field record.Field, row int) (int64, bool) {
	col := b.Column(field.ID)
	switch {
	case col == nil:
		return field.Default.I, field.Default.Valid
	case col.IsNull(row):
		return 0, false
	}
	return col.Ints[row], true
}
