package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

const (
	authCodeLife = 10 * time.Minute       // doc 90603
	jobLease     = time.Minute            // longer than any call with its retries
	jobPause     = 10 * time.Second       // before a job is tried again, at least
	jobPauseMost = time.Minute            // and at most
	afterAnswer  = 500 * time.Millisecond // a code is good only once the event is answered (doc 90642)
)

// suiteJob is an authorisation to be read: a code to be exchanged, or a corp to be asked about again.
type suiteJob struct {
	Suite string `json:"suite"`
	Code  []byte `json:"code,omitempty"` // the temporary code, sealed
	Corp  string `json:"corp,omitempty"`
}

const placeOfCode = "auth code"

func (s *suite) queueExchange(ctx context.Context, code string) error {
	sum := sha256.Sum256([]byte(code))
	id := "auth/" + s.Name + "/" + hex.EncodeToString(sum[:16])
	return s.push(ctx, storage.Item{ID: id, Lane: id, NotBefore: time.Now().Add(afterAnswer), Expires: time.Now().Add(authCodeLife)},
		suiteJob{Suite: s.Name, Code: s.vault.seal(placeOfCode, code)})
}

func (s *suite) queueRefresh(ctx context.Context, corp string) error {
	lane := "corp/" + s.Name + "/" + corp
	return s.push(ctx, storage.Item{ID: fmt.Sprintf("%s/%d", lane, time.Now().UnixNano()), Lane: lane}, suiteJob{Suite: s.Name, Corp: corp})
}

func (ss *suites) push(ctx context.Context, item storage.Item, job suiteJob) error {
	body, err := json.Marshal(job)
	if err != nil {
		return err
	}
	item.Body = body
	return ss.queue.Push(ctx, item)
}

// work does the jobs, one after another: there are few.
func (ss *suites) work(ctx context.Context) {
	for {
		l, err := ss.queue.Pull(ctx, jobLease)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			ss.n.log.Error("pull authorisations", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(jobPause):
			}
		default:
			ss.settle(ctx, l, ss.do(ctx, l))
		}
	}
}

// settle ends a job, or has it tried again.
func (ss *suites) settle(ctx context.Context, l storage.Lease, err error) {
	switch {
	case ctx.Err() != nil && err != nil:
		err = ss.queue.Retry(context.WithoutCancel(ctx), l, time.Time{}) // by the next process
	case err == nil:
		err = ss.queue.Ack(ctx, l)
	case passes(err):
		ss.n.log.Warn("authorisation not read yet", "id", l.ID, "attempt", l.Attempt, "err", err)
		err = ss.queue.Retry(ctx, l, time.Now().Add(min(time.Duration(l.Attempt)*jobPause, jobPauseMost)))
	default:
		ss.n.log.Error("authorisation cannot be read: the corp has to install the app again", "id", l.ID, "err", explainError(err))
		err = ss.queue.Dead(ctx, l, err.Error())
	}
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		ss.n.log.Error("settle authorisation", "id", l.ID, "err", err)
	}
}

// passes tells what may be different later: the platform is busy, the network is gone, there is no fresh ticket.
func passes(err error) bool {
	var refused *wecom.Error
	var lost *wecom.TransportError
	switch {
	case errors.As(err, &refused):
		class := refused.Class()
		return class == wecom.ClassBusy || class == wecom.ClassRate || class == wecom.ClassToken || refused.Code == wecom.ErrInvalidSuiteTicket
	case errors.As(err, &lost), errors.Is(err, errNoTicket), errors.Is(err, storage.ErrConflict):
		return true
	}
	return false
}

func (ss *suites) do(ctx context.Context, l storage.Lease) error {
	var job suiteJob
	if err := json.Unmarshal(l.Body, &job); err != nil {
		return err
	}
	s := ss.by[job.Suite]
	if s == nil {
		return fmt.Errorf("no suite %q in the configuration", job.Suite)
	}
	ctx, cancel := context.WithTimeout(ctx, jobLease/2)
	defer cancel()
	if job.Corp != "" {
		return s.refresh(ctx, job.Corp)
	}
	return s.exchange(ctx, job.Code)
}

// exchange gets a corp's permanent code. It works once, so the code is kept before anything else is asked.
func (s *suite) exchange(ctx context.Context, sealed []byte) error {
	code, err := s.vault.open(placeOfCode, sealed)
	if err != nil {
		return err
	}
	got, err := s.client.Authorizations.GetPermanentCode(ctx, code)
	if err != nil {
		return err
	}
	corp := got.AuthCorpInfo.CorpID
	ctx = context.WithoutCancel(ctx)
	c := suiteCorp{CorpID: corp, Name: got.AuthCorpInfo.CorpName, Code: s.vault.seal(s.corpKey(corp), got.PermanentCode)}
	if err := s.keep(ctx, c); err != nil {
		return fmt.Errorf("keep permanent code of %s: %w", corp, err)
	}
	return s.queueRefresh(ctx, corp)
}

func (s *suite) keep(ctx context.Context, c suiteCorp) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = s.kv.Put(ctx, s.corpKey(c.CorpID), b, 0)
	return err
}

// refresh reads what a corp granted: which of its apps the suite is.
func (s *suite) refresh(ctx context.Context, corp string) error {
	e, err := s.kv.Get(ctx, s.corpKey(corp))
	if errors.Is(err, storage.ErrNotFound) {
		return nil // taken away meanwhile
	}
	if err != nil {
		return err
	}
	var c suiteCorp
	if err := json.Unmarshal(e.Value, &c); err != nil {
		return err
	}
	code, err := s.vault.open(s.corpKey(corp), c.Code)
	if err != nil {
		return err
	}
	got, err := s.client.Authorizations.Get(ctx, corp, code)
	if err != nil {
		return err
	}
	if len(got.AuthInfo.Agent) == 0 {
		return fmt.Errorf("corp %s granted no app", corp)
	}
	c.AgentID, c.Name = int(got.AuthInfo.Agent[0].AgentID), got.AuthCorpInfo.CorpName
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err = s.kv.Update(ctx, s.corpKey(corp), b, 0, e.Rev); err != nil {
		return err // taken away or replaced meanwhile: look again
	}
	s.changed()
	return nil
}
