// Command quindex is the server, its loader, its shell and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

func main() {
	ctx := untilSignal()
	cmd, err := root().ExecuteContextC(ctx)
	if err != nil && ctx.Err() != nil && fault.Is(err, fault.Canceled) {
		fmt.Fprintln(os.Stderr, "quindex: stopped")
		os.Exit(130)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quindex:", describe(err)+usage(cmd, err))
		os.Exit(1)
	}
}

// untilSignal is a context that ends with the first Ctrl-C or SIGTERM. From then
// on the next ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	came := make(chan os.Signal, 1)
	signal.Notify(came, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-came
		signal.Stop(came)
		cancel()
	}()
	return ctx
}

// root lists the commands; each is a file of this folder.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quindex",
		Short: "One server for text, time, graphs, places and analytics over the same rows",
		Long: `quindex is one server for text search, time series, graphs, places and analytics
over the same rows. Try it on real data:

  quindex demo`,
		SilenceUsage:               true,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(serveCommand(), demoCommand(), loadCommand(), changesCommand(), sqlCommand(), inspectCommand(), verifyCommand(), doctorCommand(), backupCommand(), restoreCommand(), benchCommand(), versionCommand())
	cmd.PersistentFlags().String("config", "", "TOML file with flags (each flag is also QUINDEX_... in the environment)")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return fromSurroundings(cmd) }
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.Version = version()
	cmd.SetVersionTemplate(versionLine())
	polite(cmd)
	return cmd
}

// usage says where the help is, after an error about how a command was called.
func usage(cmd *cobra.Command, err error) string {
	text := err.Error()
	for _, start := range []string{"no argument", "the argument ", "unknown flag", "unknown shorthand", "invalid argument", "required flag", "flag needs"} {
		if strings.HasPrefix(text, start) {
			return fmt.Sprintf("\nrun \"%s --help\" for what it takes", cmd.CommandPath())
		}
	}
	return ""
}

// describe is an error as a person at a terminal wants it.
func describe(err error) string {
	text := strings.ReplaceAll(err.Error(), ": load: ", ": ") // "load FILE: load: read row" says it twice
	if p := (*client.Problem)(nil); errors.As(err, &p) {
		return text // with the server's hint
	}
	if hint := fault.HintOf(err); hint != "" {
		text += "\nhint: " + hint
	}
	if strings.HasPrefix(text, "unknown command") {
		text += "\nrun \"quindex --help\" for the commands"
	}
	return text
}
