package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quindex/quindex/fault"
)

// fromEnvironment gives every flag that the command line does not set the
// value of its variable: --on-error is QUINDEX_ON_ERROR.
func fromEnvironment(cmd *cobra.Command) (err error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "QUINDEX_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || err != nil {
			return
		}
		if e := cmd.Flags().Set(f.Name, value); e != nil {
			err = fault.E("environment", fault.Invalid, fault.Item(name+"="+value), e)
		}
	})
	return err
}
