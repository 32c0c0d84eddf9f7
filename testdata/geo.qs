# Places: circles, boxes, polygons, cells and distances, on a table whose geo
# index the engine made by itself.

run
CREATE TABLE stations (id KEYWORD, loc POINT, height BIGINT)
----
CREATE TABLE

run
INSERT INTO stations VALUES ('oslo', 'POINT(10.75 59.91)', 23), ('bergen', 'POINT(5.32 60.39)', 12), ('suva', 'POINT(178.44 -18.14)', 4), ('apia', 'POINT(-171.77 -13.83)', 2), ('alert', 'POINT(-62.33 82.5)', 30), ('pole', 'POINT(0 -90)', 2835), ('nowhere', NULL, 0)
----
INSERT 0 7

run sorted
SELECT id FROM stations WHERE st_dwithin(loc, st_makepoint(10, 60), 300000)
----
id
bergen
oslo

run sorted
SELECT id FROM stations WHERE st_dwithin(st_makepoint(180, -16), loc, 1000000)
----
id
apia
suva

run sorted
SELECT id FROM stations WHERE st_within(loc, st_makeenvelope(170, -30, -170, 0))
----
id
apia
suva

run sorted
SELECT id FROM stations WHERE st_contains('POLYGON((0 58, 12 58, 12 62, 0 62, 0 58))', loc) AND height > 20
----
id
oslo

run sorted
SELECT id FROM stations WHERE NOT st_intersects(loc, st_geomfromgeojson('{"type":"Polygon","coordinates":[[[0,58],[12,58],[12,62],[0,62],[0,58]]]}'))
----
id
alert
apia
pole
suva

run sorted
SELECT id, round(st_distance(loc, st_makepoint(10.75, 59.91)) / 1000) km FROM stations WHERE st_distance(loc, st_makepoint(10.75, 59.91)) < 400000
----
id      km
bergen  305
oslo    0

run sorted
SELECT id, st_geohash(loc, 5), st_astext(loc) FROM stations WHERE st_geohash(loc, 5) LIKE 'u4%'
----
id      st_geohash  st_astext
bergen  u4ez9       POINT(5.32 60.39)
oslo    u4xsu       POINT(10.75 59.91)

run sorted
SELECT id FROM stations WHERE st_geohash(loc, 5) = 'u4xsu'
----
id
oslo

run
SELECT st_s2cell(loc, 6) FROM stations WHERE id = 'apia'
----
st_s2cell
8188951497443115008

run sorted
SELECT a.id FROM stations a WHERE st_s2cell(a.loc, 6) = 8188951497443115008
----
id
apia

run
SELECT id FROM stations ORDER BY loc <-> st_makepoint(179, -15) LIMIT 3
----
id
suva
apia
pole

run
SELECT st_astext(st_makeenvelope(179, -1, -179, 1)), st_asgeojson(st_geomfromtext('LINESTRING(0 0, 1 1)'))
----
st_astext                                      st_asgeojson
POLYGON((179 -1,179 1,-179 1,-179 -1,179 -1))  {"type":"LineString","coordinates":[[0,0],[1,1]]}

run each-line
SELECT id FROM stations WHERE st_within(loc, st_geomfromtext('POLYGON((0 0, 1 1'))
SELECT id FROM stations WHERE st_within(loc, st_makeenvelope(0, 10, 5, 5))
----
error 22P02 at 1:46: plan: bind at line 1, column 46: wkt: invalid data | hint: such as POLYGON((10 50, 11 50, 11 51, 10 50)), longitude first
error 22023 at 1:46: plan: bind at line 1, column 46: south 10 is north of north 5; the order is west, south, east, north
