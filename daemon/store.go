package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
)

// openStore opens the backend that `storage` names.
func openStore(cfg *Config) (storage.Store, error) {
	scheme, rest, _ := strings.Cut(cfg.Storage, ":")
	switch scheme {
	case "memory":
		return memstore.New(), nil
	case "bolt":
		return boltstore.Open(cfg.Resolve(rest))
	default:
		return nil, fmt.Errorf("storage %s: is not built in", scheme)
	}
}

// tokenStore keeps access tokens beside the rest, so that a restart fetches none.
type tokenStore struct{ kv storage.KV }

// LoadToken implements wecom.TokenStore.
func (s tokenStore) LoadToken(ctx context.Context, key string) (wecom.Token, bool, error) {
	e, err := s.kv.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return wecom.Token{}, false, nil
	}
	if err != nil {
		return wecom.Token{}, false, err
	}
	var t struct {
		Value   string
		Expires time.Time
	}
	if err := json.Unmarshal(e.Value, &t); err != nil {
		return wecom.Token{}, false, err
	}
	return wecom.Token{Value: t.Value, Expires: t.Expires}, true, nil
}

// SaveToken implements wecom.TokenStore.
func (s tokenStore) SaveToken(ctx context.Context, key string, t wecom.Token) error {
	b, err := json.Marshal(map[string]any{"Value": t.Value, "Expires": t.Expires})
	if err != nil {
		return err
	}
	_, err = s.kv.Put(ctx, key, b, time.Until(t.Expires))
	return err
}
