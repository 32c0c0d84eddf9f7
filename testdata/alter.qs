# Columns that come, go and change their names, and tables that do.

run
CREATE TABLE t (id BIGINT PRIMARY KEY, a KEYWORD, note TEXT)
----
CREATE TABLE

run
INSERT INTO t VALUES (1, 'x', 'one fish'), (2, 'y', 'two fish'), (3, 'x', 'red bird')
----
INSERT 0 3

run
ALTER TABLE t ADD COLUMN n BIGINT DEFAULT 5, ADD more TEXT DEFAULT 'blue whale', ADD loc POINT
----
ALTER TABLE

run
SELECT * FROM t ORDER BY id
----
id  a  note      n  more        loc
1   x  one fish  5  blue whale  NULL
2   y  two fish  5  blue whale  NULL
3   x  red bird  5  blue whale  NULL

run
INSERT INTO t VALUES (4, 'z', 'new', 6, 'grey whale', ST_MakePoint(1, 2)), (2, 'y', 'two', 7, NULL, ST_MakePoint(1, 2.001))
----
INSERT 0 2

run
SELECT id, n FROM t WHERE n = 5 ORDER BY id
----
id  n
1   5
3   5

run
SELECT id, n FROM t WHERE n > 5 ORDER BY id
----
id  n
2   7
4   6

run
SELECT id FROM t WHERE match(more, 'blue') ORDER BY id
----
id
1
3

run
SELECT id FROM t WHERE ST_DWithin(loc, ST_MakePoint(1, 2), 1000) ORDER BY id
----
id
2
4

run
SELECT sum(n), count(loc), count(*) FROM t
----
sum  count  count
23   2      4

run
ALTER TABLE t RENAME COLUMN a TO kind, DROP COLUMN note
----
ALTER TABLE

run
SELECT * FROM t ORDER BY id
----
id  kind  n  more        loc
1   x     5  blue whale  NULL
2   y     7  NULL        POINT(1 2.001)
3   x     5  blue whale  NULL
4   z     6  grey whale  POINT(1 2)

run
SELECT id FROM t WHERE kind = 'x' ORDER BY id
----
id
1
3

run
ALTER TABLE t ADD COLUMN note TEXT
----
ALTER TABLE

run
SELECT id, note FROM t ORDER BY id
----
id  note
1   NULL
2   NULL
3   NULL
4   NULL

run
UPDATE t SET note = 'fish again' WHERE n > 5
----
UPDATE 2

run
SELECT id FROM t WHERE match(note, 'fish') ORDER BY id
----
id
2
4

run
ALTER TABLE t RENAME TO u
----
ALTER TABLE

run
SELECT count(*) FROM u
----
count
4

run
CREATE TABLE t (id KEYWORD)
----
CREATE TABLE

run
INSERT INTO t VALUES ('a'), ('a')
----
INSERT 0 2

run
SELECT count(*) FROM t
----
count
2

run
DROP TABLE u
----
DROP TABLE

run
ALTER TABLE t RENAME TO u
----
ALTER TABLE

run
SELECT * FROM u
----
id
a
a

run
ALTER TABLE IF EXISTS nothing ADD COLUMN a BIGINT
----
ALTER TABLE

run
CREATE TABLE h (at TIMESTAMP, host KEYWORD, v BIGINT) WITH (time = 'at', series = 'host')
----
CREATE TABLE

run
INSERT INTO h VALUES ('2001-01-01', 'a', 1)
----
INSERT 0 1

run each-line
ALTER TABLE nothing ADD COLUMN a BIGINT
ALTER TABLE u ADD COLUMN id BIGINT
ALTER TABLE u ADD COLUMN IF NOT EXISTS id BIGINT
ALTER TABLE u ADD COLUMN b BIGINT NOT NULL
ALTER TABLE u ADD COLUMN b BIGINT PRIMARY KEY
ALTER TABLE u DROP COLUMN b
ALTER TABLE u DROP COLUMN IF EXISTS b
ALTER TABLE u DROP COLUMN id
ALTER TABLE h DROP COLUMN host
ALTER TABLE u RENAME COLUMN id TO id
ALTER TABLE u RENAME TO h
ALTER TABLE h ADD COLUMN b BIGINT, DROP COLUMN c
DESCRIBE h
----
error 42P01 at 1:13: sql: alter table at line 1, column 13: catalog: look up nothing: no such table | hint: SHOW TABLES lists what exists
error 42701 at 1:13: sql: alter table at line 1, column 13: catalog: alter table id: there is a column of this name
ALTER TABLE
error 23502 at 1:15: sql: alter table at line 1, column 15: 2 rows would have NULL in b, which is NOT NULL | hint: give it a DEFAULT
error 0A000 at 1:15: sql: alter table at line 1, column 15: a PRIMARY KEY is given when the table is made
error 42703 at 1:13: sql: alter table at line 1, column 13: catalog: alter table u.b: no such column | hint: DESCRIBE u lists its columns
ALTER TABLE
error 54011 at 1:13: sql: alter table at line 1, column 13: catalog: alter table u: 0 columns; a table has 1 to 1600
error 2BP01 at 1:13: sql: alter table at line 1, column 13: catalog: alter table h.host: the column is part of the table's time or series
error 42701 at 1:13: sql: alter table at line 1, column 13: catalog: alter table id: there is a column of this name
error 42P07 at 1:13: sql: alter table at line 1, column 13: catalog: alter table h: a table or a property graph has this name
error 42703 at 1:13: sql: alter table at line 1, column 13: catalog: alter table h.c: no such column | hint: DESCRIBE h lists its columns
column  type       nullable  default | at      TIMESTAMP  true      NULL | host    KEYWORD    true      NULL | v       BIGINT     true      NULL
