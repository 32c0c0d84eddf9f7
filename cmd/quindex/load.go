package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

func loadCommand() *cobra.Command {
	var o client.LoadOptions
	var addr, comma string
	var maps, units []string
	cmd := &cobra.Command{
		Use:   "load FILE... --table T",
		Short: "Load files into a table",
		Long: `Load reads NDJSON, CSV, Parquet and Arrow files (also .gz and .zst, globs, and - for
the standard input) and sends them to a server, several pieces at once. When it
ends, every row it counts is on disk.

Bad rows go to FILE.rejects.ndjson with their line, column and reason when
--on-error is report; skip drops them. With abort (the default) all
rows of a file are seen in one moment, when the last is there, and none if one is bad.

The server remembers what was loaded, by the content of the file: a load that
was stopped goes on where it was, and a file that was loaded adds nothing,
unless --again is given. --source NAME goes by that name instead of the content,
which the standard input needs.`,
		Example: `  quindex load hits.ndjson --table hits --create infer
  quindex load 'logs/*.csv.gz' --table logs --on-error report
  quindex load flights.parquet --table flights --map dep=date --time dep=us
  zstdcat hits.ndjson.zst | quindex load - --format ndjson --table hits`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Table == "" {
				return fault.E("load", fault.Invalid, fault.Item("--table"), "the name of a table, not an empty one")
			}
			var err error
			if o.Comma, err = separatorOf(comma); err != nil {
				return err
			}
			if o.Map, err = pairs("--map", maps); err != nil {
				return err
			}
			if o.Units, err = pairs("--time", units); err != nil {
				return err
			}
			files, err := expand(args)
			if err != nil {
				return err
			}
			if o.Source != "" && len(files) != 1 {
				return fault.E("load", fault.Invalid, fault.Item("--source "+o.Source), fmt.Errorf("%d files, a source is one", len(files)))
			}
			return load(cmd, client.New(addr), files, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "http", client.DefaultAddr, "address of the server")
	f.StringVar(&o.Table, "table", "", "table to load into (needed)")
	f.StringVar(&o.Create, "create", "", "infer: make the table from the data if it does not exist")
	f.StringVar(&o.OnError, "on-error", "abort", "what a bad row does: abort, skip or report")
	f.StringArrayVar(&maps, "map", nil, "column=field, or column=lon,lat for a POINT")
	f.StringArrayVar(&units, "time", nil, "column=unit of numbers in a TIMESTAMP: s, ms, us or ns")
	f.StringVar(&o.Unknown, "unknown", "", "ignore: drop fields that no column takes")
	f.StringVar(&o.Format, "format", "", "ndjson, csv, tsv, parquet or arrow, where the name does not tell")
	f.StringVar(&comma, "comma", "", "what separates the fields of a CSV, such as ';' or tab; default a comma, or with --create infer what the first rows look like")
	f.BoolVar(&o.Again, "again", false, "load files that the table holds already once more")
	f.StringVar(&o.Source, "source", "", "name of what is loaded, instead of its content; one file or stream only")
	f.IntVar(&o.Parallel, "parallel", 4, "pieces on their way at once")
	f.IntVar(&o.Piece, "piece", 4<<20, "bytes of a piece")
	cmd.MarkFlagRequired("table")
	return cmd
}

// expand resolves globs that the shell left alone. A file that is not there is
// an error before any is loaded.
func expand(args []string) (files []string, err error) {
	for _, a := range args {
		_, err := os.Stat(a)
		if a == "-" || err == nil {
			files = append(files, a)
			continue
		}
		found, err := filepath.Glob(a)
		if err != nil || len(found) == 0 {
			return nil, fault.E("load", fault.NotFound, fault.Item(a), "no such file")
		}
		files = append(files, found...)
	}
	return files, nil
}

// separatorOf reads --comma: one byte, or the name of one that is hard to type.
func separatorOf(text string) (byte, error) {
	switch {
	case text == "":
		return 0, nil
	case text == "tab" || text == `\t`:
		return '\t', nil
	case len(text) == 1 && !strings.ContainsAny(text, "\"\r\n"):
		return text[0], nil
	}
	return 0, fault.E("load", fault.Invalid, fault.Item("--comma "+text), fault.Hint("write --comma ';' or --comma tab"), "a separator is one byte, and no quote or line end")
}

func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" || value == "" {
			return nil, fault.E("load", fault.Invalid, fault.Item(flag+" "+s), fault.Hint("write "+flag+" column=value"), "no = in it")
		}
		out[key] = value
	}
	return out, nil
}

// load runs the load with a bar on a terminal and lines elsewhere.
func load(cmd *cobra.Command, c *client.Client, files []string, o client.LoadOptions) error {
	out := cmd.OutOrStdout()
	var p client.Progress
	rejects := rejectFiles{open: map[string]*os.File{}, resumed: func() bool { return p.Snapshot().HeldBytes+p.Snapshot().HeldRows > 0 }}
	defer rejects.close()
	if o.OnError == "report" {
		o.Rejected = rejects.write
	}
	o.Created = func(ddl string) { fmt.Fprintln(out, ddl) }
	stop := showProgress(cmd.ErrOrStderr(), &p, sizeOf(files))
	start := time.Now()
	done, err := c.Load(cmd.Context(), files, o, &p)
	stop()
	took := time.Since(start).Seconds()
	fmt.Fprintf(out, "%s in %.1f s (%.0f rows/s, %.1f MB/s)", countOf(done.Rows, "row"), took, float64(done.Rows)/took, float64(done.Bytes)/1e6/took)
	if done.HeldBytes > 0 {
		fmt.Fprintf(out, "; %s, %.1f MB of them were there already (--again loads them once more)", countOf(done.HeldRows, "row"), float64(done.HeldBytes)/1e6)
	}
	if done.WaitingRows > 0 {
		fmt.Fprintf(out, "; %s wait in the server, unseen: the same load goes on with them", countOf(done.WaitingRows, "row"))
	}
	if done.Rejected > 0 && o.OnError != "abort" { // there the error names it
		fmt.Fprintf(out, "; %s refused%s", countOf(done.Rejected, "bad row"), rejects.names())
	}
	fmt.Fprintln(out)
	if err == nil {
		err = rejects.failed
	}
	return err
}

// countOf is "1 row" or "2 rows".
func countOf(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// sizeOf is the size of files that are not compressed, or -1 if unknown.
func sizeOf(files []string) int64 {
	var total int64
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil || strings.HasSuffix(f, ".gz") || strings.HasSuffix(f, ".zst") {
			return -1
		}
		total += st.Size()
	}
	return total
}

// showProgress draws until the function it returns is called.
func showProgress(w io.Writer, p *client.Progress, size int64) (stop func()) {
	terminal := false
	if f, ok := w.(*os.File); ok {
		terminal = term.IsTerminal(int(f.Fd()))
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	every := 5 * time.Second
	draw := func() {
		s := p.Snapshot()
		if why := p.Trouble(); why != "" {
			fmt.Fprintf(w, "trying again: %s\n", why)
			return
		}
		fmt.Fprintf(w, "%s, %.1f MB\n", countOf(s.Rows, "row"), float64(s.Bytes)/1e6)
	}
	if terminal {
		every = 200 * time.Millisecond
		bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
		draw = func() {
			s := p.Snapshot()
			text := countOf(s.Rows, "row")
			if why := p.Trouble(); why != "" {
				text = "trying again: " + why
			}
			bar.Describe(text)
			bar.Set64(s.Bytes)
		}
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				draw()
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		if terminal {
			fmt.Fprint(w, "\r\033[K")
		}
	}
}

// rejectFiles writes the bad rows of each file beside it.
type rejectFiles struct {
	open    map[string]*os.File
	resumed func() bool
	failed  error
}

func (r *rejectFiles) write(file string, bad client.Reject) {
	name := file + ".rejects.ndjson"
	if file == "-" {
		name = "stdin.rejects.ndjson"
	}
	f := r.open[name]
	if f == nil {
		var err error
		how := os.O_TRUNC
		if r.resumed() { // the bad rows of the first part are in it
			how = os.O_APPEND
		}
		if f, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY|how, 0o644); err != nil {
			r.failed = fault.E("load: write rejects", fault.IO, err)
			return
		}
		r.open[name] = f
	}
	b, _ := json.Marshal(bad)
	if _, err := f.Write(append(b, '\n')); err != nil {
		r.failed = fault.E("load: write rejects", fault.IO, err)
	}
}

func (r *rejectFiles) names() string {
	if len(r.open) == 0 {
		return ""
	}
	var names []string
	for n := range r.open {
		names = append(names, n)
	}
	return ", see " + strings.Join(names, ", ")
}

func (r *rejectFiles) close() {
	for _, f := range r.open {
		f.Close()
	}
}
