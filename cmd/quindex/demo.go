package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/demo"
	"github.com/quindex/quindex/fault"
)

func demoCommand() *cobra.Command {
	var o serveOptions
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a server with real data and show what it can do",
		Long: `Demo starts a server, loads the data set skies (airports, flights, bird strikes and
earthquakes; it is in the binary), prints a few statements with their answers and
stays up, so that you can try your own. Its data goes to a temporary folder, which
it removes, unless --data names one.`,
		Example: `  quindex demo
  quindex demo --once          # exit after the answers, non-zero if one is wrong
  quindex demo --data ./skies  # keep the data; later: quindex serve --data ./skies`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), o, once, cmd.OutOrStdout()) },
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.data, "data", "", "folder for all data (default: a temporary one)")
	cmd.Flags().BoolVar(&once, "once", false, "exit after the answers, non-zero if one is wrong")
	return cmd
}

func runDemo(ctx context.Context, o serveOptions, once bool, out io.Writer) error {
	o.out, o.keep = out, o.data != ""
	if !o.keep {
		dir, err := os.MkdirTemp("", "quindex-demo-")
		if err != nil {
			return fault.E("demo", fault.IO, err)
		}
		defer os.RemoveAll(dir)
		o.data = dir
	}
	if once {
		o.http, o.cluster, o.out = "127.0.0.1:0", "127.0.0.1:0", io.Discard
	}
	o.logLevel = "warn"
	log, err := o.logger(os.Stderr)
	if err != nil {
		return err
	}
	s, err := start(ctx, o, log)
	if err != nil {
		return err
	}
	c := client.New(s.Addr())
	defer c.Close()
	wrong, err := fillAndAsk(ctx, c, s.Node.Flush, out)
	if err != nil || once {
		if e := s.Stop(); err == nil {
			err = e
		}
	}
	switch {
	case err != nil:
		return err
	case wrong > 0:
		return fault.Errorf("demo", fault.Internal, "%d of the answers are wrong", wrong)
	case once:
		return nil
	}
	fmt.Fprintf(out, `It stays up on http://%s until Ctrl-C. Try:

  curl -d "SELECT origin, count(*) n, avg(delay) FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 5" "http://%s/v1/sql?format=table"
  quindex sql%s
`, s.Addr(), s.Addr(), httpFlag(s.Addr()))
	return s.Run(ctx)
}

func httpFlag(addr string) string {
	if addr == client.DefaultAddr {
		return ""
	}
	return " --http " + addr
}

// fillAndAsk loads what is not there yet and runs the statements. settle makes
// segments of the rows, so that the answers come from indexes and not from the
// few rows of a shard that have none yet.
func fillAndAsk(ctx context.Context, c *client.Client, settle func(context.Context) error, out io.Writer) (wrong int, err error) {
	fmt.Fprintln(out, "skies: real airports, flights, bird strikes and earthquakes")
	for _, t := range demo.Tables() {
		if err := fillTable(ctx, c, t, out); err != nil {
			return 0, err
		}
	}
	for _, g := range demo.Graphs() {
		if _, err := c.Exec(ctx, g); err != nil {
			return 0, err
		}
	}
	if err := settle(ctx); err != nil {
		return 0, err
	}
	for _, s := range demo.Statements() {
		ok, err := ask(ctx, c, s, out)
		if err != nil {
			return 0, err
		}
		if !ok {
			wrong++
		}
	}
	return wrong, nil
}

func fillTable(ctx context.Context, c *client.Client, t demo.Table, out io.Writer) error {
	have, err := rowsOf(ctx, c, t.Name)
	if err != nil || have == t.Rows {
		return err
	}
	if have > 0 {
		return fault.Errorf("demo: load "+t.Name, fault.Conflict, "the table has %d rows, the data set %d; use another --data", have, t.Rows)
	}
	if _, err := c.Exec(ctx, strings.Replace(t.DDL, "CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)); err != nil {
		return err
	}
	f, err := t.Open()
	if err != nil {
		return fault.E("demo: open "+t.File, fault.Internal, err)
	}
	defer f.Close()
	start := time.Now()
	done, err := c.LoadReader(ctx, t.File, f, client.LoadOptions{Table: t.Name, Map: t.Map, Units: t.Units, Unknown: "ignore"}, nil)
	if err != nil {
		return err
	}
	if done.Rows != t.Rows {
		return fault.Errorf("demo: load "+t.Name, fault.Internal, "%d rows, want %d", done.Rows, t.Rows)
	}
	fmt.Fprintf(out, "  %-9s %7d rows in %.2f s\n", t.Name, done.Rows, time.Since(start).Seconds())
	return nil
}

// rowsOf returns the number of rows of a table, or -1 if there is none.
func rowsOf(ctx context.Context, c *client.Client, table string) (int64, error) {
	rows, err := c.Query(ctx, "SHOW TABLES")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	count := int64(-1)
	for rows.Next() {
		if r := rows.Row(); r[0] == table {
			fmt.Sscan(fmt.Sprint(r[1]), &count)
		}
	}
	return count, rows.Err()
}

// ask runs one statement, prints it with its answer, and compares.
func ask(ctx context.Context, c *client.Client, s demo.Statement, out io.Writer) (bool, error) {
	start := time.Now()
	var answer strings.Builder
	if err := runOne(ctx, c, s.SQL, "table", &answer); err != nil {
		return false, err
	}
	took := time.Since(start)
	fmt.Fprintf(out, "\n-- %s\n%s;\n\n%s(%.1f ms)\n", s.Title, s.SQL, indent(answer.String()), float64(took.Microseconds())/1000)
	if answer.String() == s.Answer {
		return true, nil
	}
	fmt.Fprintf(out, "WRONG: expected\n%s\n", indent(s.Answer))
	return false, nil
}

func indent(s string) string {
	return "  " + strings.TrimSuffix(strings.ReplaceAll(s, "\n", "\n  "), "  ")
}
