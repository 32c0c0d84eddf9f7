package cluster

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// quiet logs nothing.
var quiet = slog.New(slog.DiscardHandler)

// childEnv makes the test binary a server that proposes until it is killed:
// "round dir".
const childEnv = "QUINDEX_CLUSTER_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childEnv); how != "" {
		if err := proposeForEver(how); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// proposeForEver prints "group index text" for every acknowledged entry, one
// write a line, so that a line that was read was acknowledged.
func proposeForEver(how string) error {
	round, dir, _ := strings.Cut(how, " ")
	r, err := tryOpen(context.Background(), killOptions(dir))
	if err != nil {
		return err
	}
	fmt.Println("open")
	var wg sync.WaitGroup
	for p := range 6 {
		wg.Go(func() {
			for i := 0; ; i++ {
				g := GroupID((p + i) % 3)
				text := fmt.Sprintf("%s-%d-%d-%s", round, p, i, strings.Repeat("k", i%50*40))
				index, _, err := r.Propose(context.Background(), g, []byte(text))
				if err != nil {
					panic(err)
				}
				fmt.Fprintf(os.Stdout, "%d %d %s\n", g, index, text)
			}
		})
	}
	wg.Wait()
	return nil
}

func killOptions(dir string) Options {
	return Options{Dir: dir, Shards: 2, SnapshotBytes: 200 << 10, MemTableBytes: 1 << 20,
		DiskReserve: -1, Logger: quiet}
}

// TestKill kills a proposing process at random moments; what it acknowledged
// is there, once, at its index.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	rng := random(t)
	dir := t.TempDir()
	acked := [3]map[string]uint64{{}, {}, {}}
	total := 0
	for round := range 10 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", childEnv, round, dir))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		limit := 1 + rng.IntN(600) // acknowledgements to let through
		if rng.IntN(4) == 0 {      // or a moment during the start
			time.AfterFunc(time.Duration(rng.IntN(40_000))*time.Microsecond, func() { child.Process.Kill() })
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == limit {
				child.Process.Kill() // and read on: what was written before counts
			}
			var g GroupID
			var index uint64
			var text string
			if k, _ := fmt.Sscanf(lines.Text(), "%d %d %s", &g, &index, &text); k == 3 {
				acked[g][text] = index
				total++
			}
		}
		child.Wait()
	}
	r := openRig(t, killOptions(dir))
	for g := range acked {
		checkOnce(t, r.ledgers[g].copyLines(), acked[g])
	}
	t.Logf("%d entries acknowledged in 10 lives", total)
	if total < 100 {
		t.Errorf("%d entries were acknowledged, wanted at least 100", total)
	}
}
