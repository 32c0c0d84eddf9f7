// Package search is the engine for text: match, phrase, fuzzy and prefix over
// one TEXT or KEYWORD field, exact as a condition and ranked by BM25.
//
// A segment's section is an inverted index: a dictionary of terms (an FST),
// and for each term its rows, how often and where it stands in each, packed
// in blocks of 128 rows whose best (frequency, length) pairs bound their
// scores. Conditions are answered by sets and never by a scorer; the best k
// rows are found by skipping blocks that cannot hold one.
//
// Analysis and the language of query strings are bleve's; postings and scores
// are our own.
package search
