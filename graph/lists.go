package graph

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// Lists calls f for the near ends in the frontier, every one without a frontier,
// with the far ends of their edges within.
func (ix *Edges) Lists(ctx context.Context, s *engines.Step, f func(near uint32, far []uint32) error) error {
	st, err := ix.prepare(ctx, s, s.Dir)
	if err == nil && st != nil {
		err = st.lists(f)
	}
	if err != nil {
		return fault.E("graph: list", err)
	}
	return nil
}

func (s *step) lists(f func(near uint32, far []uint32) error) error {
	var far []uint32
	one := func(local, near uint32) error {
		lo, hi := s.near.offsets[local], s.near.offsets[local+1]
		far = far[:0]
		for at := lo; at < hi; at++ {
			if s.may(s.near, at) {
				far = append(far, s.to.nums[s.near.far[at]])
			}
		}
		if len(far) > 0 {
			if err := f(near, far); err != nil {
				return err
			}
		}
		return s.walked(hi - lo)
	}
	for _, near := range s.Few {
		if local, ok := s.from.local(near); ok {
			if err := one(local, near); err != nil {
				return err
			}
		}
	}
	if s.Few == nil {
		for local, near := range s.from.nums {
			if s.Frontier != nil && !s.Frontier.Has(near) {
				continue
			}
			if err := one(uint32(local), near); err != nil {
				return err
			}
		}
	}
	return s.count()
}
