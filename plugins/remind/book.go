package remind

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wecombot/wecombot/internal/when"
	"github.com/wecombot/wecombot/storage"
)

// note is one reminder.
type note struct {
	User   string     `json:"user"`
	Number int        `json:"number"`
	Text   string     `json:"text"`
	At     time.Time  `json:"at"`             // the next time
	Every  when.Every `json:"every,omitzero"` // zero: once
	Key    string     `json:"key"`            // of the dialog that made it: made twice, it is one
}

// noteKey is where a member's reminder is kept.
func noteKey(user string, number int) string { return fmt.Sprintf("r/%s/%04d", user, number) }

func (n note) key() string { return noteKey(n.User, n.Number) }

// book is the reminders in the store.
type book struct{ kv storage.KV }

// all are the reminders of one member, or of everybody, by time.
func (b book) all(ctx context.Context, user string) ([]note, error) {
	prefix := "r/"
	if user != "" {
		prefix += user + "/"
	}
	var notes []note
	for e, err := range b.kv.Scan(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list reminders: %w", err)
		}
		var n note
		if err := json.Unmarshal(e.Value, &n); err != nil {
			return nil, fmt.Errorf("reminder %s: %w", e.Key, err)
		}
		notes = append(notes, n)
	}
	slices.SortFunc(notes, func(a, b note) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number)) })
	return notes, nil
}

func (b book) get(ctx context.Context, key string) (*note, error) {
	e, err := b.kv.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reminder %s: %w", key, err)
	}
	var n note
	if err := json.Unmarshal(e.Value, &n); err != nil {
		return nil, fmt.Errorf("reminder %s: %w", key, err)
	}
	return &n, nil
}

// add gives the reminder the member's lowest free number and returns it; 0 when he has too many.
func (b book) add(ctx context.Context, n note, most int) (int, error) {
	have, err := b.all(ctx, n.User)
	if err != nil {
		return 0, err
	}
	taken := map[int]bool{}
	for _, other := range have {
		if other.Key == n.Key {
			return other.Number, nil
		}
		taken[other.Number] = true
	}
	if len(have) >= most {
		return 0, nil
	}
	for n.Number = 1; ; n.Number++ {
		if taken[n.Number] {
			continue
		}
		value, err := json.Marshal(n)
		if err != nil {
			return 0, err
		}
		_, err = b.kv.Create(ctx, n.key(), value, 0)
		if err == nil {
			return n.Number, nil
		}
		if !errors.Is(err, storage.ErrExists) {
			return 0, fmt.Errorf("store reminder: %w", err)
		}
	}
}

func (b book) put(ctx context.Context, n note) error {
	value, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if _, err := b.kv.Put(ctx, n.key(), value, 0); err != nil {
		return fmt.Errorf("store reminder: %w", err)
	}
	return nil
}

func (b book) remove(ctx context.Context, key string) error {
	if err := b.kv.Delete(ctx, key); err != nil {
		return fmt.Errorf("drop reminder: %w", err)
	}
	return nil
}
