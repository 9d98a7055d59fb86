package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wecombot/wecombot/storage"
)

var kvCases = []examCase{
	{name: "a value comes back as it was put", run: kvRoundTrip},
	{name: "an absent key is not found", run: kvAbsent},
	{name: "every write changes the revision", run: kvRevisions},
	{name: "create refuses a key that is there", run: kvCreate},
	{name: "update wants the revision", run: kvUpdate},
	{name: "an expired value is as absent", run: kvExpiry},
	{name: "a write without ttl outlives the ttl before it", run: kvExpiryLifted},
	{name: "scan goes by prefix in key order", run: kvScan},
	{name: "a scan may write to what it scans", run: kvScanWrites},
	{name: "names are separate", run: kvNames},
	{name: "limits are checked", run: kvLimits},
	{name: "the caller's and the store's bytes are not shared", run: kvAliasing},
	{name: "one of many creates wins", run: kvCreateRace},
	{name: "updates in parallel lose nothing", run: kvUpdateRace},
	{name: "an ended context is refused", run: kvContext},
}

var awkwardKeys = []string{
	"a", "a b", "a.b", "a/b", "a>*", "年假", "a\xff\xfe", "\x01", "..", "$", "%2F", " ", "A=:_-", "a{b}c", strings.Repeat("k", storage.MaxKey),
}

func kvRoundTrip(x *exam) {
	kv := x.kv("x")
	values := [][]byte{{}, []byte("v"), {0, 1, 0xff}, bytes.Repeat([]byte("x"), storage.MaxValue)}
	for i, key := range awkwardKeys {
		want := values[i%len(values)]
		rev, err := kv.Put(x.soon(), key, want, 0)
		x.must("Put", err)
		e, err := kv.Get(x.soon(), key)
		x.must("Get", err)
		if e.Key != key || !bytes.Equal(e.Value, want) || e.Rev != rev || rev == 0 {
			x.Errorf("Get(%q) = %q, %d bytes, rev %d, want %d bytes, rev %d", key, e.Key, len(e.Value), e.Rev, len(want), rev)
		}
	}
}

func kvAbsent(x *exam) {
	kv := x.kv("x")
	_, err := kv.Get(x.soon(), "nobody")
	x.want("Get", err, storage.ErrNotFound)
	x.must("Delete", kv.Delete(x.soon(), "nobody"))
	x.kvPut(kv, "k", "v")
	x.must("Delete", kv.Delete(x.soon(), "k"))
	_, err = kv.Get(x.soon(), "k")
	x.want("Get after Delete", err, storage.ErrNotFound)
}

func (x *exam) kvPut(kv storage.KV, key, value string) uint64 {
	x.Helper()
	rev, err := kv.Put(x.soon(), key, []byte(value), 0)
	x.must("Put "+key, err)
	return rev
}

func kvRevisions(x *exam) {
	kv := x.kv("x")
	seen := map[uint64]bool{0: true}
	for i := range 5 {
		rev := x.kvPut(kv, "k", "same")
		if seen[rev] {
			x.Errorf("Put %d: rev %d again", i, rev)
		}
		seen[rev] = true
		if i%2 == 1 {
			x.must("Delete", kv.Delete(x.soon(), "k"))
		}
	}
}

func kvCreate(x *exam) {
	kv := x.kv("x")
	rev, err := kv.Create(x.soon(), "k", []byte("one"), 0)
	x.must("Create", err)
	_, err = kv.Create(x.soon(), "k", []byte("two"), 0)
	x.want("second Create", err, storage.ErrExists)
	e, err := kv.Get(x.soon(), "k")
	x.must("Get", err)
	if string(e.Value) != "one" || e.Rev != rev {
		x.Errorf("Get = %q rev %d, want the first value, rev %d", e.Value, e.Rev, rev)
	}
	x.must("Delete", kv.Delete(x.soon(), "k"))
	_, err = kv.Create(x.soon(), "k", []byte("three"), 0)
	x.must("Create after Delete", err)
}

func kvUpdate(x *exam) {
	kv := x.kv("x")
	_, err := kv.Update(x.soon(), "k", []byte("v"), 0, 1)
	x.want("Update of an absent key", err, storage.ErrConflict)
	_, err = kv.Update(x.soon(), "k", []byte("v"), 0, 0)
	x.want("Update of an absent key at revision 0", err, storage.ErrConflict)
	old := x.kvPut(kv, "k", "one")
	rev, err := kv.Update(x.soon(), "k", []byte("two"), 0, old)
	x.must("Update", err)
	_, err = kv.Update(x.soon(), "k", []byte("three"), 0, old)
	x.want("Update at an old revision", err, storage.ErrConflict)
	_, err = kv.Update(x.soon(), "k", []byte("three"), 0, rev)
	x.must("second Update", err)
	x.must("Delete", kv.Delete(x.soon(), "k"))
	_, err = kv.Update(x.soon(), "k", []byte("four"), 0, rev)
	x.want("Update after Delete", err, storage.ErrConflict)
}

func kvExpiry(x *exam) {
	kv := x.kv("x")
	revs := map[string]uint64{}
	for _, key := range []string{"read", "create", "update", "scan"} {
		rev, err := kv.Put(x.soon(), key, []byte("v"), short)
		x.must("Put", err)
		revs[key] = rev
	}
	_, err := kv.Put(x.soon(), "stays", []byte("v"), long)
	x.must("Put", err)
	x.eventually("expiry", func() bool {
		_, err := kv.Get(x.soon(), "read")
		return errors.Is(err, storage.ErrNotFound)
	})
	x.Sleep(short)
	_, err = kv.Update(x.soon(), "update", []byte("w"), 0, revs["update"])
	x.want("Update of an expired key", err, storage.ErrConflict)
	_, err = kv.Create(x.soon(), "create", []byte("w"), 0)
	x.must("Create over an expired key", err)
	if keys := x.scan(kv, ""); !slices.Equal(keys, []string{"create", "stays"}) {
		x.Errorf("Scan = %q, want create and stays", keys)
	}
}

func kvExpiryLifted(x *exam) {
	kv := x.kv("x")
	_, err := kv.Put(x.soon(), "put", []byte("v"), short)
	x.must("Put", err)
	x.kvPut(kv, "put", "v")
	rev, err := kv.Create(x.soon(), "update", []byte("v"), short)
	x.must("Create", err)
	_, err = kv.Update(x.soon(), "update", []byte("v"), long, rev)
	x.must("Update", err)
	x.Sleep(2 * short)
	for range 3 { // writes, so that a backend that cleans up while it writes does so
		x.kvPut(kv, "other", "v")
	}
	if keys := x.scan(kv, ""); !slices.Equal(keys, []string{"other", "put", "update"}) {
		x.Errorf("Scan = %q, want other, put, update", keys)
	}
}

func (x *exam) scan(kv storage.KV, prefix string) []string {
	x.Helper()
	var keys []string
	for e, err := range kv.Scan(x.soon(), prefix) {
		x.must("Scan", err)
		keys = append(keys, e.Key)
	}
	return keys
}

func kvScan(x *exam) {
	kv := x.kv("x")
	var want []string
	for i := range 300 { // more than a page of any backend
		want = append(want, fmt.Sprintf("p/%03d", i))
	}
	others := append([]string{"p", "p.", "p0", "q"}, awkwardKeys...)
	var wg sync.WaitGroup
	for part := range slices.Chunk(append(slices.Clone(want), others...), 20) {
		wg.Go(func() {
			for _, key := range part {
				if _, err := kv.Put(x.soon(), key, []byte("v of "+key), 0); err != nil {
					x.Errorf("Put %q: %v", key, err)
				}
			}
		})
	}
	wg.Wait()
	var got []string
	for e, err := range kv.Scan(x.soon(), "p/") {
		x.must("Scan", err)
		got = append(got, e.Key)
		if string(e.Value) != "v of "+e.Key || e.Rev == 0 {
			x.Fatalf("Scan gave %q = %q rev %d", e.Key, e.Value, e.Rev)
		}
	}
	if !slices.Equal(got, want) {
		x.Errorf("Scan = %d keys %q…, want %d in order", len(got), got[:min(3, len(got))], len(want))
	}
	all := slices.Sorted(slices.Values(append(want, others...)))
	if got := x.scan(kv, ""); !slices.Equal(got, all) {
		x.Errorf("Scan of all = %q, want %q", got, all)
	}
	if got := x.scan(kv, "a\xff"); !slices.Equal(got, []string{"a\xff\xfe"}) {
		x.Errorf("Scan of a prefix that ends in 0xff = %q", got)
	}
	for e, err := range kv.Scan(x.soon(), "p/") {
		x.must("Scan", err)
		if e.Key != want[0] {
			x.Errorf("a second Scan starts with %q", e.Key)
		}
		break
	}
}

func kvScanWrites(x *exam) {
	kv := x.kv("x")
	for i := range 20 {
		x.kvPut(kv, fmt.Sprintf("k%02d", i), "v")
	}
	n := 0
	for e, err := range kv.Scan(x.soon(), "k") {
		x.must("Scan", err)
		_, err = kv.Put(x.soon(), "w"+e.Key, bytes.Repeat([]byte("big"), 100_000), 0)
		x.must("Put in Scan", err)
		x.must("Delete in Scan", kv.Delete(x.soon(), e.Key))
		n++
	}
	if left := x.scan(kv, "k"); n != 20 || len(left) != 0 {
		x.Errorf("scanned %d, left %q, want 20 and none", n, left)
	}
}

func kvNames(x *exam) {
	a, b, again := x.kv("a"), x.kv("a.b-1"), x.kv("a")
	x.kvPut(a, "k", "of a")
	x.kvPut(b, "k", "of b")
	x.kvPut(b, "only b", "v")
	e, err := again.Get(x.soon(), "k")
	x.must("Get", err)
	if string(e.Value) != "of a" {
		x.Errorf("opened again: %q, want %q", e.Value, "of a")
	}
	if keys := x.scan(a, ""); !slices.Equal(keys, []string{"k"}) {
		x.Errorf("Scan of a = %q, want k", keys)
	}
	for _, name := range []string{"", "A", "a b", "a/b", "年", "a_b", strings.Repeat("a", storage.MaxName+1)} {
		_, err := x.store.KV(name)
		x.want(fmt.Sprintf("KV(%q)", name), err, storage.ErrInvalid)
	}
	x.kv(strings.Repeat("a", storage.MaxName))
}

func kvLimits(x *exam) {
	kv := x.kv("x")
	put := func(key string, value []byte) error {
		_, err := kv.Put(x.soon(), key, value, 0)
		return err
	}
	x.want("empty key", put("", nil), storage.ErrInvalid)
	x.want("long key", put(strings.Repeat("k", storage.MaxKey+1), nil), storage.ErrInvalid)
	x.want("key with a zero", put("a\x00b", nil), storage.ErrInvalid)
	x.want("large value", put("k", make([]byte, storage.MaxValue+1)), storage.ErrInvalid)
	_, err := kv.Put(x.soon(), "k", nil, -1)
	x.want("negative ttl", err, storage.ErrInvalid)
	_, err = kv.Get(x.soon(), "")
	x.want("Get of the empty key", err, storage.ErrInvalid)
	if keys := x.scan(kv, ""); len(keys) != 0 {
		x.Errorf("refused writes left %q", keys)
	}
}

func kvAliasing(x *exam) {
	kv := x.kv("x")
	in := []byte("value")
	_, err := kv.Put(x.soon(), "k", in, 0)
	x.must("Put", err)
	in[0] = '!'
	e, err := kv.Get(x.soon(), "k")
	x.must("Get", err)
	e.Value[1] = '!'
	e, err = kv.Get(x.soon(), "k")
	x.must("Get", err)
	if string(e.Value) != "value" {
		x.Errorf("Get = %q, want value", e.Value)
	}
}

func kvCreateRace(x *exam) {
	kv := x.kv("x")
	for round := range 10 {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				switch _, err := kv.Create(x.soon(), fmt.Sprint(round), []byte("mine"), 0); err {
				case nil:
					won.Add(1)
				default:
					x.want("lost Create", err, storage.ErrExists)
				}
			})
		}
		wg.Wait()
		if n := won.Load(); n != 1 {
			x.Errorf("round %d: %d creates won, want 1", round, n)
		}
	}
}

func kvUpdateRace(x *exam) {
	kv := x.kv("x")
	x.kvPut(kv, "n", "")
	const workers, each = 8, 10
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for done := 0; done < each; {
				e, err := kv.Get(x.soon(), "n")
				if err != nil {
					x.Errorf("Get: %v", err)
					return
				}
				switch _, err = kv.Update(x.soon(), "n", append(e.Value, '+'), 0, e.Rev); err {
				case nil:
					done++
				default:
					x.want("lost Update", err, storage.ErrConflict)
				}
			}
		})
	}
	wg.Wait()
	e, err := kv.Get(x.soon(), "n")
	x.must("Get", err)
	if len(e.Value) != workers*each {
		x.Errorf("%d updates succeeded, the value shows %d", workers*each, len(e.Value))
	}
}

func kvContext(x *exam) {
	kv := x.kv("x")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := kv.Put(ctx, "k", nil, 0)
	x.want("Put", err, context.Canceled)
	_, err = kv.Get(ctx, "k")
	x.want("Get", err, context.Canceled)
	for _, err := range kv.Scan(ctx, "") {
		x.want("Scan", err, context.Canceled)
	}
	if keys := x.scan(kv, ""); len(keys) != 0 {
		x.Errorf("Scan = %q, want nothing", keys)
	}
}
