# Property graphs: made over rows that are there and rows that come later.

run
CREATE TABLE airports (iata KEYWORD, name TEXT, elev BIGINT, height DOUBLE)
----
CREATE TABLE

run
CREATE TABLE flights (origin KEYWORD, dest KEYWORD, delay BIGINT, flown TIMESTAMP)
----
CREATE TABLE

run
INSERT INTO airports VALUES ('OSL', 'Oslo', 681, 1.5), ('BGO', 'Bergen', 170, 2.5), ('SUV', 'Suva', 17, NULL), (NULL, 'nowhere', NULL, NULL)
----
INSERT 0 4

run
INSERT INTO flights VALUES ('OSL', 'BGO', 3, NULL), ('BGO', 'OSL', -1, NULL), ('OSL', NULL, 5, NULL), (NULL, 'SUV', 6, NULL), ('XXX', 'OSL', 7, NULL)
----
INSERT 0 5

run each-line
CREATE PROPERTY GRAPH g VERTEX TABLES (airprots KEY (iata))
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iato))
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (height))
CREATE PROPERTY GRAPH g VERTEX TABLES (airports)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata, name))
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata), airports KEY (elev))
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata) NO PROPERTIES)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata)) EDGE TABLES (flights SOURCE KEY (origin) REFERENCES airport (iata) DESTINATION KEY (dest) REFERENCES airports)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata)) EDGE TABLES (flights SOURCE KEY (delay) REFERENCES airports (iata) DESTINATION KEY (dest) REFERENCES airports)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata)) EDGE TABLES (flights SOURCE KEY (flown) REFERENCES airports (iata) DESTINATION KEY (dest) REFERENCES airports)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata)) EDGE TABLES (flights SOURCE KEY (origin) REFERENCES airports (name) DESTINATION KEY (dest) REFERENCES airports)
CREATE PROPERTY GRAPH g VERTEX TABLES (airports KEY (iata)) EDGE TABLES (flights SOURCE airports DESTINATION airports)
CREATE PROPERTY GRAPH flights VERTEX TABLES (airports KEY (iata))
----
error 42P01 at 1:40: sql: create property graph at line 1, column 40: catalog: look up airprots: no such table | hint: did you mean airports?
error 42703 at 1:54: sql: create property graph at line 1, column 54: table airports has no column iato | hint: did you mean iata?
error 0A000 at 1:54: sql: create property graph height at line 1, column 54: engines: key of a vertex: type DOUBLE | hint: a key is of type KEYWORD, TEXT or BIGINT
error 42P16 at 1:40: sql: create property graph at line 1, column 40: airports has no primary key: say KEY (column)
error 0A000 at 1:60: sql: create property graph at line 1, column 60: a key of several columns is not there yet
error 42712 at 1:61: sql: create property graph at line 1, column 61: two tables of the graph are called airports; give one another name with AS
error 0A000 at 1:40: sql: create property graph at line 1, column 40: PROPERTIES is not there yet; every column of airports is a property
error 42P01 at 1:113: sql: create property graph at line 1, column 113: airport is no vertex table of this graph; did you mean airports?
error 42804 at 1:94: sql: create property graph at line 1, column 94: flights.delay is BIGINT, the key airports.iata is KEYWORD
error 0A000 at 1:94: sql: create property graph flown at line 1, column 94: engines: key of a vertex: type TIMESTAMP | hint: a key is of type KEYWORD, TEXT or BIGINT
error 0A000 at 1:123: sql: create property graph at line 1, column 123: an edge refers to the key of airports, which is iata
error 42601 at 1:89: sql: create property graph at line 1, column 89: there are no foreign keys: say SOURCE KEY (column) REFERENCES airports
error 42P07 at 1:23: sql: create property graph at line 1, column 23: catalog: create property graph flights: a table has this name

run
CREATE PROPERTY GRAPH skies
  VERTEX TABLES (airports KEY (iata))
  EDGE TABLES (flights SOURCE KEY (origin) REFERENCES airports (iata) DESTINATION KEY (dest) REFERENCES airports (iata) LABEL flies)
----
CREATE PROPERTY GRAPH

run
SHOW GRAPHS
----
graph  element   kind    table     label     key           leads
skies  airports  vertex  airports  airports  iata          NULL
skies  flights   edge    flights   flies     origin, dest  airports -> airports

run each-line
CREATE PROPERTY GRAPH skies VERTEX TABLES (airports KEY (iata))
CREATE PROPERTY GRAPH IF NOT EXISTS skies VERTEX TABLES (airports KEY (iata))
CREATE TABLE skies (x BIGINT)
DROP TABLE airports
DROP INDEX flights_origin_dest_edge
DROP PROPERTY GRAPH skis
DROP PROPERTY GRAPH IF EXISTS skis
----
error 42P07 at 1:23: sql: create property graph at line 1, column 23: catalog: create property graph skies: the property graph already exists | hint: DROP PROPERTY GRAPH it first, or use IF NOT EXISTS
CREATE PROPERTY GRAPH
error 42P07 at 1:14: sql: create table at line 1, column 14: catalog: create table skies: a property graph has this name
error 2BP01 at 1:12: sql: drop table at line 1, column 12: catalog: drop table airports: property graph skies is made of this table | hint: DROP PROPERTY GRAPH skies first
error 2BP01 at 1:12: sql: drop index at line 1, column 12: catalog: drop index flights_origin_dest_edge: property graph skies walks on this index | hint: DROP PROPERTY GRAPH skies drops it too
error 42P01 at 1:21: sql: drop property graph at line 1, column 21: catalog: look up skis: no such property graph | hint: did you mean skies?
DROP PROPERTY GRAPH

run
INSERT INTO flights VALUES ('SUV', 'OSL', 8, NULL), ('OSL', 'SUV', 9, NULL), ('OSL', 'BGO', 10, NULL)
----
INSERT 0 3

# Half edges are rows like others.
run
SELECT * FROM flights WHERE origin = 'OSL' ORDER BY delay
----
origin  dest  delay  flown
OSL     BGO   3      NULL
OSL     NULL  5      NULL
OSL     SUV   9      NULL
OSL     BGO   10     NULL

run
SELECT * FROM flights WHERE dest IN ('SUV', 'OSL') ORDER BY delay
----
origin  dest  delay  flown
BGO     OSL   -1     NULL
NULL    SUV   6      NULL
XXX     OSL   7      NULL
SUV     OSL   8      NULL
OSL     SUV   9      NULL

run
SELECT * FROM flights WHERE origin = 'OSL' AND dest = 'BGO' OR origin = 'SUV' ORDER BY delay
----
origin  dest  delay  flown
OSL     BGO   3      NULL
SUV     OSL   8      NULL
OSL     BGO   10     NULL

run
SELECT name FROM airports WHERE iata IN ('SUV', 'BGO', 'LHR') ORDER BY name
----
name
Bergen
Suva

run
SELECT a.name, f.delay FROM airports a JOIN flights f ON f.origin = a.iata ORDER BY f.delay
----
name    delay
Bergen  -1
Oslo    3
Oslo    5
Suva    8
Oslo    9
Oslo    10

run
DROP PROPERTY GRAPH skies
----
DROP PROPERTY GRAPH

run
SELECT * FROM flights WHERE origin = 'OSL' ORDER BY delay
----
origin  dest  delay  flown
OSL     BGO   3      NULL
OSL     NULL  5      NULL
OSL     SUV   9      NULL
OSL     BGO   10     NULL

run
SHOW GRAPHS
----
graph  element  kind  table  label  key  leads

run each-line
DROP TABLE flights
DROP TABLE airports
----
DROP TABLE
DROP TABLE
