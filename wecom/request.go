package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
)

// Request is a call as a value, for programs that learn only at run time what they call: botd api, gateways.
type Request struct {
	Method, Path string
	Query        url.Values
	Body         any   // sent as JSON; nil: none
	File         *File // uploaded instead of a Body
}

// Open makes any call of the API and returns its answer as it comes, JSON or a file. Retries, tokens and errors are those
// of every call; nothing but the context bounds its time. The caller closes the answer.
func (c *Client) Open(ctx context.Context, r *Request) (*Download, error) { return c.conn.open(ctx, r) }

// Open makes any call that carries the suite's token. See Client.Open.
func (s *Suite) Open(ctx context.Context, r *Request) (*Download, error) { return s.conn.open(ctx, r) }

// Open makes any call that carries the provider's token. See Client.Open.
func (p *Provider) Open(ctx context.Context, r *Request) (*Download, error) {
	return p.conn.open(ctx, r)
}

// Open makes any call that carries the webhook's key. See Client.Open.
func (w *Webhook) Open(ctx context.Context, r *Request) (*Download, error) {
	keyed := *r
	keyed.Query = maps.Clone(r.Query)
	if keyed.Query == nil {
		keyed.Query = url.Values{}
	}
	keyed.Query.Set("key", w.conn.given["key"])
	return w.conn.open(ctx, &keyed)
}

func (c *conn) open(ctx context.Context, r *Request) (*Download, error) {
	op := c.operation(r.Method, r.Path, r.Query)
	if r.Path == pathLoginInfo {
		op.param = "access_token"
	}
	switch {
	case r.File != nil:
		op.body = r.File.payload()
	case r.Body != nil:
		p, err := jsonPayload(r.Body)
		if err != nil {
			return nil, wrapOp(op, err)
		}
		op.body = p
	}
	return c.core.open(ctx, op)
}

func (c *core) open(ctx context.Context, r *call) (*Download, error) {
	r.stream = true
	var d *Download
	err := c.do(ctx, r, func(resp *http.Response) error {
		// A file of JSON comes with a disposition, an error without one (doc 90254).
		_, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
		if resp.StatusCode < 400 && (params != nil || !isJSON(resp)) {
			d = &Download{Body: resp.Body, Name: params["filename"], ContentType: mediaType(resp), Size: resp.ContentLength}
			return nil
		}
		defer resp.Body.Close()
		var raw json.RawMessage
		if err := c.readJSON(r, resp, &raw); err != nil {
			return err
		}
		d = &Download{Body: io.NopCloser(bytes.NewReader(raw)), ContentType: "application/json", Size: int64(len(raw)), JSON: true}
		return nil
	})
	return d, err
}
