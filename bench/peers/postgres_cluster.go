package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quindex/quindex/fault"
)

const (
	pgInstall   = "on Debian: apt-get install postgresql-15 postgresql-15-postgis-3; any version in /usr/lib/postgresql or in PATH will do"
	pgStartTime = time.Minute      // for initdb, and again for the first connection
	pgStopTime  = 20 * time.Second // for an orderly end
)

// pgSettings are the settings that differ from PostgreSQL's own. fsync and
// synchronous_commit stay on. JIT costs short statements more than it gives.
func pgSettings(threads int) []string {
	return []string{
		"shared_buffers=2GB", "work_mem=128MB", "maintenance_work_mem=512MB", "effective_cache_size=8GB", "max_wal_size=4GB",
		"random_page_cost=1.1", "jit=off", "timezone=UTC", "max_connections=20", "listen_addresses=127.0.0.1",
		fmt.Sprintf("max_parallel_workers=%d", threads-1), fmt.Sprintf("max_parallel_workers_per_gather=%d", threads-1),
		fmt.Sprintf("max_parallel_maintenance_workers=%d", threads-1),
	}
}

// pgCluster is a running PostgreSQL of our own in a temporary folder.
type pgCluster struct {
	dir  string
	port int
	cmd  *exec.Cmd
	log  bytes.Buffer
	done chan struct{} // closed when the process has ended
}

// startPostgres makes a cluster and starts it on a free port of loopback.
func startPostgres(ctx context.Context, threads int) (*pgCluster, error) {
	const op = "peers: postgres"
	bin, err := pgPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "quindex-bench-postgres-")
	if err != nil {
		return nil, fault.E(op, fault.IO, err)
	}
	c := &pgCluster{dir: dir, done: make(chan struct{})}
	if err = c.start(ctx, bin, threads); err != nil {
		os.RemoveAll(dir)
		return nil, fault.E(op, fault.Unavailable, err, fault.Hint(pgInstall))
	}
	return c, nil
}

// pgPrograms returns the folder of the newest PostgreSQL that is installed.
func pgPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return pgMajor(b) - pgMajor(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", fault.E("peers: postgres", fault.Unavailable, "no PostgreSQL is installed", fault.Hint(pgInstall))
}

func pgMajor(program string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
	return n
}

// attributes make a process run as the user postgres when we are root, which
// PostgreSQL refuses, and give that user the folder.
func (c *pgCluster) attributes() (*syscall.SysProcAttr, error) {
	attr := endWithUs()
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(c.dir, uid, gid)
}

func (c *pgCluster) start(ctx context.Context, bin string, threads int) error {
	attr, err := c.attributes()
	if err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	limited, cancel := context.WithTimeout(ctx, pgStartTime)
	defer cancel()
	initdb := exec.CommandContext(limited, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = attr, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	if c.port, err = freePort(); err != nil {
		return err
	}
	args := []string{"-D", data, "-p", strconv.Itoa(c.port), "-k", c.dir}
	for _, s := range pgSettings(threads) {
		args = append(args, "-c", s)
	}
	c.cmd = exec.Command(filepath.Join(bin, "postgres"), args...)
	c.cmd.SysProcAttr, c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = attr, c.dir, &c.log, &c.log
	if err := c.cmd.Start(); err != nil {
		return err
	}
	go func() {
		c.cmd.Wait()
		close(c.done)
	}()
	if err := c.wait(ctx); err != nil {
		c.end()
		return fmt.Errorf("%w: %s", err, c.log.String())
	}
	return nil
}

// freePort asks the system for a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// wait returns when the cluster takes connections.
func (c *pgCluster) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pgStartTime)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := c.connect(ctx)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.done:
			return errors.New("it ended before it took a connection")
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

func (c *pgCluster) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable&connect_timeout=5", c.port))
}

// end stops the server: in an orderly way, or at once if that takes too long.
func (c *pgCluster) end() {
	c.cmd.Process.Signal(syscall.SIGINT) // "fast": ends sessions, writes a checkpoint
	select {
	case <-c.done:
		return
	case <-time.After(pgStopTime):
	}
	c.cmd.Process.Signal(syscall.SIGQUIT) // "immediate": takes its children with it, unlike SIGKILL
	select {
	case <-c.done:
	case <-time.After(pgStopTime):
		c.cmd.Process.Kill()
		<-c.done
	}
}

// stop ends the server and removes its folder.
func (c *pgCluster) stop() error {
	c.end()
	if err := os.RemoveAll(c.dir); err != nil {
		return fault.E("peers: postgres", fault.IO, err)
	}
	return nil
}
