# A property graph: SQL/PGQ's GRAPH_TABLE. Edges 7 and 8 lead to no vertex, edge
# 9 is a loop, 10 and 11 are twins.

run
CREATE TABLE person (id BIGINT, name TEXT, age BIGINT, at POINT)
----
CREATE TABLE

run
CREATE TABLE knows (src BIGINT, dst BIGINT, since BIGINT, how KEYWORD)
----
CREATE TABLE

run
CREATE PROPERTY GRAPH soc VERTEX TABLES (person KEY (id)) EDGE TABLES (knows SOURCE KEY (src) REFERENCES person (id) DESTINATION KEY (dst) REFERENCES person (id) LABEL knows)
----
CREATE PROPERTY GRAPH

run
INSERT INTO person VALUES (1, 'Ann Arbor', 30, 'POINT(8 47)'), (2, 'Bob Burns', 40, 'POINT(8.1 47)'), (3, 'Cid Ann', 50, 'POINT(9 47)'), (4, 'Dan Burns', 20, 'POINT(10 47)'), (5, 'Eve', NULL, NULL), (6, 'Fay', 33, NULL), (NULL, 'Nobody', 1, NULL)
----
INSERT 0 7

run
INSERT INTO knows VALUES (1, 2, 1, 'work'), (2, 3, 2, 'work'), (3, 1, 3, 'home'), (3, 4, 4, 'work'), (4, 5, 5, 'home'), (1, 3, 6, 'home'), (1, 99, 7, 'work'), (98, 2, 8, 'work'), (5, 5, 9, 'self'), (2, 4, 10, 'home'), (2, 4, 11, 'work'), (NULL, 1, 12, 'work'), (1, NULL, 13, 'work')
----
INSERT 0 13

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)-[k IS knows]->(b) COLUMNS (b.id, k.since))
----
id  since
2   1
3   6

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)<-[k]-(b) COLUMNS (b.id, k.since))
----
id  since
3   3

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[k]-(b) COLUMNS (a.id AS a, b.id AS b, k.since))
----
a  b  since
1  2  1
1  3  3
1  3  6
2  1  1
2  3  2
2  4  10
2  4  11
3  1  3
3  1  6
3  2  2
3  4  4
4  2  10
4  2  11
4  3  4
4  5  5
5  4  5
5  5  9

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[k1 WHERE k1.how = 'work']->(b)-[k2]->(c WHERE c.age < 45) COLUMNS (a.id AS a, b.id AS b, c.id AS c, k1.since AS s1, k2.since AS s2))
----
a  b  c  s1  s2
1  2  4  1   10
1  2  4  1   11
2  3  1  2   3
2  3  4  2   4

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[]->(b)-[]->(c)-[]->(a) WHERE a.id < b.id AND a.id < c.id COLUMNS (a.id AS a, b.id AS b, c.id AS c))
----
a  b  c
1  2  3

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[]->(b), (a)-[]->(c)-[]->(b) WHERE a <> b COLUMNS (a.id AS a, b.id AS b, c.id AS c))
----
a  b  c
1  3  2
2  4  3
2  4  3
4  5  5

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)-[]->{1,3}(b) COLUMNS (b.id AS id))
----
id
1
1
2
2
3
3
3
4
4
4
4
5
5
5

run
SELECT DISTINCT id FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)-[]->{1,3}(b) COLUMNS (b.id AS id)) ORDER BY id
----
id
1
2
3
4
5

run
SELECT count(DISTINCT id), min(id), max(id) FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)-[]->{2,2}(b) COLUMNS (b.id AS id))
----
count  min  max
3      1    4

run
SELECT DISTINCT id FROM GRAPH_TABLE (soc MATCH (a WHERE a.id = 1)-[]->*(b) COLUMNS (b.id AS id)) ORDER BY id
----
id
1
2
3
4
5

run
SELECT DISTINCT a, b FROM GRAPH_TABLE (soc MATCH (a)-[k WHERE k.how = 'work']->{1,2}(b WHERE b.age >= 20) COLUMNS (a.id AS a, b.id AS b)) ORDER BY a, b
----
a  b
1  2
1  3
1  4
2  3
2  4
3  4

run
SELECT name FROM person WHERE id IN (SELECT id FROM GRAPH_TABLE (soc MATCH (a WHERE match(a.name, 'burns'))<-[IS knows]-{1,2}(b WHERE ST_DWithin(b.at, ST_MakePoint(8, 47), 100000)) COLUMNS (b.id AS id))) ORDER BY 1
----
name
Ann Arbor
Bob Burns
Cid Ann

run
SELECT name FROM person p WHERE EXISTS (SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[]->{2,3}(b WHERE b.id = 5) COLUMNS (a.id AS id)) g WHERE g.id = p.id) ORDER BY 1
----
name
Ann Arbor
Bob Burns
Cid Ann
Dan Burns
Eve

run
SELECT * FROM GRAPH_TABLE (soc MATCH p = ANY SHORTEST (a WHERE a.id = 1)-[]->*(b) COLUMNS (b.id AS b, path_length(p) AS n)) ORDER BY b
----
b  n
1  0
2  1
3  1
4  2
5  3

run
SELECT * FROM GRAPH_TABLE (soc MATCH p = ANY SHORTEST (a WHERE a.id = 1)-[]->{1,5}(b WHERE b.id = 5) COLUMNS (path_length(p) AS n, array_length(vertices(p)) AS v))
----
n  v
3  4

run
SELECT * FROM GRAPH_TABLE (soc MATCH p = ANY SHORTEST (a)-[]->+(a) COLUMNS (a.id AS a, path_length(p) AS n, vertices(p) AS v)) ORDER BY a
----
a  n  v
1  2  {1,3,1}
2  3  {2,3,1,2}
3  2  {3,1,3}
5  1  {5,5}

run sorted
SELECT * FROM GRAPH_TABLE (soc MATCH p = (a WHERE a.id = 1)-[]->(b)-[]->(c) COLUMNS (path_length(p) AS n, vertices(p) AS v))
----
n  v
2  {1,2,3}
2  {1,2,4}
2  {1,2,4}
2  {1,3,1}
2  {1,3,4}

run
SELECT b.name, count(*) FROM GRAPH_TABLE (soc MATCH (a)-[]->{1,2}(b) COLUMNS (b.id AS id)) g JOIN person b ON b.id = g.id GROUP BY 1 ORDER BY 1
----
name       count
Ann Arbor  3
Bob Burns  2
Cid Ann    4
Dan Burns  7
Eve        7

run
SELECT * FROM GRAPH_TABLE (nope MATCH (a) COLUMNS (a.id))
----
error 42P01 at 1:28: plan: bind nope at line 1, column 28: no such property graph
hint: SHOW GRAPHS lists what exists

run
SELECT * FROM GRAPH_TABLE (soc MATCH (a IS persons) COLUMNS (a.id))
----
error 42704 at 1:38: plan: bind persons at line 1, column 38: no vertex table of graph soc has this label
hint: did you mean person?

run
SELECT * FROM GRAPH_TABLE (soc MATCH (a) COLUMNS (a.nme))
----
error 42703 at 1:51: plan: bind nme at line 1, column 51: no such property of a
hint: did you mean name?

run
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[]->(b) COLUMNS (c.id))
----
error 42P01 at 1:59: plan: bind c at line 1, column 59: no such variable in the pattern
hint: the pattern has a, b

run
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[]->{1,40}(b) COLUMNS (b.id))
----
error 54001 at 1:46: plan: bind at line 1, column 46: a quantifier of 40 steps, want at most 15
hint: a * is {0,15}: nobody is asked to walk further

run
SELECT * FROM GRAPH_TABLE (soc MATCH (a)-[e]->{1,3}(b) COLUMNS (e.since))
----
error 42601 at 1:65: plan: bind e at line 1, column 65: the variable of a quantified edge stands for several edges
hint: conditions on each of its edges stand inside: -[e WHERE ...]->{1,3}

run
SELECT id, round((rank * 1000)::DECIMAL(9, 3)) AS rank FROM pagerank('soc', iterations => 30) ORDER BY id
----
id  rank
1   59
2   54
3   69
4   89
5   700
6   29

run
SELECT p.name, r.triangles, c.component FROM triangle_count('soc') r JOIN person p ON p.id = r.id JOIN wcc('soc', 'knows') c ON c.id = p.id ORDER BY 1
----
name       triangles  component
Ann Arbor  1          1
Bob Burns  2          1
Cid Ann    2          1
Dan Burns  1          1
Eve        0          1
Fay        0          6

run
SELECT count(*) AS vertices, max(step), min(id), max(id) FROM shortest_path('soc', 1, 5)
----
vertices  max  min  max
4         3    1    5

run
SELECT count(*) FROM shortest_path('soc', 1, 99)
----
count
0

run each-line
SELECT * FROM pagerank('nope')
SELECT * FROM pagerank('soc', 'hates')
SELECT * FROM pagerank('soc', iterations => 0)
SELECT * FROM pagerank('soc', damping => 2)
SELECT * FROM pagerank('soc', loops => 2)
SELECT * FROM wcc()
SELECT * FROM shortest_path('soc', 1)
SELECT * FROM shortest_path('soc', 'x', 2)
SELECT * FROM triangle_count(NULL)
SELECT * FROM louvain('soc')
SELECT * FROM pagerang('soc')
SELECT * FROM pagerank(soc)
SELECT * FROM wcc("soc", knows)
SELECT * FROM triangle_count('soc', knows)
SELECT * FROM shortest_path('soc', a, 2)
SELECT * FROM pagerank('soc', iterations => many)
SELECT pagerank('soc')
----
error 42P01 at 1:24: plan: bind nope at line 1, column 24: no such property graph | hint: SHOW GRAPHS lists what exists
error 42704 at 1:31: plan: bind hates at line 1, column 31: no edge table of graph soc has this label | hint: soc: (person), (person)-[knows]->(person)
error 22023 at 1:31: plan: bind at line 1, column 31: 0 iterations, want 1 to 1000
error 22023 at 1:31: plan: bind at line 1, column 31: damping 2, want 0 to 1
error 42883 at 1:31: plan: bind loops at line 1, column 31: no such argument of pagerank | hint: pagerank('graph', 'label', iterations => 20, damping => 0.85); the label may be left out
error 42883 at 1:15: plan: bind wcc at line 1, column 15: 0 arguments, want 1 or 2 | hint: wcc('graph', 'label'); the label may be left out
error 42883 at 1:15: plan: bind shortest_path at line 1, column 15: 2 arguments, want 3 or 4 | hint: shortest_path('graph', from, to, 'label'); the label may be left out
error 22P02 at 1:36: plan: bind at line 1, column 36: record: parse BIGINT: "x": is not an integer
error 22004 at 1:30: plan: bind at line 1, column 30: the name of the graph is NULL
error 42883 at 1:15: plan: bind louvain at line 1, column 15: no such function in FROM | hint: there are pagerank, wcc, triangle_count, shortest_path, and GRAPH_TABLE
error 42883 at 1:15: plan: bind pagerang at line 1, column 15: no such function in FROM | hint: did you mean pagerank?
error 42601 at 1:24: plan: bind soc at line 1, column 24: the name of the graph is a string in single quotes | hint: write 'soc'
error 42601 at 1:19: plan: bind soc at line 1, column 19: the name of the graph is a string in single quotes | hint: write 'soc'
error 42601 at 1:37: plan: bind knows at line 1, column 37: a label is a string in single quotes | hint: write 'knows'
error 42601 at 1:36: plan: bind a at line 1, column 36: the key of a vertex is a constant, not a name
error 42601 at 1:45: plan: bind many at line 1, column 45: iterations is a constant, not a name
error 42883 at 1:8: plan: bind pagerank at line 1, column 8: this function gives rows: it stands in FROM | hint: SELECT * FROM pagerank('graph', 'label', iterations => 20, damping => 0.85); the label may be left out

run
CREATE TABLE pays (id BIGINT PRIMARY KEY, payer BIGINT, payee BIGINT)
----
CREATE TABLE

run
INSERT INTO pays VALUES (101, 1, 2), (102, 2, 3), (103, 1, 2), (104, 3, 1), (105, 3, 3)
----
INSERT 0 5

run
CREATE PROPERTY GRAPH money VERTEX TABLES (person KEY (id)) EDGE TABLES (pays SOURCE KEY (payer) REFERENCES person DESTINATION KEY (payee) REFERENCES person, knows SOURCE KEY (src) REFERENCES person DESTINATION KEY (dst) REFERENCES person)
----
CREATE PROPERTY GRAPH

run sorted
SELECT * FROM GRAPH_TABLE (money MATCH p = (a)-[e IS pays]->(b)<-[f IS pays]-(c) COLUMNS (element_id(a) AS a, element_id(e) AS e, edge_id(f) AS f, vertex_id(c) AS c, edges(p) AS edges))
----
a  e    f    c  edges
1  101  101  1  {101,101}
1  101  103  1  {101,103}
1  103  101  1  {103,101}
1  103  103  1  {103,103}
2  102  102  2  {102,102}
2  102  105  3  {102,105}
3  104  104  3  {104,104}
3  105  102  2  {105,102}
3  105  105  3  {105,105}

run each-line sorted
SELECT * FROM GRAPH_TABLE (money MATCH p = (a)-[e IS knows]->(b) COLUMNS (element_id(e)))
SELECT * FROM GRAPH_TABLE (money MATCH p = (a)-[e IS pays]->{1,2}(b) COLUMNS (edges(p) AS e))
SELECT * FROM GRAPH_TABLE (money MATCH p = (a)-[e IS pays]->(b) COLUMNS (edge_id(a)))
SELECT * FROM GRAPH_TABLE (money MATCH p = (a) COLUMNS (edges(p)))
SELECT * FROM GRAPH_TABLE (money MATCH p = (a)-[e IS pays]->(b) WHERE element_id(e) = 104 COLUMNS (a.id, edges(p) AS e))
----
error 0A000 at 1:86: plan: bind at line 1, column 86: not supported yet: an id of edges of a table whose primary key has 0 columns | hint: a PRIMARY KEY of one column of knows is the id of its edges
error 0A000 at 1:79: plan: bind at line 1, column 79: not supported yet: the ids of a quantified edge | hint: write its steps one by one
error 42P01 at 1:82: plan: bind a at line 1, column 82: no such element of the pattern for edge_id
error 0A000 at 1:57: plan: bind at line 1, column 57: not supported yet: edges of a path without any
id  e | 3   {104}

run sorted
SELECT * FROM GRAPH_TABLE (money MATCH p = ALL SHORTEST (a)-[IS pays]->{1,3}(b WHERE b.id = 3) COLUMNS (a.id AS a, path_length(p) AS n, vertices(p) AS v))
----
a  n  v
1  2  {1,2,3}
1  2  {1,2,3}
2  1  {2,3}
3  1  {3,3}
