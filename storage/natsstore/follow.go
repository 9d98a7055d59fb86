package natsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/wecombot/wecombot/storage"
)

// follow starts reading the log and waits until everything that is in it now has been played.
func (q *queue) follow(ctx context.Context) error {
	var err error
	if q.m, err = q.restore(ctx); err != nil {
		return err
	}
	var target uint64
	err = q.store.try(ctx, "read the log", func(ctx context.Context) error {
		info, err := q.log.Info(ctx)
		if err != nil {
			return err
		}
		target = info.State.LastSeq
		return nil
	})
	if err != nil {
		return err
	}
	if err := q.listen(ctx); err != nil {
		return err
	}
	if err := q.reach(target); err != nil {
		q.reading.Stop()
		return err
	}
	return nil
}

// listen has the log delivered from where we are.
func (q *queue) listen(ctx context.Context) error {
	c, err := q.log.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: q.m.seq + 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("nats: read the log: %w", err)
	}
	q.reading, err = c.Consume(q.read, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if !q.store.isClosed() {
			q.store.log.WarnContext(context.Background(), "nats: read the log", "queue", q.subject, "error", err)
		}
	}))
	if err != nil {
		return fmt.Errorf("nats: read the log: %w", err)
	}
	return nil
}

// reach waits until the log has been played up to a number, as long as it goes on.
func (q *queue) reach(target uint64) error {
	for last := uint64(0); ; {
		q.mu.Lock()
		at, err, changed := q.m.seq, q.err, q.changed
		q.mu.Unlock()
		if err != nil || at >= target {
			return err
		}
		select {
		case <-changed:
		case <-time.After(patience):
			if at == last {
				return errors.New("nats: the log is not delivered")
			}
			last = at
		case <-q.store.closed:
			return storage.ErrClosed
		}
	}
}

// restore loads the newest snapshot.
func (q *queue) restore(ctx context.Context) (*machine, error) {
	for range 5 {
		var msg *jetstream.RawStreamMsg
		err := q.store.try(ctx, "read the snapshot", func(ctx context.Context) (err error) {
			msg, err = q.log.GetLastMsgForSubject(ctx, q.heads)
			return err
		})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return newMachine(), nil
		}
		if err != nil {
			return nil, err
		}
		var head command
		if err := json.Unmarshal(msg.Data, &head); err != nil {
			return nil, fmt.Errorf("nats: snapshot: %w", err)
		}
		if head.Version > version {
			return nil, errNewer
		}
		raw, err := q.data.get(ctx, head.Body)
		if errors.Is(err, errBlob) { // a newer one has replaced it just now
			continue
		}
		if err != nil {
			return nil, err
		}
		m, err := decodeMachine(raw)
		if err != nil {
			return nil, err
		}
		m.setHead(&head, msg.Sequence, msg.Time.UnixNano())
		return m, nil
	}
	return nil, errBroken
}

// read takes one message of the log.
func (q *queue) read(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		q.fail(err)
		return
	}
	seq := meta.Sequence.Stream
	q.mu.Lock()
	defer q.mu.Unlock()
	if seq > q.m.seq+1 && q.err == nil {
		q.catchUp(seq)
	}
	if seq <= q.m.seq || q.err != nil {
		return
	}
	var c command
	if err := json.Unmarshal(msg.Data(), &c); err != nil {
		q.failLocked(fmt.Errorf("nats: message %d of %s: %w", seq, q.subject, err))
		return
	}
	if c.Version > version {
		q.failLocked(errNewer)
		return
	}
	out := q.m.apply(&c, seq, meta.Timestamp.UnixNano())
	if c.From == q.id {
		q.answer(&c, out)
		q.maybeSnapshot()
	}
	q.wake()
}

// answer gives the outcome of our own command to who waits for it.
func (q *queue) answer(c *command, out outcome) {
	if c.More {
		return
	}
	if w := q.waiting[c.N]; w != nil {
		delete(q.waiting, c.N)
		w.done <- out
		return
	}
	q.clean(out.garbage)
	if c.Op == opPull && out.got {
		q.giveBack(out)
	}
}

// wake makes every waiting Pull look again.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// catchUp starts from a newer snapshot: what is missing before seq has been deleted while we were away.
func (q *queue) catchUp(seq uint64) {
	var m *machine
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, patience) {
		q.mu.Unlock()
		restored, err := q.restore(context.Background())
		q.mu.Lock()
		if err == nil {
			m = restored
			break
		}
		if errors.Is(err, errNewer) || q.store.isClosed() {
			q.failLocked(err)
			return
		}
		q.store.log.WarnContext(context.Background(), "nats: read the snapshot", "queue", q.subject, "error", err)
		time.Sleep(wait)
	}
	if m.seq+1 < seq {
		q.failLocked(errBroken)
		return
	}
	q.m = m
	for n, w := range q.waiting {
		q.dismissLost(n, w)
	}
	q.wake()
}

func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failLocked(err)
}

// failLocked ends the queue: to go on would be to guess.
func (q *queue) failLocked(err error) {
	if q.err == nil {
		q.err = err
		q.store.log.ErrorContext(context.Background(), "nats: queue stops", "queue", q.subject, "error", err)
	}
	for n, w := range q.waiting {
		close(w.done)
		delete(q.waiting, n)
	}
	q.wake()
}

// maybeSnapshot stores what the log amounts to when it has grown by as much as that is, so that the cost per command
// stays the same however large the queue is.
func (q *queue) maybeSnapshot() {
	old := q.m.head
	if q.snapping || q.m.seq-old.upTo < max(q.store.every, uint64(q.m.size())) || q.m.now-old.at < int64(q.store.apart) {
		return
	}
	raw, err := q.m.encode()
	if err != nil {
		q.store.log.ErrorContext(context.Background(), "nats: snapshot", "queue", q.subject, "error", err)
		return
	}
	seq := q.m.seq
	q.snapping = q.store.background(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := q.snapshot(ctx, seq, raw, old); err != nil {
			q.store.log.WarnContext(ctx, "nats: snapshot", "queue", q.subject, "error", err)
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.snapping = false
	})
}

// snapshot stores raw, what the log amounts to up to seq, unless another machine was faster. Then the log up to the
// snapshot before is deleted: what came since is kept for machines that are behind, because of a broken connection, and
// want to know what became of their commands.
func (q *queue) snapshot(ctx context.Context, seq uint64, raw []byte, old head) error {
	where, err := q.data.put(ctx, raw)
	if err != nil {
		return err
	}
	data, err := json.Marshal(command{Version: version, From: q.id, Op: opHead, Snapshot: seq, Body: where[0]})
	if err != nil {
		return err
	}
	_, err = q.store.publish(ctx, &nats.Msg{Subject: q.heads, Data: data}, nuid.Next(), jetstream.WithExpectLastSequencePerSubject(old.seq))
	if overtaken(err) {
		q.data.drop(ctx, messages(where[0]))
		return nil
	}
	if err != nil {
		return err
	}
	q.data.drop(ctx, messages(old.parts))
	if old.upTo == 0 {
		return nil
	}
	return q.log.Purge(ctx, jetstream.WithPurgeSequence(old.upTo+1))
}

func messages(parts []part) []uint64 {
	var seqs []uint64
	for _, p := range parts {
		seqs = append(seqs, p.Seq)
	}
	return seqs
}

// used are the messages of bodies that are needed. It lets the time go on first, and so has played everything that was
// in the log before.
func (q *queue) used() (map[uint64]bool, error) {
	if _, err := q.propose(context.Background(), &command{Op: opTick}); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	used := map[uint64]bool{}
	for seq := range q.m.uses {
		used[seq] = true
	}
	for _, p := range q.m.partly {
		for _, it := range p.items {
			for _, p := range it.Body {
				used[p.Seq] = true
			}
		}
	}
	for _, p := range q.m.head.parts {
		used[p.Seq] = true
	}
	return used, nil
}
