package main

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

func changesCommand() *cobra.Command {
	var o client.ChangesOptions
	var addr, state string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "changes TABLE",
		Short: "Print what changes in a table",
		Long: `Changes prints what happens to the rows of a table, one JSON object a line: what
was written since --from, and with --follow what is written from then on.

  now       what is written from now on (the default)
  start     all that the server's logs still have
  snapshot  all rows as they are now, then what is written
  TOKEN     what came after the line that had this "token"

With --state FILE the last token is kept in a file, and a second run goes on after
the last line that was printed; at the first, when there is no file, it goes by --from.
docs/http.md tells what each kind of line means.`,
		Example: `  quindex changes flights --from snapshot --follow
  quindex changes orders --follow --state orders.token | ./send-mails`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state != "" {
				b, err := os.ReadFile(state)
				if err != nil && !errors.Is(err, os.ErrNotExist) {
					return fault.E("changes", fault.IO, fault.Item("--state "+state), err)
				}
				if token := strings.TrimSpace(string(b)); token != "" {
					o.From = token
				}
			}
			return printChanges(cmd, client.New(addr), args[0], o, state, quiet)
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	f.StringVar(&o.From, "from", "now", "now, start, snapshot, or a token")
	f.BoolVar(&o.Follow, "follow", false, "go on until stopped; a connection that breaks is made again")
	f.Int64Var(&o.Limit, "limit", 0, "lines to print (0: all)")
	f.StringVar(&state, "state", "", "file that keeps the last token")
	f.BoolVar(&quiet, "no-resolved", false, "leave out the lines that only say how far it has come")
	f.DurationVar(&o.Heartbeat, "heartbeat", 10*time.Second, "how often such a line comes while nothing changes")
	return cmd
}

// printChanges prints lines as they come. The token of a line is kept once the
// line is out: whoever is killed in between prints it twice.
func printChanges(cmd *cobra.Command, c *client.Client, table string, o client.ChangesOptions, state string, quiet bool) error {
	feed, err := c.Changes(cmd.Context(), table, o)
	if err != nil {
		return err
	}
	defer feed.Close()
	out := bufio.NewWriter(cmd.OutOrStdout())
	for feed.Next() {
		change := feed.Change()
		if !quiet || change.Op != "resolved" {
			out.Write(change.Raw)
		}
		if feed.Buffered() && out.Buffered() < 32<<10 {
			continue
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if err := keepToken(state, change.Token); err != nil {
			return err
		}
	}
	err = errors.Join(out.Flush(), keepToken(state, feed.Token()))
	if feed.Err() != nil && cmd.Context().Err() != nil {
		return err // stopped by hand, which is how it ends
	}
	return errors.Join(err, feed.Err())
}

// keepToken puts a token into a file, whole or not at all.
func keepToken(path, token string) error {
	if path == "" || token == "" {
		return nil
	}
	err := os.WriteFile(path+".tmp", []byte(token+"\n"), 0o644)
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return fault.E("changes", fault.IO, fault.Item("--state "+path), err)
	}
	return nil
}
