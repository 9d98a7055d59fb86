package wecom_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/wecombot/wecombot/wecom"
)

// hub stands in for the platform as a suite sees it: the ticket makes the suite token, which makes a token per corp.
type hub struct {
	*httptest.Server
	mu     sync.Mutex
	suite  string            // token alive
	corps  map[string]string // token alive → corp
	counts map[string]int
}

func newHub(t *testing.T) *hub {
	h := &hub{corps: map[string]string{}, counts: map[string]int{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[r.URL.Path]++
	n := h.counts[r.URL.Path]
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch q := r.URL.Query(); r.URL.Path {
	case "/cgi-bin/service/get_suite_token":
		if body["suite_ticket"] != "t1cket" {
			fmt.Fprint(w, `{"errcode":40085,"errmsg":"invalid suite_ticket `+body["suite_ticket"]+`"}`)
			return
		}
		h.suite = fmt.Sprintf("suite-token-%d", n)
		fmt.Fprintf(w, `{"suite_access_token":%q,"expires_in":7200}`, h.suite)
	case "/cgi-bin/service/get_corp_token":
		if q.Get("suite_access_token") != h.suite {
			fmt.Fprint(w, `{"errcode":42009,"errmsg":"suite token expired"}`)
			return
		}
		if body["permanent_code"] != "c0de-"+body["auth_corpid"] {
			fmt.Fprint(w, `{"errcode":40084,"errmsg":"invalid permanent code `+body["permanent_code"]+`"}`)
			return
		}
		token := fmt.Sprintf("corp-token-%d", n)
		h.corps[token] = body["auth_corpid"]
		fmt.Fprintf(w, `{"access_token":%q,"expires_in":7200}`, token)
	case "/cgi-bin/user/get":
		corp, ok := h.corps[q.Get("access_token")]
		if !ok {
			fmt.Fprint(w, `{"errcode":40014,"errmsg":"invalid access_token"}`)
			return
		}
		fmt.Fprintf(w, `{"errcode":0,"userid":%q,"name":%q}`, q.Get("userid"), corp)
	}
}

func (h *hub) count(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts[path]
}

func (h *hub) revoke() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.suite = ""
	clear(h.corps)
}

type ticket string

func (k ticket) SuiteTicket(context.Context, string) (string, error) {
	if k == "" {
		return "", errors.New("no ticket yet")
	}
	return string(k), nil
}

func TestSuiteActsForItsCorps(t *testing.T) {
	t.Parallel()
	h, store := newHub(t), &memory{}
	suite, err := wecom.NewSuite("suite1", "s3cret", ticket("t1cket"), wecom.WithBaseURL(h.URL), wecom.WithTokenStore(store))
	if err != nil {
		t.Fatal(err)
	}
	defer suite.Close()
	get := func(corp string) {
		t.Helper()
		c, err := suite.Corp(corp, "c0de-"+corp)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := c.Users.Get(t.Context(), "zhangsan"); err != nil || u.Name != corp {
			t.Errorf("Get as %s = %v, %v", corp, u, err)
		}
	}
	get("ww1")
	get("ww2")
	get("ww1") // a new client finds the token in the store
	if n := h.count("/cgi-bin/service/get_suite_token"); n != 1 {
		t.Errorf("%d suite tokens, want 1", n)
	}
	if n := h.count("/cgi-bin/service/get_corp_token"); n != 2 {
		t.Errorf("%d corp tokens, want 2", n)
	}
	for key := range store.tokens {
		if strings.Contains(key, "c0de") || strings.Contains(key, "s3cret") {
			t.Errorf("cache key %q", key)
		}
	}

	h.revoke() // both tokens at once: the call renews its own, and that renews the suite's
	get("ww1")
	if n := h.count("/cgi-bin/service/get_suite_token"); n != 2 {
		t.Errorf("%d suite tokens, want 2", n)
	}
}

func TestSuiteErrors(t *testing.T) {
	t.Parallel()
	h, log := newHub(t), &logs{}
	open := func(tickets wecom.SuiteTickets) *wecom.Suite {
		s, err := wecom.NewSuite("suite1", "s3cret", tickets, wecom.WithBaseURL(h.URL), wecom.WithLogger(log.logger()), wecom.WithRetry(0))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	if _, err := open(ticket("")).Token(t.Context()); err == nil || !strings.Contains(err.Error(), "no ticket yet") {
		t.Errorf("without a ticket: %v", err)
	}
	_, err := open(ticket("0ld")).Token(t.Context())
	if !errors.Is(err, wecom.ErrInvalidSuiteTicket) {
		t.Errorf("with an old ticket: %v", err)
	}
	c, _ := open(ticket("t1cket")).Corp("ww1", "wr0ng")
	_, gone := c.Users.Get(t.Context(), "zhangsan")
	if !errors.Is(gone, wecom.ErrInvalidPermanent) {
		t.Errorf("of a corp that left: %v", gone)
	}
	for _, secret := range []string{"0ld", "wr0ng", "s3cret"} {
		if s := fmt.Sprint(err, gone, log); strings.Contains(s, secret) {
			t.Errorf("%q in %s", secret, s)
		}
	}
	if _, err := open(ticket("t1cket")).Corp("", "x"); err == nil {
		t.Error("Corp without an id was taken")
	}
}

func TestHandedOverTokenIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.tokens["handed-over"] = "s3cret"
	c, err := wecom.NewTokenClient("ww1", "handed-over", wecom.WithBaseURL(p.URL), wecom.WithTokenStore(&memory{err: errors.New("untouched")}))
	if err != nil {
		t.Fatal(err)
	}
	mustGet(t, c)
	p.revoke()
	if _, err := c.Users.Get(t.Context(), "zhangsan"); !errors.Is(err, wecom.ErrInvalidToken) {
		t.Errorf("Get = %v, want 40014", err)
	}
	wantCount(t, p, getToken, 0)
}
