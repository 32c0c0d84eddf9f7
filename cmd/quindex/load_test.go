package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/client"
)

// TestSeparators loads CSVs that are cut by something else than commas: what
// infers the columns finds it out, what has them says which flag to use.
func TestSeparators(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	c := client.New(s.addr)
	defer c.Close()
	says := func(want string, args ...string) {
		t.Helper()
		out, stderr, err := run(t, append(args, "--http", s.addr)...)
		if !strings.Contains(out+stderr, want) || (err == nil) != (stderr == "") {
			t.Errorf("%q: %v %s %s, want %s", args, err, out, stderr, want)
		}
	}
	var rows strings.Builder
	for i := range 500 {
		fmt.Fprintf(&rows, "%d;\"n;%d\";1,5\n", i, i)
	}
	euro := writeFile(t, "euro.csv", "id;name;price\n"+rows.String())
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	fmt.Fprint(gz, "id|name\n7|seven\n")
	gz.Close()
	zipped := writeFile(t, "bar.csv.gz", z.String())

	says("CREATE TABLE euro (id BIGINT, name KEYWORD, price KEYWORD)\n500 rows in", "load", euro, "--table", "euro", "--create", "infer", "--piece", "1000")
	says("500 rows, 0.0 MB of them were there already", "load", euro, "--table", "euro", "--comma", ";")
	says("500 rows in", "load", euro, "--table", "euro", "--create", "infer", "--piece", "300", "--again", "--on-error", "report")
	if got := rowsOfSQL(t, c, "SELECT count(*), max(id), max(name) FROM euro"); fmt.Sprint(got) != "[1000 499 n;99]" {
		t.Error(got)
	}
	says("CREATE TABLE bar (id BIGINT, name KEYWORD)\n1 row in", "load", zipped, "--table", "bar", "--create", "infer")
	says(`at line 1, column 1: the fields of "id;name;price" seem to be separated by ';', not by ','`+
		"\nhint: say what separates them: comma=%3B (quindex load --comma ';')", "load", euro, "--table", "bar")
	says("--comma tab)", "load", writeFile(t, "tab.csv", "id\tname\n1\tx\n"), "--table", "bar")
	says("1 row in", "load", writeFile(t, "tab.csv", "id\tname\n1\tx\n"), "--table", "bar", "--comma", "tab")
	says("only the fields of a CSV have one", "load", writeFile(t, "x.ndjson", `{"id":1}`), "--table", "bar", "--comma", ";")
	says("a separator is one byte", "load", euro, "--table", "bar", "--comma", ";;")

	cmd := program(t, "load", "-", "--format", "csv", "--table", "piped", "--create", "infer", "--http", s.addr)
	cmd.Stdin = strings.NewReader("id;name\n1;x\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "(id BIGINT, name KEYWORD)\n1 row in") {
		t.Errorf("%v %s", err, out)
	}
	if _, err := c.Exec(context.Background(), "DROP TABLE piped"); err != nil {
		t.Fatal(err)
	}
	says("hint: create=infer makes it from the data (quindex load --create infer)", "load", euro, "--table", "piped")
	says("hint: did you mean euro? create=infer makes it", "load", euro, "--table", "euros", "--piece", "100")
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

// TestAbortWithoutLineEnd: a bad row at the end of a file that does not end its
// line takes all rows of the file with it, as any other does.
func TestAbortWithoutLineEnd(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	c := client.New(s.addr)
	defer c.Close()
	if _, err := c.Exec(context.Background(), "CREATE TABLE t (id BIGINT)"); err != nil {
		t.Fatal(err)
	}
	good := "id\n" + strings.Repeat("1\n", 50)
	bad := good + "two"
	for _, size := range []int{len(bad) - 1, len(bad), len(bad) + 1, 1 << 20} {
		out, stderr, err := run(t, "load", writeFile(t, "t.csv", bad), "--table", "t", "--piece", fmt.Sprint(size), "--http", s.addr)
		if err == nil || !strings.Contains(stderr, "line 52, column 1") || !strings.HasPrefix(out, "0 rows in") {
			t.Errorf("pieces of %d bytes: %v %s %s", size, err, out, stderr)
		}
		if got := rowsOfSQL(t, c, "SELECT count(*) FROM t"); fmt.Sprint(got) != "[0]" {
			t.Errorf("pieces of %d bytes: %v rows, want none", size, got)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

// TestCutOffFiles: half a compressed file is an error whatever is done with bad
// rows, though its last row may look whole.
func TestCutOffFiles(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	c := client.New(s.addr)
	defer c.Close()
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintln(&text, i*7919%100_003)
	}
	var gz, zst bytes.Buffer
	for _, w := range []io.WriteCloser{gzip.NewWriter(&gz), must(zstd.NewWriter(&zst))} {
		fmt.Fprint(w, "id\n"+text.String())
		w.Close()
	}
	if _, err := c.Exec(context.Background(), "CREATE TABLE t (id BIGINT)"); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"cut.csv.gz": gz.Bytes(), "cut.csv.zst": zst.Bytes()} {
		file := writeFile(t, name, string(b[:len(b)*2/3]))
		for _, how := range []string{"abort", "report", "skip"} {
			_, stderr, err := run(t, "load", file, "--table", "t", "--http", s.addr, "--on-error", how)
			if err == nil || !strings.Contains(stderr, "the file is cut off: its compressed bytes end after") {
				t.Errorf("%s with %s: %v %s", name, how, err, stderr)
			}
		}
		if got := rowsOfSQL(t, c, "SELECT count(*) FROM t"); fmt.Sprint(got) != "[0]" { // none of it was a piece yet
			t.Errorf("%s: %v rows", name, got)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
