package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// asProgram makes this test binary behave as the quindex command, so that
// tests can start the whole program, and kill it.
const asProgram = "QUINDEX_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program returns the command quindex with args, in an empty folder.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Dir = t.TempDir()
	return cmd
}

// run runs quindex to its end and returns what it printed.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, bad strings.Builder
	cmd := program(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &bad
	err = cmd.Run()
	return out.String(), bad.String(), err
}

// child is a server in a process of its own.
type child struct {
	cmd  *exec.Cmd
	addr string
	rest chan string // what it printed, once it ended
	log  *strings.Builder
}

// serve starts a server and waits until it serves. It is killed with the test.
func serve(t *testing.T, args ...string) *child {
	t.Helper()
	return await(t, program(t, append([]string{"serve", "--cluster", "127.0.0.1:0"}, args...)...))
}

// await starts a command and waits for the line that names its address.
func await(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{cmd: cmd, rest: make(chan string, 1), log: &strings.Builder{}}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = c.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			cmd.Wait()
			t.Fatalf("the server ended before it served: %v\n%s", err, c.log)
		}
		if _, after, ok := strings.Cut(line, "on http://"); ok {
			c.addr, _, _ = strings.Cut(after, " ")
			break
		}
	}
	go func() {
		b, _ := io.ReadAll(lines)
		c.rest <- string(b)
	}()
	return c
}

// kill ends the server as a power cut would.
func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGKILL)
	<-c.rest
	c.cmd.Wait()
}

// stop asks the server to end and returns how it did.
func (c *child) stop(t *testing.T) error {
	t.Helper()
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.rest:
		return c.cmd.Wait()
	case <-time.After(20 * time.Second):
		t.Fatalf("the server does not stop\n%s", c.log)
		return nil
	}
}

// freeAddr returns an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// rowsOfSQL returns a statement's rows, each printed as Go prints a list.
func rowsOfSQL(t *testing.T, c *client.Client, sql string) []string {
	t.Helper()
	rows, err := c.Query(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		out = append(out, strings.Trim(fmt.Sprint(rows.Row()), "[]"))
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return out
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// killsOf is how often a test kills, n times unless QUINDEX_KILLS says otherwise
// and twice where tests are to be short, and what it draws its moments from.
func killsOf(t *testing.T, n int) (kills int, r *rand.Rand) {
	t.Helper()
	if s := os.Getenv("QUINDEX_KILLS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		n = 2
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("QUINDEX_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("repeat with: QUINDEX_SEED=%d QUINDEX_KILLS=%d go test ./cmd/quindex -run '^%s$'", seed, n, t.Name())
	return n, rand.New(rand.NewPCG(seed, 0))
}
