package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/quindex/quindex/fault"
)

// child is a quindex server in a process of its own, so that what is read of
// the process is the server's alone. Its data is in a temporary folder.
type child struct {
	addr string
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when its standard output ended

	mu   sync.Mutex
	said strings.Builder
}

// address is how serve and demo say where they listen.
var address = regexp.MustCompile(`on http://([0-9.]+:[0-9]+)`)

// startChild runs the program's command ("serve" or "demo") on a folder, with
// more variables in its environment, and waits until it says that it serves.
func startChild(ctx context.Context, o Options, dir, command string, env ...string) (*child, error) {
	program := o.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return nil, fault.E("bench: find the server's program", fault.IO, err)
		}
	}
	c := &child{dir: dir, done: make(chan struct{}), cmd: exec.CommandContext(ctx, program, command,
		"--data", dir, "--http", "127.0.0.1:0", "--cluster", "127.0.0.1:0", "--workers", strconv.Itoa(o.Threads))}
	c.cmd.Env = append(os.Environ(), env...)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		return nil, fault.E("bench: start "+program+" "+command, fault.IO, err)
	}
	serving := make(chan string, 1)
	go c.listen(out, serving)
	select {
	case c.addr = <-serving:
		return c, nil
	case <-c.done:
	case <-ctx.Done():
	case <-time.After(5 * time.Minute):
	}
	c.kill()
	return nil, fault.E("bench: start "+program+" "+command, fault.Unavailable, fault.Item(c.output()), "it never said where it serves")
}

// listen reads what the child says, to the end.
func (c *child) listen(out io.Reader, serving chan<- string) {
	defer close(c.done)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		c.mu.Lock()
		c.said.WriteString(lines.Text() + "\n")
		c.mu.Unlock()
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case serving <- m[1]:
			default:
			}
		}
	}
}

func (c *child) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.String()
}

// kill ends the child at once, as a crash would.
func (c *child) kill() {
	c.cmd.Process.Kill()
	<-c.done
	c.cmd.Wait()
}

// stop ends the child in an orderly way.
func (c *child) stop() error {
	c.cmd.Process.Signal(syscall.SIGTERM)
	<-c.done
	if err := c.cmd.Wait(); err != nil {
		return fault.E("bench: stop the server", fault.Internal, err)
	}
	return nil
}

// anonymous returns the child's anonymous memory in bytes: what it allocated,
// without the files it has mapped. Only Linux tells.
func (c *child) anonymous() (int64, error) {
	return anonymousOf(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
}

func anonymousOf(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fault.E("bench: read memory", fault.Unavailable, err, fault.Hint("only Linux tells a process's anonymous memory"))
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0, fault.E("bench: read memory", fault.Corrupt, fault.Item(line), err)
			}
			return kb << 10, nil
		}
	}
	return 0, fault.E("bench: read memory", fault.Unavailable, fault.Item(path), "no RssAnon")
}

// peak samples the child's anonymous memory every 20 ms until stop is called,
// which returns the highest.
func (c *child) peak() (stop func() int64) {
	end, highest := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		top := int64(0)
		for {
			if now, err := c.anonymous(); err == nil {
				top = max(top, now)
			}
			select {
			case <-tick.C:
			case <-end:
				highest <- top
				return
			}
		}
	}()
	return func() int64 {
		close(end)
		return <-highest
	}
}

// counters reads the server's counters and gauges that have no labels.
func (c *child) counters(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.addr+"/metrics", nil)
	if err != nil {
		return nil, fault.E("bench: read metrics", fault.Invalid, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fault.E("bench: read metrics", fault.Unavailable, err)
	}
	defer res.Body.Close()
	return parseCounters(res.Body)
}

func parseCounters(r io.Reader) (map[string]float64, error) {
	all := map[string]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if !ok || strings.ContainsAny(name, "#{") {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fault.E("bench: read metrics", fault.Corrupt, fault.Item(lines.Text()), err)
		}
		all[name] = v
	}
	if err := lines.Err(); err != nil {
		return nil, fault.E("bench: read metrics", fault.IO, err)
	}
	return all, nil
}
