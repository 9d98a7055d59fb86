package boltstore

import (
	"encoding/binary"
	"errors"

	"github.com/wecombot/wecombot/internal/lanes"
)

var errRecord = errors.New("a record of the queue is damaged")

// Every record starts with its version.
const recordVersion = 1

// encodeItem writes version, pushed, not before, expires, priority, id, lane, body. Numbers are big endian.
func encodeItem(it *lanes.Item, body []byte) []byte {
	b := make([]byte, 0, 1+3*8+3*binary.MaxVarintLen32+len(it.ID)+len(it.Lane)+len(body))
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(it.Pushed))
	b = binary.BigEndian.AppendUint64(b, uint64(it.NotBefore))
	b = binary.BigEndian.AppendUint64(b, uint64(it.Expires))
	b = binary.AppendVarint(b, int64(it.Priority))
	b = appendText(b, it.ID)
	b = appendText(b, it.Lane)
	return append(b, body...)
}

// setPushed writes the push time into an encoded item.
func setPushed(record []byte, pushed int64) { binary.BigEndian.PutUint64(record[1:], uint64(pushed)) }

// decodeItem is the reverse; body is a part of raw.
func decodeItem(raw []byte) (it lanes.Item, body []byte, err error) {
	r := reader{raw: raw}
	if r.byte() != recordVersion {
		return it, nil, errRecord
	}
	it.Pushed, it.NotBefore, it.Expires = r.int64(), r.int64(), r.int64()
	it.Priority = int(r.varint())
	it.ID, it.Lane = r.text(), r.text()
	return it, r.raw, r.err
}

// grave is what a dead letter has beside its item.
type grave struct {
	seq     uint64
	died    int64
	attempt int
	reason  string
}

func encodeGrave(d grave, item []byte) []byte {
	b := make([]byte, 0, 1+2*8+2*binary.MaxVarintLen64+len(d.reason)+len(item))
	b = append(b, recordVersion)
	b = binary.BigEndian.AppendUint64(b, d.seq)
	b = binary.BigEndian.AppendUint64(b, uint64(d.died))
	b = binary.AppendVarint(b, int64(d.attempt))
	b = appendText(b, d.reason)
	return append(b, item...)
}

func decodeGrave(raw []byte) (d grave, item []byte, err error) {
	r := reader{raw: raw}
	if r.byte() != recordVersion {
		return d, nil, errRecord
	}
	d.seq, d.died = uint64(r.int64()), r.int64()
	d.attempt = int(r.varint())
	d.reason = r.text()
	return d, r.raw, r.err
}

// A try is what pulling changes of an item: attempt and not before. It is apart, so that a pull does not write the body.
func encodeTry(it *lanes.Item) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(it.Attempt))
	return binary.BigEndian.AppendUint64(b, uint64(it.NotBefore))
}

func decodeTry(raw []byte, it *lanes.Item) error {
	if len(raw) != 16 {
		return errRecord
	}
	it.Attempt = int(binary.BigEndian.Uint64(raw))
	it.NotBefore = int64(binary.BigEndian.Uint64(raw[8:]))
	return nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), seq) }

// reader takes a record apart; after its first error it gives zeros.
type reader struct {
	raw []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.raw) {
		r.err = errRecord
		return nil
	}
	b := r.raw[:n]
	r.raw = r.raw[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.raw)
	if n <= 0 {
		n = -1
	}
	r.take(n)
	return v
}

func (r *reader) text() string {
	length, n := binary.Uvarint(r.raw)
	if n <= 0 || length > uint64(len(r.raw)) {
		n, length = -1, 0
	}
	r.take(n)
	return string(r.take(int(length)))
}
