package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// Directory loads members' records once and keeps them. Safe for concurrent use.
type Directory struct {
	client *wecom.Client
	kv     storage.KV
	prefix string
	ttl    time.Duration
	flight singleflight.Group
}

// NewDirectory keeps the records of one app's members in store for ttl.
func NewDirectory(store storage.Store, app string, client *wecom.Client, ttl time.Duration) (*Directory, error) {
	kv, err := store.KV("members")
	if err != nil {
		return nil, fmt.Errorf("open members: %w", err)
	}
	return &Directory{client: client, kv: kv, prefix: app + "|", ttl: ttl}, nil
}

// User returns a member's record, from the store or the platform (doc 90196).
func (d *Directory) User(ctx context.Context, id string) (*router.User, error) {
	key := d.prefix + strings.ToLower(id)
	if e, err := d.kv.Get(ctx, key); err == nil {
		var u router.User
		if json.Unmarshal(e.Value, &u) == nil {
			return &u, nil
		}
	}
	ch := d.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return d.fetch(ctx, key, id)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-ch:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*router.User), nil
	}
}

func (d *Directory) fetch(ctx context.Context, key, id string) (*router.User, error) {
	m, err := d.client.Users.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("member record: %w", err)
	}
	u := &router.User{ID: id, Name: m.Name, Departments: m.Department, Position: m.Position}
	if len(m.DirectLeader) > 0 {
		u.Leader = m.DirectLeader[0]
	}
	if b, err := json.Marshal(u); err == nil {
		_, _ = d.kv.Put(ctx, key, b, d.ttl) // a record that cannot be kept is fetched again
	}
	return u, nil
}

// Forget drops a member's record: it changed.
func (d *Directory) Forget(ctx context.Context, id string) error {
	return d.kv.Delete(ctx, d.prefix+strings.ToLower(id))
}
