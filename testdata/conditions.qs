# Conditions under OR and NOT, of several engines: each part is answered by its
# own index, and what none answers is decided on the rows that are left.

run
CREATE TABLE b (id BIGINT, at TIMESTAMP, host KEYWORD, note TEXT, loc POINT, delay BIGINT) WITH (time = 'at', series = 'host')
----
CREATE TABLE

run
INSERT INTO b VALUES
  (1, '2001-01-01 00:00:00', 'a', 'a gull in the engine', 'POINT(10 50)', 5),
  (2, '2001-01-01 01:00:00', 'a', 'geese over the field', 'POINT(10.1 50)', 50),
  (3, '2001-01-02 00:00:00', 'b', 'a gull, and a bat', 'POINT(20 10)', NULL),
  (4, '2001-01-02 01:00:00', 'b', NULL, 'POINT(10 50)', 7),
  (5, '2001-01-03 00:00:00', 'c', 'nothing', NULL, 90),
  (6, '2001-01-03 01:00:00', 'c', 'owl', 'POINT(-170 80)', NULL)
----
INSERT 0 6

run each-line
SELECT id FROM b WHERE match(note, 'gull') OR delay > 40 ORDER BY id
SELECT id FROM b WHERE NOT match(note, 'gull') AND delay IS NOT NULL ORDER BY id
SELECT id FROM b WHERE NOT (match(note, 'gull') OR delay > 40) ORDER BY id
SELECT id FROM b WHERE NOT (match(note, 'gull') AND delay > 0) ORDER BY id
SELECT id FROM b WHERE ST_DWithin(loc, ST_MakePoint(10, 50), 1000) OR note LIKE 'g%' ORDER BY id
SELECT id FROM b WHERE NOT ST_DWithin(loc, ST_MakePoint(10, 50), 1000) OR match(note, 'nothing') ORDER BY id
SELECT id FROM b WHERE (host = 'a' AND at > '2001-01-01 00:30:00') OR match(note, 'bat') OR ST_DWithin(loc, ST_MakePoint(-170, 80), 5) ORDER BY id
SELECT id FROM b WHERE NOT ((host = 'a' OR match(note, 'bat')) AND NOT (delay > 40 OR ST_DWithin(loc, ST_MakePoint(10, 50), 1000))) ORDER BY id
SELECT id FROM b WHERE match(note, 'owl') OR length(note) > 18 ORDER BY id
SELECT id FROM b WHERE ST_Distance(loc, ST_MakePoint(10, 50)) < 20000 OR match(note, 'owl') ORDER BY id
SELECT id FROM b WHERE (match(note, 'gull') OR NULL) AND (delay > 1 OR host = 'b') ORDER BY id
SELECT count(*) FROM b WHERE match(note, 'gull') OR NOT match(note, 'gull') OR delay = 7
----
id | 1 | 2 | 3 | 5
id | 2 | 5
id
id | 2 | 5 | 6
id | 1 | 2 | 4
id | 2 | 3 | 5 | 6
id | 2 | 3 | 6
id | 1 | 2 | 4 | 5 | 6
id | 1 | 2 | 6
id | 1 | 2 | 4 | 6
id | 1 | 3
count | 6
