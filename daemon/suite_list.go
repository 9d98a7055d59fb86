package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// find is the suite of a name.
func (ss *suites) find(name string) (*suite, error) {
	if ss != nil && ss.by[name] != nil {
		return ss.by[name], nil
	}
	return nil, fmt.Errorf("no suite %q: %w", name, storage.ErrNotFound)
}

// corps are the corps that installed the suite, as the store has them.
func (s *suite) corps(ctx context.Context) ([]suiteCorp, error) {
	var out []suiteCorp
	for e, err := range s.kv.Scan(ctx, s.corpKey("")) {
		if err != nil {
			return nil, err
		}
		var c suiteCorp
		if err := json.Unmarshal(e.Value, &c); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Key, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (ss *suites) list(ctx context.Context) ([]suiteInfo, error) {
	out := []suiteInfo{}
	if ss == nil {
		return out, nil
	}
	for _, name := range slices.Sorted(maps.Keys(ss.by)) {
		s := ss.by[name]
		corps, err := s.corps(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range corps {
			out = append(out, suiteInfo{Suite: s.Name, CorpID: c.CorpID, Corp: c.Name, AgentID: c.AgentID, App: s.appName(c.CorpID)})
		}
	}
	return out, nil
}

// token is an access token of a corp's app.
func (ss *suites) token(ctx context.Context, app string) (corpToken, error) {
	if ss != nil {
		for _, s := range ss.by {
			corps, err := s.corps(ctx)
			if err != nil {
				return corpToken{}, err
			}
			for _, c := range corps {
				if s.appName(c.CorpID) == app {
					return s.tokenOf(ctx, c)
				}
			}
		}
	}
	return corpToken{}, fmt.Errorf("no corp's app %q: %w", app, storage.ErrNotFound)
}

func (s *suite) tokenOf(ctx context.Context, c suiteCorp) (corpToken, error) {
	code, err := s.vault.open(s.corpKey(c.CorpID), c.Code)
	if err != nil {
		return corpToken{}, err
	}
	client, err := s.connect(c.CorpID, code, wecom.WithBaseURL(s.APIBase))
	if err != nil {
		return corpToken{}, err
	}
	defer client.Close()
	token, err := client.Token(ctx)
	if err != nil {
		return corpToken{}, explainError(err)
	}
	return corpToken{CorpID: c.CorpID, AgentID: c.AgentID, Token: token}, nil
}
