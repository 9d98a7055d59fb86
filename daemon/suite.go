package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/internal/assembly"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

const (
	ticketLife   = 30 * time.Minute // doc 90628
	lookInterval = time.Minute      // for corps that another machine installed or removed
)

// suites are the third-party apps of a daemon: the store keeps which corps installed them, reconcile makes the running
// apps equal to it.
type suites struct {
	n     *node
	kv    storage.KV
	queue storage.Queue // of authorisations to be read
	by    map[string]*suite
	look  chan struct{} // something changed in the store

	mu sync.Mutex // orders reconcile
}

// suite is one of them.
type suite struct {
	*Suite
	*suites
	vault  vault
	client *wecom.Suite

	mu   sync.RWMutex
	apps map[string]suiteCorp // by corp id, running
}

// suiteCorp is a corp that installed a suite, as the store keeps it.
type suiteCorp struct {
	CorpID  string `json:"corp_id"`
	Name    string `json:"name"`
	AgentID int    `json:"agent_id"` // 0: not read yet
	Code    []byte `json:"code"`     // the permanent code, sealed
}

func openSuites(n *node) (*suites, error) {
	ss := &suites{n: n, by: map[string]*suite{}, look: make(chan struct{}, 1)}
	var err error
	if ss.kv, err = n.store.KV("suites"); err != nil {
		return nil, fmt.Errorf("open suites: %w", err)
	}
	if ss.queue, err = n.store.Queue("suites", 0); err != nil {
		return nil, fmt.Errorf("open suites: %w", err)
	}
	tokens, err := assembly.Tokens(n.store)
	if err != nil {
		return nil, err
	}
	for i := range n.cfg.Suites {
		s := &suite{Suite: &n.cfg.Suites[i], suites: ss, apps: map[string]suiteCorp{}}
		if s.vault, err = newVault(s.Suite); err != nil {
			return nil, fmt.Errorf("suite %s: %w", s.Name, err)
		}
		s.client, err = wecom.NewSuite(s.SuiteID, s.SuiteSecret.Reveal(), s, wecom.WithBaseURL(s.APIBase), wecom.WithLogger(n.log), wecom.WithTokenStore(tokens))
		if err != nil {
			return nil, fmt.Errorf("suite %s: %w", s.Name, err)
		}
		ss.by[s.Name] = s
		if err := s.register(); err != nil {
			return nil, fmt.Errorf("suite %s: %w", s.Name, err)
		}
	}
	return ss, ss.reconcile(context.Background())
}

// run works until ctx ends.
func (ss *suites) run(ctx context.Context) {
	ss.n.wg.Go(func() { ss.work(ctx) })
	ss.n.wg.Go(func() {
		t := time.NewTicker(lookInterval)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ss.look:
			case <-t.C:
			}
			if err := ss.reconcile(ctx); err != nil && ctx.Err() == nil {
				ss.n.log.Error("corps of suites", "err", err)
			}
		}
	})
}

func (ss *suites) close() {
	for _, s := range ss.by {
		_ = s.client.Close() // stops a renewal; it has no error
	}
}

// changed wakes reconcile.
func (ss *suites) changed() {
	select {
	case ss.look <- struct{}{}:
	default:
	}
}

// register gives the bot the suite's keys, which open what is addressed to the provider, the suite, and its corps.
func (s *suite) register() error {
	s.mu.RLock()
	receivers := append([]string{s.ProviderCorpID, s.SuiteID}, slices.Sorted(maps.Keys(s.apps))...)
	s.mu.RUnlock()
	crypter, err := crypto.New(s.Token.Reveal(), reveal(s.EncodingAESKey), receivers...)
	if err != nil {
		return err
	}
	return s.n.bot.SetSuite(bot.Suite{Name: s.Name, Crypter: crypter, Command: s.command, App: s.appOf})
}

// appOf is the app that the suite is at a corp; "" where it is none.
func (s *suite) appOf(corpID string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, ok := s.apps[corpID]; !ok {
		return ""
	}
	return s.appName(corpID)
}

// appName is a name for keys, labels and paths: corp ids may have capitals and underscores, which stores do not take.
func (s *suite) appName(corpID string) string {
	id := strings.ReplaceAll(strings.ToLower(corpID), "_", "-")
	if id != corpID {
		sum := sha256.Sum256([]byte(corpID)) // two ids may differ in case only
		id += "-" + hex.EncodeToString(sum[:3])
	}
	return s.Name + suiteApp + id
}

func (s *suite) ticketKey() string            { return "ticket/" + s.SuiteID }
func (s *suite) corpKey(corpID string) string { return "corp/" + s.SuiteID + "/" + corpID }

// SuiteTicket implements wecom.SuiteTickets.
func (s *suite) SuiteTicket(ctx context.Context, _ string) (string, error) {
	e, err := s.kv.Get(ctx, s.ticketKey())
	if errors.Is(err, storage.ErrNotFound) {
		return "", errNoTicket
	}
	if err != nil {
		return "", err
	}
	return s.vault.open(s.ticketKey(), e.Value)
}

var errNoTicket = errors.New("no suite ticket: the platform pushes one every ten minutes to the command callback URL")

// command takes an event of the platform. What must not be lost is in the store when it returns.
func (s *suite) command(ctx context.Context, m *message.Message) error {
	corp := m.Field("AuthCorpId")
	switch m.InfoType {
	case "suite_ticket":
		_, err := s.kv.Put(ctx, s.ticketKey(), s.vault.seal(s.ticketKey(), m.Field("SuiteTicket")), ticketLife)
		return err
	case "create_auth", "reset_permanent_code":
		return s.queueExchange(ctx, m.Field("AuthCode"))
	case "change_auth":
		return s.queueRefresh(ctx, corp)
	case "cancel_auth":
		s.n.log.Info("corp took the app away", "suite", s.Name, "corp", corp)
		err := s.kv.Delete(ctx, s.corpKey(corp))
		s.changed()
		return err
	case "change_contact":
		if app := s.n.app(s.appOf(corp)); app != nil {
			return app.Changed(ctx, m)
		}
	}
	return nil
}

// reconcile makes the running apps those of the store.
func (ss *suites) reconcile(ctx context.Context) error {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, s := range ss.by {
		if err := s.reconcile(ctx); err != nil {
			return fmt.Errorf("suite %s: %w", s.Name, err)
		}
	}
	return nil
}

func (s *suite) reconcile(ctx context.Context) error {
	corps, err := s.corps(ctx)
	if err != nil {
		return err
	}
	stored := map[string]suiteCorp{}
	for _, c := range corps {
		if c.AgentID != 0 {
			stored[c.CorpID] = c
		}
	}
	s.mu.RLock()
	running := maps.Clone(s.apps)
	s.mu.RUnlock()
	for id, c := range running {
		if now, ok := stored[id]; !ok || now.AgentID != c.AgentID || string(now.Code) != string(c.Code) {
			s.leave(ctx, c)
		}
	}
	for id, c := range stored {
		if s.appOf(id) == "" {
			if err := s.join(ctx, c); err != nil {
				s.n.log.Error("corp's app cannot be served", "suite", s.Name, "corp", id, "err", err)
			}
		}
	}
	return s.register()
}

// join makes a corp's app one of the daemon.
func (s *suite) join(ctx context.Context, c suiteCorp) error {
	code, err := s.vault.open(s.corpKey(c.CorpID), c.Code)
	if err != nil {
		return err
	}
	a := s.template(s.appName(c.CorpID))
	a.CorpID, a.AgentID = c.CorpID, c.AgentID
	s.n.reloading.Lock()
	defer s.n.reloading.Unlock()
	problems, err := s.n.addApp(a, func(opts ...wecom.Option) (*wecom.Client, error) { return s.connect(c.CorpID, code, opts...) })
	if err != nil {
		s.n.removeApp(ctx, a.Name)
		return err
	}
	for _, p := range problems {
		s.n.log.Error(p.String(), "app", a.Name)
	}
	s.mu.Lock()
	s.apps[c.CorpID] = c
	s.mu.Unlock()
	if s.n.started {
		if err := s.n.app(a.Name).Start(context.WithoutCancel(ctx)); err != nil {
			s.n.log.Error("plugins not available", "app", a.Name, "err", err)
		}
	}
	s.n.log.Info("corp's app is served", "suite", s.Name, "corp", c.CorpID, "app", a.Name, "agent", c.AgentID)
	return nil
}

// leave takes a corp's app out of the daemon.
func (s *suite) leave(ctx context.Context, c suiteCorp) {
	s.n.reloading.Lock()
	defer s.n.reloading.Unlock()
	name := s.appName(c.CorpID)
	s.mu.Lock()
	delete(s.apps, c.CorpID)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	s.n.removeApp(ctx, name)
	s.n.log.Info("corp's app is served no more", "suite", s.Name, "corp", c.CorpID, "app", name)
}

// connect makes a client that acts for a corp. The permanent code of a template (代开发) is an app's secret (doc 97163).
func (s *suite) connect(corpID, code string, opts ...wecom.Option) (*wecom.Client, error) {
	if strings.HasPrefix(s.SuiteID, "dk") {
		return wecom.NewClient(corpID, code, opts...)
	}
	client, err := wecom.NewSuite(s.SuiteID, s.SuiteSecret.Reveal(), s, opts...)
	if err != nil {
		return nil, err
	}
	return client.Corp(corpID, code)
}

// running are the apps of the corps, by name.
func (ss *suites) running() []App {
	if ss == nil {
		return nil
	}
	var out []App
	for _, s := range ss.by {
		s.mu.RLock()
		for id, c := range s.apps {
			a := s.template(s.appName(id))
			a.CorpID, a.AgentID = id, c.AgentID
			out = append(out, a)
		}
		s.mu.RUnlock()
	}
	slices.SortFunc(out, func(a, b App) int { return strings.Compare(a.Name, b.Name) })
	return out
}
