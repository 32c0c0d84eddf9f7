package timeseries

import (
	"math"
	"testing"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

func TestParseWidth(t *testing.T) {
	f := func(s string, want time.Duration) {
		t.Helper()
		got, err := ParseWidth(s)
		if (err != nil) != (want == 0) || got != want {
			t.Errorf("width %q: %v, %v, want %v", s, got, err, want)
		}
	}
	f("", 24*time.Hour)
	f("24h", 24*time.Hour)
	f("30 days", 30*24*time.Hour)
	f("1 week", 7*24*time.Hour)
	f("1 day 6 hours", 30*time.Hour)
	f("1s", time.Second)
	f("90 minutes", 90*time.Minute)
	f("1 month", 0)
	f("500ms", 0)
	f("0", 0)
	f("-1 day", 0)
	f("1000000 days", 0)
	f("soon", 0)
}

func at(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

func TestGroup(t *testing.T) {
	f := func(kind record.Kind, width string, v record.Value, want string) {
		t.Helper()
		s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "t", Type: record.T(kind)}}}
		b := record.NewBatch(s, 1)
		b.AppendRow(v)
		group := Engine{}.Layout(Def(s.Fields[0], nil, map[string]string{"chunk": width})).Group
		for range 2 { // the second time it remembers
			if got := group(b, 0); got != want {
				t.Errorf("%v in chunks of %s: %q, want %q", v, width, got, want)
			}
		}
	}
	ts := func(s string) record.Value { return record.TimestampValue(at(s)) }
	f(record.Timestamp, "24h", ts("2016-01-02T03:04:05Z"), "2016-01-02T00:00:00Z")
	f(record.Timestamp, "6h", ts("2016-01-02T05:59:59.999999999Z"), "2016-01-02T00:00:00Z")
	f(record.Timestamp, "6h", ts("2016-01-02T06:00:00Z"), "2016-01-02T06:00:00Z")
	f(record.Timestamp, "24h", ts("1969-12-31T23:59:59Z"), "1969-12-31T00:00:00Z")
	f(record.Timestamp, "24h", ts("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00Z")
	f(record.Timestamp, "30 days", ts("1969-12-31T23:59:59Z"), "1969-12-02T00:00:00Z")
	f(record.Timestamp, "24h", record.NullOf(record.T(record.Timestamp)), "none")
	f(record.Timestamp, "24h", record.TimestampValue(math.MinInt64), "1677-09-21T00:12:43.145224192Z")
	f(record.Timestamp, "24h", record.TimestampValue(math.MaxInt64), "2262-04-11T00:00:00Z")
	f(record.Date, "30 days", record.DateValue(-1), "1969-12-02T00:00:00Z")
	f(record.Date, "1h", record.DateValue(1), "1970-01-02T00:00:00Z")
	f(record.Date, "24h", record.DateValue(1<<40), "day 1099511627776")
	f(record.Date, "24h", record.DateValue(math.MinInt64), "day -9223372036854775808")
}

// TestGroupOfDefault is about batches from before the time column was added.
func TestGroupOfDefault(t *testing.T) {
	time := record.Field{ID: 1, Name: "t", Type: record.T(record.Timestamp)}
	b := &record.Batch{N: 1}
	if got := (Engine{}).Layout(Def(time, nil, nil)).Group(b, 0); got != TimelessChunk {
		t.Errorf("no time: %q", got)
	}
	time.Default = record.TimestampValue(at("2001-01-02T10:00:00Z"))
	if got := (Engine{}).Layout(Def(time, nil, nil)).Group(b, 0); got != "2001-01-02T00:00:00Z" {
		t.Errorf("a default: %q", got)
	}
}

func TestCheck(t *testing.T) {
	ts := record.Field{ID: 1, Name: "t", Type: record.T(record.Timestamp)}
	host := record.Field{ID: 2, Name: "host", Type: record.T(record.Keyword)}
	heat := record.Field{ID: 3, Name: "heat", Type: record.T(record.Float64)}
	f := func(def engines.IndexDef, fits bool) {
		t.Helper()
		if err := Check(def); (err == nil) != fits {
			t.Errorf("%+v: %v", def, err)
		}
		if _, err := (Engine{}).NewBuilder(def, nil); !fits && err == nil {
			t.Errorf("%+v: a builder", def)
		}
		if l := (Engine{}).Layout(def); (l.Group != nil) != fits {
			t.Errorf("%+v: layout %+v", def, l)
		}
	}
	f(Def(ts, nil, nil), true)
	f(Def(ts, []record.Field{host}, map[string]string{"chunk": "6h"}), true)
	f(engines.IndexDef{}, false)
	f(Def(host, nil, nil), false)
	f(Def(ts, []record.Field{heat}, nil), false)
	f(Def(ts, []record.Field{host, host}, nil), false)
	f(Def(ts, []record.Field{ts}, nil), false)
	f(Def(ts, nil, map[string]string{"chunk": "1 month"}), false)
	f(Def(ts, nil, map[string]string{"chnk": "1h"}), false)
}
