package daemon

import (
	"context"
	"errors"
	"strings"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// ofSuite is the operation of suites at the same path, where there is one: the link for web authorisation.
func ofSuite(op *spec.Operation) *spec.Operation {
	for other := range spec.Operations() {
		if other.Path == op.Path && other.Client == "Suite" {
			return other
		}
	}
	return op
}

// pickSuite is the suite of a name, or the only one.
func (c *Config) pickSuite(op *spec.Operation, name string) (*Suite, error) {
	if len(c.Suites) == 0 {
		return nil, noCredentials(op)
	}
	if name == "" && len(c.Suites) == 1 {
		return &c.Suites[0], nil
	}
	if s, ok := c.suite(name); ok {
		return s, nil
	}
	var names []string
	for _, s := range c.Suites {
		names = append(names, s.Name)
	}
	if name == "" {
		return nil, usagef("there are several suites: choose one of %v with --suite", names)
	}
	return nil, usagef("no suite %q: there is %v", name, names)
}

// suiteCaller takes the ticket of the running daemon, or of its store.
func (c *cli) suiteCaller(ctx context.Context, r *apiRequest, name string) (*apiCaller, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, err
	}
	s, err := cfg.pickSuite(r.op, name)
	if err != nil {
		return nil, err
	}
	ticket := withheld
	if r.op.Answers != spec.URL {
		op, err := operate(ctx, cfg)
		if err != nil {
			return nil, err
		}
		defer op.close()
		if ticket, err = op.ticket(ctx, s); err != nil {
			return nil, err
		}
	}
	client, err := wecom.NewSuite(s.SuiteID, s.SuiteSecret.Reveal(), fixedTicket(ticket), c.clientOptions(s.APIBase)...)
	given := map[string]string{"suite_id": s.SuiteID, "secret": withheld, "ticket": withheld}
	return &apiCaller{client: client, app: s.template(s.Name), given: given}, err
}

func (c *cli) providerCaller(r *apiRequest, name string) (*apiCaller, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, err
	}
	s, err := cfg.pickSuite(r.op, name)
	if err != nil {
		return nil, err
	}
	if s.ProviderSecret.IsZero() {
		return nil, usagef("%s needs provider_secret of the suite %s", opName(r.op), s.Name)
	}
	client, err := wecom.NewProvider(s.ProviderCorpID, s.ProviderSecret.Reveal(), c.clientOptions(s.APIBase)...)
	return &apiCaller{client: client, app: s.template(s.Name), given: map[string]string{"corp_id": s.ProviderCorpID, "secret": withheld}}, err
}

// asApp is an app, or what a suite became at a corp, with a client that acts as it.
func (c *cli) asApp(ctx context.Context, cfg *Config, name string) (App, *wecom.Client, error) {
	s, ok := cfg.suiteOf(name)
	if !ok {
		a, err := cfg.pick(name)
		if err != nil {
			return App{}, nil, err
		}
		client, err := wecom.NewClient(a.CorpID, a.Secret.Reveal(), c.clientOptions(a.APIBase)...)
		return a, client, err
	}
	op, err := operate(ctx, cfg)
	if err != nil {
		return App{}, nil, err
	}
	defer op.close()
	t, err := op.corpToken(ctx, cfg, name)
	if errors.Is(err, storage.ErrNotFound) || err != nil && strings.Contains(err.Error(), "404") {
		return App{}, nil, usagef("no corp's app %s: see botd suites", name)
	}
	if err != nil {
		return App{}, nil, err
	}
	a := s.template(name)
	a.CorpID, a.AgentID = t.CorpID, t.AgentID
	client, err := wecom.NewTokenClient(t.CorpID, t.Token, c.clientOptions(a.APIBase)...)
	return a, client, err
}

func (c *cli) clientOptions(base string) []wecom.Option {
	return []wecom.Option{wecom.WithBaseURL(base), wecom.WithLogger(newLogger(c.stderr, Log{Level: "error"}))}
}
