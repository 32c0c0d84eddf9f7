package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// phases lists the phases of the loads that are staged, as far as the server
// tells.
func phases(c *client.Client) (out []string) {
	body, err := c.Call(context.Background(), "GET", "/v1/loads")
	if err != nil {
		return nil
	}
	defer body.Close()
	var loads []struct{ Phase string }
	json.NewDecoder(body).Decode(&loads)
	for _, l := range loads {
		out = append(out, l.Phase)
	}
	return out
}

// keyedLines is rows 0 to n-1 as NDJSON, all of value v.
func keyedLines(n, v int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\":%d,\"v\":%d,\"pad\":\"row %d\"}\n", i, v, i)
	}
	return b.String()
}

// TestKillsDuringStagedLoads kills servers and loaders at random moments of
// loads with on-error=abort, every second time while the load is switched.
// Readers see all rows of a load or none, at any moment and after any kill, and
// who runs a load again adds nothing twice. QUINDEX_KILLS=50 kills fifty times.
func TestKillsDuringStagedLoads(t *testing.T) {
	kills, r := killsOf(t, 8)
	const rows = 40_000
	addr := freeAddr(t)
	args := []string{"--data", t.TempDir(), "--http", addr, "--log", "error", "--shards", "3"}
	s := serve(t, args...)
	c := client.New(addr)
	defer c.Close()
	for _, sql := range []string{"CREATE TABLE k (id BIGINT PRIMARY KEY, v BIGINT, pad KEYWORD)", "CREATE TABLE e (id BIGINT, v BIGINT, pad KEYWORD) WITH (shard_by = 'id')"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var loaded atomic.Int64 // loads that are known to be in; one more may be
	quit := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { seesWhole(t, addr, rows, &loaded, quit) })
	defer readers.Wait()
	defer close(quit)

	for done, inSwitch := 0, 0; done < kills && !t.Failed(); {
		n := int(loaded.Load()) + 1
		table, times := []string{"k", "e"}[n%2], 0
		file := writeFile(t, fmt.Sprintf("f%d.ndjson", n), keyedLines(rows, n))
		for {
			load := program(t, "load", file, "--http", addr, "--table", table, "--piece", fmt.Sprint(50_000+r.IntN(200_000)))
			var out strings.Builder
			load.Stdout, load.Stderr = &out, &out
			if err := load.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- load.Wait() }()
			moment, err, over := 20+r.IntN(600), error(nil), false
			if times++; times > 3 || done >= kills {
				moment = 60_000
			}
			if atSwitch := times%2 == 0; atSwitch && moment < 60_000 {
				for !over && !strings.Contains(fmt.Sprint(phases(c)), "switches") {
					select {
					case err = <-ended:
						over = true
					default:
					}
				}
				moment = r.IntN(60)
				if !over {
					inSwitch++
				}
			}
			if !over {
				select {
				case err = <-ended:
					over = true
				case <-time.After(time.Duration(moment) * time.Millisecond): // the random moment
				}
			}
			if over {
				if err != nil || !strings.HasPrefix(out.String(), fmt.Sprintf("%d rows in", rows)) {
					t.Fatalf("load %d: %v\n%s", n, err, out.String())
				}
				break
			}
			done++
			s.kill()
			load.Process.Signal(syscall.SIGKILL)
			<-ended
			s = serve(t, args...)
			wholeLoads(t, c, rows, n-1, n)
		}
		wholeLoads(t, c, rows, n, n)
		loaded.Store(int64(n))
		if out, bad, err := run(t, "load", file, "--http", addr, "--table", table); err != nil || !strings.Contains(out, "were there already") {
			t.Fatalf("loaded again: %v\n%s%s", err, out, bad)
		}
		wholeLoads(t, c, rows, n, n)
		if p := phases(c); len(p) > 0 {
			t.Fatalf("staged loads: %v", p)
		}
		if done >= kills {
			t.Logf("%d loads of %d rows, %d kills, %d of them in or near a switch", n, rows, done, inSwitch)
		}
	}
}

// state is what the tables hold after n loads of rows: odd ones go to e, and
// add rows; even ones to k, where they take the place of what is there.
func state(n, rows int) [2]string {
	last, added, sum := n/2*2, (n+1)/2, 0
	for i := 1; i <= n; i += 2 {
		sum += i * rows
	}
	k := "0 0"
	if last > 0 {
		k = fmt.Sprintf("%d %d", rows, rows*last)
	}
	return [2]string{k, fmt.Sprintf("%d %d", added*rows, sum)}
}

func sees(ctx context.Context, c *client.Client, table string) (string, error) {
	q, err := c.Query(ctx, "SELECT count(*), coalesce(sum(v), 0) FROM "+table)
	if err != nil {
		return "", err
	}
	defer q.Close()
	if !q.Next() {
		return "", q.Err()
	}
	return strings.Trim(fmt.Sprint(q.Row()), "[]"), nil
}

// wholeLoads fails unless the tables hold at least n and at most so many loads,
// whole ones.
func wholeLoads(t *testing.T, c *client.Client, rows, n, most int) {
	t.Helper()
	for i, table := range []string{"k", "e"} {
		got, err := sees(t.Context(), c, table)
		if err != nil || got != state(n, rows)[i] && got != state(most, rows)[i] {
			t.Fatalf("after %d loads %s holds %s, %v; want %s or %s", n, table, got, err, state(n, rows)[i], state(most, rows)[i])
		}
	}
}

// seesWhole reads the tables until it is told to stop.
func seesWhole(t *testing.T, addr string, rows int, loaded *atomic.Int64, quit chan struct{}) {
	c := client.New(addr)
	defer c.Close()
	reads := 0
	for ; ; reads++ {
		select {
		case <-quit:
			t.Logf("%d reads", reads)
			return
		default:
		}
		i := reads % 2
		before := int(loaded.Load())
		got, err := sees(context.Background(), c, []string{"k", "e"}[i])
		if err != nil {
			continue // it was just killed
		}
		ok := false
		for n := before; n <= int(loaded.Load())+1; n++ {
			ok = ok || got == state(n, rows)[i]
		}
		if !ok {
			t.Errorf("a reader sees %s in %s after %d to %d loads", got, []string{"k", "e"}[i], before, loaded.Load())
			return
		}
	}
}
