# One table with every kind of column, NULLs among them.

run
CREATE TABLE t (id BIGINT NOT NULL, k KEYWORD, n BIGINT, x DOUBLE, d DECIMAL(6,2), b BOOLEAN, at TIMESTAMP, day DATE, p POINT, s TEXT, tags KEYWORD[])
----
CREATE TABLE

run
INSERT INTO t VALUES
 (1, 'a', 10, 1.5, 1.25, true, '2001-01-01 00:00:00', '2001-01-01', ST_MakePoint(1, 2), 'one fish', '{red,blue}'),
 (2, 'b', NULL, 2.5, -1.5, false, '2001-01-02 12:30:00.25', '2001-01-02', NULL, 'two fish', '{}'),
 (3, 'a', 30, NULL, 0, NULL, NULL, NULL, ST_MakePoint(-3, 4.5), NULL, NULL),
 (4, NULL, -40, -0.5, 99.99, true, '1999-12-31 23:59:59', '1999-12-31', NULL, '', '{red}')
----
INSERT 0 4

run
INSERT INTO t (id, k, n) SELECT id + 100, k, n * 2 FROM t WHERE n IS NOT NULL
----
INSERT 0 3

run
SELECT * FROM t ORDER BY id
----
id   k     n     x     d      b      at                      day         p              s         tags
1    a     10    1.5   1.25   true   2001-01-01 00:00:00     2001-01-01  POINT(1 2)     one fish  {red,blue}
2    b     NULL  2.5   -1.50  false  2001-01-02 12:30:00.25  2001-01-02  NULL           two fish  {}
3    a     30    NULL  0.00   NULL   NULL                    NULL        POINT(-3 4.5)  NULL      NULL
4    NULL  -40   -0.5  99.99  true   1999-12-31 23:59:59     1999-12-31  NULL           ''        {red}
101  a     20    NULL  NULL   NULL   NULL                    NULL        NULL           NULL      NULL
103  a     60    NULL  NULL   NULL   NULL                    NULL        NULL           NULL      NULL
104  NULL  -80   NULL  NULL   NULL   NULL                    NULL        NULL           NULL      NULL

run
SELECT id, n FROM t WHERE n > 0 ORDER BY n DESC, id
----
id   n
103  60
3    30
101  20
1    10

run
SELECT k, count(*), count(n), sum(n), min(n), max(n), avg(n) FROM t GROUP BY k ORDER BY k
----
k     count  count  sum   min   max   avg
a     4      4      120   10    60    30
b     1      0      NULL  NULL  NULL  NULL
NULL  2      2      -120  -80   -40   -60

run
SELECT count(*), sum(d), min(at), max(day), bool_and(b), bool_or(b) FROM t
----
count  sum    min                  max         bool_and  bool_or
7      99.74  1999-12-31 23:59:59  2001-01-02  false     true

run
SELECT id FROM t WHERE NOT (n > 0) ORDER BY id
----
id
4
104

run
SELECT id FROM t WHERE k = 'a' OR k IS NULL ORDER BY id DESC LIMIT 3
----
id
104
103
101

run
SELECT id FROM t WHERE k IN ('a', 'zzz') AND n BETWEEN 10 AND 30 ORDER BY id
----
id
1
3
101

run
SELECT id FROM t WHERE k NOT IN ('a') ORDER BY id
----
id
2

run
SELECT id, s FROM t WHERE s LIKE '%fish' ORDER BY id
----
id  s
1   one fish
2   two fish

run
SELECT id FROM t WHERE s ILIKE 'ONE%' OR s = '' ORDER BY id
----
id
1
4

run
SELECT id FROM t WHERE tags = 'red' ORDER BY id
----
id
1
4

run
SELECT id FROM t WHERE at >= '2001-01-01' AND at < '2001-01-02' ORDER BY id
----
id
1

run
SELECT id, d * 2 AS twice, x / 2 AS half, n % 7 AS rest FROM t WHERE id < 100 ORDER BY id
----
id  twice   half   rest
1   2.50    0.75   3
2   -3.00   1.25   NULL
3   0.00    NULL   2
4   199.98  -0.25  -5

run
SELECT CASE WHEN n > 0 THEN 'plus' WHEN n < 0 THEN 'minus' ELSE 'none' END AS sign, count(*) FROM t GROUP BY 1 ORDER BY 1
----
sign   count
minus  2
none   1
plus   4

run
SELECT DISTINCT k FROM t ORDER BY k NULLS FIRST
----
k
NULL
a
b

run
SELECT a.id, b.id FROM t a JOIN t b ON a.k = b.k AND a.id < b.id ORDER BY 1, 2
----
id   id
1    3
1    101
1    103
3    101
3    103
101  103

run
SELECT a.id, b.n FROM t a LEFT JOIN t b ON b.id = a.id + 100 ORDER BY 1
----
id   n
1    20
2    NULL
3    60
4    -80
101  NULL
103  NULL
104  NULL

run
SELECT id FROM t WHERE n = (SELECT max(n) FROM t) ORDER BY id
----
id
103

run
SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.id = t.id + 100) ORDER BY id
----
id
1
3
4

run
SELECT id FROM t WHERE k NOT IN (SELECT k FROM t WHERE k IS NOT NULL AND k <> 'b') ORDER BY id
----
id
2

run
SELECT k, n FROM (SELECT k, sum(n) AS n FROM t GROUP BY k) q WHERE n > 0 ORDER BY n
----
k  n
a  120

run
SELECT id FROM t WHERE id < 3 UNION ALL SELECT id + 1000 FROM t WHERE id < 3 ORDER BY 1
----
id
1
2
1001
1002

run
SELECT k, count(DISTINCT n) FROM t GROUP BY k HAVING count(*) > 1 ORDER BY k
----
k     count
a     4
NULL  2

run
SELECT count(*) FROM t WHERE false
----
count
0

run
SELECT id FROM t ORDER BY x DESC, id LIMIT 2 OFFSET 1
----
id
101
103

run
SELECT upper(k) || '-' || id AS u FROM t WHERE id = 1
----
u
A-1
