package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/storage/natsstore"
	"github.com/wecombot/wecombot/storage/redisstore"
	"github.com/wecombot/wecombot/wecom"
)

// openStore opens the backend that `storage` names.
func openStore(cfg *Config, log *slog.Logger) (storage.Store, error) {
	scheme, rest, _ := strings.Cut(cfg.Storage, ":")
	switch scheme {
	case "memory":
		return memstore.New(), nil
	case "bolt":
		return boltstore.Open(cfg.Resolve(rest))
	case "nats":
		return natsstore.Open(cfg.Storage, natsstore.WithLogger(log))
	case "redis", "rediss":
		// Redis keeps the keys; what must survive on this machine, the queues, is in a file of its own.
		queues, err := boltstore.Open(cfg.Resolve(localQueues))
		if err != nil {
			return nil, err
		}
		store, err := redisstore.Open(cfg.Storage, queues)
		if err != nil {
			return nil, errors.Join(err, queues.Close())
		}
		return store, nil
	}
	return nil, fmt.Errorf("storage %s: unknown", scheme)
}

// localQueues is the file of the queues beside a Redis.
const localQueues = "data/queues.db"

// shared reports whether several machines may use the store of the configuration.
func (c *Config) shared() bool {
	scheme, _, _ := strings.Cut(c.Storage, ":")
	return scheme == "nats" || strings.HasPrefix(scheme, "redis")
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
