package bench

import (
	"fmt"
	"strings"
	"time"
)

// Statement is one statement of a workload. SQL makes its text with constants
// drawn from r; every system is given the same text.
type Statement struct {
	Name string
	SQL  func(r *Rand) string
	// Words makes the same question with the same constants, in the workload's
	// own type, for peers that take no SQL; nil: all take SQL.
	Words func(r *Rand) any
	// Check compares an answer of quindex with what the workload itself knows
	// to be right; "" is right. nil: nothing is known.
	Check func(q Question, rows [][]any) string
	// Compare compares a peer's answer with that of quindex; nil: row by row.
	Compare func(want, got [][]any) string
	// Times is how often each run asks, with constants of its own each time;
	// the run's time is the mean. 0 is once. It is for statements so short that
	// one alone would measure the scheduler.
	Times int
}

// Question is a statement with constants.
type Question struct {
	SQL   string
	Words any
}

func (st Statement) question(seed uint64) Question {
	q := Question{SQL: st.SQL(NewRand(seed))}
	if st.Words != nil {
		q.Words = st.Words(NewRand(seed))
	}
	return q
}

// questions are what one run asks.
func (st Statement) questions(seed uint64) (all []Question) {
	for i := range max(1, st.Times) {
		all = append(all, st.question(seed+uint64(i)<<32))
	}
	return all
}

// fixed is a statement without constants.
func fixed(name, sql string) Statement {
	return Statement{Name: name, SQL: func(*Rand) string { return sql }}
}

// likely picks one of the first n names of a list: those with many rows.
func likely(r *Rand, list []string, n int) string { return list[r.N(n)] }

// span picks a window of the given length within the days that events cover.
func span(r *Rand, rows int, length time.Duration) (from, to string) {
	covered := time.Duration(rows) * time.Second / 2
	start := time.Unix(eventsStart, 0).UTC()
	if covered > length {
		start = start.Add(time.Duration(r.Float() * float64(covered-length))).Truncate(time.Second)
	}
	const layout = "2006-01-02 15:04:05"
	return start.Format(layout), start.Add(length).Format(layout)
}

// columnarStatements are 21 statements in the manner of ClickBench and TPC-H.
func columnarStatements(rows int, some sample) []Statement {
	return []Statement{
		{Name: "q01_eq_low", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE country = '%s'", likely(r, countries, 20))
		}},
		{Name: "q02_eq_2", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE country = '%s' AND device = '%s'", likely(r, countries, 20), likely(r, devices, 5))
		}},
		{Name: "q03_eq_4", SQL: func(r *Rand) string {
			at := r.N(15)
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE country IN ('%s') AND device = '%s' AND browser = '%s' AND status = 200",
				strings.Join(countries[at:at+5], "','"), likely(r, devices, 3), likely(r, browsers, 4))
		}},
		{Name: "q04_eq_high", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE url = 'https://shop.example.com/product/%d/none-zzz' OR url = '%s'", r.N(100_000), some.urls[r.N(len(some.urls))])
		}},
		{Name: "q05_range", SQL: func(r *Rand) string {
			lo := 20 + r.N(200)
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE duration BETWEEN %d AND %d", lo, lo+100+r.N(400))
		}},
		{Name: "q06_time_sum", SQL: func(r *Rand) string {
			from, to := span(r, rows, 6*time.Hour)
			return fmt.Sprintf("SELECT count(*), sum(bytes) FROM hits WHERE ts >= TIMESTAMP '%s' AND ts < TIMESTAMP '%s'", from, to)
		}},
		{Name: "q07_range_2p", SQL: func(r *Rand) string {
			lo := 20 + r.N(200)
			return fmt.Sprintf("SELECT count(*), sum(bytes), avg(duration) FROM hits WHERE duration BETWEEN %d AND %d AND country = '%s' AND status <> %d",
				lo, lo+100+r.N(400), likely(r, countries, 20), statuses[7+r.N(9)])
		}},
		fixed("q08_group_low", "SELECT country, count(*), sum(bytes), avg(duration), min(duration), max(duration) FROM hits GROUP BY country ORDER BY 2 DESC, 1"),
		fixed("q09_group_user", "SELECT user_id, count(*) c, sum(bytes) FROM hits GROUP BY user_id ORDER BY c DESC, user_id LIMIT 10"),
		fixed("q10_group_two", "SELECT country, browser, count(*), sum(bytes) FROM hits GROUP BY country, browser ORDER BY 3 DESC, 1, 2 LIMIT 10"),
		fixed("q11_group_url", "SELECT url, count(*) c FROM hits GROUP BY url ORDER BY c DESC, url LIMIT 10"),
		fixed("q12_distinct", "SELECT count(DISTINCT user_id) FROM hits"),
		fixed("q13_distinct_by", "SELECT device, count(DISTINCT user_id) FROM hits GROUP BY device ORDER BY 1"),
		fixed("q14_topk", "SELECT ts, req_id, url, bytes FROM hits ORDER BY bytes DESC, req_id LIMIT 10"),
		{Name: "q15_point", SQL: func(r *Rand) string {
			return "SELECT * FROM hits WHERE req_id = '" + some.keys[r.N(len(some.keys))] + "'"
		}},
		{Name: "q16_like", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE url LIKE '%%/%s/%d%%'", sections[r.N(4)], 10+r.N(90))
		}},
		{Name: "q17_filt_group", SQL: func(r *Rand) string {
			from, to := span(r, rows, 120*time.Hour)
			return fmt.Sprintf("SELECT browser, count(*), sum(bytes) FROM hits WHERE country = '%s' AND ts >= TIMESTAMP '%s' AND ts < TIMESTAMP '%s' GROUP BY browser ORDER BY 2 DESC, 1",
				likely(r, countries, 20), from, to)
		}},
		{Name: "q18_neg", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM hits WHERE status <> %d AND country NOT IN ('%s', '%s') AND device <> '%s'",
				statuses[r.N(len(statuses))], likely(r, countries, 3), countries[3+r.N(10)], likely(r, devices, 5))
		}},
		fixed("q19_sumavg_all", "SELECT count(*), sum(bytes), avg(duration), max(score) FROM hits"),
		{Name: "q20_tpch_q1", SQL: func(r *Rand) string {
			return fmt.Sprintf(`SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice*(1-l_discount)), sum(l_extendedprice*(1-l_discount)*(1+l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*) FROM lineitem WHERE l_shipdate <= DATE '1998-%02d-%02d' GROUP BY l_returnflag, l_linestatus ORDER BY 1, 2`,
				8+r.N(2), 1+r.N(30))
		}},
		{Name: "q21_tpch_q6", SQL: func(r *Rand) string {
			year, rate := 1993+r.N(5), float64(2+r.N(8))/100
			return fmt.Sprintf("SELECT sum(l_extendedprice*l_discount) FROM lineitem WHERE l_shipdate >= DATE '%d-01-01' AND l_shipdate < DATE '%d-01-01' AND l_discount BETWEEN %.2f AND %.2f AND l_quantity < %d",
				year, year+1, rate-0.01, rate+0.01, 24+r.N(2))
		}},
	}
}

// Columnar is the workload of n events and 3/5 n line items.
func Columnar(seed uint64, n int) *Workload {
	w := &Workload{Name: "columnar", Rows: n, Statements: columnarStatements(n, newSample(seed, n))}
	lines := n * 3 / 5
	w.Tables = []Data{
		{Name: "hits", DDL: EventsDDL, Rows: n, NDJSON: func(yield func([]byte) bool) {
			var buf []byte
			Events(seed, n, func(_ int, e *Event) bool {
				buf = e.AppendNDJSON(buf[:0])
				return yield(buf)
			})
		}},
		{Name: "lineitem", DDL: LinesDDL, Rows: lines, NDJSON: func(yield func([]byte) bool) {
			var buf []byte
			Lines(seed+1, lines, func(_ int, l *Line) bool {
				buf = l.AppendNDJSON(buf[:0])
				return yield(buf)
			})
		}},
	}
	return w
}

// sample is values that exist, from all over the events.
type sample struct{ keys, urls []string }

func newSample(seed uint64, n int) (s sample) {
	step := max(1, n/64)
	Events(seed, n, func(i int, e *Event) bool {
		if i%step == step/2 {
			s.keys = append(s.keys, e.ReqID)
			s.urls = append(s.urls, e.URL)
		}
		return true
	})
	return s
}
