package wecom

import (
	"context"
	"errors"
	"net/url"
)

// DefaultBaseURL is the platform's API host.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

// Client calls the platform's API as one app of one corp. Safe for concurrent use.
type Client struct {
	Users    *UsersService    // members (成员)
	Messages *MessagesService // app messages (应用消息)
	Media    *MediaService    // temporary media (临时素材)

	core  *core
	token *tokenSource
}

// NewClient returns a client for one app's secret.
func NewClient(corpID, secret string, opts ...Option) (*Client, error) {
	if corpID == "" || secret == "" {
		return nil, errors.New("wecom: corp id and secret must not be empty")
	}
	core, err := newCore(opts)
	if err != nil {
		return nil, err
	}
	core.log = core.log.With("corp", corpID)
	c := &Client{core: core, token: newTokenSource(core, corpSecret{corpID, secret})}
	c.Users = &UsersService{c}
	c.Messages = &MessagesService{c}
	c.Media = &MediaService{c}
	return c, nil
}

// Close stops a token renewal that runs in the background and waits for it. Calls in progress are their contexts' concern.
func (c *Client) Close() error {
	c.core.close()
	return nil
}

// Do makes any API call: the access token is added to the query, body (nil, or anything encoding/json takes) is sent as
// literal UTF-8 JSON, the answer is decoded into out (nil: dropped). Errors are *Error (refused by the platform) or
// *TransportError (no usable answer); a body that cannot be encoded is a plain error.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, out any) error {
	return c.core.json(ctx, &call{method: method, path: path, query: query, token: c.token}, body, out)
}
