run
CREATE TABLE notes (id BIGINT, title TEXT ANALYZER 'en', body TEXT, kind KEYWORD)
----
CREATE TABLE

run
INSERT INTO notes VALUES
 (1, 'Running shoes', 'the quick brown fox runs', 'a'),
 (2, 'A run in the park', 'quick quick quick fox in a park with many other words that make it long', 'b'),
 (3, 'Runner', 'fox', 'a'),
 (4, 'Walking', 'a slow fox and a quick dog', 'a'),
 (5, NULL, 'quick', 'b'),
 (6, 'parks', NULL, 'b')
----
INSERT 0 6

run sorted
SELECT id FROM notes WHERE match(title, 'runs')
----
id
1
2

run
SELECT id, round(score(), 6) AS s FROM notes WHERE match(body, 'quick fox') ORDER BY score() DESC, id
----
id  s
1   0.563237
4   0.563237
2   0.534001
3   0.411819
5   0.411819

run
SELECT id, score() > 0 AS some FROM notes WHERE match(body, 'quick fox') ORDER BY score() DESC, id LIMIT 2
----
id  some
1   true
4   true

run
SELECT id FROM notes WHERE match(body, 'quick fox') AND kind = 'a' ORDER BY score() DESC, id LIMIT 2
----
id
1
4

run
SELECT id FROM notes WHERE match(body, 'quick') AND match(title, 'run') ORDER BY score() DESC, id LIMIT 5
----
id
2
1

run
SELECT id, round(score(), 6) FROM notes WHERE match(body, 'dog') OR match(title, 'run') ORDER BY 2 DESC, 1
----
id  round
4   1.357075
1   0.744874
2   0.744874

run
SELECT kind, round(max(score()), 6) FROM notes WHERE match(body, 'quick') GROUP BY kind ORDER BY 2 DESC, 1
----
kind  round
b     0.411819
a     0.281619

run
SELECT id FROM (SELECT id, score() AS s FROM notes WHERE match(body, 'quick')) x WHERE s > 0.3 ORDER BY s DESC, id
----
id
5
2

run each-line
SELECT id, score() FROM notes
SELECT id FROM notes WHERE score() > 1
SELECT id FROM notes WHERE match(body, 'a ~x(')
SELECT id FROM notes WHERE match(id, 'quick')
SELECT id FROM notes WHERE match(body, 'quick', 'analyzer=none')
SELECT n.id FROM notes n JOIN notes m ON match(n.title, 'runs') AND n.id = m.id
----
error 42P10 at 1:12: plan: bind score() at line 1, column 12: there is no match(...) in WHERE to score by | hint: score() stands in SELECT, HAVING and ORDER BY of a SELECT FROM a table WHERE match(column, 'words')
error 42P10 at 1:28: plan: bind score() at line 1, column 28: there is no match(...) in WHERE to score by | hint: score() stands in SELECT, HAVING and ORDER BY of a SELECT FROM a table WHERE match(column, 'words')
error 42601 at 1:28: plan: bind a ~x( at line 1, column 28: parse error: invalid fuzziness value: strconv.ParseFloat: parsing "x(": invalid syntax | hint: words, +must, -not, "a phrase"~2, fuzzy~1, pre*, wild*card, /regexp/, word^2; a backslash before a sign makes it a letter
error 42804 at 1:28: plan: bind id at line 1, column 28: a column of type BIGINT has no words | hint: TEXT and KEYWORD columns can be searched
error 42704 at 1:28: plan: bind none at line 1, column 28: no such analyzer | hint: there are ar cjk da de en es fi fr it keyword nl no pt ru simple standard sv web
id | 1 | 2

run
CREATE TABLE spots (id BIGINT, loc POINT)
----
CREATE TABLE

run
INSERT INTO spots VALUES (1, ST_MakePoint(1, 1)), (2, ST_MakePoint(2, 2)), (3, NULL), (4, ST_MakePoint(-1, -1)), (5, ST_MakePoint(179, 0)), (6, ST_MakePoint(1, 1)), (7, NULL)
----
INSERT 0 7

run
SELECT id FROM spots ORDER BY loc <-> ST_MakePoint(0.9, 1), id LIMIT 3
----
id
1
6
2

run
SELECT id, round(ST_Distance(loc, ST_MakePoint(-179, 0))) AS m FROM spots ORDER BY ST_Distance(loc, ST_MakePoint(-179, 0)) LIMIT 1
----
id  m
5   222390

run
SELECT id FROM spots ORDER BY loc <-> ST_MakePoint(0, 0), id DESC LIMIT 6
----
id
6
4
1
2
5
7

run
SELECT id FROM spots WHERE id > 1 ORDER BY loc <-> ST_MakePoint(1, 1), id LIMIT 2 OFFSET 1
----
id
2
4

run
CREATE TABLE cpu (at TIMESTAMP, host KEYWORD, region KEYWORD, v BIGINT) WITH (time = 'at', series = 'host,region')
----
CREATE TABLE

run
INSERT INTO cpu VALUES
 ('2001-01-01 00:00', 'a', 'x', 1), ('2001-01-01 00:01', 'a', 'x', 2), ('2001-01-01 00:02', 'a', 'y', 3),
 ('2001-01-01 00:00', 'b', 'x', 4), ('2001-01-02 00:00', 'b', 'x', 5), ('2001-01-01 00:05', 'c', NULL, 6)
----
INSERT 0 6

run
SELECT DISTINCT ON (host) host, region, at, v FROM cpu ORDER BY host, at DESC
----
host  region  at                   v
a     y       2001-01-01 00:02:00  3
b     x       2001-01-02 00:00:00  5
c     NULL    2001-01-01 00:05:00  6

run
SELECT host, region, last(v, at), max(at) FROM cpu WHERE at < '2001-01-02' GROUP BY host, region ORDER BY 1, 2
----
host  region  last  max
a     x       2     2001-01-01 00:01:00
a     y       3     2001-01-01 00:02:00
b     x       4     2001-01-01 00:00:00
c     NULL    6     2001-01-01 00:05:00

run
SELECT DISTINCT ON (host) host, v FROM cpu WHERE v < 3 OR v = 4 ORDER BY host, at DESC
----
host  v
a     2
b     4

run
SELECT id, highlight(body) AS h FROM notes WHERE match(body, 'quick "brown fox"') ORDER BY score() DESC, id LIMIT 2
----
id  h
1   the <b>quick</b> <b>brown</b> <b>fox</b> runs
5   <b>quick</b>

run
SELECT id, highlight(title, '[', ']') AS h, upper(highlight(body)) FROM notes WHERE match(title, 'runs') AND match(body, 'fox') AND match(body, 'qu*') ORDER BY id
----
id  h                    upper
1   [Running] shoes      THE <B>QUICK</B> BROWN <B>FOX</B> RUNS
2   A [run] in the park  <B>QUICK</B> <B>QUICK</B> <B>QUICK</B> <B>FOX</B> IN A PARK WITH MANY OTHER WORDS THAT MAKE IT LONG

run each-line
SELECT highlight(title) FROM notes WHERE match(body, 'fox')
SELECT highlight(body, 'x') FROM notes WHERE match(body, 'fox')
SELECT kind, highlight(body), count(*) FROM notes WHERE match(body, 'dog') GROUP BY kind, body
----
error 42P10 at 1:8: plan: bind highlight at line 1, column 8: there is no match(...) on this column in WHERE | hint: it marks the words that match(column, 'words') in WHERE finds in the column
error 42883 at 1:8: plan: bind highlight at line 1, column 8: 1 or 3 arguments | hint: highlight(column), or highlight(column, '<b>', '</b>')
kind  highlight                          count | a     a slow fox and a quick <b>dog</b>  1

run
CREATE TABLE keyed (id BIGINT PRIMARY KEY, s TEXT)
----
CREATE TABLE

run
INSERT INTO keyed VALUES (9, 'owl'), (3, 'owl'), (7, 'owl bat'), (1, 'owl'), (5, 'owl'), (8, 'gull gull'), (2, 'owl')
----
INSERT 0 7

run
INSERT INTO keyed VALUES (9, 'gull'), (7, 'owl')
----
INSERT 0 2

run
SELECT id, round(score(), 6) AS score FROM keyed WHERE match(s, 'owl gull') ORDER BY score() DESC LIMIT 5
----
id  score
8   1.320739
9   1.225836
1   0.394887
2   0.394887
3   0.394887

run
SELECT id, s FROM keyed WHERE match(s, 'owl') ORDER BY score() DESC LIMIT 3
----
id  s
1   owl
2   owl
3   owl
