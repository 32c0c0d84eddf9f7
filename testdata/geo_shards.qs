# A table that is sharded by a place: rows live where their place says, those
# without one at the beginning of the curve.

run
CREATE TABLE stations (id KEYWORD, loc POINT, height BIGINT) WITH (shard_by = 'geo(loc)')
----
CREATE TABLE

run
INSERT INTO stations VALUES ('oslo', 'POINT(10.75 59.91)', 23), ('bergen', 'POINT(5.32 60.39)', 12), ('suva', 'POINT(178.44 -18.14)', 4), ('apia', 'POINT(-171.77 -13.83)', 2), ('alert', 'POINT(-62.33 82.5)', 30), ('pole', 'POINT(0 -90)', 2835), ('also pole', 'POINT(50 -90)', 2835), ('quito', 'POINT(-78.47 -0.18)', 2850), ('date line', 'POINT(180 0)', 0), ('date line too', 'POINT(-180 0)', 0), ('nowhere', NULL, 0)
----
INSERT 0 11

run sorted
SELECT id FROM stations WHERE st_dwithin(loc, st_makepoint(10, 60), 300000)
----
id
bergen
oslo

run sorted
SELECT id FROM stations WHERE st_dwithin(loc, st_makepoint(77, -90), 10)
----
id
also pole
pole

run sorted
SELECT id FROM stations WHERE st_dwithin(loc, st_makepoint(180, 0), 10)
----
id
date line
date line too

run sorted
SELECT id FROM stations WHERE st_within(loc, st_makeenvelope(170, -30, -170, -1))
----
id
apia
suva

run sorted
SELECT id FROM stations WHERE st_contains('POLYGON((0 58, 12 58, 12 62, 0 62, 0 58))', loc) OR id = 'quito'
----
id
bergen
oslo
quito

run sorted
SELECT id FROM stations WHERE st_dwithin(loc, st_makepoint(10, 60), 300000) OR loc IS NULL
----
id
bergen
nowhere
oslo

run sorted
SELECT id FROM stations WHERE NOT st_dwithin(loc, st_makepoint(10, 60), 3000000)
----
id
alert
also pole
apia
date line
date line too
pole
quito
suva

run
SELECT id FROM stations WHERE loc IS NULL
----
id
nowhere

run
SELECT id FROM stations ORDER BY loc <-> st_makepoint(-79, 0) LIMIT 2
----
id
quito
alert

run
SELECT count(*) FROM stations WHERE st_geohash(loc, 2) = 'u4'
----
count
2

run
DELETE FROM stations WHERE st_dwithin(loc, st_makepoint(10.75, 59.91), 1000)
----
DELETE 1

run
UPDATE stations SET height = 13 WHERE st_dwithin(loc, st_makepoint(5.32, 60.39), 1000)
----
UPDATE 1

run
SELECT id, height FROM stations WHERE st_dwithin(loc, st_makepoint(10, 60), 300000)
----
id      height
bergen  13

# Back to hashes, and to places again: cut by where there are some now.

run
ALTER TABLE stations SET (shard_by = 'id')
----
ALTER TABLE

run
SELECT count(*), count(loc), sum(height) FROM stations
----
count  count  sum
10     9      8569

run
ALTER TABLE stations SET (shard_by = 'geo(loc)')
----
ALTER TABLE

run sorted
SELECT id, height FROM stations WHERE st_within(loc, st_makeenvelope(170, -30, -170, -1))
----
id    height
apia  2
suva  4

run
SELECT count(*), count(loc), sum(height) FROM stations
----
count  count  sum
10     9      8569

run each-line
CREATE TABLE k (id BIGINT PRIMARY KEY, loc POINT) WITH (shard_by = 'geo(loc)')
CREATE TABLE k (id BIGINT, loc POINT) WITH (shard_by = 'geo(id)')
CREATE TABLE k (id BIGINT, loc POINT) WITH (shard_by = 'geo(lok)')
UPDATE stations SET loc = NULL WHERE id = 'apia'
ALTER TABLE stations DROP COLUMN loc
----
error 42P16 at 1:1: sql: create table at line 1, column 1: shard_by names loc, which is not part of the primary key: one key must have one home
error 42P16 at 1:45: sql: create table at line 1, column 45: shard_by = 'geo(id)' is of a column of type POINT, and id is BIGINT
error 42703 at 1:45: sql: create table at line 1, column 45: the option shard_by names lok, which is no column | hint: did you mean loc?
error 0A000 at 1:21: sql: update at line 1, column 21: column loc is part of the primary key or the shard key, which say where a row lives | hint: INSERT the row with its new key, then DELETE the old one
error 2BP01 at 1:13: sql: alter table at line 1, column 13: catalog: alter table stations.loc: the column is part of what the table is sharded by
