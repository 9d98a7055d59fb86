package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/weblogin"
	"github.com/wecombot/wecombot/wecom"
)

func TestThePageKnowsWhoReadsIt(t *testing.T) {
	t.Parallel()
	sim := simulator.New()
	defer sim.Close()
	simulator.Demo(sim)
	app := sim.AddApp(simulator.App{})
	sim.SetVisitor("wangwu")
	client, err := wecom.NewClient(app.CorpID, app.Secret, wecom.WithBaseURL(sim.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	mux := http.NewServeMux()
	site := httptest.NewServer(mux)
	defer site.Close()
	login, err := weblogin.New(client, app.AgentID, site.URL, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", pages(login))

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	res, err := browser.Get(site.URL + "/report")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(body), "你好，wangwu") {
		t.Errorf("the page says %q, %v", body, err)
	}
	if n := len(sim.CallsTo("auth/getuserinfo")); n != 1 {
		t.Errorf("the platform was asked %d times who it is, want once", n)
	}
	again, err := browser.Get(site.URL + "/report")
	if err != nil {
		t.Fatal(err)
	}
	again.Body.Close()
	if n := len(sim.CallsTo("auth/getuserinfo")); n != 1 {
		t.Errorf("asked again for the second page: %d times", n)
	}
}
