package record

// Truncate keeps the first n rows of c, n <= c.N. Memory is kept for more rows.
func (c *Column) Truncate(n int) {
	if n >= c.N {
		return
	}
	if c.Valid != nil {
		c.Valid = c.Valid[:(n+63)/64]
		if r := uint(n) & 63; r != 0 {
			c.Valid[len(c.Valid)-1] &= 1<<r - 1
		}
	}
	c.N = n
	switch c.Type.Storage() {
	case Ints:
		c.Ints = c.Ints[:n]
	case Floats:
		c.Floats = c.Floats[:n]
	case Points:
		c.Floats, c.Lats = c.Floats[:n], c.Lats[:n]
	case Strs:
		c.Strs.Data = c.Strs.Data[:c.Strs.Off[n]]
		c.Strs.Off = c.Strs.Off[:n+1]
	case Array:
		c.Elem.Truncate(int(c.Off[n]))
		c.Off = c.Off[:n+1]
	case Spans:
		c.Spans = c.Spans[:n]
	}
}
