// Package catalog holds the definitions of tables and property graphs and how
// they change: an immutable Catalog, the Changes that the meta group agrees on,
// and the Machine that applies them.
package catalog
