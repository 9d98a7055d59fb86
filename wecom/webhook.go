package wecom

import "errors"

// Webhook pushes messages into one group chat (消息推送, formerly 群机器人). It needs no token, its key is the secret. Safe
// for concurrent use.
type Webhook struct{ conn *conn }

// NewWebhook returns a client for the key in a webhook's address.
func NewWebhook(key string, opts ...Option) (*Webhook, error) {
	if key == "" {
		return nil, errors.New("wecom: webhook key must not be empty")
	}
	core, err := newCore(DefaultBaseURL, opts, "webhook", fingerprint(key))
	if err != nil {
		return nil, err
	}
	return &Webhook{&conn{core: core, gate: newGate(), given: map[string]string{"key": key}, secrets: []string{key}}}, nil
}
