package plan

import "testing"

// BenchmarkQuery plans small statements: the parse is not counted.
func BenchmarkQuery(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"count", "SELECT count(*) FROM flights WHERE origin = 'ORD'"},
		{"group", "SELECT origin, count(*) n, avg(delay) FROM flights WHERE dep >= '2001-01-01' AND dep < '2001-01-08' GROUP BY 1 ORDER BY n DESC LIMIT 5"},
		{"join", "SELECT a.name, count(*) FROM flights f JOIN airports a ON f.origin = a.iata WHERE a.country = 'US' GROUP BY 1 ORDER BY 2 DESC LIMIT 3"},
	} {
		b.Run(c.name, func(b *testing.B) {
			q, err := parseQuery(b, c.text)
			if err != nil {
				b.Fatal(err)
			}
			o := testOptions(b, c.text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Query(q, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFragment encodes and decodes the fragment of a small statement.
func BenchmarkFragment(b *testing.B) {
	text := "SELECT origin, count(*) n, avg(delay) FROM flights WHERE dep >= '2001-01-01' AND dep < '2001-01-08' GROUP BY 1"
	q, err := parseQuery(b, text)
	if err != nil {
		b.Fatal(err)
	}
	p, err := Query(q, testOptions(b, text))
	if err != nil {
		b.Fatal(err)
	}
	fragment := p.Root.Inputs()[0].(*Gather).Fragment
	b.ReportMetric(float64(len(EncodeFragment(fragment))), "bytes")
	for b.Loop() {
		if _, err := DecodeFragment(EncodeFragment(fragment)); err != nil {
			b.Fatal(err)
		}
	}
}
