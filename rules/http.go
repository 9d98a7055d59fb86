package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/netguard"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/reply"
)

const (
	defaultCall = 10 * time.Second
	maxResponse = 1 << 20  // bytes of an answer
	maxText     = 16 << 10 // bytes of it that expressions see as response.text
)

// httpSpec is a call of a URL. Every text of it is a template.
type httpSpec struct {
	Where   strictyaml.Where
	URL     *strictyaml.Text          `yaml:"url,required" doc:"http or https; what is inserted is escaped; in the host only vars may be inserted"`
	Method  string                    `yaml:"method" enum:"GET|POST|PUT|PATCH|DELETE" doc:"default GET, with json POST"`
	Headers ordered[*strictyaml.Text] `yaml:"headers"`
	JSON    *tree                     `yaml:"json" doc:"the body; a text that is one {{ }} keeps its type"`
	Timeout time.Duration             `yaml:"timeout" default:"10s" min:"100ms" max:"5m"`
	Reply   *replySpec                `yaml:"reply" doc:"from the answer: response.status, response.json, response.text"`
	OnError *replySpec                `yaml:"on_error" doc:"when there is no answer, its status is 400 or more, or reply cannot be made of it; error says why"`
}

// responseNames are what expressions see after a call. error is "" when all went well.
func responseNames() map[string]any {
	return map[string]any{"response": map[string]any{"status": 0, "json": nil, "text": ""}, "error": ""}
}

// httpCall is a compiled httpSpec.
type httpCall struct {
	client  *http.Client
	url     link
	method  string
	headers []named[text]
	body    func(t *turn) any
	timeout time.Duration
}

func (c *compiler) http(spec *httpSpec, s *sight) step {
	call := &httpCall{client: c.client(), url: c.link(spec.URL, s), method: spec.Method, timeout: spec.Timeout}
	c.checkOrigin(spec.URL)
	for _, h := range spec.Headers {
		if !headerName.MatchString(h.name) {
			c.report(h.pos, "", "%q is not the name of a header", h.name)
		}
		call.headers = append(call.headers, named[text]{name: h.name, value: c.text(h.value, s)})
	}
	if spec.JSON != nil {
		call.body = c.json(spec.JSON, s)
	}
	if call.method == "" {
		call.method = http.MethodGet
		if call.body != nil {
			call.method = http.MethodPost
		}
	}
	return c.outcome(step{name: "http", effect: call.do}, spec.Reply, spec.OnError, s)
}

// client is one for all calls of the set, so that connections are shared; a reload keeps it.
func (c *compiler) client() *http.Client {
	if c.options.HTTP != nil {
		return &http.Client{Transport: c.options.HTTP}
	}
	if c.httpClient == nil {
		c.httpClient = netguard.Client(c.options.HTTPAllow)
	}
	return c.httpClient
}

var (
	headerName = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")
	inserted   = regexp.MustCompile(`\{\{(.*?)\}\}`)
	varsOnly   = regexp.MustCompile(`^\s*vars\.[\pL\pN_.]+\s*$`)
)

// checkOrigin refuses URLs whose host a message could choose.
func (c *compiler) checkOrigin(src *strictyaml.Text) {
	if src == nil {
		return
	}
	origin, _ := splitURL(src.Value)
	found := inserted.FindAllStringSubmatchIndex(src.Value[:origin], -1)
	for _, m := range found {
		if !varsOnly.MatchString(src.Value[m[2]:m[3]]) {
			c.report(src.Part(m[0], m[1]).Pos, "write the host, or {{ vars.NAME }}", "a message must not choose the host of a URL")
		}
	}
	if len(found) > 0 {
		return
	}
	if u, err := url.Parse(src.Value[:origin]); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.report(src.Pos, "write https://host/path", "url is not an http or https URL")
	} else if err := netguard.CheckURL(u, c.options.HTTPAllow); err != nil {
		c.report(src.Pos, "add it to http_allow in bot.yaml", "%s may not be called", u.Host)
	}
}

// callError is a call that gave no usable answer. Its text holds no query and no answer: they may be secret.
type callError struct {
	what  string
	cause error
}

func (e *callError) Error() string { return e.what }
func (e *callError) Unwrap() error { return e.cause }

// do makes the call. Its results are what expressions see as response.
func (h *httpCall) do(ctx context.Context, t *turn) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	r, err := h.request(ctx, t)
	if err != nil {
		return nil, err
	}
	resp, err := h.client.Do(r)
	if err != nil {
		return nil, &callError{reasonOf(err), err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	switch {
	case err != nil:
		return nil, &callError{reasonOf(err), err}
	case len(body) > maxResponse:
		return nil, &callError{what: "the answer is larger than 1 MiB"}
	}
	results := response(resp.StatusCode, body)
	if resp.StatusCode >= 400 {
		return results, &callError{what: fmt.Sprintf("status %d", resp.StatusCode)}
	}
	return results, nil
}

func (h *httpCall) request(ctx context.Context, t *turn) (*http.Request, error) {
	var body io.Reader
	if h.body != nil {
		raw, err := json.Marshal(h.body(t))
		if err != nil {
			return nil, fmt.Errorf("json: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	target := t.link(h.url)
	if t.err != nil {
		return nil, t.err
	}
	r, err := http.NewRequestWithContext(ctx, h.method, target, body)
	if err != nil {
		return nil, &callError{"not a URL", err}
	}
	r.Header.Set("User-Agent", "wecombot")
	if h.body != nil {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if h.method != http.MethodGet {
		r.Header.Set("Idempotency-Key", t.id("http")) // a message that is handled again after a crash calls again
	}
	for _, header := range h.headers {
		value := t.text(header.value)
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, &callError{what: "a line break in the header " + header.name}
		}
		r.Header.Set(header.name, value)
		if strings.EqualFold(header.name, "Host") {
			r.Host = value
		}
	}
	return r, t.err
}

// response is what expressions see of an answer.
func response(status int, body []byte) map[string]any {
	var parsed any
	if json.Unmarshal(body, &parsed) != nil {
		parsed = nil
	}
	text := strings.TrimSpace(strings.ToValidUTF8(string(body), "\ufffd"))
	if len(text) > maxText { // a page of HTML must not become hundreds of messages
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return map[string]any{"response": map[string]any{"status": status, "json": parsed, "text": text}, "error": ""}
}

// reasonOf names a failure for people, without the URL.
func reasonOf(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, netguard.ErrRefused):
		return err.Error()
	}
	return "no connection: " + err.Error()
}

// outcome adds to a call what is made of its results.
func (c *compiler) outcome(call step, ok, failed *replySpec, s *sight) step {
	after := s.with(c, "response", responseNames())
	var onOK, onError maker
	if ok != nil {
		onOK = c.reply(ok, after)
	}
	if failed != nil {
		onError = c.reply(failed, after)
		effect := call.effect
		call.effect = func(ctx context.Context, t *turn) (map[string]any, error) {
			results, err := effect(ctx, t)
			var call *callError
			if !errors.As(err, &call) {
				return results, err
			}
			if t.q.Log != nil {
				t.q.Log.WarnContext(ctx, "call failed", "route", t.q.Route, "err", err)
			}
			if results == nil {
				results = response(0, nil)
			}
			results["error"] = call.what
			return results, nil
		}
	}
	call.reply = func(t *turn) (r reply.Reply, stop bool) {
		if why, _ := t.extra["error"].(string); why != "" && onError != nil {
			return onError(t), true
		}
		if onOK == nil {
			return nil, false
		}
		r = onOK(t)
		if onError != nil && (t.err != nil || !renders(r)) {
			t.err = nil
			t.extra["error"] = "the answer is not what was expected"
			return onError(t), true
		}
		return r, false
	}
	return call
}

// renders reports whether a reply made of somebody's answer can be sent.
func renders(r reply.Reply) bool {
	if r == nil {
		return false
	}
	_, err := r.Units(reply.Options{})
	return err == nil
}
