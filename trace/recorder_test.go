package trace_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/trace"
)

func traces(t *testing.T) storage.KV {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { store.Close() })
	kv, err := store.KV("traces")
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func whats(r trace.Record) string {
	var s []string
	for _, step := range r.Steps {
		s = append(s, string(step.What))
	}
	return strings.Join(s, " ")
}

func TestStepsOfAnEarlierProcessAreContinuedOnce(t *testing.T) {
	t.Parallel()
	kv, ctx := traces(t), context.Background()
	before := trace.NewRecorder(kv)
	before.Begin(trace.Record{ID: "m1", App: "hr", User: "zhangsan"}, trace.Step{What: trace.Received, Attempt: 1})
	before.Add("m1", trace.Step{What: trace.Deferred})
	before.Close()
	after := trace.NewRecorder(kv)
	defer after.Close()
	for _, what := range []trace.What{trace.Recovered, trace.Handled, trace.Queued, trace.Delivered} {
		after.Add("m1", trace.Step{What: what})
		if _, err := after.Get(ctx, "m1"); err != nil { // writes each time
			t.Fatal(err)
		}
	}
	r, err := after.Get(ctx, "m1")
	if err != nil || whats(r) != "received deferred recovered handled queued delivered" || r.User != "zhangsan" || r.End() != trace.Delivered {
		t.Errorf("Get = %s, %s, %v; want each step once and the beginning kept", r.User, whats(r), err)
	}
}

func TestLastIsNewestFirstAndByMember(t *testing.T) {
	t.Parallel()
	rec := trace.NewRecorder(traces(t))
	defer rec.Close()
	start := time.Now()
	for i := range 6 {
		user := []string{"lisi", "zhangsan"}[i%2]
		rec.Begin(trace.Record{ID: fmt.Sprint("m", i), App: "hr", User: user, Received: start.Add(time.Duration(i) * time.Second)}, trace.Step{What: trace.Received})
	}
	got, err := rec.Last(context.Background(), "zhangsan", 2)
	if err != nil || len(got) != 2 || got[0].ID != "m5" || got[1].ID != "m3" {
		t.Errorf("Last(zhangsan, 2) = %+v, %v; want m5, m3", got, err)
	}
	if _, err := rec.Get(context.Background(), "m9"); !errors.Is(err, trace.ErrNotFound) {
		t.Errorf("Get of an unknown id: %v, want ErrNotFound", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	rec := trace.NewRecorder(traces(t), trace.WithMax(8))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 200 {
				id := fmt.Sprint(i, "-", n)
				rec.Begin(trace.Record{ID: id, App: "hr"}, trace.Step{What: trace.Received})
				rec.Add(id, trace.Step{What: trace.Handled})
			}
		})
	}
	wg.Wait()
	rec.Close()
	var none *trace.Recorder
	none.Add("x", trace.Step{What: trace.Sent}) // no recorder is fine
	var b strings.Builder
	long := trace.NewRecorder(traces(t))
	defer long.Close()
	for i := range 500 {
		long.Begin(trace.Record{ID: "m", App: "hr"}, trace.Step{What: trace.Retry, Attempt: i + 1})
	}
	r, err := long.Get(context.Background(), "m")
	if err != nil || len(r.Steps) != 64 || r.Steps[0].Attempt != 1 || r.Steps[63].Attempt != 500 {
		t.Errorf("500 steps: %d kept, first %+v, last %+v, %v", len(r.Steps), r.Steps[0], r.Steps[len(r.Steps)-1], err)
	}
	fmt.Fprint(&b, r.String())
	if !strings.Contains(b.String(), "attempt 500") {
		t.Errorf("String() lacks the newest step:\n%s", b.String())
	}
}
