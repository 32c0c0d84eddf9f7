package bench

import (
	"fmt"
	"time"
)

// Mixed is the workload of statements that need several engines at once: the
// demo's airports, and n flights in the shape of the demo's.
func Mixed(seed uint64, n int) (*Workload, error) {
	s, err := openSkies()
	if err != nil {
		return nil, err
	}
	covered := time.Duration(min(n, max(1, n/s.flights.N)*s.flights.N)) * skiesDays * 24 * time.Hour / time.Duration(s.flights.N)
	return &Workload{Name: "mixed", Rows: n, Statements: mixedStatements(covered), After: map[string][]string{
		"quindex": {`CREATE PROPERTY GRAPH skies VERTEX TABLES (airports KEY (iata))
 EDGE TABLES (flights SOURCE KEY (origin) REFERENCES airports (iata) DESTINATION KEY (dest) REFERENCES airports (iata) LABEL flies)`},
		"postgres": {
			"CREATE INDEX ON airports USING gin (to_tsvector('english', name))",
			"CREATE INDEX ON airports USING gist (loc)",
			"CREATE UNIQUE INDEX ON airports (iata)",
			"CREATE INDEX ON flights (origin, dep)",
			"CREATE INDEX ON flights (origin, dest)", // the hops read this one alone
			"CREATE INDEX ON flights (dest)",
			"CREATE INDEX ON flights (dep)",
			"VACUUM ANALYZE airports",
			"VACUUM ANALYZE flights",
		},
	}, Tables: []Data{
		{Name: "airports", DDL: skiesAirportsDDL, Rows: s.airports.N, NDJSON: s.airportLines},
		{Name: "flights", DDL: skiesFlightsDDL, Rows: n, NDJSON: func(yield func([]byte) bool) { s.flightLines(n, yield) }},
	}}, nil
}

var (
	// nameWords stand in the names of many airports.
	nameWords = []string{"international", "regional", "municipal", "county", "memorial", "field"}
	// cities are where questions of place have their middle.
	cities = [][2]float64{{-87.9, 41.98}, {-97.04, 32.9}, {-84.43, 33.64}, {-118.41, 33.94}, {-104.67, 39.86}, {-73.78, 40.64}, {-122.37, 37.62}, {-112.01, 33.43}, {-90.37, 38.75}, {-95.34, 29.98}}
	// outlying airports have flights to one to four others.
	outlying = []string{"EUG", "AMA", "SBA", "CRP", "SGF", "CAE", "FAT", "TYR", "ACT", "LSE", "SHV", "BTV", "FSD", "LEX"}
	// hubs have flights to many.
	hubs = []string{"ORD", "DFW", "ATL", "LAX", "PHX", "STL", "DEN", "MSP", "DTW", "SFO"}
)

// window picks days within what is covered.
func window(r *Rand, covered time.Duration, days int) (from, to string) {
	free := max(0, int(covered/(24*time.Hour))-days)
	start := skiesStart.AddDate(0, 0, r.N(free+1))
	return start.Format(time.DateOnly), start.AddDate(0, 0, days).Format(time.DateOnly)
}

// mixedTimes is how often a run asks a statement of this workload.
const mixedTimes = 3

// dialect is the parts of a statement that the systems say in different words.
type dialect struct {
	day, hour string // dep cut to days, to hours
	named     string // format of: airport a is named with the word
	near      string // format of: airport a lies within metres of (lon, lat)
	reach     string // format of: codes of airports one or two flights away
}

var (
	ours = dialect{
		day: "time_bucket('1 day', f.dep)", hour: "time_bucket('1 hour', f.dep)",
		named: "match(a.name, '%s', 'analyzer=en')",
		near:  "ST_DWithin(a.loc, ST_MakePoint(%v, %v), %d)",
		reach: "SELECT iata FROM GRAPH_TABLE (skies MATCH (d IS airports WHERE d.iata = '%s')-[IS flies]->{1,2}(x IS airports) COLUMNS (x.iata AS iata))",
	}
	pgs = dialect{
		day: "date_trunc('day', f.dep)", hour: "date_trunc('hour', f.dep)",
		named: "to_tsvector('english', a.name) @@ plainto_tsquery('english', '%s')",
		near:  "ST_DWithin(a.loc, ST_MakePoint(%v, %v)::geography, %d, false)",
		reach: "WITH one AS (SELECT DISTINCT o.dest FROM flights o JOIN airports v ON v.iata = o.dest WHERE o.origin = '%s')" +
			" SELECT dest FROM one UNION SELECT t.dest FROM one JOIN flights t ON t.origin = one.dest JOIN airports v ON v.iata = t.dest",
	}
)

// mixedStatements take two to five engines each.
func mixedStatements(covered time.Duration) []Statement {
	both := func(name string, make func(r *Rand, d dialect) string) Statement {
		return Statement{Name: name, Times: mixedTimes,
			SQL:   func(r *Rand) string { return make(r, ours) },
			Words: func(r *Rand) any { return Dialects{"postgres": make(r, pgs)} }}
	}
	place := func(r *Rand, d dialect, km int) string {
		c := cities[r.N(len(cities))]
		return fmt.Sprintf(d.near, c[0], c[1], km*1000)
	}
	dep := func(r *Rand, days int) string {
		from, to := window(r, covered, days)
		return fmt.Sprintf("f.dep >= '%s' AND f.dep < '%s'", from, to)
	}
	return []Statement{
		both("m01_text_columns", func(r *Rand, d dialect) string {
			return "SELECT a.region, count(*), avg(f.delay) FROM airports a JOIN flights f ON f.origin = a.iata WHERE " +
				fmt.Sprintf(d.named, likely(r, nameWords, 4)) + fmt.Sprintf(" AND f.delay > %d GROUP BY 1 ORDER BY 2 DESC, 1", 30+r.N(90))
		}),
		both("m02_place_time", func(r *Rand, d dialect) string {
			return "SELECT " + d.day + ", count(*), avg(f.delay) FROM airports a JOIN flights f ON f.origin = a.iata WHERE " +
				place(r, d, 300) + " AND " + dep(r, 7) + " GROUP BY 1 ORDER BY 1"
		}),
		both("m03_time_columns", func(r *Rand, d dialect) string {
			return "SELECT f.origin, f.dest, count(*), max(f.delay) FROM flights f WHERE " + dep(r, 3) +
				fmt.Sprintf(" AND f.delay > %d AND f.dist < %d GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10", 30+r.N(60), 500+r.N(1000))
		}),
		both("m04_text_place_time", func(r *Rand, d dialect) string {
			return "SELECT a.iata, " + d.day + ", avg(f.delay), count(*) FROM airports a JOIN flights f ON f.origin = a.iata WHERE " +
				fmt.Sprintf(d.named, likely(r, nameWords, 2)) + " AND " + place(r, d, 500) + " AND " + dep(r, 7) + " GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 20"
		}),
		both("m05_series_time", func(r *Rand, d dialect) string {
			return "SELECT " + d.hour + ", count(*), max(f.delay) FROM flights f WHERE f.origin = '" + likely(r, hubs, len(hubs)) +
				"' AND " + dep(r, 14) + " GROUP BY 1 ORDER BY 1"
		}),
		both("m06_place_place_time", func(r *Rand, d dialect) string {
			from, to := place(r, d, 200), place(r, d, 200)
			return "SELECT f.origin, f.dest, count(*), avg(f.delay) FROM flights f WHERE f.origin IN (SELECT a.iata FROM airports a WHERE " + from +
				") AND f.dest IN (SELECT a.iata FROM airports a WHERE " + to + ") AND " + dep(r, 28) + " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
		}),
		both("m07_graph_text", func(r *Rand, d dialect) string {
			return "SELECT a.iata, a.name FROM airports a WHERE " + fmt.Sprintf(d.named, likely(r, nameWords, 4)) +
				" AND a.iata IN (" + fmt.Sprintf(d.reach, likely(r, outlying, len(outlying))) + ") ORDER BY 1"
		}),
		both("m08_graph_place", func(r *Rand, d dialect) string {
			return "SELECT count(*), max(a.elev_ft) FROM airports a WHERE " + place(r, d, 400) +
				" AND a.iata IN (" + fmt.Sprintf(d.reach, likely(r, outlying, len(outlying))) + ")"
		}),
		both("m09_graph_time_columns", func(r *Rand, d dialect) string {
			return "SELECT f.origin, count(*), avg(f.delay) FROM flights f WHERE f.origin IN (" + fmt.Sprintf(d.reach, likely(r, outlying, len(outlying))) +
				") AND " + dep(r, 2) + " AND f.delay > 15 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
		}),
		both("m10_five_engines", func(r *Rand, d dialect) string {
			return "SELECT a.iata, " + d.day + ", avg(f.delay), count(*) FROM airports a JOIN flights f ON f.origin = a.iata WHERE " +
				fmt.Sprintf(d.named, likely(r, nameWords, 2)) + " AND " + place(r, d, 500) + " AND " + dep(r, 7) + " AND a.iata IN (" +
				fmt.Sprintf(d.reach, likely(r, outlying, len(outlying))) + ") GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 20"
		}),
	}
}
