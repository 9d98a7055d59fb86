package natsstore

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// someLog is a log of n commands with everything in it.
func someLog(seed uint64, n int) []command {
	r := rand.New(rand.NewPCG(seed, 7))
	var log []command
	var tokens []uint64
	var ids []text
	for i := range n {
		c := command{Version: version, From: fmt.Sprint(r.IntN(3)), N: uint64(i), Limit: 15, Lease: time.Duration(1 + r.IntN(400)), At: int64(r.IntN(3 * n))}
		c.Op = []string{opPush, opPush, opPush, opPull, opPull, opPull, opAck, opAck, opRetry, opSave, opDead, opReturn, opRevive, opDrop, opTick}[r.IntN(15)]
		switch c.Op {
		case opPush:
			for range 1 + r.IntN(2) {
				id := text(fmt.Sprint(r.IntN(n / 4)))
				ids = append(ids, id)
				it := item{ID: id, Lane: text(fmt.Sprint(r.IntN(4))), Priority: r.IntN(2), Body: []part{{Seq: uint64(i), N: 1}}}
				if r.IntN(3) == 0 {
					it.Expires = int64(i*10 + r.IntN(400))
				}
				if r.IntN(3) == 0 {
					it.NotBefore = int64(i*10 + r.IntN(100))
				}
				c.Items = append(c.Items, it)
			}
			c.More = r.IntN(10) == 0
		case opPull:
			tokens = append(tokens, uint64(i+1))
		case opSave:
			c.Body = []part{{Seq: uint64(i), N: 2}}
			fallthrough
		default:
			if len(tokens) > 0 && len(ids) > 0 {
				c.Token = tokens[max(0, len(tokens)-1-r.IntN(3))]
				c.ID = ids[max(0, len(ids)-1-r.IntN(6))]
			}
		}
		log = append(log, c)
	}
	return log
}

// play applies a log; the holder of a lease ends it by the id that it was given.
func play(m *machine, log []command, from int, held map[uint64]text) (outs []outcome) {
	for i := from; i < len(log); i++ {
		c := log[i]
		if id, ok := held[c.Token]; ok && c.Token%3 != 0 {
			c.ID = id
		}
		out := m.apply(&c, uint64(i+1), int64(i*10))
		if out.got && c.Op == opPull {
			held[uint64(i+1)] = text(out.item.ID)
		}
		outs = append(outs, out)
	}
	return outs
}

// A machine that starts from a snapshot, at whatever command, goes on like one that has seen the whole log.
func TestSnapshotIsTheLog(t *testing.T) {
	t.Parallel()
	const n = 400
	for seed := range uint64(20) {
		log := someLog(seed, n)
		for _, cut := range []int{1, 50, 123, 200, 333, n} {
			whole, held := newMachine(), map[uint64]text{}
			play(whole, log[:cut], 0, held)
			raw, err := whole.encode()
			if err != nil {
				t.Fatal(err)
			}
			part, err := decodeMachine(raw)
			if err != nil {
				t.Fatal(err)
			}
			heldToo := map[uint64]text{}
			maps.Copy(heldToo, held)
			want, got := play(whole, log, cut, held), play(part, log, cut, heldToo)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, cut %d: outcomes differ", seed, cut)
			}
			a, _ := whole.encode()
			b, _ := part.encode()
			if string(a) != string(b) {
				t.Fatalf("seed %d, cut %d: states differ:\n%s\n%s", seed, cut, a, b)
			}
		}
	}
}

// What a log amounts to must not change without a new version: machines of two releases would hold different queues.
func TestRulesAreTheSame(t *testing.T) {
	t.Parallel()
	log, golden := readLog(t), filepath.Join("testdata", fmt.Sprintf("rules-v%d.golden", version))
	m := newMachine()
	var got []byte
	for i, c := range log {
		o := m.apply(&c, uint64(i+1), int64(i*10))
		got = fmt.Appendf(got, "%d %s %q: %v; %v %q attempt %d until %d; garbage %d\n",
			i+1, c.Op, c.ID, o.err, o.got, o.item.ID, o.item.Attempt, o.item.Until, o.garbage)
	}
	raw, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	got = append(append(got, raw...), '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the log amounts to something else than %s says: undo that, or raise version and run with -update\n%s", golden, got)
	}
}

// readLog reads a log that somebody wrote, commands as they are in the stream.
func readLog(t *testing.T) (log []command) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		var c command
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		log = append(log, c)
	}
	return log
}

func TestBodiesAreCounted(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		m := newMachine()
		garbage := map[uint64]bool{}
		for _, o := range play(m, someLog(seed, 400), 0, map[uint64]text{}) {
			for _, g := range o.garbage {
				garbage[g] = true
			}
		}
		uses := map[uint64]int{}
		count := func(body []part) {
			for _, p := range body {
				uses[p.Seq]++
				if garbage[p.Seq] {
					t.Errorf("seed %d: message %d was given up and is in use", seed, p.Seq)
				}
			}
		}
		for _, body := range m.bodies {
			count(body)
		}
		for _, g := range m.dead.order {
			count(g.Body)
		}
		if !reflect.DeepEqual(m.uses, uses) {
			t.Errorf("seed %d: uses = %v, want %v", seed, m.uses, uses)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, c := range someLog(3, 60) {
		raw, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c command
		if json.Unmarshal(raw, &c) != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var d command
		if err := json.Unmarshal(again, &d); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		m := newMachine()
		for i, c := range []command{c, {Op: opPull, Lease: 5}, d} {
			m.apply(&c, uint64(i+1), int64(i+1))
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add("a/年\xff=")
	f.Fuzz(func(t *testing.T, key string) {
		if got, ok := decodeKey(encodeKey(key)); !ok || got != key {
			t.Errorf("decodeKey(encodeKey(%q)) = %q, %v", key, got, ok)
		}
		decodeKey(key)
	})
}
