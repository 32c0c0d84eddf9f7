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
error 42601 at 1:28: plan: bind a ~x( at line 1, column 28: parse error: invalid fuzziness value: strconv.ParseFloat: parsing "x(": invalid syntax | hint: words, +must, -not, "a phrase", fuzzy~1, pre*, wild*card, /regexp/, word^2; a backslash before a sign makes it a letter
error 42804 at 1:28: plan: bind id at line 1, column 28: a column of type BIGINT has no words | hint: TEXT and KEYWORD columns can be searched
error 42704 at 1:28: plan: bind none at line 1, column 28: no such analyzer | hint: there are ar cjk da de en es fi fr it keyword nl no pt ru simple standard sv web
id | 1 | 2
