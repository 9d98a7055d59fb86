package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// provider is a suite on a platform with the demo company, and a server for its callbacks.
type provider struct {
	*platform
	suite  simulator.Suite
	answer func(n int) string // of the n-th callback
	heard  []string           // plaintexts
}

func newProvider(t *testing.T, opts ...simulator.Option) *provider {
	t.Helper()
	p := &provider{platform: newPlatform(t, opts...), answer: func(int) string { return "success" }}
	p.suite = p.AddSuite(simulator.Suite{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		as := simulator.App{Token: p.suite.Token, EncodingAESKey: p.suite.EncodingAESKey, CorpID: p.suite.ID}
		if r.Method == http.MethodGet {
			as.CorpID = p.suite.ProviderCorpID
		}
		plain, err := simulator.OpenForTest(as, r)
		if err != nil {
			t.Errorf("callback: %v", err)
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, plain)
			return
		}
		p.heard = append(p.heard, plain)
		_, _ = io.WriteString(w, p.answer(len(p.heard)))
	}))
	t.Cleanup(srv.Close)
	p.SetSuiteURLs(p.suite.ID, srv.URL, srv.URL)
	return p
}

// said is an element of what the suite heard last.
func (p *provider) said(name string) string {
	p.t.Helper()
	if len(p.heard) == 0 {
		p.t.Fatal("the suite heard nothing")
	}
	_, rest, _ := strings.Cut(p.heard[len(p.heard)-1], "<"+name+"><![CDATA[")
	value, _, _ := strings.Cut(rest, "]]>")
	return value
}

// call posts a body with any token in the query, "suite_access_token=x".
func (p *provider) call(path, token string, body map[string]any) map[string]any {
	p.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.read(http.Post(p.URL+"/cgi-bin/"+path+"?"+token, "application/json", strings.NewReader(string(b))))
}

func (p *provider) suiteToken() map[string]any {
	return p.call("service/get_suite_token", "", map[string]any{"suite_id": p.suite.ID, "suite_secret": p.suite.Secret, "suite_ticket": p.said("SuiteTicket")})
}

func TestSuiteTokens(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newProvider(t, simulator.WithClock(now.Now))
	ask := func(id, secret, ticket string) int {
		return code(p.call("service/get_suite_token", "", map[string]any{"suite_id": id, "suite_secret": secret, "suite_ticket": ticket}))
	}
	if d := p.PushTicket(t.Context(), p.suite.ID); !d.Received || p.said("InfoType") != "suite_ticket" || p.said("SuiteId") != p.suite.ID {
		t.Fatalf("the ticket: %+v, %v", d, p.heard)
	}
	first := p.said("SuiteTicket")
	now.Advance(20 * time.Minute)
	p.PushTicket(t.Context(), p.suite.ID)
	for _, tt := range []struct {
		name, id, secret, ticket string
		want                     int
	}{
		{"fine", p.suite.ID, p.suite.Secret, p.said("SuiteTicket"), 0},
		{"the ticket before", p.suite.ID, p.suite.Secret, first, 0},
		{"no suite", "ww9", p.suite.Secret, first, 40083},
		{"wrong secret", p.suite.ID, "x", first, 40080},
		{"wrong ticket", p.suite.ID, p.suite.Secret, "x", 40085},
		{"empty ticket", p.suite.ID, p.suite.Secret, "", 40063},
	} {
		if got := ask(tt.id, tt.secret, tt.ticket); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	now.Advance(11 * time.Minute)
	if got := ask(p.suite.ID, p.suite.Secret, first); got != 40085 {
		t.Errorf("a ticket of 31 minutes: %d, want 40085", got)
	}
	token := p.suiteToken()["suite_access_token"]
	for name, tt := range map[string]struct {
		path, token string
		want        int
	}{
		"none":                                 {"service/v2/get_auth_info", "", 41022},
		"mangled":                              {"service/v2/get_auth_info", "suite_access_token=x", 40082},
		"a corp's where a suite's must be":     {"service/v2/get_auth_info", "suite_access_token=" + p.token(), 40082},
		"a suite's where a corp's must be":     {"user/list_id", "access_token=" + fmt.Sprint(token), 40014},
		"a suite's where a provider's must be": {"service/corpid_to_opencorpid", "provider_access_token=" + fmt.Sprint(token), 40014},
	} {
		if got := p.call(tt.path, tt.token, map[string]any{}); code(got) != tt.want {
			t.Errorf("token %s: %v, want %d", name, got, tt.want)
		}
	}
	now.Advance(3 * time.Hour)
	if got := p.call("service/v2/get_auth_info", "suite_access_token="+fmt.Sprint(token), map[string]any{}); code(got) != 42009 {
		t.Errorf("an old token: %v, want 42009", got)
	}
}

func TestSuiteEventsWantSuccess(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer = func(n int) string { return []string{"", "ok", "success"}[n-1] }
	if d := p.PushTicket(t.Context(), p.suite.ID); !d.Received || len(d.Attempts) != 3 || d.Attempts[0].Err == "" {
		t.Errorf("attempts: %+v", d.Attempts)
	}
	p.heard, p.answer = nil, func(int) string { return "" }
	if d := p.PushTicket(t.Context(), p.suite.ID); d.Received || len(d.Attempts) != 3 {
		t.Errorf("never answered with success: %+v", d)
	}
	if err := p.VerifySuite(t.Context(), p.suite.ID); err != nil {
		t.Error(err)
	}
}

func TestSuiteAtACorp(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	ctx := t.Context()
	p.PushTicket(ctx, p.suite.ID)
	token := "suite_access_token=" + fmt.Sprint(p.suiteToken()["suite_access_token"])
	p.Install(ctx, p.suite.ID, "ww1")
	app, ok := p.Installed(p.suite.ID, "ww1")
	if !ok || app.AgentID == p.app.AgentID || p.said("InfoType") != "create_auth" {
		t.Fatalf("installed %+v, %v", app, p.heard)
	}
	exchange := func(auth string) map[string]any {
		return p.call("service/v2/get_permanent_code", token, map[string]any{"auth_code": auth})
	}
	auth := p.said("AuthCode")
	got := exchange(auth)
	permanent := fmt.Sprint(got["permanent_code"])
	if code(got) != 0 || got["auth_corp_info"].(map[string]any)["corpid"] != "ww1" {
		t.Fatalf("permanent code: %v", got)
	}
	if again := exchange(auth); code(again) != 40078 {
		t.Errorf("the authorisation a second time: %v, want 40078", again)
	}
	corp := map[string]any{"auth_corpid": "ww1", "permanent_code": permanent}
	info := p.call("service/v2/get_auth_info", token, corp)
	agents := info["auth_info"].(map[string]any)["agent"].([]any)
	if id := agents[0].(map[string]any)["agentid"]; id != float64(app.AgentID) {
		t.Errorf("agent %v, want %d", id, app.AgentID)
	}
	access := "access_token=" + fmt.Sprint(p.call("service/get_corp_token", token, corp)["access_token"])
	sent := p.call("message/send", access, map[string]any{"touser": "lisi", "agentid": app.AgentID, "msgtype": "text", "text": map[string]any{"content": "嗨"}})
	if seen := p.Inbox("lisi"); code(sent) != 0 || len(seen) != 1 || seen[0].AgentID != app.AgentID {
		t.Errorf("message as the corp's app: %v, %+v", sent, seen)
	}

	p.ResetPermanentCode(ctx, p.suite.ID, "ww1")
	if got := p.call("service/get_corp_token", token, corp); code(got) != 40084 {
		t.Errorf("the code that was reset: %v, want 40084", got)
	}
	corp["permanent_code"] = exchange(p.said("AuthCode"))["permanent_code"]
	access = "access_token=" + fmt.Sprint(p.call("service/get_corp_token", token, corp)["access_token"])

	p.CancelAuth(ctx, p.suite.ID, "ww1")
	if p.said("InfoType") != "cancel_auth" || p.said("AuthCorpId") != "ww1" {
		t.Errorf("heard %s", p.heard[len(p.heard)-1])
	}
	if got := p.call("service/get_corp_token", token, corp); code(got) != 40084 {
		t.Errorf("the permanent code after the end: %v, want 40084", got)
	}
	if got := p.call("message/send", access, map[string]any{}); code(got) != 40014 {
		t.Errorf("the token after the end: %v, want 40014", got)
	}
	if _, ok := p.Installed(p.suite.ID, "ww1"); ok || len(p.Apps()) != 1 {
		t.Errorf("apps left: %+v", p.Apps())
	}
	for _, c := range p.Calls() {
		for _, secret := range []string{permanent, p.suite.Secret, auth} {
			if strings.Contains(c.Body+c.Answer+c.Query, secret) {
				t.Errorf("%s: a secret in the record: %+v", c.Path, c)
			}
		}
	}
}

func TestInstallPage(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.PushTicket(t.Context(), p.suite.ID)
	token := "suite_access_token=" + fmt.Sprint(p.suiteToken()["suite_access_token"])
	pre := fmt.Sprint(p.read(http.Get(p.URL + "/cgi-bin/service/get_pre_auth_code?" + token))["pre_auth_code"])
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	open := func(code string) (status int, back *url.URL) {
		res, err := browser.Get(p.URL + "/3rdapp/install?suite_id=" + p.suite.ID + "&state=s7&redirect_uri=http://provider.example/done&pre_auth_code=" + code)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		back, _ = res.Location()
		return res.StatusCode, back
	}
	status, back := open(pre)
	if back == nil || back.Host != "provider.example" || back.Query().Get("auth_code") == "" || back.Query().Get("state") != "s7" {
		t.Fatalf("%d, to %v", status, back)
	}
	if err := p.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.said("AuthCode") != back.Query().Get("auth_code") || p.said("State") != "s7" {
		t.Errorf("the suite heard %s", p.heard[len(p.heard)-1])
	}
	if status, _ := open(pre); status != http.StatusBadRequest {
		t.Errorf("the code a second time: %d, want 400", status)
	}
}

func TestSuitesHearOfTheAddressBook(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.Install(t.Context(), p.suite.ID, "ww1")
	sync := p.AddApp(simulator.App{CorpID: "ww1", ContactSync: true})
	access := fmt.Sprint(p.read(http.Get(p.URL + "/cgi-bin/gettoken?corpid=ww1&corpsecret=" + sync.Secret))["access_token"])
	if got := p.postAs(access, "department/create", `{"name":"新部门","parentid":1}`); code(got) != 0 {
		t.Fatal(got)
	}
	if err := p.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.said("InfoType") != "change_contact" || p.said("ChangeType") != "create_party" || p.said("AuthCorpId") != "ww1" {
		t.Errorf("heard %s", p.heard[len(p.heard)-1])
	}
}
