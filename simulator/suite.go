package simulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Lives of what a suite is handed (docs 90600, 90601, 90628).
const (
	ticketLife   = 30 * time.Minute
	preAuthLife  = 20 * time.Minute
	authCodeLife = 10 * time.Minute
)

// suiteType is the Delivery.Type of a suite's events.
const suiteType = "suite"

// Suite is a third-party app (第三方应用) of a service provider, which corps install.
type Suite struct {
	ID             string // default: random, "ww…"
	Name           string // of the app at the corps; default 第三方应用
	Secret         string // default: random
	Token          string // of both callbacks; default: random
	EncodingAESKey string // of both callbacks; default: random
	CommandURL     string // gets tickets and authorisations (指令回调URL)
	DataURL        string // gets what the corps' members send (数据回调URL)
	ProviderCorpID string // default: the id and "p"
	ProviderSecret string // default: random
}

// suite is a Suite with what it has on the platform.
type suite struct {
	Suite
	tickets  map[string]time.Time // until when each serves
	token    *token
	preAuth  map[string]time.Time
	codes    map[string]authCode
	installs map[string]*install // by corp id
}

// authCode is a temporary authorisation, good for one permanent code.
type authCode struct {
	corp    string
	state   string
	expires time.Time
}

// install is a suite at a corp.
type install struct {
	app       *app
	permanent string // "" until it is asked for
	admin     string // who installed it
}

// AddSuite adds or replaces a suite and returns it with everything that was left out filled in.
func (s *Server) AddSuite(u Suite) Suite {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = "ww" + randomText(16)
	}
	if u.Name == "" {
		u.Name = "第三方应用"
	}
	if u.ProviderCorpID == "" {
		u.ProviderCorpID = u.ID + "p"
	}
	fill(&u.Secret, 43)
	fill(&u.Token, 32)
	fill(&u.EncodingAESKey, 43)
	fill(&u.ProviderSecret, 43)
	if old := s.suites[u.ID]; old != nil {
		old.Suite = u
		return u
	}
	s.suites[u.ID] = &suite{
		Suite: u, tickets: map[string]time.Time{}, preAuth: map[string]time.Time{}, codes: map[string]authCode{}, installs: map[string]*install{},
	}
	return u
}

// SetSuiteURLs changes where a suite's callbacks go, also for the corps that have it.
func (s *Server) SetSuiteURLs(id, command, data string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.suites[id]
	if u == nil {
		return
	}
	u.CommandURL, u.DataURL = command, data
	for _, in := range u.installs {
		in.app.CallbackURL = data
	}
}

// VerifySuite does what saving a suite's settings does: it asks both URLs to decrypt an echostr that is addressed to the
// provider.
func (s *Server) VerifySuite(ctx context.Context, id string) error {
	t, err := s.suiteTarget(id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	u := s.suites[id].Suite
	s.mu.Unlock()
	t.app.CorpID = u.ProviderCorpID
	for _, t.app.CallbackURL = range []string{u.CommandURL, u.DataURL} {
		if err := s.verify(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// suiteTarget is where a suite's commands go.
func (s *Server) suiteTarget(id string) (target, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.suites[id]
	if u == nil {
		return target{}, fmt.Errorf("simulator: no suite %q", id)
	}
	env, err := newEnvelope(u.Token, u.EncodingAESKey)
	if err != nil {
		return target{}, fmt.Errorf("simulator: %w", err)
	}
	return target{app: App{CorpID: id, Token: u.Token, EncodingAESKey: u.EncodingAESKey, CallbackURL: u.CommandURL}, envelope: env}, nil
}

// SuiteEvent sends an event to a suite's command URL and waits until it is answered with success or given up. The
// platform's own are made by PushTicket, Install and their siblings.
func (s *Server) SuiteEvent(ctx context.Context, id, infoType string, elements ...Element) *Delivery {
	d, t, err := s.beginSuite(id, infoType, elements)
	if err != nil {
		return &Delivery{Type: suiteType, Event: infoType, Problem: err.Error(), Done: true}
	}
	return s.run(ctx, d, t)
}

// startSuite is SuiteEvent about a corp that does not wait.
func (s *Server) startSuite(id, infoType, corpID string, elements ...Element) {
	d, t, err := s.beginSuite(id, infoType, append([]Element{CDATA("AuthCorpId", corpID)}, elements...))
	if err != nil {
		return // the suite is gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop.Err() != nil {
		return
	}
	s.serving.Go(func() { s.run(s.stop, d, t) })
}

func (s *Server) beginSuite(id, infoType string, elements []Element) (*delivery, target, error) {
	t, err := s.suiteTarget(id)
	if err != nil {
		return nil, target{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.now()
	s.deliverSeq++
	s.seq++
	d := &delivery{message: Message{Type: suiteType}, Delivery: Delivery{
		ID: s.deliverSeq, Seq: s.seq, Time: now, CorpID: id, Type: suiteType, Event: infoType, Note: "[" + infoType + "]",
		Plaintext: document(slices.Concat([]Element{CDATA("SuiteId", id), CDATA("InfoType", infoType), Number("TimeStamp", now.Unix())}, elements)...),
	}}
	s.deliveries.add(d)
	s.busy++
	s.publishDelivery(d)
	return d, t, nil
}

// answered reports whether an answer ends a callback: a suite's event wants the word success.
func (d *delivery) answered(body string) bool { return d.Type != suiteType || body == "success" }

// PushTicket makes a new suite ticket and sends it, as the platform does every ten minutes.
func (s *Server) PushTicket(ctx context.Context, id string) *Delivery {
	s.mu.Lock()
	ticket := ""
	if u := s.suites[id]; u != nil {
		now := s.opt.now()
		maps.DeleteFunc(u.tickets, func(_ string, until time.Time) bool { return !now.Before(until) })
		ticket = randomText(64)
		u.tickets[ticket] = now.Add(ticketLife)
	}
	s.mu.Unlock()
	return s.SuiteEvent(ctx, id, "suite_ticket", CDATA("SuiteTicket", ticket))
}

// Install lets a corp install a suite: its members have the app from now on, and the suite is told (create_auth) with a
// code for the permanent code. The first member is the one who does it.
func (s *Server) Install(ctx context.Context, id, corpID string) *Delivery {
	code := s.authorise3rd(id, corpID, "")
	return s.SuiteEvent(ctx, id, "create_auth", CDATA("AuthCode", code))
}

// authorise3rd puts a suite's app into a corp and makes the code; "" where there is no such suite.
func (s *Server) authorise3rd(id, corpID, state string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.suites[id]
	if u == nil {
		return ""
	}
	c := s.corpFor(corpID, true)
	in := u.installs[c.id]
	if in == nil {
		in = &install{}
		if len(c.memberOrder) > 0 {
			in.admin = c.members[c.memberOrder[0]].UserID
		}
		agent := int64(1000002)
		for s.apps[appKey{c.id, agent}] != nil {
			agent++
		}
		in.app = newApp(App{
			CorpID: c.id, AgentID: agent, Name: u.Name, Secret: randomText(43), Token: u.Token, EncodingAESKey: u.EncodingAESKey, CallbackURL: u.DataURL,
		})
		in.app.suite = u
		u.installs[c.id] = in
		s.apps[appKey{c.id, agent}] = in.app
		s.order = append(s.order, in.app)
		s.publish(Event{Kind: EventCompany})
	}
	code := randomText(64)
	u.codes[code] = authCode{corp: c.id, state: state, expires: s.opt.now().Add(authCodeLife)}
	return code
}

// Installed is the app that a suite is at a corp: what its members write to.
func (s *Server) Installed(id, corpID string) (App, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.suites[id]; u != nil && u.installs[corpID] != nil {
		return u.installs[corpID].app.App, true
	}
	return App{}, false
}

// PermanentCode is what a suite shows to act for a corp; "" before it asked for it.
func (s *Server) PermanentCode(id, corpID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.suites[id]; u != nil && u.installs[corpID] != nil {
		return u.installs[corpID].permanent
	}
	return ""
}

// ChangeAuth tells a suite that a corp changed what it may see (change_auth).
func (s *Server) ChangeAuth(ctx context.Context, id, corpID string) *Delivery {
	return s.SuiteEvent(ctx, id, "change_auth", CDATA("AuthCorpId", corpID))
}

// ResetPermanentCode makes a corp's permanent code void and sends the suite a code for a new one (reset_permanent_code).
func (s *Server) ResetPermanentCode(ctx context.Context, id, corpID string) *Delivery {
	s.mu.Lock()
	if u := s.suites[id]; u != nil && u.installs[corpID] != nil {
		in := u.installs[corpID]
		in.permanent, in.app.Secret = "", randomText(64)
		s.revoke(in.app)
	}
	s.mu.Unlock()
	code := s.authorise3rd(id, corpID, "")
	return s.SuiteEvent(ctx, id, "reset_permanent_code", CDATA("AuthCode", code))
}

// CancelAuth lets a corp take a suite away: app, tokens and permanent code are void, and the suite is told (cancel_auth).
func (s *Server) CancelAuth(ctx context.Context, id, corpID string) *Delivery {
	s.mu.Lock()
	if u := s.suites[id]; u != nil && u.installs[corpID] != nil {
		a := u.installs[corpID].app
		s.revoke(a)
		delete(u.installs, corpID)
		delete(s.apps, appKey{a.CorpID, a.AgentID})
		s.order = slices.DeleteFunc(s.order, func(x *app) bool { return x == a })
		s.publish(Event{Kind: EventCompany})
	}
	s.mu.Unlock()
	return s.SuiteEvent(ctx, id, "cancel_auth", CDATA("AuthCorpId", corpID))
}

func (s *Server) revoke(a *app) {
	for _, t := range s.tokens {
		if t.app == a {
			t.revoked = true
		}
	}
	a.token = nil
}
