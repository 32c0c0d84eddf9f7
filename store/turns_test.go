package store

import (
	"context"
	"testing"
)

func TestTurns(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	turns, news := NewTurns(1), make(chan struct{}, 1)
	first, err := turns.inMemory(ctx, news)
	if first == nil || err != nil {
		t.Fatalf("%v: no turn though all are free", err)
	}
	poke(news)
	if done, err := turns.inMemory(ctx, news); done != nil || err != nil {
		t.Fatalf("%v: got a turn that another shard has, or an error, want neither: there is news", err)
	}
	disk, err := turns.onDisk(ctx, true)
	if err != nil {
		t.Fatalf("%v: a long merge waits for short work", err)
	}
	disk()
	first()
	again, err := turns.inMemory(ctx, news)
	if again == nil || err != nil {
		t.Fatalf("%v: the turn did not come back", err)
	}
	cancel()
	if done, err := turns.inMemory(ctx, news); done != nil || err == nil {
		t.Fatal("a turn for a shard that closes")
	}
	if _, err := turns.onDisk(ctx, false); err == nil { // first took the turn's place again
		t.Fatal("two short ones at once")
	}
	if done, err := (*Turns)(nil).onDisk(ctx, false); done == nil || err != nil {
		t.Fatalf("%v: without bounds each has its turn at once", err)
	}
}
