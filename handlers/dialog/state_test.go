package dialog

import (
	"bytes"
	"reflect"
	"testing"
)

var sample = &state{
	version: version{"leave", "2"}, phase: phasePaused, misses: 2, id: 1 << 60, started: 1795255200, asked: 1795255260,
	last: 1 << 63, pending: 7, owner: 9, text: "请假", vars: []pair{{"rest", "现在"}}, held: []string{"<xml/>"},
	steps: []step{
		{kind: kindAnswer, mark: 1, at: 1795255230, data: []byte("3")},
		{kind: kindIntent, mark: 2, data: []byte{}},
		{kind: kindEffect, mark: 3, data: []byte(`{"id":1}`)},
	},
}

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	got, err := parseState(sample.append(nil))
	if err != nil || !reflect.DeepEqual(got, sample) {
		t.Errorf("parseState(append) = %+v, %v, want %+v", got, err, sample)
	}
}

func TestDamagedRecordIsDropped(t *testing.T) {
	t.Parallel()
	whole := sample.append(nil)
	for n := range whole {
		if _, err := parseState(whole[:n]); err == nil {
			t.Errorf("parseState of %d of %d bytes: no error", n, len(whole))
		}
	}
	b := newBot(t, defineLeave(new([]string)))
	for _, damaged := range [][]byte{whole[:20], {99, 1, 2, 3}, {}} {
		if _, err := b.kv.Put(t.Context(), recordKey("hr", "zhangsan"), damaged, 0); err != nil {
			t.Fatal(err)
		}
		b.talk("你好", "router: 你好", "开始", "请几天")
	}
}

func FuzzState(f *testing.F) {
	f.Add(sample.append(nil))
	f.Add([]byte{stateVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := parseState(bytes.Clone(b))
		if err != nil {
			return
		}
		again, err := parseState(st.append(nil))
		if err != nil || !reflect.DeepEqual(again, st) {
			t.Errorf("round trip of %x: %+v, %v, want %+v", b, again, err, st)
		}
	})
}
