package main

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/quindex/quindex/bench"
)

func window(kind bench.WindowKind, hosts ...string) bench.Window {
	from := time.Date(2016, 1, 1, 3, 0, 1, 234e6, time.UTC)
	return bench.Window{Kind: kind, Fields: []string{"usage_user", "usage_idle"}, Hosts: hosts, From: from, To: from.Add(2 * time.Hour), Step: time.Hour}
}

// TestPath: the windows of MetricsQL end where SQL's buckets do.
func TestPath(t *testing.T) {
	for _, c := range []struct {
		w                       bench.Window
		query, start, end, step string
	}{
		{window(bench.MaxByTime, "host_1", "host_2"), `max(max_over_time({__name__=~"cpu_(usage_user|usage_idle)",hostname=~"host_1|host_2"}[3600s])) by (__name__)`, "1451620801.233", "1451624401.233", "3600"},
		{window(bench.MeanByHost), `avg(avg_over_time({__name__=~"cpu_(usage_user|usage_idle)"}[3600s])) by (__name__, hostname)`, "1451620801.233", "1451624401.233", "3600"},
		{window(bench.Busy, "host_7"), `{__name__=~"cpu_(usage_user|usage_idle)",hostname="host_7"} and on(hostname) (cpu_usage_user{hostname="host_7"} > 90)`, "1451617210.000", "1451624401.233", "10"},
	} {
		u, err := url.Parse(path(c.w))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Get("query") != c.query || q.Get("start") != c.start || q.Get("end") != c.end || q.Get("step") != c.step {
			t.Errorf("asked %v, want %+v", q, c)
		}
	}
}

// TestTabulate: an answer of series becomes rows with a column a field.
func TestTabulate(t *testing.T) {
	const answer = `{"data":{"result":[
 {"metric":{"__name__":"cpu_usage_idle","hostname":"b"},"values":[[1451620801.233,"3"],[1451624401.233,"4.5"]]},
 {"metric":{"__name__":"cpu_usage_user","hostname":"b"},"values":[[1451620801.233,"1"],[1451624401.233,"2"]]},
 {"metric":{"__name__":"cpu_usage_user","hostname":"a"},"values":[[1451624401.233,"7"]]}]}}`
	rows, err := tabulate(window(bench.MeanByHost), []byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	const want = "[[2016-01-01 03:00:01.234 +0000 UTC b 1 3] [2016-01-01 04:00:01.234 +0000 UTC a 7 <nil>] [2016-01-01 04:00:01.234 +0000 UTC b 2 4.5]]"
	if got := fmt.Sprint(rows); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, broken := range []string{"", "{", `{"data":{"result":[{"metric":{"__name__":"cpu_usage_user"},"values":[["x",1]]}]}}`, `{"data":{"result":[{"metric":{"__name__":"up"},"values":[[1,"1"]]}]}}`} {
		if _, err := tabulate(window(bench.MaxByTime), []byte(broken)); err == nil {
			t.Errorf("%q was taken", broken)
		}
	}
}
