package simulator_test

import (
	"net/http"
	"strings"
	"testing"
)

// What the specification says is checked of calls that have no checks of their own, with the codes of doc 90313.
func TestCallsAreCheckedByTheSpecification(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, tt := range []struct {
		path, body string
		want       int
	}{
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":1,"endtime":2,"useridlist":["lisi"]}`, 0},
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":1,"endtime":2,"useridlist":["lisi"],"new":1}`, 0},
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":1,"endtime":2}`, 40058},
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":1,"endtime":2,"useridlist":"lisi"}`, 40035},
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":"1","endtime":2,"useridlist":["lisi"]}`, 40058},
		{"checkin/getcheckindata", `{"opencheckindatatype":1`, 40058},
		{"checkin/getcheckindata", `{"opencheckindatatype":1,"starttime":1,"endtime":2,"useridlist":["\u4e2d"]}`, 40033},
		{"tag/create", `{}`, 40058},
		{"tag/create", `{"tagname":""}`, 40063},
		{"tag/update", `{"tagname":"x"}`, 41017},
		{"oa/vacation/getuservacationquota", `{}`, 41009},
		{"agent/get_workbench_template", `{}`, 41011},
		{"agent/get_workbench_template", `{"agentid":7}`, 301002},
		{"media/upload_attachment", `{}`, 40058},
	} {
		if got := p.post(tt.path, tt.body); code(got) != tt.want {
			t.Errorf("%s %s = %v, want %d", tt.path, tt.body, got, tt.want)
		}
	}
	if got := p.read(http.Get(p.URL + "/cgi-bin/tag/create?access_token=" + p.token())); code(got) != 40058 {
		t.Errorf("GET for POST = %v, want 40058", got)
	}
	if got := p.read(http.Get(p.URL + "/cgi-bin/corp/get_join_qrcode")); code(got) != 41001 {
		t.Errorf("no token = %v, want 41001", got)
	}
	res, err := http.Get(p.URL + "/cgi-bin/no/such/path")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown path: %s, want 404", res.Status)
	}
}

func TestAnswerPanicsAtMistakes(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for name, f := range map[string]func(){
		"unknown path": func() { p.Answer("no/such/path", "{}") },
		"no JSON":      func() { p.Answer("checkin/getcheckindata", "{") },
		"no object":    func() { p.Answer("checkin/getcheckindata", "[]") },
	} {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(v.(string), "simulator: ") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			f()
		}()
	}
	p.Answer("/cgi-bin/user/get", `{"userid":"prepared"}`)
	if got := p.list("user/get", "userid=anybody"); got["userid"] != "prepared" {
		t.Errorf("an answer in place of one with state: %v", got)
	}
}

// The pages of the platform say what is wrong instead of leading back.
func TestLoginPagesRefuse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddApp(p.app)
	good := "appid=ww1&agentid=1000002&redirect_uri=http://127.0.0.1/x"
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for link, want := range map[string]int{
		"/connect/oauth2/authorize?response_type=code&scope=snsapi_base&" + good:                                 302,
		"/connect/oauth2/authorize?response_type=token&scope=snsapi_base&" + good:                                400,
		"/connect/oauth2/authorize?response_type=code&scope=all&" + good:                                         400,
		"/connect/oauth2/authorize?response_type=code&scope=snsapi_base&state=a-b&" + good:                       400,
		"/connect/oauth2/authorize?response_type=code&scope=snsapi_privateinfo&appid=ww1&redirect_uri=http://a/": 400,
		"/connect/oauth2/authorize?response_type=code&scope=snsapi_base&appid=ww9&redirect_uri=http://a/":        400,
		"/connect/oauth2/authorize?response_type=code&scope=snsapi_base&appid=ww1&redirect_uri=javascript:x":     400,
		"/wwlogin/sso/login?login_type=CorpApp&" + good:                                                          302,
		"/wwlogin/sso/login?login_type=Other&" + good:                                                            400,
		"/wwopen/sso/qrConnect?" + good:                                                                          302,
		"/wwopen/sso/qrConnect?appid=ww1&agentid=7&redirect_uri=http://127.0.0.1/x":                              400,
	} {
		res, err := browser.Get(p.URL + link)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %s, want %d", link, res.Status, want)
		}
	}
	if got := p.post("agent/set", `{"agentid":1000002,"redirect_domain":"app.example.com"}`); code(got) != 0 {
		t.Fatal(got)
	}
	for to, want := range map[string]int{"https://app.example.com/x": 302, "https://evil.example.com/": 400, "https://app.example.com.evil.example/": 400} {
		res, err := browser.Get(p.URL + "/wwopen/sso/qrConnect?appid=ww1&agentid=1000002&redirect_uri=" + to)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("back to %s: %s, want %d", to, res.Status, want)
		}
	}
}
