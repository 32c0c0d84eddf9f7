package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestConfig: the command line comes before the environment, and that before
// the file, in which a command's own table comes before what is for all.
func TestConfig(t *testing.T) {
	file := writeFile(t, "quindex.toml", "log = \"error\"\nhttp = \"127.0.0.1:1\"\nmemory = 5_000_000\n[serve]\nmemory = 6_000_000\ntimeout = \"7s\"\nqueue = 8\n[load]\nmap = [\"a=b\", \"c=d\"]\n[bench]\nrows = 9\n")
	t.Setenv("QUINDEX_CONFIG", file)
	t.Setenv("QUINDEX_QUEUE", "11")
	for _, c := range []struct{ args, want string }{
		{"serve --log warn", "log=warn http=127.0.0.1:1 memory=6000000 timeout=7s queue=11"},
		{"load x --table t", "map=[a=b,c=d] http=127.0.0.1:1"},
		{"bench point", "rows=9"},
	} {
		cmd := root()
		sub, rest, err := cmd.Find(strings.Fields(c.args))
		if err == nil {
			err = sub.ParseFlags(rest)
		}
		if err == nil {
			err = fromSurroundings(sub)
		}
		if err != nil {
			t.Fatal(c.args, err)
		}
		for _, w := range strings.Fields(c.want) {
			name, want, _ := strings.Cut(w, "=")
			if got := sub.Flags().Lookup(name).Value.String(); got != want {
				t.Errorf("%s: --%s is %s, want %s", c.args, name, got, want)
			}
		}
	}
}

// TestBadConfig: nothing of a file is passed over in silence.
func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"htp = \"x\"":                "htp: no command has a flag --htp",
		"[serve]\ncolour = 1":        "colour: quindex serve has no flag --colour",
		"[srve]\nhttp = \"x\"":       "[srve]: no such command",
		"http = \n":                  "line 1",
		"[serve]\nqueue = \"many\"":  "queue = many",
		"[serve]\nconfig = \"self\"": "config",
	} {
		file := writeFile(t, "bad.toml", text)
		_, stderr, err := run(t, "serve", "--config", file, "--http", freeAddr(t))
		if err == nil || !strings.Contains(stderr, want) || !strings.Contains(stderr, "bad.toml") {
			t.Errorf("%q: %v\n%swant %q", text, err, stderr, want)
		}
	}
	if _, stderr, err := run(t, "version", "--config", "missing.toml"); err == nil || !strings.Contains(stderr, "missing.toml") {
		t.Error(fmt.Sprint(err), stderr)
	}
}
