package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/quindex/quindex/client"
)

func TestHelp(t *testing.T) {
	for _, name := range []string{"serve", "demo", "load", "changes", "sql", "inspect", "backup", "restore", "verify", "doctor", "bench", "version"} {
		out, _, err := run(t, name, "--help")
		if err != nil || !strings.Contains(out, "Usage:") {
			t.Errorf("%s --help: %v\n%s", name, err, out)
		}
		if name != "version" && !strings.Contains(out, "Examples:") {
			t.Errorf("%s --help gives no example", name)
		}
	}
}

// TestMistakes: each mistake ends with one clear error, and no stack.
func TestMistakes(t *testing.T) {
	dead := freeAddr(t)
	for _, c := range []struct {
		args string
		want []string
	}{
		{"lod x", []string{`unknown command "lod"`, "load"}},
		{"serve --dta x", []string{"unknown flag: --dta"}},
		{"load x.csv", []string{`required flag(s) "table" not set`}},
		{"load missing.csv --table t --http " + dead, []string{"missing.csv", "no such file"}},
		{"load nothing-*.csv --table t --http " + dead, []string{"nothing-*.csv", "no such file"}},
		{"load x.csv --table t --map id", []string{"--map id", "write --map column=value"}},
		{"sql --http " + dead + " SELECT", []string{"is it running? start it with: quindex serve"}},
		{"serve --http 0.0.0.0:0 --cluster 127.0.0.1:0", []string{"--insecure", "0.0.0.0:0"}},
		{"serve --http nonsense --cluster 127.0.0.1:0", []string{"host:port"}},
		{"serve --log loud", []string{"--log loud", "not a log level: it is debug, info, warn or error"}},
		{"inspect .", []string{"neither a data folder, a shard nor a segment"}},
		{"inspect missing", []string{"no such file"}},
	} {
		_, stderr, err := run(t, strings.Fields(c.args)...)
		if err == nil {
			t.Errorf("%s: no error", c.args)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) || strings.Contains(stderr, "goroutine ") {
				t.Errorf("%s: want %q in\n%s", c.args, want, stderr)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	if out, _, err := run(t, "version"); err != nil || !strings.HasPrefix(out, "quindex ") {
		t.Errorf("%v %s", err, out)
	}
}

// TestServe: one folder has one server, one port too; a signal ends it well.
func TestServe(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--data", data, "--http", "127.0.0.1:0", "--log", "error")
	if _, stderr, err := run(t, "serve", "--data", data, "--http", "127.0.0.1:0", "--cluster", "127.0.0.1:0"); err == nil || !strings.Contains(stderr, data) {
		t.Errorf("a second server on one folder: %v %s", err, stderr)
	}
	for _, command := range [][]string{{"verify"}, {"doctor"}, {"backup", t.TempDir()}} {
		if _, stderr, err := run(t, append(command, "--data", data)...); err == nil || !strings.Contains(stderr, "in use by process") || !strings.Contains(stderr, "say --http") {
			t.Errorf("%s of a folder in use: %v %s", command[0], err, stderr)
		}
	}
	if _, stderr, err := run(t, "serve", "--data", t.TempDir(), "--http", s.addr, "--cluster", "127.0.0.1:0", "--log", "error"); err == nil || !strings.Contains(stderr, "--http") {
		t.Errorf("a second server on one port: %v %s", err, stderr)
	}
	if _, stderr, err := run(t, "sql", "--http", s.addr, "SELECT * FROM nope"); err == nil || !strings.Contains(stderr, "nope") {
		t.Errorf("%v %s", err, stderr)
	}
	out, _, err := run(t, "sql", "--http", s.addr, "CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1), (2); SELECT count(*) AS n FROM t")
	if err != nil || !strings.Contains(out, "CREATE TABLE\nINSERT 0 2\nn\n-\n2\n") {
		t.Errorf("%v %q", err, out)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

// TestLoad loads files that are broken in one place each, and stops one load in its middle.
func TestLoad(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	var rows strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&rows, "%d,name %d\n", i, i)
	}
	file := writeFile(t, "x.csv", "id,name\n"+rows.String()+"bad,row\n")
	if out, stderr, err := run(t, "load", file, "--table", "x", "--create", "infer", "--http", s.addr, "--on-error", "report"); err != nil || !strings.Contains(out, "1001 rows") {
		t.Errorf("%v %s %s", err, out, stderr) // inferred as KEYWORD: the bad row is a row
	}
	if _, _, err := run(t, "sql", "--http", s.addr, "CREATE TABLE y (id BIGINT, name KEYWORD)"); err != nil {
		t.Fatal(err)
	}
	if _, stderr, err := run(t, "load", file, "--table", "y", "--http", s.addr); err == nil || !strings.Contains(stderr, `line 1002, column 1`) || !strings.Contains(stderr, "on_error") {
		t.Errorf("%v %s", err, stderr)
	}
	if out, _, err := run(t, "load", file, "--table", "y", "--http", s.addr, "--piece", "2000"); err == nil || !strings.HasPrefix(out, "0 rows in") {
		t.Errorf("a file in pieces, of which one is bad: %v, %s, want 0 rows", err, out)
	}
	out, stderr, err := run(t, "load", file, "--table", "y", "--http", s.addr, "--on-error", "report")
	if err != nil || !strings.Contains(out, "1000 rows") || !strings.Contains(out, "1 bad row refused, see "+file+".rejects.ndjson") {
		t.Errorf("%v %s %s", err, out, stderr)
	}
	if b, err := os.ReadFile(file + ".rejects.ndjson"); err != nil || !strings.Contains(string(b), `"line":1002,"column":"id"`) {
		t.Errorf("%v %s", err, b)
	}
	if _, stderr, err := run(t, "load", writeFile(t, "z.parquet", "PAR1 nonsense"), "--table", "y", "--http", s.addr); err == nil || !strings.Contains(stderr, "Parquet") {
		t.Errorf("%v %s", err, stderr)
	}

	cmd := program(t, "load", "-", "--format", "csv", "--table", "y", "--http", s.addr, "--on-error", "report") // rows are seen as they come
	in, _ := cmd.StdinPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		fmt.Fprintln(in, "id,name")
		for _, err := fmt.Fprint(in, rows.String()); err == nil; _, err = fmt.Fprint(in, rows.String()) {
		}
	}()
	c := client.New(s.addr)
	defer c.Close()
	for len(rowsOfSQL(t, c, "SELECT id FROM y LIMIT 1500")) < 1500 {
	}
	cmd.Process.Signal(syscall.SIGINT)
	if err := cmd.Wait(); err == nil {
		t.Error("a load that was stopped ended well")
	}
	if got := rowsOfSQL(t, c, "SELECT count(*) > 1000 FROM y"); fmt.Sprint(got) != "[true]" {
		t.Error(got)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

// TestDemoStops interrupts a demo: it removes its folder.
func TestDemoStops(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo loads 245,655 rows")
	}
	tmp := t.TempDir()
	cmd := program(t, "demo", "--http", "127.0.0.1:0", "--cluster", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	s := await(t, cmd)
	cmd.Process.Signal(syscall.SIGINT)
	<-s.rest
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v %s", err, s.log)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// TestInspectCommand prints a folder, down to a segment, and finds a flipped byte.
func TestInspectCommand(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--data", data, "--http", "127.0.0.1:0", "--log", "error", "--shards", "1")
	c := client.New(s.addr)
	defer c.Close()
	for _, sql := range []string{"CREATE TABLE t (id BIGINT, name KEYWORD)", "INSERT INTO t VALUES (1, 'one'), (2, 'two')"} {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	out, stderr, err := run(t, "inspect", data)
	if err != nil || !strings.Contains(out, `"shards":1`) || !strings.Contains(out, "table 1 t") {
		t.Fatalf("%v %s %s", err, out, stderr)
	}
	manifest := filepath.Join(data, "groups", "0001", "machine", "MANIFEST")
	b, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(manifest, b, 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr, err = run(t, "inspect", data)
	if err == nil || !strings.Contains(out, "DAMAGED") || !strings.Contains(stderr, manifest) || !strings.Contains(stderr, "offset") {
		t.Fatalf("%v\n%s\n%s", err, out, stderr)
	}
}

func TestStatements(t *testing.T) {
	for text, want := range map[string][]string{
		"SELECT 1; SELECT 2":                 {"SELECT 1", "SELECT 2"},
		"SELECT ';' ; -- a; b\nSELECT \";\"": {"SELECT ';'", "-- a; b\nSELECT \";\""},
		"/* ; */ SELECT 'it''s;';;":          {"/* ; */ SELECT 'it''s;'"},
		"SELECT $$a;b$$; -- the end":         {"SELECT $$a;b$$"},
		"  ":                                 nil,
	} {
		if got := statements(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]bool{"SELECT 1": false, "SELECT 1;": true, "SELECT ';": false, "SELECT 1 -- ;": false, "": false,
		`SELECT E'it\'s;`: false, "SELECT $$;": false, "SELECT ☃;": true, "SELECT 1; -- one": true, ";": true, "-- nothing": true} {
		if finished(text) != want {
			t.Errorf("finished(%q) = %v", text, !want)
		}
	}
}

func TestComplete(t *testing.T) {
	words := []string{"SELECT", "flights", "flight_no", "FROM"}
	for line, want := range map[string]string{"SEL": "SELECT ", "sel": "SELECT ", "SELECT fl": "SELECT flight", "x": "", "": ""} {
		if got, pos, ok := complete(words, line, len(line)); ok != (want != "") || got != want || ok && pos != len(want) {
			t.Errorf("%q: %q at %d, %v, want %q", line, got, pos, ok, want)
		}
	}
}

// A load that is stopped says what became of the rows it has sent.
func TestLoadStopped(t *testing.T) {
	s := serve(t, "--data", t.TempDir(), "--http", "127.0.0.1:0", "--log", "error")
	if _, _, err := run(t, "sql", "--http", s.addr, "CREATE TABLE x (id BIGINT)"); err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for i := range 100_000 {
		fmt.Fprintln(&rows, i)
	}
	file := writeFile(t, "x.csv", "id\n"+rows.String())
	cmd := program(t, "load", file, "--table", "x", "--http", s.addr, "--piece", "300", "--parallel", "1")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for waiting := int64(0); waiting < 1000; {
		waiting = 0
		res, err := http.Get("http://" + s.addr + "/v1/loads")
		if err != nil {
			t.Fatal(err)
		}
		var loads []struct{ Rows int64 }
		if err := json.NewDecoder(res.Body).Decode(&loads); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for _, l := range loads {
			waiting += l.Rows
		}
	}
	cmd.Process.Signal(syscall.SIGINT)
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "rows wait in the server, unseen") {
		t.Errorf("%v: %s", err, out.String())
	}
	if out, stderr, err := run(t, "load", file, "--table", "x", "--http", s.addr, "--piece", "100000"); err != nil || !strings.HasPrefix(out, "100000 rows in") || !strings.Contains(out, "were there already") {
		t.Errorf("%v: %s %s", err, out, stderr)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}
