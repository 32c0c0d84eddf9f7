// Package ingest turns files into batches: NDJSON, CSV, Arrow and Parquet,
// read row by row against a table's columns, with every bad row told by its
// line, its column and a reason.
package ingest
