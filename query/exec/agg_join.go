package exec

// partitionGroups is the number of groups, over all workers, from which they
// are joined partition by partition on all workers.
const partitionGroups = 1 << 14

// partitions is the number of partitions: the top bits of a group's hash.
const (
	partitionBits = 8
	partitions    = 1 << partitionBits
)

// join makes one state, or one a partition, of those of the workers.
func (a *aggOp) join() error {
	var states []*aggState
	groups, kept := 0, 0
	for _, st := range a.states {
		if st == nil {
			continue
		}
		states = append(states, st)
		groups += st.table.len()
		if st.spill != nil {
			kept += st.spill.rows
		}
		for _, coded := range st.codes {
			states = append(states, coded)
			groups += len(coded.present())
		}
	}
	a.states = nil
	if len(states) == 0 {
		st := a.spec.newState(a.table())
		for _, acc := range st.accs {
			acc.grow(st.table.len())
		}
		states = append(states, st)
	}
	a.stats.add("groups before the join", int64(groups))
	a.stats.add("rows kept by partition", int64(kept))
	if len(states) == 1 && kept == 0 {
		a.parts = states
		return nil
	}
	if groups < partitionGroups && kept == 0 {
		into := states[0]
		for _, st := range states[1:] {
			into.joinGroups(st, st.present())
		}
		a.parts = states[:1]
		return a.charge(into)
	}
	return a.joinPartitions(states, groups, kept)
}

func numbers(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// joinGroups adds the groups from of other.
func (st *aggState) joinGroups(other *aggState, from []uint32) {
	to := make([]uint32, len(from))
	coded, _ := other.table.(*codeTable)
	for i, g := range from {
		if coded != nil && i%touchRows == 0 {
			st.touched += coded.touch(from[i:min(len(from), i+touchRows)])
		}
		to[i] = st.table.take(other.table, g)
	}
	for i, acc := range st.accs {
		acc.grow(st.table.len())
		acc.join(other.accs[i], from, to)
	}
}

// joinPartitions joins many groups, and counts the rows kept for later: each
// partition holds those whose hash begins with its number.
func (a *aggOp) joinPartitions(states []*aggState, groups, kept int) error {
	split := make([][partitions][]uint32, len(states))
	err := a.q.each(len(states), int64(groups), func(_ *worker, i int) error {
		split[i] = states[i].split()
		return nil
	})
	if err != nil {
		return err
	}
	a.parts = make([]*aggState, partitions)
	return a.q.each(partitions, int64(groups+kept), func(_ *worker, p int) error {
		st := a.spec.newState(states[0].table.empty())
		if t, ok := st.table.(*intTable); ok {
			t.reserve((groups + kept/4) / partitions)
		}
		for i, other := range states {
			if len(split[i][p]) > 0 {
				st.joinGroups(other, split[i][p])
			}
		}
		for _, other := range states {
			if other.spill != nil {
				other.spill.count(st, p)
			}
		}
		a.parts[p] = st
		return a.charge(st)
	})
}

// split lists the groups of every partition.
func (st *aggState) split() (out [partitions][]uint32) {
	groups := st.present()
	for p := range out {
		out[p] = make([]uint32, 0, len(groups)/partitions+len(groups)/partitions/8+16)
	}
	for _, g := range groups {
		p := st.table.hashOf(g) >> (64 - partitionBits)
		out[p] = append(out[p], g)
	}
	return out
}
