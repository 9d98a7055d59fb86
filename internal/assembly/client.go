package assembly

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// callTime is what one attempt of an API call may take.
const callTime = 10 * time.Second

// client makes an API client whose tokens outlive the process. wrap, if not nil, goes around its transport.
func (h Host) client(s Settings, secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
	tokens, err := Tokens(h.Store)
	if err != nil {
		return nil, err
	}
	opts := []wecom.Option{wecom.WithBaseURL(s.APIBase), wecom.WithLogger(h.Log), wecom.WithTokenStore(tokens)}
	transport := h.API
	if wrap != nil {
		transport = wrap(transport)
	}
	if transport != nil {
		opts = append(opts, wecom.WithHTTPClient(&http.Client{Transport: transport, Timeout: callTime}))
	}
	if secret == "" && s.Connect != nil {
		return s.Connect(opts...)
	}
	return wecom.NewClient(s.CorpID, secret, opts...)
}

// Tokens keeps access tokens in store.
func Tokens(store storage.Store) (wecom.TokenStore, error) {
	kv, err := store.KV("tokens")
	if err != nil {
		return nil, fmt.Errorf("open tokens: %w", err)
	}
	return tokenStore{kv}, nil
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
