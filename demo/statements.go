package demo

// Statement is one statement over the demo's tables and its answer, as the
// table format prints it.
type Statement struct {
	Title, SQL, Answer string
}

// Statements returns what the demo shows.
func Statements() []Statement {
	return []Statement{
		{
			Title: "the busiest airports and their mean delay",
			SQL:   `SELECT origin, count(*) AS n, round(avg(delay), 2) AS mean_delay FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 5`,
		},
		{
			Title: "a day's flights out of Chicago, by hour, with names joined in",
			SQL: `SELECT date_trunc('hour', f.dep) AS hour, count(*) AS n, max(f.delay) AS worst, max(a.name) AS airport
FROM flights f JOIN airports a ON a.iata = f.origin
WHERE f.origin = 'ORD' AND f.dep >= '2001-01-05 06:00' AND f.dep < '2001-01-05 10:00'
GROUP BY 1 ORDER BY 1`,
		},
		{
			Title: "the largest earthquakes of the week, exact decimals",
			SQL:   `SELECT mag, place, at, loc FROM quakes WHERE kind = 'earthquake' AND mag >= 5.8 ORDER BY mag DESC, at LIMIT 5`,
		},
		{
			Title: "which birds cost most",
			SQL: `SELECT species, count(*) AS strikes, sum(cost_total) AS dollars
FROM strikes WHERE species NOT LIKE 'Unknown%' GROUP BY species HAVING sum(cost_total) > 1000000 ORDER BY dollars DESC LIMIT 5`,
		},
		{
			Title: "airports that nobody left in these two weeks, by kind",
			SQL: `SELECT type, count(*) AS n FROM airports
WHERE country = 'US' AND iata IS NOT NULL AND iata NOT IN (SELECT origin FROM flights) GROUP BY type ORDER BY n DESC`,
		},
	}
}
