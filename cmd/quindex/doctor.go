package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/doctor"
)

func doctorCommand() *cobra.Command {
	var addr, data string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what troubles a server, and say what to do",
		Long: `Doctor looks at a running server, or with --data at the folder of one that does not
run: groups, disk, syncs, open files, mappings, memory, flushes, merges, refused requests
and uneven shards. What is well is "ok"; "look" works and will not for ever; "bad" ends the
command with an error. For damaged files there is quindex verify.`,
		Example: `  quindex doctor
  quindex doctor --data /var/lib/quindex`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			signs, err := examine(cmd, addr, data)
			if err != nil {
				return err
			}
			return tell(cmd, signs)
		},
	}
	cmd.Flags().StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	cmd.Flags().StringVar(&data, "data", "", "data folder of a server that does not run")
	return cmd
}

func examine(cmd *cobra.Command, addr, data string) (signs []doctor.Sign, err error) {
	if data != "" {
		n, err := openOffline(cmd.Context(), data)
		if err != nil {
			return nil, err
		}
		return doctor.Examine(n, doctor.Examined(data)), n.Close()
	}
	body, err := client.New(addr).Call(cmd.Context(), http.MethodPost, "/v1/doctor")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&signs); err != nil {
		return nil, fault.E("doctor: read answer", fault.IO, err)
	}
	return signs, nil
}

func tell(cmd *cobra.Command, signs []doctor.Sign) error {
	bad := 0
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range signs {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.State, s.Of, s.Found)
		if s.Advice != "" {
			fmt.Fprintf(w, "\t\t-> %s\n", s.Advice)
		}
		if s.State == doctor.Bad {
			bad++
		}
	}
	w.Flush()
	if bad > 0 {
		return fault.Errorf("doctor", fault.Unavailable, "%d of %d are bad", bad, len(signs))
	}
	return nil
}
