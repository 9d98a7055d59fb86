package dialog

import (
	"encoding/binary"
	"errors"
	"math"
)

// stateVersion is the first byte of every record. A reader that meets another one treats the dialog as changed.
const stateVersion = 1

// maxState bounds one record, in bytes: half of what a KV value may have.
const maxState = 512 << 10

// phase is where a dialog stands between two messages.
type phase uint8

const (
	phaseWaiting    phase = iota // a question was asked and its answer is awaited
	phaseRunning                 // a turn recorded something and did not come to its end: a crash, or it still runs
	phasePaused                  // silent for too long, or failed: the member says "continue" to go on
	phaseAsking                  // a command came in between: "give the dialog up for it?" was asked
	phaseCancelling              // like running, after the member's cancel word
	phaseFinished                // over; kept for a while so that a message delivered again gets the same answer
	phaseCancelled               // over, by the member's word
)

func (p phase) over() bool { return p >= phaseFinished }

// kind of a recorded step.
type kind uint8

const (
	kindAnswer  kind = iota + 1 // data: the answer as JSON
	kindIntent                  // an effect that may have begun; no data
	kindEffect                  // data: its result as JSON
	kindFailed                  // data: its error, as text
	kindFetched                 // data: what was read, as JSON
)

// step is one recorded step of a dialog's function.
type step struct {
	kind kind
	mark uint32 // of kind, name and prompt: tells whether the function still takes this step here
	at   int64  // answers: unix seconds of the member's message
	data []byte
}

// state is all that is kept of a dialog: one record per member and app.
type state struct {
	version version
	phase   phase
	misses  uint8
	id      uint64 // from the message that started it: the base of idempotency keys
	started int64  // unix seconds
	asked   int64  // unix seconds: when the record was last written by a turn
	last    uint64 // fingerprint of the last message that was taken
	pending uint32 // mark of the question that was asked; 0 when none was
	owner   uint32 // engine that wrote a running record
	text    string // of the starting message
	vars    []pair // captures of the starting route
	held    []string
	steps   []step
}

type pair struct{ key, value string }

// append appends the record: fixed-size marks, everything else as varints and counted strings.
func (s *state) append(b []byte) []byte {
	b = append(b, stateVersion, byte(s.phase), s.misses)
	b = appendString(b, s.version.name)
	b = appendString(b, s.version.version)
	b = binary.LittleEndian.AppendUint64(b, s.id)
	b = binary.LittleEndian.AppendUint64(b, s.last)
	b = binary.LittleEndian.AppendUint32(b, s.pending)
	b = binary.LittleEndian.AppendUint32(b, s.owner)
	b = binary.AppendVarint(b, s.started)
	b = binary.AppendVarint(b, s.asked-s.started)
	b = appendString(b, s.text)
	b = binary.AppendUvarint(b, uint64(len(s.vars)))
	for _, v := range s.vars {
		b = appendString(appendString(b, v.key), v.value)
	}
	b = binary.AppendUvarint(b, uint64(len(s.held)))
	for _, h := range s.held {
		b = appendString(b, h)
	}
	b = binary.AppendUvarint(b, uint64(len(s.steps)))
	for i := range s.steps {
		p := &s.steps[i]
		b = append(b, byte(p.kind))
		b = binary.LittleEndian.AppendUint32(b, p.mark)
		if p.kind == kindAnswer {
			b = binary.AppendVarint(b, p.at-s.started)
		}
		b = binary.AppendUvarint(b, uint64(len(p.data)))
		b = append(b, p.data...)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var (
	errState        = errors.New("dialog: record is damaged")
	errStateVersion = errors.New("dialog: record is of another version")
)

// parseState reads a record. It may alias b.
func parseState(b []byte) (*state, error) {
	if len(b) == 0 || b[0] != stateVersion {
		return nil, errStateVersion
	}
	d := decoder{b: b[1:]}
	s := &state{phase: phase(d.byte()), misses: d.byte(), version: version{d.string(), d.string()}}
	s.id, s.last, s.pending, s.owner = d.uint64(), d.uint64(), d.uint32(), d.uint32()
	s.started = d.varint()
	s.asked = s.started + d.varint()
	s.text = d.string()
	for range d.count(2) {
		s.vars = append(s.vars, pair{d.string(), d.string()})
	}
	for range d.count(1) {
		s.held = append(s.held, d.string())
	}
	n := d.count(6)
	s.steps = make([]step, n)
	for i := range s.steps {
		p := &s.steps[i]
		p.kind, p.mark = kind(d.byte()), d.uint32()
		if p.kind == kindAnswer {
			p.at = s.started + d.varint()
		}
		p.data = d.bytes()
		if p.kind == 0 || p.kind > kindFetched {
			d.bad = true
		}
	}
	if d.bad || len(d.b) != 0 || s.phase > phaseCancelled {
		return nil, errState
	}
	return s, nil
}

// decoder reads what append wrote; after the first impossible value it reads zeros and bad is true.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 || v > math.MaxInt64/4 || v < math.MinInt64/4 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return nil
	}
	d.b = d.b[n:]
	return d.take(v)
}

func (d *decoder) string() string { return string(d.bytes()) }

// count reads the length of a list whose items take at least size bytes each, so that a damaged record cannot make
// the reader allocate more than the record is long.
func (d *decoder) count(size int) int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > uint64(len(d.b)/size) {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return int(v)
}
