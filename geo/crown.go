package geo

// crown is the top of the tree of boxes, as the footer has it: its coarse boxes,
// and above them one box for each 8, up to a single one. It is in memory from
// the start, so what it decides reads nothing.
type crown [][]coarse

func newCrown(lowest []coarse) crown {
	if len(lowest) == 0 {
		return nil
	}
	c := crown{lowest}
	for len(c[len(c)-1]) > 1 {
		below := c[len(c)-1]
		var level []coarse
		for k := 0; k < len(below); k += fanOut {
			one := coarse{box: noBox}
			for i := k; i < min(k+fanOut, len(below)); i++ {
				one.box.join(&below[i].box)
				one.places += below[i].places
			}
			level = append(level, one)
		}
		c = append(c, level)
	}
	return c
}

// visit goes down from the one box at the top into those that are partly in r.
// It gives to with each box that is wholly inside, and each of the lowest that
// is partly, with the region that is left to ask there.
func (c crown) visit(r region, with func(b *coarse, v verdict, r region)) {
	if len(c) > 0 {
		c.below(len(c)-1, 0, r, with)
	}
}

func (c crown) below(level, k int, r region, with func(b *coarse, v verdict, r region)) {
	b := &c[level][k]
	v, sub := r.box(&b.box)
	switch {
	case v == none:
	case v == all || level == 0:
		with(b, v, sub)
	default:
		for i := k * fanOut; i < min((k+1)*fanOut, len(c[level-1])); i++ {
			c.below(level-1, i, sub, with)
		}
	}
}

// meets reports whether any of the lowest boxes is near r.
func (c crown) meets(r region) (yes bool) {
	c.visit(r, func(*coarse, verdict, region) { yes = true })
	return yes
}
