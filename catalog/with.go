package catalog

// With returns the catalog with one more table, or t in the place of the table
// of its name: a private one, which no log has decided.
func (c *Catalog) With(t *Table) *Catalog { return c.with(t) }
