package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

func sqlCommand() *cobra.Command {
	var addr, format, file string
	cmd := &cobra.Command{
		Use:   "sql [QUERY]",
		Short: "Run statements, or open a shell",
		Long: `Sql runs the statements of QUERY, of --file or of the standard input, and prints
their answers. Without any, on a terminal, it opens a shell: statements end with
a semicolon, Tab completes words and table names, the arrow keys recall.`,
		Example: `  quindex sql
  quindex sql "SELECT origin, count(*) FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
  quindex sql --format csv "SELECT * FROM quakes" > quakes.csv
  quindex sql --file schema.sql`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := client.New(addr)
			defer c.Close()
			out := cmd.OutOrStdout()
			switch {
			case len(args) == 1:
				return runAll(cmd.Context(), c, args[0], format, out)
			case file != "":
				text, err := os.ReadFile(file)
				if err != nil {
					return fault.E("sql", fault.IO, err)
				}
				return runAll(cmd.Context(), c, string(text), format, out)
			case !term.IsTerminal(int(os.Stdin.Fd())):
				text, err := io.ReadAll(os.Stdin)
				if err != nil {
					return fault.E("sql", fault.IO, err)
				}
				return runAll(cmd.Context(), c, string(text), format, out)
			}
			return shell(cmd.Context(), c, format)
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	f.StringVar(&format, "format", "table", "json, ndjson, csv, table, arrow or parquet")
	f.StringVar(&file, "file", "", "run the statements of a file")
	return cmd
}

// runAll runs the statements of text in turn and stops at the first that fails.
func runAll(ctx context.Context, c *client.Client, text, format string, out io.Writer) error {
	all := statements(text)
	for i, s := range all {
		err := runOne(ctx, c, s, format, out)
		if err != nil && len(all) > 1 { // lines and columns are those of the statement
			err = fault.E(fmt.Sprintf("statement %d of %d", i+1, len(all)), err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func runOne(ctx context.Context, c *client.Client, sql, format string, out io.Writer) error {
	body, header, err := c.Raw(ctx, sql, client.Options{Format: format})
	if err != nil {
		return err
	}
	defer body.Close()
	if tag := header.Get("X-Quindex-Tag"); tag != "" && format == "table" {
		fmt.Fprintln(out, tag)
		return nil
	}
	if _, err := io.Copy(out, body); err != nil {
		return fault.E("sql: read result", fault.IO, fault.Hint("the result is cut off"), err)
	}
	return nil
}

// statements are those of text, and what follows the last.
func statements(text string) []string {
	all, rest := sql.Split(text)
	if rest != "" {
		all = append(all, rest)
	}
	return all
}

// finished reports whether text is to be sent: a semicolon ends what is in it,
// if anything is.
func finished(text string) bool {
	_, rest := sql.Split(text)
	return rest == "" && strings.TrimSpace(text) != ""
}

// shell reads statements from the terminal until Ctrl-D.
func shell(ctx context.Context, c *client.Client, format string) error {
	fd := int(os.Stdin.Fd())
	old, err := term.MakeRaw(fd)
	if err != nil {
		return fault.E("sql: open terminal", fault.IO, err)
	}
	defer term.Restore(fd, old)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, "quindex> ")
	if w, h, err := term.GetSize(fd); err == nil {
		t.SetSize(w, h)
	}
	words := completions(ctx, c)
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		return complete(words, line, pos)
	}
	fmt.Fprintln(t, `quindex shell; end a statement with ";", \q leaves, \d lists tables, Tab completes`)
	return prompt(ctx, c, t, format)
}

func prompt(ctx context.Context, c *client.Client, t *term.Terminal, format string) error {
	var pending string
	for {
		line, err := t.ReadLine()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, term.ErrPasteIndicator) {
			return fault.E("sql: read terminal", fault.IO, err)
		}
		switch strings.TrimSpace(line) {
		case `\q`, "exit", "quit":
			return nil
		case `\d`:
			line = "SHOW TABLES;"
		}
		if pending += line + "\n"; !finished(pending) {
			if t.SetPrompt("      -> "); strings.TrimSpace(pending) == "" {
				pending = ""
				t.SetPrompt("quindex> ")
			}
			continue
		}
		start := time.Now()
		if err := runAll(ctx, c, pending, format, t); err != nil {
			fmt.Fprintln(t, describe(err))
		} else {
			fmt.Fprintf(t, "(%.1f ms)\n", float64(time.Since(start).Microseconds())/1000)
		}
		pending = ""
		t.SetPrompt("quindex> ")
	}
}

// keywords are what Tab completes besides tables and columns.
var keywords = strings.Fields(`SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN LEFT INNER CROSS ON USING
INSERT INTO VALUES CREATE TABLE DROP SHOW TABLES DESCRIBE EXPLAIN ANALYZE DISTINCT BETWEEN LIKE ILIKE EXISTS UNION ALL
CASE WHEN THEN ELSE END COUNT SUM AVG MIN MAX TIMESTAMP INTERVAL`)

// completions returns the words to complete: keywords, tables and columns.
func completions(ctx context.Context, c *client.Client) []string {
	words := append([]string(nil), keywords...)
	rows, err := c.Query(ctx, "SHOW TABLES")
	if err != nil {
		return words
	}
	defer rows.Close()
	for rows.Next() {
		table, _ := rows.Row()[0].(string)
		words = append(words, table)
		columns, err := c.Query(ctx, `DESCRIBE "`+table+`"`)
		if err != nil {
			continue
		}
		for columns.Next() {
			if name, ok := columns.Row()[0].(string); ok {
				words = append(words, name)
			}
		}
		columns.Close()
	}
	return words
}

// complete extends the word before the cursor as far as all words agree.
func complete(words []string, line string, pos int) (string, int, bool) {
	start := strings.LastIndexAny(line[:pos], " ,(.;\t\n") + 1
	prefix := line[start:pos]
	if prefix == "" {
		return "", 0, false
	}
	common, found := "", 0
	for _, w := range words {
		if len(w) < len(prefix) || !strings.EqualFold(w[:len(prefix)], prefix) {
			continue
		}
		if found++; found == 1 {
			common = w
		}
		for !strings.HasPrefix(strings.ToLower(w), strings.ToLower(common)) {
			common = common[:len(common)-1]
		}
	}
	if found == 0 || len(common) < len(prefix) {
		return "", 0, false
	}
	if found == 1 {
		common += " "
	}
	return line[:start] + common + line[pos:], start + len(common), true
}
