package main

import (
	"github.com/spf13/cobra"

	"github.com/quindex/quindex/bench"
)

func benchCommand() *cobra.Command {
	var o bench.Options
	cmd := &cobra.Command{
		Use:   "bench WORKLOAD",
		Short: "Measure this server on a workload",
		Long: `Bench makes the rows of a workload, loads them into a server of its own in a
temporary folder, and times its statements: a first run apart, then the median of
--runs, with constants that change from run to run. Workloads: ` + bench.WorkloadNames() + `.
Probes measure one promise each, on a server in a process of its own: ` + bench.ProbeNames() + `.`,
		Example: `  quindex bench columnar --rows 1000000 --runs 5
  quindex bench columnar --json columnar.json
  quindex bench load --rows 1000000`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Commit = version()
			return bench.Main(cmd.Context(), args[0], o, cmd.OutOrStdout())
		},
	}
	o.Flags(cmd.Flags())
	return cmd
}
