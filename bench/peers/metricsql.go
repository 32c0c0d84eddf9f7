package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// Ask puts a bench.Window in MetricsQL.
//
// A bucket of SQL is [t, t+step) and named by its start; a window of MetricsQL
// is (t-step, t] and named by its end. Times are milliseconds on both sides,
// so asking for ends one millisecond before the next bucket asks for the same.
func (v *victoria) Ask(ctx context.Context, q bench.Question) (func() ([][]any, error), error) {
	w, ok := q.Words.(bench.Window)
	if !ok {
		return nil, fault.E("peers: victoria", fault.Unsupported, "is asked for windows of time only")
	}
	body, err := v.get(ctx, path(w))
	if err != nil {
		return nil, err
	}
	return func() ([][]any, error) { return tabulate(w, body) }, nil
}

// cpuEvery is the step of the rows themselves.
const cpuEvery = 10 * time.Second

// path is the request for a window.
func path(w bench.Window) string {
	step := w.Step
	from, to := w.From.Add(step-time.Millisecond), w.To.Add(-time.Millisecond)
	var query string
	switch w.Kind {
	case bench.MaxByTime:
		query = fmt.Sprintf("max(max_over_time(%s[%ds])) by (__name__)", selector(w.Fields, w.Hosts), int(step.Seconds()))
	case bench.MeanByHost:
		query = fmt.Sprintf("avg(avg_over_time(%s[%ds])) by (__name__, hostname)", selector(w.Fields, w.Hosts), int(step.Seconds()))
	case bench.Busy:
		query = selector(w.Fields, w.Hosts) + " and on(hostname) (" + selector([]string{"usage_user"}, w.Hosts) + " > 90)"
		step, from, to = cpuEvery, ceil(w.From, cpuEvery), w.To.Add(-time.Millisecond)
	case bench.LastPoint:
		// It is told when to look: its plain selector looks back five minutes.
		return "/api/v1/query?" + url.Values{"query": {selector(w.Fields, nil)}, "time": {seconds(bench.CPUEnd)}, "nocache": {"1"}}.Encode()
	case bench.NewestBuckets:
		// It is told where the newest rows are: it cannot stop after five buckets.
		query = fmt.Sprintf("max(max_over_time(%s[%ds])) by (__name__)", selector(w.Fields, nil), int(step.Seconds()))
		from = w.To.Add(-4*step - time.Millisecond)
	}
	return "/api/v1/query_range?" + url.Values{"query": {query}, "start": {seconds(from)}, "end": {seconds(to)},
		"step": {strconv.Itoa(int(step.Seconds()))}, "nocache": {"1"}}.Encode()
}

func ceil(t time.Time, d time.Duration) time.Time {
	if down := t.Truncate(d); down.Before(t) {
		return down.Add(d)
	}
	return t
}

func seconds(t time.Time) string {
	return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6)
}

// selector names the series of some fields and hosts; no hosts are all.
func selector(fields, hosts []string) string {
	var labels []string
	name := ""
	if len(fields) == 1 {
		name = "cpu_" + fields[0]
	} else {
		labels = append(labels, `__name__=~"cpu_(`+strings.Join(fields, "|")+`)"`)
	}
	switch len(hosts) {
	case 0:
	case 1:
		labels = append(labels, `hostname="`+hosts[0]+`"`)
	default:
		labels = append(labels, `hostname=~"`+strings.Join(hosts, "|")+`"`)
	}
	if len(labels) == 0 {
		return name
	}
	return name + "{" + strings.Join(labels, ",") + "}"
}

// matrix is an answer of query_range; one of query has a single Value.
type matrix struct {
	Data struct {
		Result []struct {
			Metric map[string]string
			Values [][2]any
			Value  [2]any
		}
	}
}

// tabulate makes rows of an answer, in the shape and order that the question's
// SQL has: a row a bucket or time, and a column a field.
func tabulate(w bench.Window, body []byte) ([][]any, error) {
	var m matrix
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return nil, fault.E("peers: victoria: read answer", fault.Corrupt, err)
	}
	type key struct {
		at   int64 // milliseconds
		host string
	}
	table := map[key][]any{}
	for _, r := range m.Data.Result {
		field := slices.Index(w.Fields, strings.TrimPrefix(r.Metric["__name__"], "cpu_"))
		if field < 0 {
			return nil, fault.E("peers: victoria: read answer", fault.Corrupt, fault.Item(fmt.Sprint(r.Metric)), "a field that was not asked for")
		}
		values := r.Values
		if w.Kind == bench.LastPoint {
			values = [][2]any{r.Value}
		}
		for _, v := range values {
			at, number, err := point(v)
			if err != nil {
				return nil, err
			}
			k := key{w.Start(at), r.Metric["hostname"]}
			if table[k] == nil {
				table[k] = make([]any, len(w.Fields))
			}
			table[k][field] = number
		}
	}
	var rows [][]any
	for k, fields := range table {
		var row []any
		if w.Kind != bench.LastPoint {
			row = append(row, time.UnixMilli(k.at).UTC())
		}
		if w.Kind == bench.MeanByHost || w.Kind == bench.Busy || w.Kind == bench.LastPoint {
			row = append(row, k.host)
		}
		rows = append(rows, append(row, fields...))
	}
	slices.SortFunc(rows, func(a, b []any) int {
		c := compare(a[0], b[0])
		if w.Kind == bench.NewestBuckets {
			return -c
		}
		if c == 0 {
			return compare(a[1], b[1])
		}
		return c
	})
	return rows, nil
}

func compare(a, b any) int {
	switch a := a.(type) {
	case time.Time:
		return a.Compare(b.(time.Time))
	case string:
		return strings.Compare(a, b.(string))
	}
	return 0
}

// point reads [seconds, "number"].
func point(v [2]any) (millis int64, number json.Number, err error) {
	at, ok := v[0].(json.Number)
	text, also := v[1].(string)
	if !ok || !also {
		return 0, "", fault.E("peers: victoria: read answer", fault.Corrupt, fault.Item(fmt.Sprint(v)), "no point")
	}
	s, err := at.Float64()
	if err != nil {
		return 0, "", fault.E("peers: victoria: read answer", fault.Corrupt, err)
	}
	return int64(s*1000 + 0.5), json.Number(text), nil
}
