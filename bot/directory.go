package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/wecombot/wecombot/message"
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

	withTags bool
	log      *slog.Logger
}

// NewDirectory keeps the records of one app's members in store for ttl. withTags says that tags matter: the platform
// tells them by tag, not by member, so they cost a call for each tag of the corp now and then.
func NewDirectory(store storage.Store, app string, client *wecom.Client, ttl time.Duration, withTags bool, log *slog.Logger) (*Directory, error) {
	kv, err := store.KV("members")
	if err != nil {
		return nil, fmt.Errorf("open members: %w", err)
	}
	return &Directory{client: client, kv: kv, prefix: app + "|", ttl: ttl, withTags: withTags, log: log}, nil
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
	v, err := d.once(ctx, key, func(ctx context.Context) (any, error) { return d.fetch(ctx, key, id) })
	if err != nil {
		return nil, err
	}
	return v.(*router.User), nil
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
	if d.withTags {
		// An app that may not read tags is one that has none: its members are still answered.
		if u.Tags, err = d.tagsOf(ctx, id, u.Departments); err != nil {
			d.log.Warn("tags are not known", "user", id, "err", err)
			return u, nil // not kept
		}
	}
	if b, err := json.Marshal(u); err == nil {
		_, _ = d.kv.Put(ctx, key, b, d.ttl) // a record that cannot be kept is fetched again
	}
	return u, nil
}

// Changed takes notice of a change_contact event (doc 90970): what it concerns is loaded anew.
func (d *Directory) Changed(ctx context.Context, m *message.Message) error {
	stale := []string{d.prefix + "|names"}
	switch {
	case strings.HasSuffix(m.ChangeType, "_party"):
		stale = append(stale, d.prefix+"|departments", d.prefix+"|department-names")
	case m.ChangeType == "update_tag":
		stale = append(stale, d.prefix+"|tags")
		for _, list := range []string{"AddUserItems", "DelUserItems"} {
			for id := range strings.SplitSeq(m.Field(list), ",") {
				stale = append(stale, d.prefix+strings.ToLower(strings.TrimSpace(id)))
			}
		}
	default:
		for _, id := range []string{m.Field("UserID"), m.Field("NewUserID")} {
			stale = append(stale, d.prefix+strings.ToLower(id))
		}
	}
	var errs []error
	for _, key := range stale {
		errs = append(errs, d.kv.Delete(ctx, key))
	}
	return errors.Join(errs...)
}
