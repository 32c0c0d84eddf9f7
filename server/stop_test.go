package server

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStopCutsOff: what runs longer than it may is told to end, and its client
// gets an error instead of a whole answer.
func TestStopCutsOff(t *testing.T) {
	var told []string
	s, err := Start(context.Background(), configOf(t, Config{Drain: 50 * time.Millisecond, FlushAtStop: true, Tell: func(line string) { told = append(told, line) }}))
	if err != nil {
		t.Fatal(err)
	}
	fillLong(t, s)
	res, err := http.Post("http://"+s.Addr()+"/v1/sql?format=csv", "text/plain", strings.NewReader(longQuery))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, res.Body)
		ended <- err
	}()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a statement that was cut off looks whole")
	}
	for i, want := range []string{"stopping: 1 statement may go on for 50ms; a second signal ends them at once", "stopping: 1 statement cut off after 50ms",
		"stopping: rows in memory go to disk", "stopped in "} {
		if i >= len(told) || !strings.HasPrefix(told[i], want) {
			t.Fatalf("it said %q, want line %d to be %q", told, i+1, want)
		}
	}
	if len(told) != 4 || slices.Contains(told, "") {
		t.Errorf("it said %q", told)
	}
}
