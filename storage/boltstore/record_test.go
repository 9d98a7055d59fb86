package boltstore

import (
	"bytes"
	"testing"

	"github.com/wecombot/wecombot/internal/lanes"
)

func FuzzRecord(f *testing.F) {
	it := lanes.Item{ID: "id", Lane: "lane", Priority: -1, Pushed: 1, NotBefore: 2, Expires: 3}
	item := encodeItem(&it, []byte("body"))
	f.Add(item)
	f.Add(encodeGrave(grave{seq: 1, died: 2, attempt: 3, reason: "reason"}, item))
	f.Add(encodeTry(&it))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if it, body, err := decodeItem(raw); err == nil {
			again, b, err := decodeItem(encodeItem(&it, body))
			if err != nil || again != it || !bytes.Equal(b, body) {
				t.Errorf("item %+v came back as %+v, %v", it, again, err)
			}
		}
		if d, item, err := decodeGrave(raw); err == nil {
			again, rest, err := decodeGrave(encodeGrave(d, item))
			if err != nil || again != d || !bytes.Equal(rest, item) {
				t.Errorf("grave %+v came back as %+v, %v", d, again, err)
			}
		}
		_ = decodeTry(raw, &lanes.Item{})
	})
}
