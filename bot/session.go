package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// session is one member's small state with one app: a JSON object under one key.
type session struct {
	kv     storage.KV
	key    string
	ttl    time.Duration
	cached map[string]any // of this run; runs of a conversation take turns, so nobody else writes meanwhile
}

func (b *Bot) session(app, user string) *session {
	return &session{kv: b.sessions, key: app + "|" + strings.ToLower(user), ttl: b.sessionTTL}
}

// All implements router.Session.
func (s *session) All(ctx context.Context) (map[string]any, error) {
	if s.cached == nil {
		m, _, err := s.load(ctx)
		if err != nil {
			return nil, err
		}
		s.cached = m
	}
	return s.cached, nil
}

func (s *session) load(ctx context.Context) (map[string]any, uint64, error) {
	e, err := s.kv.Get(ctx, s.key)
	if errors.Is(err, storage.ErrNotFound) {
		return map[string]any{}, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("load session: %w", err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(e.Value, &m); err != nil {
		return nil, 0, fmt.Errorf("load session: %w", err)
	}
	return m, e.Rev, nil
}

// Set implements router.Session. Another machine may write the same session, so the write is tied to what was read.
func (s *session) Set(ctx context.Context, values map[string]any) error {
	for range 5 {
		m, rev, err := s.load(ctx)
		if err != nil {
			return err
		}
		maps.Copy(m, values)
		maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
		b, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		if rev == 0 {
			_, err = s.kv.Create(ctx, s.key, b, s.ttl)
		} else {
			_, err = s.kv.Update(ctx, s.key, b, s.ttl, rev)
		}
		if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		s.cached = m
		return nil
	}
	return fmt.Errorf("store session: %w", storage.ErrConflict)
}
