# What goes wrong says where, and what to do.

run
CREATE TABLE flights (origin KEYWORD NOT NULL, delay BIGINT, dep TIMESTAMP, mag DECIMAL(4,2))
----
CREATE TABLE

run
CREATE TABLE flights (x BIGINT)
----
error 42P07 at 1:14: sql: create table at line 1, column 14: catalog: create table flights: the table already exists
hint: DROP TABLE flights first, or use IF NOT EXISTS

run each-line
SELEC 1
SELECT FORM flights
SELECT * FROM flihgts
SELECT orign FROM flights
SELECT origin, count(*) FROM flights
SELECT origin + 1 FROM flights
SELECT nosuch(delay) FROM flights
SELECT delay / 0 FROM (VALUES (1)) v(delay)
SELECT 9223372036854775807 + 1
SELECT 'abc'::bigint
SELECT * FROM flights WHERE dep > 'yesterday noon'
SELECT (1
SELECT 'open
UPDATE flights SET delya = 1
DELETE FROM flihgts
CREATE TABLE k (id BIGINT PRIMARY KEY, n BIGINT PRIMARY KEY)
CREATE TABLE k (id NOSUCHTYPE)
CREATE TABLE k (id BIGINT, id BIGINT)
CREATE TABLE k (id BIGINT) WITH (shard_by = 'nope')
CREATE TABLE k (id BIGINT) WITH (colour = 'red')
DROP TABLE nope
DROP TABLE IF EXISTS nope
INSERT INTO flights VALUES (NULL, 1)
INSERT INTO flights VALUES ('ORD', 'late')
INSERT INTO flights VALUES ('ORD', 1, NULL, 123.45)
INSERT INTO flights (origin, nope) VALUES ('ORD', 1)
INSERT INTO flights (origin) VALUES ('ORD', 1)
----
error 42601 at 1:1: sql: parse at line 1, column 1: unexpected "SELEC", expected SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, TRUNCATE, SHOW, DESCRIBE, EXPLAIN, WITH or VALUES | hint: did you mean SELECT?
error 42703 at 1:8: plan: bind form at line 1, column 8: no such column: there is no FROM
error 42P01 at 1:15: plan: bind flihgts at line 1, column 15: no such table | hint: did you mean flights?
error 42703 at 1:8: plan: bind orign at line 1, column 8: no such column | hint: did you mean origin?
error 42803 at 1:8: plan: bind origin at line 1, column 8: the column must appear in GROUP BY or in an aggregate | hint: add it to GROUP BY, or use an aggregate such as any_value(origin)
error 42883 at 1:15: plan: bind at line 1, column 15: no function or operator +(KEYWORD, BIGINT) | hint: check the argument types; a cast may help: x::TYPE
error 42883 at 1:8: plan: bind nosuch at line 1, column 8: no such function | hint: docs/sql.md lists the functions
error 22012: eval: arithmetic: division by zero
error 22003: eval: arithmetic: BIGINT out of range
error 22P02 at 1:8: plan: bind at line 1, column 8: record: parse BIGINT: "abc": is not an integer
error 22007 at 1:35: plan: bind at line 1, column 35: record: parse TIMESTAMP: "yesterday noon": is not a date or time: want YYYY-MM-DD[ hh:mm:ss[.fraction]][zone]
error 42601 at 1:8: sql: parse at line 1, column 8: "(" is never closed
error 42601 at 1:8: sql: parse at line 1, column 8: string is never closed
error 42703 at 1:20: sql: update at line 1, column 20: table flights has no column delya | hint: did you mean delay?
error 42P01 at 1:13: sql: delete at line 1, column 13: catalog: look up flihgts: no such table | hint: did you mean flights?
error 42P16 at 1:40: sql: create table at line 1, column 40: a table has one PRIMARY KEY; PRIMARY KEY (a, b) makes it of several columns
error 42704 at 1:20: sql: create table at line 1, column 20: plan: type nosuchtype: no such type | hint: see docs/sql.md for the types that exist
error 42701 at 1:14: sql: create table at line 1, column 14: catalog: create table k: column "id" is named twice
error 42703 at 1:34: sql: create table at line 1, column 34: the option shard_by names nope, which is no column | hint: there are id
error 22023 at 1:34: sql: create table at line 1, column 34: no option colour | hint: there are shards, shard_by, order_by, time, series, chunk, ttl, retention, bloom, pack
error 42P01 at 1:12: sql: drop table at line 1, column 12: catalog: look up nope: no such table | hint: SHOW TABLES lists what exists
DROP TABLE
error 23502 at 1:29: sql: insert at line 1, column 29: row 1, column "origin": NULL, and the column is NOT NULL
error 22P02 at 1:36: plan: bind at line 1, column 36: record: parse BIGINT: "late": is not an integer
error 22003: eval: cast: eval: value out of range for DECIMAL(4,2)
error 42703 at 1:30: sql: insert at line 1, column 30: table flights has no column nope | hint: DESCRIBE flights lists its columns
error 42601 at 1:30: plan: bind at line 1, column 30: 2 values for 1 column

run
SELECT count(*) FROM flights
----
count
0

# Names and strings, taken for one another; letters in the wrong order.

run each-line
;
SELECT "Gull"
SELECT origin FROM flights WHERE origin = "ORD"
SELECT oirgin FROM flights
SELECT f.nothing_like_it FROM flights f
SELECT * FROM 'flights'
SELECT * FROM GRAPH_TABLE ('skies' MATCH (a) COLUMNS (a.id))
SHOW COLUMNS
DESCRIBE nothing
----
error 42601 at 1:1: sql: parse at line 1, column 1: the statement is empty
error 42703 at 1:8: plan: bind Gull at line 1, column 8: no such column: there is no FROM | hint: "Gull" is a name; a string stands in single quotes: 'Gull'
error 42703 at 1:43: plan: bind ORD at line 1, column 43: no such column | hint: "ORD" is a name; a string stands in single quotes: 'ORD'
error 42703 at 1:8: plan: bind oirgin at line 1, column 8: no such column | hint: did you mean origin?
error 42703 at 1:8: plan: bind nothing_like_it at line 1, column 8: no such column | hint: the columns are delay, dep, mag, origin
error 42601 at 1:15: sql: parse at line 1, column 15: unexpected string 'flights', expected LATERAL or a table | hint: names stand without quotes, or in double quotes
error 42601 at 1:28: sql: parse at line 1, column 28: unexpected string 'skies', expected a property graph | hint: names stand without quotes, or in double quotes
error 0A000 at 1:1: sql: show at line 1, column 1: no SHOW columns | hint: there are SHOW TABLES and SHOW GRAPHS; DESCRIBE t lists the columns of a table
error 42P01 at 1:10: sql: describe at line 1, column 10: catalog: look up nothing: no such table | hint: SHOW TABLES lists what exists
