run
CREATE TABLE books (id BIGINT PRIMARY KEY, title TEXT, body TEXT ANALYZER 'en', author KEYWORD, price BIGINT)
----
CREATE TABLE

run
INSERT INTO books VALUES
 (1, 'The quick fox', 'a brown fox and a lazy dog', 'Ann Smith', 5),
 (2, 'Dogs', 'the dog runs; the fox sleeps quickly', 'Bob', 7),
 (3, NULL, 'quick brown foxes', 'Ann Smith', 9),
 (4, 'Fox and dog', NULL, NULL, 11),
 (5, 'State-of-the-art 747', 'brown brown fox', 'Cy', 13),
 (6, NULL, NULL, 'Bob', 15)
----
INSERT 0 6

run
CREATE INDEX ON books USING search (author)
----
CREATE INDEX

run each-line
SELECT count(*) FROM books WHERE match(body, '"brown fox"')
SELECT count(*) FROM books WHERE match(body, '"brown dog"')
SELECT count(*) FROM books WHERE match(body, '"brown dog"~3')
SELECT count(*) FROM books WHERE match(body, '"brown dog"~4')
SELECT count(*) FROM books WHERE match(body, '"fox brown"~1')
SELECT count(*) FROM books WHERE match(body, '"fox brown"~2')
SELECT count(*) FROM books WHERE match(body, '"brown brown"~5')
SELECT count(*) FROM books WHERE phrase(body, 'fox brown', 'slop=2')
SELECT count(*) FROM books WHERE match(body, '"fox brown"', 'slop=2')
SELECT count(*) FROM books WHERE match(body, '"fox brown"~65')
SELECT highlight(body) FROM books WHERE match(body, '"fox brown"~2') AND id = 5
----
count | 3
count | 0
count | 0
count | 1
count | 0
count | 3
count | 1
count | 3
count | 3
error 22000 at 1:34: plan: bind at line 1, column 34: a slop of 65, want 0 to 64
highlight | brown <b>brown</b> <b>fox</b>

run sorted
SELECT id FROM books WHERE match((title, body), 'fox')
----
id
1
2
3
4
5

run sorted
SELECT id FROM books WHERE match((title, body), '+fox +dog')
----
id
1
2
4

run sorted
SELECT id FROM books WHERE match((title, body), '+the +dog')
----
id
1
2
4

run sorted
SELECT id FROM books WHERE match((title, body), 'fox dog', 'operator=and')
----
id
1
2
4

run sorted
SELECT id FROM books WHERE match((title, body), 'fox -dog')
----
id
3
5

run sorted
SELECT id FROM books WHERE match((title, body), '-quick')
----
id
2
4
5

run sorted
SELECT id FROM books WHERE match((title, body), '-fox')
----
id

run sorted
SELECT id FROM books WHERE match(body, 'fox author:"Ann Smith"')
----
id
1
2
3
5

run sorted
SELECT id FROM books WHERE match(body, '+fox +title:dog*')
----
id
2

run sorted
SELECT id FROM books WHERE match(body, '+fox -title:/d.g/ "quick brown"~1^2')
----
id
1
2
3
5

run
SELECT id, round(score(), 4) FROM books WHERE match((title^3, body), 'fox') ORDER BY score() DESC, id
----
id  round
1   2.182
4   2.0794
3   0.1147
5   0.1147
2   0.0927

run
SELECT id, round(score(), 4) FROM books WHERE match(body, 'fox', 'boost=3') ORDER BY score() DESC, id
----
id  round
3   0.3442
5   0.3442
1   0.3077
2   0.2782

run
SELECT id, round(score(), 4), highlight(title), highlight(body) FROM books WHERE match((title, body), '+fox dog~1^2') ORDER BY score() DESC, id
----
id  round   highlight                  highlight
2   3.0927  <b>Dogs</b>                the <b>dog</b> runs; the <b>fox</b> sleeps quickly
1   2.7957  The quick <b>fox</b>       a brown <b>fox</b> and a lazy <b>dog</b>
4   2.6931  <b>Fox</b> and <b>dog</b>  NULL
3   0.1147  NULL                       quick brown <b>foxes</b>
5   0.1147  State-of-the-art 747       brown brown <b>fox</b>

run
SELECT author, count(*) FROM books WHERE match((title, body), 'fox dog') GROUP BY author ORDER BY 2 DESC, 1
----
author     count
Ann Smith  2
Bob        1
Cy         1
NULL       1

run sorted
SELECT id FROM books WHERE phrase((title, body), 'quick fox') OR prefix((title, body), 'stat') OR fuzzy((title, body), 'slep')
----
id
1
2
5

run each-line
SELECT count(*) FROM books WHERE match((title, body), '747')
SELECT count(*) FROM books WHERE match((title, body), 'state-of-the-art')
SELECT count(*) FROM books WHERE match((title, body), '')
SELECT count(*) FROM books WHERE match((title, body), 'the')
SELECT count(*) FROM books WHERE match((title), 'fox')
SELECT count(*) FROM books WHERE match(title^2, 'fox')
SELECT count(*) FROM books b WHERE match(b.body, 'b.title:fox')
SELECT count(*) FROM books b WHERE match(b.body, 'title:fox')
SELECT count(*) FROM books WHERE NOT match((title, body), 'fox')
SELECT id FROM books WHERE match(body, 'nope:fox')
SELECT id FROM books WHERE match(body, 'price:7')
SELECT id FROM books WHERE match(body, 'fox price:>7')
SELECT id FROM books WHERE match((title, price), 'fox')
SELECT id FROM books WHERE match((title, 'body'), 'fox')
SELECT id FROM books WHERE match((title^'x', body), 'fox')
SELECT id FROM books WHERE match(title, 'a\:b')
----
count | 1
count | 1
count | 0
count | 0
count | 2
count | 2
error 42703 at 1:42: plan: bind b.title at line 1, column 42: no such column | hint: did you mean title?
count | 2
count | 0
error 42703 at 1:34: plan: bind nope at line 1, column 34: no such column | hint: the columns are author, body, id, price, title
error 42804 at 1:28: plan: bind price at line 1, column 28: a column of type BIGINT has no words | hint: TEXT and KEYWORD columns can be searched
error 0A000 at 1:28: plan: bind price: at line 1, column 28: a range within a query string | hint: compare numbers and times beside match: match(body, 'words') AND price > 5
error 42804 at 1:28: plan: bind price at line 1, column 28: a column of type BIGINT has no words | hint: TEXT and KEYWORD columns can be searched
error 42804 at 1:42: plan: bind at line 1, column 42: match looks into columns of a table
error 42804 at 1:41: plan: bind at line 1, column 41: the weight of a column is a number between 0 and 1000
id
