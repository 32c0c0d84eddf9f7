// Package format writes results the ways a client may ask for them: json,
// ndjson, csv, table, arrow and parquet. All but table and parquet stream.
package format
