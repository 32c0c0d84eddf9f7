// Package record is the one record model that every engine indexes: types,
// values, schemas, and batches of rows held column by column.
//
// A Batch is self-describing: it names its table by an id that is never
// reused, the version of the schema it was written under and the ids of its
// columns, so a log entry can be read long after the table has changed.
package record
