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
			Answer: `origin      n  mean_delay
------  -----  ----------
ORD     12498        6.82
DFW     12053        9.18
ATL      9552        8.92
LAX      8758       13.48
PHX      7195       14.95
`,
		},
		{
			Title: "a morning's flights out of Chicago, by hour, with the airport's name joined in",
			SQL: `SELECT date_trunc('hour', f.dep) AS hour, count(*) AS n, max(f.delay) AS worst, max(a.name) AS airport
FROM flights f JOIN airports a ON a.iata = f.origin
WHERE f.origin = 'ORD' AND f.dep >= '2001-01-05 06:00' AND f.dep < '2001-01-05 10:00'
GROUP BY 1 ORDER BY 1`,
			Answer: `hour                  n  worst  airport
-------------------  --  -----  ------------------------------------
2001-01-05 06:00:00  55     19  Chicago O'Hare International Airport
2001-01-05 07:00:00  36     41  Chicago O'Hare International Airport
2001-01-05 08:00:00  71     78  Chicago O'Hare International Airport
2001-01-05 09:00:00  53     88  Chicago O'Hare International Airport
`,
		},
		{
			Title: "the largest earthquakes of the week, exact decimals",
			SQL:   `SELECT mag, place, at, loc FROM quakes WHERE kind = 'earthquake' AND mag >= 5.8 ORDER BY mag DESC, at LIMIT 5`,
			Answer: ` mag  place                                      at                      loc
----  -----------------------------------------  ----------------------  ------------------------
6.40  22km NNE of Hualian, Taiwan                2018-02-06 15:50:42.4   POINT(121.653 24.1737)
6.10  35km S of Jarm, Afghanistan                2018-01-31 07:07:00.23  POINT(70.8155 36.5432)
6.10  21km NNE of Hualian, Taiwan                2018-02-04 13:56:42.15  POINT(121.6777 24.1595)
6.00  272km SSE of Sigave, Wallis and Futuna     2018-02-01 11:05:50.54  POINT(-177.3954 -16.645)
6.00  265km NE of Scott Island Bank, Antarctica  2018-02-02 11:37:53.32  POINT(-175.635 -65.8111)
`,
		},
		{
			Title: "which birds cost most",
			SQL: `SELECT species, count(*) AS strikes, sum(cost_total) AS dollars
FROM strikes WHERE species NOT LIKE 'Unknown%' GROUP BY species HAVING sum(cost_total) > 1000000 ORDER BY dollars DESC LIMIT 5`,
			Answer: `species          strikes   dollars
---------------  -------  --------
Canada goose         190  15389869
Rock pigeon          232   3299801
Red-tailed hawk      100   2322149
Herring gull          52   1390275
`,
		},
		{
			Title: "airports that nobody left in these two weeks, by kind",
			SQL: `SELECT type, count(*) AS n FROM airports
WHERE country = 'US' AND iata IS NOT NULL AND iata NOT IN (SELECT origin FROM flights) GROUP BY type ORDER BY n DESC`,
			Answer: `type              n
--------------  ---
medium_airport  615
large_airport     2
`,
		},
		{
			Title: "five engines: international airports within 500 km of Chicago, at most two flights from Eugene, and their delays by day",
			SQL: `SELECT a.iata, time_bucket('1 day', f.dep) AS day, round(avg(f.delay), 2) AS mean_delay, count(*) AS n
FROM airports a JOIN flights f ON f.origin = a.iata
WHERE match(a.name, 'international') AND ST_DWithin(a.loc, ST_MakePoint(-87.9, 41.98), 500000)
  AND f.dep >= '2001-01-01' AND f.dep < '2001-01-08'
  AND a.iata IN (SELECT iata FROM GRAPH_TABLE (skies MATCH (d WHERE d.iata = 'EUG')-[IS flies]->{1,2}(x IS airports) COLUMNS (x.iata AS iata)))
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 5`,
			Answer: `iata  day                  mean_delay    n
----  -------------------  ----------  ---
CVG   2001-01-01 00:00:00       34.69  150
ORD   2001-01-03 00:00:00       27.57  897
IND   2001-01-03 00:00:00       23.95  107
CMH   2001-01-03 00:00:00       22.81  101
CMH   2001-01-04 00:00:00       18.76  115
`,
		},
	}
}
