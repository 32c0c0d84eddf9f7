# Buckets of time with origins and zones, and the first and last of a group.

run
CREATE TABLE b (at TIMESTAMP, host KEYWORD, v BIGINT) WITH (time = 'at', series = 'host', chunk = '30 days')
----
CREATE TABLE

run
INSERT INTO b VALUES ('2001-03-24 22:59:59', 'a', 1), ('2001-03-24 23:00', 'a', 2), ('2001-03-25 21:59:59', 'b', 3), ('2001-03-25 22:00', 'b', 4), ('2001-10-27 22:00', 'a', 5), ('2001-10-28 22:59:59', 'b', 6), ('2001-10-28 23:00', 'b', 7)
----
INSERT 0 7

# In Berlin the 25th of March has 23 hours, the 28th of October 25.
run
SELECT time_bucket('1 day', at, 'Europe/Berlin') AS day, count(*), sum(v) FROM b GROUP BY 1 ORDER BY 1
----
day                  count  sum
2001-03-23 23:00:00  1      1
2001-03-24 23:00:00  2      5
2001-03-25 22:00:00  1      4
2001-10-27 22:00:00  2      11
2001-10-28 23:00:00  1      7

run
SELECT time_bucket('1 month', at, 'America/New_York') AS month, count(*) FROM b GROUP BY 1 ORDER BY 1
----
month                count
2001-03-01 05:00:00  4
2001-10-01 04:00:00  3

# Buckets count from a Monday; an origin moves them, from both sides of it.
run
SELECT time_bucket('7 days', at) AS week, count(*) FROM b GROUP BY 1 ORDER BY 1
----
week                 count
2001-03-19 00:00:00  4
2001-10-22 00:00:00  3

run
SELECT time_bucket('7 days', at, TIMESTAMP '2001-03-25 22:00') AS week, count(*), min(v), max(v) FROM b GROUP BY 1 ORDER BY 1
----
week                 count  min  max
2001-03-18 22:00:00  3      1    3
2001-03-25 22:00:00  1      4    4
2001-10-21 22:00:00  1      5    5
2001-10-28 22:00:00  2      6    7

run
SELECT time_bucket('1 day', at, 'Europe/Berlin', TIMESTAMP '2001-03-25 10:00') AS noon, sum(v) FROM b GROUP BY 1 ORDER BY 1
----
noon                 sum
2001-03-24 11:00:00  3
2001-03-25 10:00:00  7
2001-10-27 10:00:00  5
2001-10-28 11:00:00  13

run
SELECT host, time_bucket('12 hours', at, TIMESTAMP '1969-12-31 23:00') AS half, sum(v) FROM b GROUP BY 1, 2 ORDER BY 1, 2
----
host  half                 sum
a     2001-03-24 11:00:00  1
a     2001-03-24 23:00:00  2
a     2001-10-27 11:00:00  5
b     2001-03-25 11:00:00  7
b     2001-10-28 11:00:00  6
b     2001-10-28 23:00:00  7

run each-line
SELECT time_bucket('1 hour', TIMESTAMP '1969-12-31 23:59:59.999')
SELECT time_bucket('1 hour', TIMESTAMP '1970-01-01 00:30', TIMESTAMP '2001-01-01 00:45')
SELECT time_bucket('2 months', TIMESTAMP '2001-02-28 10:00')
SELECT time_bucket('1 month', TIMESTAMP '1999-12-31 23:59', TIMESTAMP '2000-03-01')
SELECT time_bucket('1 day', TIMESTAMP '2001-07-01 03:30', 'Asia/Kolkata')
SELECT time_bucket('10 minutes', TIMESTAMP '2001-07-01 03:37:30', 'UTC', TIMESTAMP '2001-07-01 00:05')
SELECT time_bucket('1 month 1 day', TIMESTAMP '2001-07-01')
SELECT time_bucket('0 seconds', TIMESTAMP '2001-07-01')
SELECT time_bucket('1 day', TIMESTAMP '2001-07-01', 'Mars/Olympus')
SELECT time_bucket('1 day', NULL::TIMESTAMP)
----
time_bucket | 1969-12-31 23:00:00
time_bucket | 1969-12-31 23:45:00
time_bucket | 2001-01-01 00:00:00
time_bucket | 1999-12-01 00:00:00
time_bucket | 2001-06-30 18:30:00
time_bucket | 2001-07-01 03:35:00
error 22023: eval: time_bucket: eval: bucket width must not mix months with days or hours
error 22023: eval: time_bucket: eval: bucket width must be greater than 0
error 22023: eval: compile: eval: time_bucket: eval: time zone "Mars/Olympus" not recognized
time_bucket | NULL

# The earliest and the latest row's value, which may be NULL; rows without a time do not count.
run
INSERT INTO b VALUES ('2001-11-01', 'a', NULL), (NULL, 'a', 100), (NULL, 'c', 200), ('2001-11-02', 'd', 300)
----
INSERT 0 4

run
SELECT host, first(v, at), last(v, at), first(host, at), last(at, v) FROM b GROUP BY host ORDER BY host
----
host  first  last  first  last
a     1      NULL  a      NULL
b     3      7     b      2001-10-28 23:00:00
c     NULL   NULL  NULL   NULL
d     300    300   d      2001-11-02 00:00:00

run
SELECT first(v, at) FILTER (WHERE v > 2), last(v, at) FILTER (WHERE v < 0), last(v, at) FROM b
----
first  last  last
3      NULL  300

run
SELECT time_bucket('1 day', at, 'Europe/Berlin') AS day, first(v, at), last(v, at) FROM b WHERE host IN ('a', 'b') GROUP BY 1 ORDER BY 1
----
day                  first  last
2001-03-23 23:00:00  1      1
2001-03-24 23:00:00  2      3
2001-03-25 22:00:00  4      4
2001-10-27 22:00:00  5      6
2001-10-28 23:00:00  7      7
2001-10-31 23:00:00  NULL   NULL
NULL                 NULL   NULL

# Of ordered buckets with a LIMIT only the rows of those are read; a row without a time comes first in a descending order.
run
SELECT time_bucket('1 day', at) AS day, count(*), max(v) FROM b GROUP BY 1 ORDER BY 1 DESC LIMIT 3
----
day                  count  max
NULL                 2      200
2001-11-02 00:00:00  1      300
2001-11-01 00:00:00  1      NULL

run
SELECT time_bucket('1 day', at) AS day, count(*), max(v) FROM b WHERE at < TIMESTAMP '2001-10-28 23:00' GROUP BY 1 ORDER BY 1 DESC LIMIT 2
----
day                  count  max
2001-10-28 00:00:00  1      6
2001-10-27 00:00:00  1      5

run
SELECT time_bucket('1 day', at) AS day, host, count(*) FROM b GROUP BY 1, 2 ORDER BY 1 DESC NULLS LAST, 2 LIMIT 4 OFFSET 1
----
day                  host  count
2001-11-01 00:00:00  a     1
2001-10-28 00:00:00  b     2
2001-10-27 00:00:00  a     1
2001-03-25 00:00:00  b     2

run
SELECT date_trunc('hour', at) AS hour, sum(v) FROM b WHERE host = 'a' GROUP BY 1 ORDER BY 1 LIMIT 2
----
hour                 sum
2001-03-24 22:00:00  1
2001-03-24 23:00:00  2

run
SELECT at, count(*) FROM b WHERE v > 1 GROUP BY at HAVING count(*) > 5 ORDER BY at DESC LIMIT 2
----
at  count

run
SELECT at, count(*) FROM b WHERE at >= '2001-03-25' GROUP BY at ORDER BY at LIMIT 2
----
at                   count
2001-03-25 21:59:59  1
2001-03-25 22:00:00  1
