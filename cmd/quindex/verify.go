package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
)

func verifyCommand() *cobra.Command {
	var addr, data string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare all that is stored with its checksums, and indexes with columns",
		Long: `Verify reads every segment of a running server, or with --data of one that does not
run, against its checksums, counts rows, and asks every index for rows by values that
are in the columns: what the index says must be what the columns say, on those and on a
sample of rows. It prints what it finds and then ends with an error. With --data the
folder is opened as a server would: what is in the log alone is replayed.`,
		Example: `  quindex verify
  quindex verify --data /var/lib/quindex`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			v, err := verify(cmd, addr, data)
			if err != nil {
				return err
			}
			return report(cmd, v, time.Since(start))
		},
	}
	cmd.Flags().StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	cmd.Flags().StringVar(&data, "data", "", "data folder of a server that does not run")
	return cmd
}

func verify(cmd *cobra.Command, addr, data string) (*node.Verified, error) {
	if data != "" {
		n, err := openOffline(cmd.Context(), data)
		if err != nil {
			return nil, err
		}
		v, err := n.Verify(cmd.Context(), func(step string) { fmt.Fprintln(cmd.ErrOrStderr(), step) })
		return v, errors.Join(err, n.Close())
	}
	body, err := client.New(addr).Call(cmd.Context(), http.MethodPost, "/v1/verify")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	v := &node.Verified{}
	if err := json.NewDecoder(body).Decode(v); err != nil {
		return nil, fault.E("verify: read answer", fault.IO, err)
	}
	return v, nil
}

func report(cmd *cobra.Command, v *node.Verified, took time.Duration) error {
	out := cmd.OutOrStdout()
	for _, f := range v.Findings {
		where := fmt.Sprintf("shard %d", f.Shard)
		for _, part := range []string{f.Table, f.Segment, f.Index} {
			if part != "" {
				where += " " + part
			}
		}
		fmt.Fprintf(out, "DAMAGED %s: %s\n", where, strings.TrimSpace(f.What))
	}
	fmt.Fprintf(out, "%d shards, %d tables, %d segments, %d rows, %.1f MB of checksums, %d checks of indexes in %.1f s: ",
		v.Shards, v.Tables, v.Segments, v.Rows, float64(v.Bytes)/1e6, v.Checks, took.Seconds())
	if len(v.Findings) == 0 {
		fmt.Fprintln(out, "all is well")
		return nil
	}
	fmt.Fprintf(out, "%d findings\n", len(v.Findings))
	return fault.Errorf("verify", fault.Corrupt, "%d findings", len(v.Findings))
}
