package wecom

import (
	"context"
	"errors"
	"net/url"
)

//go:generate go run ./internal/gen

// DefaultBaseURL is the platform's API host.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

// NewClient returns a client for one app's secret.
func NewClient(corpID, secret string, opts ...Option) (*Client, error) {
	if corpID == "" || secret == "" {
		return nil, errors.New("wecom: corp id and secret must not be empty")
	}
	core, err := newCore(DefaultBaseURL, opts, "corp", corpID)
	if err != nil {
		return nil, err
	}
	return newClient(bearer(core, corpSecret{corpID, secret}, map[string]string{"corp_id": corpID})), nil
}

// NewTokenClient returns a client for a token that was handed over, such as the one for migrating contacts that comes
// with a registration. It cannot be renewed.
func NewTokenClient(corpID, token string, opts ...Option) (*Client, error) {
	if token == "" {
		return nil, errors.New("wecom: token must not be empty")
	}
	core, err := newCore(DefaultBaseURL, opts, "corp", corpID)
	if err != nil {
		return nil, err
	}
	core.store = nil // it is not ours to keep
	return newClient(bearer(core, fixedToken(token), map[string]string{"corp_id": corpID})), nil
}

// Token returns the access token that calls carry, from the cache where it can.
//
//wecom:op GET /cgi-bin/gettoken 91039 97164
func (c *Client) Token(ctx context.Context) (string, error) { return c.conn.token.get(ctx) }

// Close stops a token renewal that runs in the background and waits for it. Calls in progress are their contexts' concern.
func (c *Client) Close() error {
	c.conn.core.close()
	return nil
}

// Do makes any API call: the access token is added to the query, body (nil, or anything encoding/json takes) is sent as
// literal UTF-8 JSON, the answer is decoded into out (nil: dropped). Errors are *Error (refused by the platform) or
// *TransportError (no usable answer); a body that cannot be encoded is a plain error.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	return c.conn.call(ctx, method, path, query, body, out)
}
