package bench

import "context"

// after runs what the workload wants of quindex when its rows are in.
func (q *Quindex) after(ctx context.Context, w *Workload) error {
	for _, sql := range w.After["quindex"] {
		if _, err := q.client.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
