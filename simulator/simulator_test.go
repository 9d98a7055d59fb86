package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// platform is a simulator with the demo company and one app.
type platform struct {
	*simulator.Server
	t   *testing.T
	app simulator.App
}

func newPlatform(t *testing.T, opts ...simulator.Option) *platform {
	t.Helper()
	srv := simulator.New(opts...)
	t.Cleanup(srv.Close)
	simulator.Demo(srv)
	return &platform{Server: srv, t: t, app: srv.AddApp(simulator.App{CorpID: "ww1", AgentID: 1000002, Name: "测试"})}
}

// answerer makes the body of the answer to a decrypted callback; "" is an empty 200.
type answerer func(c *callback) string

// callback is what the app under test received.
type callback struct {
	Plain   string
	Corp    string `xml:"ToUserName"`
	From    string `xml:"FromUserName"`
	Type    string `xml:"MsgType"`
	Content string `xml:"Content"`
	MsgID   string `xml:"MsgId"`
	Event   string `xml:"Event"`
	Key     string `xml:"EventKey"`
	Code    string `xml:"ResponseCode"`
	Task    string `xml:"TaskId"`
	N       int    `xml:"-"` // how many came before, and this one
}

// text is a passive text to the sender.
func (c *callback) text(content string) string {
	return c.passive("text", "<Content><![CDATA["+content+"]]></Content>")
}

func (c *callback) passive(msgType, rest string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[%s]]></MsgType>%s</xml>", c.From, c.Corp, time.Now().Unix(), msgType, rest)
}

// serve starts an app that answers every callback with answer, encrypted.
func (p *platform) serve(answer answerer) {
	var count atomic.Int64
	p.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
		plain, err := simulator.OpenForTest(p.app, r)
		if err != nil {
			p.t.Errorf("callback does not open: %v", err)
			return
		}
		c := &callback{Plain: plain, N: int(count.Add(1))}
		_ = xml.Unmarshal([]byte(plain), c) // hostile documents are tested by their Plain
		if body := answer(c); body != "" {
			fmt.Fprint(w, simulator.SealForTest(p.app, body))
		}
	})
}

func (p *platform) serveHTTP(h http.HandlerFunc) {
	app := httptest.NewServer(h)
	p.t.Cleanup(app.Close)
	p.SetCallbackURL(p.app, app.URL+"/callback/test?tenant=a")
}

// token fetches an access token.
func (p *platform) token() string {
	p.t.Helper()
	got := p.get("gettoken", url.Values{"corpid": {p.app.CorpID}, "corpsecret": {p.app.Secret}})
	s, _ := got["access_token"].(string)
	return s
}

func (p *platform) get(path string, q url.Values) map[string]any {
	p.t.Helper()
	res, err := http.Get(p.URL + "/cgi-bin/" + path + "?" + q.Encode())
	return p.read(res, err)
}

// post sends JSON with a token.
func (p *platform) post(path, body string) map[string]any {
	p.t.Helper()
	return p.postAs(p.token(), path, body)
}

func (p *platform) postAs(token, path, body string) map[string]any {
	p.t.Helper()
	res, err := http.Post(p.URL+"/cgi-bin/"+path+"?access_token="+url.QueryEscape(token), "application/json", strings.NewReader(body))
	return p.read(res, err)
}

func (p *platform) read(res *http.Response, err error) map[string]any {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		p.t.Fatalf("answer %q is not JSON: %v", raw, err)
	}
	return v
}

func code(v map[string]any) int { n, _ := v["errcode"].(float64); return int(n) }

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// clock is a time that tests move.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.now.Load()) }
func (c *clock) Advance(d time.Duration) { c.now.Add(int64(d)) }
