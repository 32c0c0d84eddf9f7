package sql

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"count", "SELECT count(*) FROM flights WHERE origin = 'ORD'"},
		{"join", "SELECT a.iata, time_bucket('1 day', f.dep) AS day, avg(f.delay), count(*) FROM airports a JOIN flights f ON f.origin = a.iata " +
			"WHERE f.dep >= '2001-01-01' AND f.dep < '2001-01-08' AND a.country IN ('US', 'CA') GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(c.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
