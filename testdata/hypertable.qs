# A hypertable keeps its rows by series and time, in chunks; late rows go to theirs.

run
CREATE TABLE m (at TIMESTAMP, host KEYWORD, v BIGINT) WITH (time = 'at', series = 'host', chunk = '1 day', shard_by = 'host')
----
CREATE TABLE

run
INSERT INTO m VALUES ('2001-01-02 10:00', 'b', 1), ('2001-01-01 10:00', 'a', 2), ('2001-01-02 09:00', 'a', 3), (NULL, 'a', 4), ('1969-12-31 23:00', 'b', 5)
----
INSERT 0 5

run
INSERT INTO m VALUES ('2001-01-01 09:30', 'b', 6), ('2001-01-02 10:30', 'a', 7), ('2001-01-02 10:15', NULL, 8)
----
INSERT 0 3

run
SELECT host, at, v FROM m WHERE host = 'a' AND at >= '2001-01-01' AND at < '2001-01-02 10:00' ORDER BY at
----
host  at                   v
a     2001-01-01 10:00:00  2
a     2001-01-02 09:00:00  3

run
SELECT host, count(*), sum(v), min(at), max(at) FROM m GROUP BY host ORDER BY host
----
host  count  sum  min                  max
a     4      16   2001-01-01 10:00:00  2001-01-02 10:30:00
b     3      12   1969-12-31 23:00:00  2001-01-02 10:00:00
NULL  1      8    2001-01-02 10:15:00  2001-01-02 10:15:00

run
SELECT time_bucket('1 day', at) AS day, count(*), sum(v) FROM m GROUP BY 1 ORDER BY 1
----
day                  count  sum
1969-12-31 00:00:00  1      5
2001-01-01 00:00:00  2      8
2001-01-02 00:00:00  4      19
NULL                 1      4

run
SELECT host, last(v, at), first(v, at) FROM m GROUP BY host ORDER BY host
----
host  last  first
a     7     2
b     1     5
NULL  8     8

run
SELECT v FROM m WHERE at < '1970-01-01' OR host IS NULL ORDER BY v
----
v
5
8

run
SELECT DISTINCT ON (host) host, v FROM m WHERE at IS NOT NULL ORDER BY host, at DESC
----
host  v
a     7
b     1
NULL  8

run each-line
CREATE TABLE x (at TIMESTAMP, host KEYWORD) WITH (series = 'host')
CREATE TABLE x (at TIMESTAMP, host KEYWORD) WITH (time = 'host')
CREATE TABLE x (at TIMESTAMP, host KEYWORD) WITH (time = 'at', chunk = 'soon')
CREATE TABLE x (at TIMESTAMP, host KEYWORD) WITH (time = 'nope')
CREATE TABLE x (at TIMESTAMP) WITH (time = 'at', ttl = 'soon')
ALTER TABLE m SET (ttl = 5)
ALTER TABLE m SET (retention = '365')
ALTER TABLE m SET (retention = '-1 day')
----
error 22023 at 1:51: sql: create table at line 1, column 51: the option series goes with time = 'column'
error 22000 at 1:1: sql: create table at line 1, column 1: timeseries: define: time column host is a KEYWORD, want a TIMESTAMP or a DATE
error 22007 at 1:1: sql: create table at line 1, column 1: timeseries: chunk soon: record: parse INTERVAL: "soon": is not an interval, or is out of range: want '1 day 2 hours', '01:02:03' or P1DT2H
error 42703 at 1:51: sql: create table at line 1, column 51: the option time names nope, which is no column | hint: there are at, host
error 22023 at 1:50: sql: create table at line 1, column 50: record: parse INTERVAL: "soon": is not an interval, or is out of range: want '1 day 2 hours', '01:02:03' or P1DT2H | hint: as in ttl = '20 years'
error 22023 at 1:20: sql: alter table at line 1, column 20: ttl = 5 has no unit | hint: as in ttl = '20 years'
error 22023 at 1:20: sql: alter table at line 1, column 20: retention = 365 has no unit | hint: as in retention = '20 years'
error 22023 at 1:20: sql: alter table at line 1, column 20: "-1 day" is not a time to live, want an interval above zero | hint: as in retention = '20 years'
