package natsstore

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// blobs are bytes in messages of a stream of their own: bodies, values too large for one message, snapshots.
type blobs struct {
	store   *store
	stream  jetstream.Stream
	subject string
}

// part is a piece of a body: n bytes from off in message seq.
type part struct {
	Seq uint64 `json:"s"`
	Off int    `json:"o,omitempty"`
	N   int    `json:"n"`
}

const (
	chunkSize = 512 << 10
	msgExtra  = 8 << 10 // bytes of a message that headers may take
)

func newBlobs(s *store, name, subject string) (blobs, error) {
	st, err := s.stream(name, -1, subject)
	return blobs{store: s, stream: st, subject: subject}, err
}

// put stores several bodies, in as few messages as possible, and returns where each one is.
func (b blobs) put(ctx context.Context, bodies ...[]byte) ([][]part, error) {
	size := min(chunkSize, int(b.store.nc.MaxPayload())-msgExtra)
	where := make([][]part, len(bodies))
	var chunk []byte
	var waiting []*part // in this chunk
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		seq, err := b.store.publish(ctx, &nats.Msg{Subject: b.subject, Data: chunk}, nuid.Next())
		for _, p := range waiting {
			p.Seq = seq
		}
		chunk, waiting = nil, nil
		return err
	}
	for i, body := range bodies {
		where[i] = make([]part, 0, len(body)/size+2) // waiting points into it: it must not grow
		for len(body) > 0 {
			n := min(len(body), size-len(chunk))
			where[i] = append(where[i], part{Off: len(chunk), N: n})
			waiting = append(waiting, &where[i][len(where[i])-1])
			chunk, body = append(chunk, body[:n]...), body[n:]
			if len(chunk) == size {
				if err := flush(); err != nil {
					return nil, err
				}
			}
		}
	}
	return where, flush()
}

var errBlob = errors.New("nats: a body is gone from its stream")

func (b blobs) get(ctx context.Context, parts []part) ([]byte, error) {
	var out []byte
	for _, p := range parts {
		var msg *jetstream.RawStreamMsg
		err := b.store.try(ctx, "read a body", func(ctx context.Context) (err error) {
			msg, err = b.stream.GetMsg(ctx, p.Seq)
			return err
		})
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && (p.Off < 0 || p.N < 0 || p.Off+p.N > len(msg.Data)) {
			return nil, errBlob
		}
		if err != nil {
			return nil, err
		}
		out = append(out, msg.Data[p.Off:p.Off+p.N]...)
	}
	return out, nil
}

// drop deletes messages. What it cannot delete now, sweep will.
func (b blobs) drop(ctx context.Context, seqs []uint64) {
	for _, seq := range seqs {
		if err := b.stream.DeleteMsg(ctx, seq); err != nil && !refused(err) {
			return
		}
	}
}

// orphanAge is how old a message must be before not being used by anything means that it never will be: its writer has
// died or given up.
const orphanAge = time.Hour

// sweep deletes what nobody uses.
func (b blobs) sweep(ctx context.Context, used func() (map[uint64]bool, error), age time.Duration) error {
	var old []uint64
	err := b.store.list(ctx, b.stream, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		if time.Since(meta.Timestamp) >= age {
			old = append(old, meta.Sequence.Stream)
		}
	})
	if err != nil || len(old) == 0 {
		return err
	}
	keep, err := used()
	if err != nil {
		return err
	}
	for _, seq := range old {
		if !keep[seq] {
			b.drop(ctx, []uint64{seq})
		}
	}
	return nil
}

// list shows all messages of a stream, without their data.
func (s *store) list(ctx context.Context, st jetstream.Stream, each func(jetstream.Msg, *jetstream.MsgMetadata)) error {
	const page = 2000
	var c jetstream.Consumer
	err := s.try(ctx, "list", func(ctx context.Context) (err error) {
		c, err = st.CreateConsumer(ctx, jetstream.ConsumerConfig{
			Name: nuid.Next(), AckPolicy: jetstream.AckNonePolicy, HeadersOnly: true, MemoryStorage: true, InactiveThreshold: time.Minute,
		})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = st.DeleteConsumer(context.WithoutCancel(ctx), c.CachedInfo().Name) }() // or the server does, being inactive
	for left := c.CachedInfo().NumPending; left > 0; {
		batch, err := c.FetchNoWait(page)
		if err != nil {
			return err
		}
		n := 0
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return err
			}
			each(m, meta)
			left = meta.NumPending
			n++
		}
		if err := batch.Error(); err != nil {
			return err
		}
		if n == 0 { // what was left has been deleted meanwhile
			break
		}
	}
	return ctx.Err()
}
