package rules

import (
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// link is a URL template in the parts that are escaped differently.
type link struct {
	origin text // up to the path: inserted values stand as they are
	path   text // inserted values are one segment each
	query  text // from "?" or "#" on: inserted values are one parameter each
}

// link compiles a URL; the zero link is no URL.
func (c *compiler) link(src *strictyaml.Text, s *sight) link {
	if src == nil {
		return link{}
	}
	path, query := splitURL(src.Value)
	part := func(i, j int) text {
		t := src.Part(i, j)
		return c.text(&t, s)
	}
	return link{part(0, path), part(path, query), part(query, len(src.Value))}
}

// splitURL finds where the path and where the query of a URL template begin.
func splitURL(s string) (path, query int) {
	begin := 0
	if scheme, _, ok := strings.Cut(s, "://"); ok && !strings.Contains(scheme, "{{") {
		begin = len(scheme) + len("://")
	}
	path, query = len(s), len(s)
	for i := begin; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{"):
			if end := strings.Index(s[i:], "}}"); end > 0 {
				i += end + 1
			}
		case s[i] == '/' && path == len(s):
			path = i
		case s[i] == '?' || s[i] == '#':
			return min(path, i), i
		}
	}
	return path, query
}

// link renders a URL. A value cannot leave its place in it: neither its segment nor its parameter.
func (t *turn) link(l link) string {
	path := t.escaped(l.path, url.PathEscape)
	for segment := range strings.SplitSeq(path, "/") {
		if plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", "."); plain == "." || plain == ".." {
			t.fail(fmt.Errorf("a value makes %q a part of the URL's path", plain))
		}
	}
	return t.text(l.origin) + path + t.escaped(l.query, url.QueryEscape)
}

func escapeHTML(s string) string { return html.EscapeString(s) }
