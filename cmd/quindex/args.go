package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quindex/quindex/catalog"
)

// polite makes the errors of a command line say what was meant instead: the
// nearest flag, how the command is called, the nearest command after help.
func polite(root *cobra.Command) {
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
		if !ok {
			return err
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := catalog.Nearest(name, names); near != "" {
			return fmt.Errorf("%w, did you mean --%s?", err, near)
		}
		return err
	})
	for _, cmd := range root.Commands() {
		if check := cmd.Args; check != nil {
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if check(cmd, args) == nil {
					return nil
				}
				return wrongArgs(cmd, args)
			}
		}
	}
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	help.RunE = func(_ *cobra.Command, args []string) error {
		about, _, err := root.Find(args)
		if err != nil {
			return err
		}
		about.InitDefaultHelpFlag()
		return about.Help()
	}
}

// wrongArgs is the error of a command with too many arguments, or too few.
func wrongArgs(cmd *cobra.Command, args []string) error {
	given := "no argument"
	if len(args) == 1 {
		given = fmt.Sprintf("the argument %q", args[0])
	} else if len(args) > 1 {
		given = fmt.Sprintf("%d arguments (%s)", len(args), strings.Join(args, ", "))
	}
	if cmd.Name() == "sql" {
		return fmt.Errorf("%s, want one: put the statement in quotes", given)
	}
	return fmt.Errorf("%s, want: %s", given, cmd.UseLine())
}
