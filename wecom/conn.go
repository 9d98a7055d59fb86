package wecom

import (
	"context"
	"iter"
	"net/url"
)

// conn is what the services of one credential call through.
type conn struct {
	core  *core
	gate  *gate
	token *tokenSource      // nil: the credential stands in the query
	given map[string]string // parameters that follow from the credential, by the names of wecom/spec

	anonymous bool     // calls do not carry the token
	secrets   []string // that stand in a query and must not stand in an error
}

// call makes a call with JSON both ways. A query that holds a token of its own is left alone.
func (c *conn) call(ctx context.Context, method, path string, query url.Values, body, out any) error {
	return c.core.json(ctx, c.operation(method, path, query), body, out)
}

func (c *conn) upload(ctx context.Context, path string, query url.Values, f *File, out any) error {
	return c.core.upload(ctx, c.operation("POST", path, query), f, out)
}

func (c *conn) download(ctx context.Context, method, path string, query url.Values) (*Download, error) {
	return c.core.download(ctx, c.operation(method, path, query))
}

func (c *conn) operation(method, path string, query url.Values) *call {
	r := &call{method: method, path: path, query: query, gate: c.gate, token: c.token, secrets: c.secrets}
	if own := query.Get("access_token"); own != "" {
		r.secrets = append([]string{own}, c.secrets...)
	}
	if c.anonymous || query.Has("access_token") {
		r.token = nil
	}
	return r
}

// link builds a URL for a browser. Where the API is not the platform's, the page is not either.
func (c *conn) link(host, path string, query url.Values, fragment string) string {
	if c.core.custom {
		host = c.core.base
	}
	link := host + path + "?" + query.Encode()
	if fragment != "" {
		link += "#" + fragment
	}
	return link
}

// bearer returns a conn whose calls carry the credential's token, which is asked for without one.
func bearer(c *core, cred credential, given map[string]string) *conn {
	g := newGate()
	return &conn{core: c, gate: g, token: newTokenSource(&conn{core: c, gate: g}, cred), given: given}
}

// pages follows a list from its first page until there is no next one. A page that names itself as the next ends it
// too: otherwise a mistake of the platform would never end.
func pages[T any, C comparable](first C, fetch func(page C) (items []T, next C, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var end C
		for page := first; ; {
			items, next, err := fetch(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == end || next == page {
				return
			}
			page = next
		}
	}
}
