package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/storage/natsstore"
	"github.com/wecombot/wecombot/storage/redisstore"
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
