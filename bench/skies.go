package bench

import (
	"io"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/demo"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/ingest"
)

// skies is the demo's airports and flights, in memory.
type skies struct{ airports, flights *record.Batch }

// The tables of the workload mixed. The flights are those of the demo again
// and again, each time skiesDays later.
const (
	skiesAirportsDDL = `CREATE TABLE airports (ident KEYWORD NOT NULL, type KEYWORD, name TEXT ANALYZER 'en', loc POINT, elev_ft BIGINT,
 country KEYWORD, region KEYWORD, city TEXT, iata KEYWORD) WITH (shards = 1)`
	skiesFlightsDDL = `CREATE TABLE flights (dep TIMESTAMP NOT NULL, delay BIGINT, dist BIGINT, origin KEYWORD NOT NULL, dest KEYWORD NOT NULL)
 WITH (time = 'dep', series = 'origin,dest', chunk = '30 days', shard_by = 'origin', shards = 2)`
	skiesDays = 14
)

// skiesStart is the first day of the demo's flights.
var skiesStart = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

func fieldsOf(kinds ...any) *record.Schema {
	s := &record.Schema{Version: 1}
	for i := 0; i < len(kinds); i += 2 {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(i/2 + 1), Name: kinds[i].(string), Type: record.T(kinds[i+1].(record.Kind))})
	}
	return s
}

// openSkies reads the data that is embedded in the program.
func openSkies() (*skies, error) {
	const key, text, number = record.Keyword, record.Text, record.Int64
	airports := fieldsOf("ident", key, "type", key, "name", text, "loc", record.Point, "elev_ft", number,
		"country", key, "region", key, "city", text, "iata", key)
	flights := fieldsOf("dep", record.Timestamp, "delay", number, "dist", number, "origin", key, "dest", key)
	s := &skies{}
	for _, t := range demo.Tables() {
		var err error
		switch t.Name {
		case "airports":
			s.airports, err = readDemo(t, airports, func(r io.Reader, o ingest.Options) (ingest.Reader, error) {
				z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) // starts no goroutine, so it need not be closed
				if err != nil {
					return nil, err
				}
				return ingest.NDJSON(z, o)
			})
		case "flights":
			s.flights, err = readDemo(t, flights, ingest.Parquet)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func readDemo(t demo.Table, schema *record.Schema, open func(io.Reader, ingest.Options) (ingest.Reader, error)) (*record.Batch, error) {
	const op = "bench: read skies"
	f, err := t.Open()
	if err != nil {
		return nil, fault.E(op, fault.Internal, err)
	}
	defer f.Close()
	o := ingest.Options{Schema: schema, Map: map[string]string{}, Units: t.Units, IgnoreUnknown: true}
	for column, from := range t.Map {
		if schema.Field(column) >= 0 {
			o.Map[column] = from
		}
	}
	r, err := open(f, o)
	if err != nil {
		return nil, err
	}
	all := record.NewBatch(schema, int(t.Rows))
	for {
		b, rejects, err := r.Next(32 << 10)
		if len(rejects) > 0 {
			return nil, fault.E(op, fault.Corrupt, fault.Item(t.File), rejects[0])
		}
		if b != nil {
			all.AppendRows(b, 0, b.N)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if int64(all.N) != t.Rows {
		return nil, fault.Errorf(op, fault.Corrupt, "%s has %d rows, want %d", t.File, all.N, t.Rows)
	}
	return all, nil
}

// appendRow adds row i of a batch as a line of JSON; NULLs are left out.
func appendRow(b []byte, s []string, batch *record.Batch, i int, later time.Duration) []byte {
	b = append(b, '{')
	for c, name := range s {
		col := &batch.Cols[c]
		if col.IsNull(i) {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":`...)
		v := col.Value(i)
		switch col.Type.Kind {
		case record.Point:
			b = strconv.AppendFloat(append(b, '['), v.F, 'f', -1, 64)
			b = append(strconv.AppendFloat(append(b, ','), v.Lat, 'f', -1, 64), ']')
		case record.Timestamp:
			b = time.Unix(0, col.Ints[i]).UTC().Add(later).AppendFormat(append(b, '"'), "2006-01-02T15:04:05.999999999Z\"")
		default:
			b = record.AppendJSON(b, v)
		}
	}
	return append(b, "}\n"...)
}

func (s *skies) airportLines(yield func([]byte) bool) {
	names := []string{"ident", "type", "name", "loc", "elev_ft", "country", "region", "city", "iata"}
	var b []byte
	for i := range s.airports.N {
		if b = appendRow(b[:0], names, s.airports, i, 0); !yield(b) {
			return
		}
	}
}

// flightLines makes n flights.
func (s *skies) flightLines(n int, yield func([]byte) bool) {
	names := []string{"dep", "delay", "dist", "origin", "dest"}
	var b []byte
	for i := range n {
		again := time.Duration(i / s.flights.N)
		if b = appendRow(b[:0], names, s.flights, i%s.flights.N, again*skiesDays*24*time.Hour); !yield(b) {
			return
		}
	}
}
