# Rows that move to other shards, or lie in another order, with everything
# that engines know of them.

run
CREATE TABLE t (id BIGINT PRIMARY KEY, a KEYWORD, note TEXT, loc POINT, n BIGINT)
----
CREATE TABLE

run
INSERT INTO t VALUES (1, 'x', 'one fish', ST_MakePoint(1, 2), 5), (2, 'y', 'two fish', ST_MakePoint(1, 2.001), 4), (3, 'x', 'red bird', ST_MakePoint(50, 50), 3), (4, 'z', NULL, NULL, NULL), (5, 'z', 'blue fish', ST_MakePoint(1, 1.999), 1)
----
INSERT 0 5

run
DELETE FROM t WHERE id = 5
----
DELETE 1

run
UPDATE t SET n = 40 WHERE id = 2
----
UPDATE 1

run
ALTER TABLE t SET (shards = 1)
----
ALTER TABLE

run
SELECT * FROM t ORDER BY id
----
id  a  note      loc             n
1   x  one fish  POINT(1 2)      5
2   y  two fish  POINT(1 2.001)  40
3   x  red bird  POINT(50 50)    3
4   z  NULL      NULL            NULL

run
INSERT INTO t VALUES (3, 'x', 'dead bird', ST_MakePoint(50, 51), 3)
----
INSERT 0 1

run
ALTER TABLE t SET (order_by = 'a, n', shard_by = 'id')
----
ALTER TABLE

run
SELECT id FROM t WHERE match(note, 'fish OR bird') ORDER BY id
----
id
1
2
3

run
SELECT id FROM t WHERE ST_DWithin(loc, ST_MakePoint(1, 2), 1000) ORDER BY id
----
id
1
2

run
SELECT a, count(*), sum(n) FROM t GROUP BY a ORDER BY a
----
a  count  sum
x  2      8
y  1      40
z  1      NULL

run
INSERT INTO t VALUES (1, 'q', 'kept', NULL, 0), (6, 'q', 'new fish', NULL, 6) ON CONFLICT DO NOTHING
----
INSERT 0 1

run
UPDATE t SET n = n + 1 WHERE id = 2
----
UPDATE 1

run
SELECT id, a, n FROM t ORDER BY id
----
id  a  n
1   x  5
2   y  41
3   x  3
4   z  NULL
6   q  6

run
ALTER TABLE t ADD COLUMN more BIGINT DEFAULT 7, DROP COLUMN loc
----
ALTER TABLE

run
ALTER TABLE t SET (order_by = '')
----
ALTER TABLE

run
SELECT * FROM t WHERE more = 7 ORDER BY id
----
id  a  note       n     more
1   x  one fish   5     7
2   y  two fish   41    7
3   x  dead bird  3     7
4   z  NULL       NULL  7
6   q  new fish   6     7

run
DESCRIBE t
----
column  type     nullable  default
id      BIGINT   false     NULL
a       KEYWORD  true      NULL
note    TEXT     true      NULL
n       BIGINT   true      NULL
more    BIGINT   true      7

# What cannot be.

run each-line
ALTER TABLE t SET (shards = 0)
ALTER TABLE t SET (shards = 5000)
ALTER TABLE t SET (shard_by = 'a')
ALTER TABLE t SET (shard_by = 'b')
ALTER TABLE t SET (order_by = 'b')
ALTER TABLE t SET (order_by = 'a', ttl = '1 day')
ALTER TABLE t SET (order_by = 'a'), DROP COLUMN more
ALTER TABLE t SET (chunk = '1 day')
ALTER TABLE t SET (shard_by = 'od')
ALTER TABLE t SET (ttl = 5)
ALTER TABLE t SET (shardss = 2)
ALTER TABLE t DROP COLUMN od
ALTER TABLE nobody SET (shards = 1)
ALTER TABLE IF EXISTS nobody SET (shards = 1)
----
error 22023 at 1:20: sql: alter table at line 1, column 20: shards is a number from 1 to 4096, not 0
error 22023 at 1:20: sql: alter table at line 1, column 20: shards is a number from 1 to 4096, not 5000
error 42P16 at 1:15: sql: alter table at line 1, column 15: shard_by names a, which is not part of the primary key: one key must have one home
error 42703 at 1:20: sql: alter table at line 1, column 20: the option shard_by names b, which is no column | hint: DESCRIBE t lists its columns
error 42703 at 1:20: sql: alter table at line 1, column 20: the option order_by names b, which is no column | hint: DESCRIBE t lists its columns
error 0A000 at 1:36: sql: alter table at line 1, column 36: ttl needs no row to move: set it in another statement than shards, shard_by and order_by
error 0A000 at 1:15: sql: alter table at line 1, column 15: shards, shard_by and order_by rewrite the table: a statement of its own, please
error 0A000 at 1:20: sql: alter table at line 1, column 20: ALTER TABLE ... SET takes ttl and retention, or shards, shard_by and order_by, not chunk
error 42703 at 1:20: sql: alter table at line 1, column 20: the option shard_by names od, which is no column | hint: did you mean id?
error 22023 at 1:20: sql: alter table at line 1, column 20: the option ttl goes with time = 'column', which t has not
error 0A000 at 1:20: sql: alter table at line 1, column 20: ALTER TABLE ... SET takes ttl and retention, or shards, shard_by and order_by, not shardss
error 42703 at 1:13: sql: alter table at line 1, column 13: catalog: alter table t.od: no such column | hint: did you mean id?
error 42P01 at 1:13: sql: alter table at line 1, column 13: catalog: look up nobody: no such table | hint: SHOW TABLES lists what exists
ALTER TABLE

# A table without a key: rows in turn, then by a column, then in turn again.

run
CREATE TABLE e (at TIMESTAMP, host KEYWORD, v DOUBLE) WITH (order_by = 'v, host')
----
CREATE TABLE

run
INSERT INTO e VALUES ('2001-01-01', 'a', 1), ('2001-01-01', 'a', 1), ('2001-01-02', 'b', 2), (NULL, NULL, NULL)
----
INSERT 0 4

run
ALTER TABLE e SET (shard_by = 'host')
----
ALTER TABLE

run
DELETE FROM e WHERE v = 2
----
DELETE 1

run
ALTER TABLE e SET (shard_by = '')
----
ALTER TABLE

run
SELECT * FROM e ORDER BY at
----
at                   host  v
2001-01-01 00:00:00  a     1
2001-01-01 00:00:00  a     1
NULL                 NULL  NULL

run
CREATE TABLE p (loc POINT) WITH (order_by = 'loc')
----
error 0A000 at 1:34: sql: create table at line 1, column 34: rows cannot lie by loc: values of POINT have no order

# Series keep their order.

run
CREATE TABLE h (at TIMESTAMP, host KEYWORD, v DOUBLE) WITH (time = 'at', series = 'host', chunk = '1 day')
----
CREATE TABLE

run
INSERT INTO h VALUES ('2001-01-03', 'a', 3), ('2001-01-01', 'a', 1), ('2001-01-02', 'b', 2)
----
INSERT 0 3

run
ALTER TABLE h SET (order_by = 'v')
----
error 22023 at 1:20: sql: alter table at line 1, column 20: order_by does not go with time = 'column': the rows of such a table lie by series and time

run
ALTER TABLE h SET (shard_by = 'host')
----
ALTER TABLE

run
SELECT time_bucket('2 days', at) AS b, sum(v) FROM h WHERE host = 'a' GROUP BY b ORDER BY b
----
b                    sum
2001-01-01 00:00:00  1
2001-01-03 00:00:00  3

# A graph's tables.

run
CREATE TABLE port (code KEYWORD PRIMARY KEY, name TEXT)
----
CREATE TABLE

run
CREATE TABLE leg (origin KEYWORD, dest KEYWORD, n BIGINT)
----
CREATE TABLE

run
CREATE PROPERTY GRAPH g VERTEX TABLES (port KEY (code)) EDGE TABLES (leg SOURCE KEY (origin) REFERENCES port (code) DESTINATION KEY (dest) REFERENCES port (code))
----
CREATE PROPERTY GRAPH

run
INSERT INTO port VALUES ('OSL', 'Oslo'), ('CDG', 'Paris'), ('JFK', 'New York')
----
INSERT 0 3

run
INSERT INTO leg VALUES ('OSL', 'CDG', 1), ('CDG', 'JFK', 2), ('JFK', 'OSL', 3)
----
INSERT 0 3

run
ALTER TABLE leg SET (shard_by = 'origin')
----
ALTER TABLE

run
ALTER TABLE port SET (shards = 1)
----
ALTER TABLE

run
SELECT * FROM GRAPH_TABLE (g MATCH (a IS port WHERE a.code = 'OSL')-[e IS leg]->{1,2}(b IS port) COLUMNS (b.name AS name)) ORDER BY name
----
name
New York
Paris

run
SHOW GRAPHS
----
graph  element  kind    table  label  key           leads
g      port     vertex  port   port   code          NULL
g      leg      edge    leg    leg    origin, dest  port -> port

run
DROP TABLE leg
----
error 2BP01 at 1:12: sql: drop table at line 1, column 12: catalog: drop table leg: property graph g is made of this table
hint: DROP PROPERTY GRAPH g first

run
DROP PROPERTY GRAPH g
----
DROP PROPERTY GRAPH

run
DROP TABLE leg
----
DROP TABLE

run
CREATE TABLE leg (origin KEYWORD)
----
CREATE TABLE

run
SELECT count(*) FROM leg
----
count
0
