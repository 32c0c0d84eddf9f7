# Rows with a primary key, and rows that are changed and deleted.

run
CREATE TABLE air (ident KEYWORD PRIMARY KEY, name TEXT, loc POINT, elev BIGINT DEFAULT 7, at TIMESTAMP)
----
CREATE TABLE

run
INSERT INTO air VALUES ('KORD', 'Chicago International', ST_MakePoint(-87.9, 41.98), 668, '2001-01-01'), ('KEUG', 'Eugene Field', ST_MakePoint(-123.2, 44.1), 374, '2001-01-02'), ('KSFO', 'San Francisco International', ST_MakePoint(-122.4, 37.6), 13, '2001-01-03')
----
INSERT 0 3

run
INSERT INTO air (ident, name, loc) VALUES ('KEUG', 'Mahlon Sweet International', ST_MakePoint(-123.2, 44.1))
----
INSERT 0 1

run
SELECT ident, name, elev FROM air ORDER BY ident
----
ident  name                         elev
KEUG   Mahlon Sweet International   7
KORD   Chicago International        668
KSFO   San Francisco International  13

run
INSERT INTO air (ident, name) VALUES ('KEUG', 'no'), ('KDEN', 'Denver'), ('KDEN', 'Denver again') ON CONFLICT DO NOTHING
----
INSERT 0 1

run
INSERT INTO air (ident, name) VALUES ('KPDX', 'first'), ('KPDX', 'Portland Field')
----
INSERT 0 2

run
SELECT ident, name, elev FROM air ORDER BY ident
----
ident  name                         elev
KDEN   Denver                       7
KEUG   Mahlon Sweet International   7
KORD   Chicago International        668
KPDX   Portland Field               7
KSFO   San Francisco International  13

run
SELECT name FROM air WHERE ident = 'KPDX'
----
name
Portland Field

run
SELECT ident FROM air WHERE match(name, 'international') ORDER BY ident
----
ident
KEUG
KORD
KSFO

run
SELECT ident FROM air WHERE match(name, 'eugene OR first')
----
ident

run
UPDATE air SET elev = elev * 2, name = name || ' changed', at = now() + INTERVAL '1 day' WHERE ident IN ('KORD', 'KSFO', 'nowhere')
----
UPDATE 2

run
SELECT ident, name, elev FROM air WHERE match(name, 'changed') ORDER BY ident
----
ident  name                                 elev
KORD   Chicago International changed        1336
KSFO   San Francisco International changed  26

run
UPDATE air a SET elev = DEFAULT, loc = ST_MakePoint(10, 50) WHERE a.elev > 1000
----
UPDATE 1

run
SELECT ident, elev, loc FROM air WHERE ST_DWithin(loc, ST_MakePoint(10, 50), 1000) ORDER BY ident
----
ident  elev  loc
KORD   7     POINT(10 50)

run
SELECT ident FROM air WHERE ST_DWithin(loc, ST_MakePoint(-87.9, 41.98), 1000)
----
ident

run
DELETE FROM air WHERE ST_DWithin(loc, ST_MakePoint(-123.2, 44.1), 1000) OR name = 'Denver'
----
DELETE 2

run
SELECT ident, name, elev FROM air ORDER BY ident
----
ident  name                                 elev
KORD   Chicago International changed        7
KPDX   Portland Field                       7
KSFO   San Francisco International changed  26

run
SELECT count(*), min(elev), max(elev), sum(elev), count(DISTINCT elev) FROM air
----
count  min  max  sum  count
3      7    26   40   2

run
DELETE FROM air WHERE ident = 'KEUG'
----
DELETE 0

run
INSERT INTO air (ident, name) VALUES ('KEUG', 'back')
----
INSERT 0 1

run
SELECT elev, count(*) FROM air GROUP BY elev ORDER BY elev
----
elev  count
7     3
26    1

run
UPDATE air SET elev = (SELECT max(elev) FROM air) + 1 WHERE ident = (SELECT min(ident) FROM air)
----
UPDATE 1

run
SELECT ident, elev FROM air ORDER BY elev, ident
----
ident  elev
KORD   7
KPDX   7
KSFO   26
KEUG   27

run
CREATE TABLE log (n BIGINT, who KEYWORD, at TIMESTAMP)
----
CREATE TABLE

run
INSERT INTO log VALUES (1, 'a', '2001-01-01'), (2, 'b', '2001-01-02'), (2, 'b', '2001-01-02'), (3, NULL, NULL)
----
INSERT 0 4

run
INSERT INTO log SELECT n + 10, who, at FROM log
----
INSERT 0 4

run
UPDATE log SET n = n + 100 WHERE who = 'b'
----
UPDATE 4

run
SELECT n, who FROM log ORDER BY n, who
----
n    who
1    a
3    NULL
11   a
13   NULL
102  b
102  b
112  b
112  b

run
DELETE FROM log l WHERE l.who IS NULL OR n = 1
----
DELETE 3

run
SELECT count(*), sum(n) FROM log
----
count  sum
5      439

run
UPDATE log SET n = 0
----
UPDATE 5

run
SELECT n, count(*) FROM log GROUP BY n
----
n  count
0  5

run
TRUNCATE log
----
TRUNCATE TABLE

run
SELECT count(*) FROM log
----
count
0

run
INSERT INTO log VALUES (5, 'c', NULL)
----
INSERT 0 1

run
SELECT n, who FROM log
----
n  who
5  c

run
DELETE FROM log
----
DELETE 1

run
SELECT count(*) FROM log
----
count
0

run
CREATE TABLE hyper (id BIGINT PRIMARY KEY, host KEYWORD, at TIMESTAMP, v DOUBLE) WITH (time = 'at', series = 'host', chunk = '1 day')
----
CREATE TABLE

run
INSERT INTO hyper VALUES (1, 'a', '2001-01-01 10:00', 1), (2, 'a', '2001-01-01 11:00', 2), (3, 'b', '2001-01-02 10:00', 3), (4, 'b', '2001-01-03 10:00', 4)
----
INSERT 0 4

run
INSERT INTO hyper VALUES (2, 'b', '2001-01-05', 20)
----
INSERT 0 1

run
UPDATE hyper SET at = '2001-02-01' WHERE id = 3
----
UPDATE 1

run
SELECT id, host, at, v FROM hyper WHERE at >= '2001-01-02' ORDER BY at
----
id  host  at                   v
4   b     2001-01-03 10:00:00  4
2   b     2001-01-05 00:00:00  20
3   b     2001-02-01 00:00:00  3

run
SELECT id FROM hyper WHERE host = 'a'
----
id
1

run
SELECT host, last(v, at) FROM hyper GROUP BY host ORDER BY host
----
host  last
a     1
b     3

run
CREATE TABLE two (a KEYWORD, b BIGINT, v KEYWORD, PRIMARY KEY (a, b)) WITH (shard_by = 'a')
----
CREATE TABLE

run
INSERT INTO two VALUES ('x', 1, 'x1'), ('x', 2, 'x2'), ('y', 1, 'y1'), ('x', 1, 'again')
----
INSERT 0 4

run
SELECT * FROM two ORDER BY a, b
----
a  b  v
x  1  again
x  2  x2
y  1  y1

run
SELECT v FROM two WHERE b = 1 AND a = 'x'
----
v
again

run
DROP TABLE two
----
DROP TABLE

run
CREATE TABLE two (b BIGINT, PRIMARY KEY (b))
----
CREATE TABLE

run
INSERT INTO two VALUES (1), (1), (2)
----
INSERT 0 3

run
SELECT b FROM two ORDER BY b
----
b
1
2

run each-line
UPDATE two SET b = 3 WHERE b = 1
UPDATE two SET c = 3
UPDATE nothing SET c = 3
UPDATE two SET b = 1, b = 2
DELETE FROM two WHERE c = 1
DELETE FROM nothing
TRUNCATE nothing
INSERT INTO two VALUES (NULL)
INSERT INTO log VALUES (1, 'a', NULL) ON CONFLICT DO NOTHING
INSERT INTO air (ident) VALUES ('x') ON CONFLICT (name) DO NOTHING
CREATE TABLE bad (a BIGINT PRIMARY KEY, b BIGINT PRIMARY KEY)
CREATE TABLE bad (a POINT PRIMARY KEY)
CREATE TABLE bad (a BIGINT PRIMARY KEY, b BIGINT) WITH (shard_by = 'b')
CREATE TABLE bad (a BIGINT, PRIMARY KEY (c))
CREATE INDEX keys ON air USING search (ident)
CREATE INDEX ON air USING keys (ident)
UPDATE air SET elev = 'x'
UPDATE air SET ident = 'x'
----
error 0A000 at 1:16: sql: update at line 1, column 16: column b is part of the primary key or the shard key, which say where a row lives | hint: INSERT the row with its new key, then DELETE the old one
error 42703 at 1:16: sql: update at line 1, column 16: table two has no column c | hint: DESCRIBE two lists its columns
error 42P01 at 1:8: sql: update at line 1, column 8: catalog: look up nothing: no such table | hint: SHOW TABLES lists what exists
error 0A000 at 1:16: sql: update at line 1, column 16: column b is part of the primary key or the shard key, which say where a row lives | hint: INSERT the row with its new key, then DELETE the old one
error 42703 at 1:23: plan: bind c at line 1, column 23: no such column | hint: the columns are b
error 42P01 at 1:13: sql: delete at line 1, column 13: catalog: look up nothing: no such table | hint: SHOW TABLES lists what exists
error 42P01 at 1:10: sql: truncate at line 1, column 10: catalog: look up nothing: no such table | hint: SHOW TABLES lists what exists
error 23502 at 1:25: sql: insert at line 1, column 25: row 1, column "b": NULL, and the column is NOT NULL
error 42P10 at 1:1: sql: insert at line 1, column 1: ON CONFLICT needs a primary key, and log has none
error 42P10 at 1:51: sql: insert at line 1, column 51: column name is not part of the primary key
error 42P16 at 1:41: sql: create table at line 1, column 41: a table has one PRIMARY KEY; PRIMARY KEY (a, b) makes it of several columns
error 0A000 at 1:19: sql: create table at line 1, column 19: keys: build a: a column of type POINT cannot be part of a key
error 42P16 at 1:1: sql: create table at line 1, column 1: shard_by names b, which is not part of the primary key: one key must have one home
error 42703 at 1:42: sql: create table at line 1, column 42: table bad has no column c | hint: there are a
error 42710 at 1:32: sql: create index at line 1, column 32: index keys: every table may have an index of this name; choose another
error 0A000 at 1:27: sql: create index at line 1, column 27: keys: keys are of PRIMARY KEY in CREATE TABLE
error 22P02 at 1:23: plan: bind at line 1, column 23: record: parse BIGINT: "x": is not an integer
error 0A000 at 1:16: sql: update at line 1, column 16: column ident is part of the primary key or the shard key, which say where a row lives | hint: INSERT the row with its new key, then DELETE the old one
