# What newcomers write that meant something else, or was refused without need.

run
CREATE TABLE n (id BIGINT, d DECIMAL(18, 2), at DATE, g GEOMETRY)
----
CREATE TABLE

run
INSERT INTO n VALUES
  (-9223372036854775808, -1.25, '2001-01-01', 'POLYGON((0 0,1 0,1 1,0 0))'),
  (9223372036854775807, 9999999999999999.99, '2001-01-02', '{"type":"Point","coordinates":[1,2]}'),
  (1, 0.10, NULL, NULL),
  (NULL, NULL, NULL, ST_GeomFromText('LINESTRING(0 0,1 1)'))
----
INSERT 0 4

# BETWEEN SYMMETRIC is NULL where it depends on a bound that is NULL.
run each-line
SELECT 6 BETWEEN SYMMETRIC NULL AND 6, 6 NOT BETWEEN SYMMETRIC NULL AND 6, 6 BETWEEN SYMMETRIC 7 AND 5, 1 BETWEEN SYMMETRIC 2 AND NULL
SELECT count(*) FROM n WHERE id BETWEEN SYMMETRIC CAST(NULL AS BIGINT) AND 1
SELECT count(*) FROM n WHERE id BETWEEN SYMMETRIC 1 AND -9223372036854775808
SELECT count(*) FROM n WHERE at BETWEEN SYMMETRIC '2001-01-02' AND '2001-01-01'
SELECT count(*) FROM n WHERE id NOT BETWEEN SYMMETRIC NULL AND 1
----
?column?  ?column?  ?column?  ?column? | NULL      NULL      true      NULL
count | 0
count | 2
count | 2
count | 0

# Rows of constants.
run each-line
SELECT (1, 2) = (1, 2), (1, 2) <> (1, 2), (1, NULL) = (1, 2), (2, NULL) = (1, 2), (1, 2) IN ((1, 2), (3, 4)), (1, 2) NOT IN ((1, NULL))
SELECT count(*) FROM n WHERE (1, 2) = (1, 2)
SELECT count(*) FROM n WHERE (id, 2) = (1, 2)
SELECT count(*) FROM n WHERE (id, 2) IN ((1, 2), (NULL, 3))
----
?column?  ?column?  ?column?  ?column?  ?column?  ?column? | true      false     NULL      false     true      NULL
count | 4
count | 1
count | 1

# Numbers that have more digits than the columns they are compared with.
run each-line
SELECT id FROM n WHERE id = 9223372036854775808
SELECT id FROM n WHERE 9223372036854775808 > id ORDER BY id
SELECT id FROM n WHERE id <= 9223372036854775807.5 ORDER BY id
SELECT id FROM n WHERE id >= 9223372036854775806.5
SELECT id FROM n WHERE id <> 99999999999999999999 ORDER BY id
SELECT id FROM n WHERE id < -9223372036854775808.5
SELECT id FROM n WHERE id > -9223372036854775808.5 ORDER BY id
SELECT id FROM n WHERE id < -9223372036854775807.5
SELECT id FROM n WHERE id IN (1, 9223372036854775808)
SELECT id FROM n WHERE id IN (9223372036854775808, 99999999999999999999)
SELECT id FROM n WHERE id NOT IN (1, 9223372036854775808) ORDER BY id
SELECT id FROM n WHERE id IN (1.00000000000000000000, 2)
SELECT id FROM n WHERE id BETWEEN 0.5 AND 9223372036854775806.5
SELECT id FROM n WHERE id BETWEEN 9223372036854775806.5 AND 9223372036854775808
SELECT count(*) FROM n WHERE id IS DISTINCT FROM 9223372036854775808
SELECT count(*) FROM n WHERE id IS NOT DISTINCT FROM 1.00000000000000000000
SELECT d FROM n WHERE d = 9999999999999999.990000001
SELECT d FROM n WHERE d < 9999999999999999.990000001 ORDER BY d
SELECT d FROM n WHERE d >= 0.1000000000000000000001
SELECT d FROM n WHERE d = 0.1000000000000000000000
SELECT d FROM n WHERE d > -1.2500000000000000000001 ORDER BY d
----
id
id | -9223372036854775808 | 1 | 9223372036854775807
id | -9223372036854775808 | 1 | 9223372036854775807
id | 9223372036854775807
id | -9223372036854775808 | 1 | 9223372036854775807
id
id | -9223372036854775808 | 1 | 9223372036854775807
id | -9223372036854775808
id | 1
id
id | -9223372036854775808 | 9223372036854775807
id | 1
id | 1
id | 9223372036854775807
count | 4
count | 1
d
d | -1.25 | 0.10 | 9999999999999999.99
d | 9999999999999999.99
d | 0.10
d | -1.25 | 0.10 | 9999999999999999.99

# A string is a shape where a GEOMETRY is wanted, in each of its notations.
run each-line
SELECT id, ST_AsText(g) FROM n ORDER BY id
SELECT ST_AsText(CAST(s AS GEOMETRY)) FROM (VALUES ('POINT(3 4)')) AS v (s)
INSERT INTO n (g) VALUES ('POLYGON((0 0')
----
id                    st_astext | -9223372036854775808  POLYGON((0 0,1 0,1 1,0 0)) | 1                     NULL | 9223372036854775807   POINT(1 2) | NULL                  LINESTRING(0 0,1 1)
error 42846 at 1:18: plan: bind at line 1, column 18: no cast from KEYWORD to GEOMETRY
error 22P02 at 1:27: plan: bind at line 1, column 27: sphere: read WKT: wkt: invalid data | hint: such as POLYGON((10 50, 11 50, 11 51, 10 50)), longitude first

# There is one schema; strings beside each other are no INTERVAL.
run each-line
SELECT count(*) FROM public.n
SELECT count(*) FROM prod.n
DELETE FROM prod.n
SELECT '5' * '2'
----
count | 4
error 0A000 at 1:22: sql: parse at line 1, column 22: there are no schemas but public: prod.n | hint: name the table alone: n
error 0A000 at 1:13: sql: parse at line 1, column 13: there are no schemas but public: prod.n | hint: name the table alone: n
error 42883 at 1:12: plan: bind at line 1, column 12: no function or operator *('text', 'text') | hint: check the argument types; a cast may help: x::TYPE

# NULL beside the elements that are compared with.
run each-line
SELECT 1 = ANY (ARRAY[1, NULL]), 2 = ANY (ARRAY[1, NULL]), 2 <> ALL (ARRAY[1, NULL]), 1 <> ALL (ARRAY[1, NULL]), 2 > ALL (ARRAY[1, NULL]), 1 > ALL (ARRAY[1, NULL]), 2 > ANY (ARRAY[1, NULL])
SELECT id FROM n WHERE id = ANY (ARRAY[1, NULL])
SELECT count(*) FROM n WHERE id < SOME (ARRAY[NULL, 1])
SELECT count(*) FROM n WHERE id = ALL (ARRAY[1, 1])
SELECT ARRAY[1, NULL]
SELECT ARRAY[id, 2] FROM n WHERE id = 1 OR id IS NULL ORDER BY id
WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a
----
?column?  ?column?  ?column?  ?column?  ?column?  ?column?  ?column? | true      NULL      NULL      false     NULL      false     true
id | 1
count | 1
count | 1
error 22004 at 1:17: plan: bind at line 1, column 17: an array holds no NULL
array | NULL | {1,2}
error 42712 at 1:23: plan: bind a at line 1, column 23: WITH names two queries so
