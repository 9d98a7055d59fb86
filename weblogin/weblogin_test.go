package weblogin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wecombot/wecombot/internal/testclock"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/weblogin"
	"github.com/wecombot/wecombot/wecom"
)

const inWeCom = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 wxwork/4.1.30 MicroMessenger/7.0.1"

// site is an application behind a login, and the platform it asks.
type site struct {
	t     *testing.T
	sim   *simulator.Server
	app   simulator.App
	http  *httptest.Server
	login *weblogin.Login
	clock *testclock.Clock
	inner http.Handler
}

func newSite(t *testing.T, tls bool, opts ...weblogin.Option) *site {
	t.Helper()
	s := &site{t: t, clock: testclock.At(time.Now())}
	s.sim = simulator.New(simulator.WithClock(s.clock.Now))
	t.Cleanup(s.sim.Close)
	simulator.Demo(s.sim)
	s.app = s.sim.AddApp(simulator.App{})
	s.sim.AddMember(simulator.Member{UserID: "lisi", Name: "李四", Mobile: "13800000000", Email: "lisi@example.com"})
	serve := httptest.NewServer
	if tls {
		serve = httptest.NewTLSServer
	}
	s.http = serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.inner.ServeHTTP(w, r) }))
	t.Cleanup(s.http.Close)
	client, err := wecom.NewClient(s.app.CorpID, s.app.Secret, wecom.WithBaseURL(s.sim.URL), wecom.WithRetry(0), wecom.WithClock(s.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	s.login, err = weblogin.New(client, s.app.AgentID, s.http.URL, []byte(strings.Repeat("k", 32)), append(opts, weblogin.WithClock(s.clock.Now))...)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/login/", s.login.Handler())
	mux.Handle("/open", s.login.Optional(http.HandlerFunc(greet)))
	mux.Handle("/", s.login.Require(http.HandlerFunc(greet)))
	s.inner = mux
	return s
}

func greet(w http.ResponseWriter, r *http.Request) {
	u, ok := weblogin.UserFrom(r.Context())
	if !ok {
		fmt.Fprint(w, "hello stranger")
		return
	}
	mobile := ""
	if u.Detail != nil {
		mobile = " " + u.Detail.Mobile
	}
	fmt.Fprintf(w, "hello %s%s at %s", u.UserID, mobile, r.RequestURI)
}

// browser keeps cookies and follows redirects; it notes where it went.
type browser struct {
	t     *testing.T
	http  *http.Client
	agent string
	went  []string
}

func (s *site) browser(agent string) *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &browser{t: s.t, agent: agent}
	b.http = &http.Client{Jar: jar, Transport: s.http.Client().Transport, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		b.went = append(b.went, r.URL.String())
		return nil
	}}
	return b
}

func (b *browser) do(method, address string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("User-Agent", b.agent)
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (b *browser) get(address string) (int, string) { b.t.Helper(); return b.do("GET", address) }

// fetched is the status of a request without cookies, with one header.
func (s *site) fetched(method, path, header, value string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set(header, value)
	res, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// callback is the link that the platform sent the browser back with.
func (b *browser) callback() string {
	b.t.Helper()
	for _, u := range b.went {
		if strings.Contains(u, "/login/callback?") {
			return u
		}
	}
	b.t.Fatalf("never came back: %v", b.went)
	return ""
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, agent, via string
		tls              bool
	}{
		{"by QR code", "Mozilla/5.0 Firefox/140.0", "/wwlogin/sso/login?", false},
		{"in the client", inWeCom, "/connect/oauth2/authorize?", false},
		{"in WeChat", "MicroMessenger/8.0", "/connect/oauth2/authorize?", false},
		{"https", "Mozilla/5.0 Firefox/140.0", "/wwlogin/sso/login?", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, tt.tls)
			s.sim.SetVisitor("lisi")
			b := s.browser(tt.agent)
			status, body := b.get(s.http.URL + "/orders/7?a=b%2Fc&d")
			if status != 200 || body != "hello lisi at /orders/7?a=b%2Fc&d" {
				t.Fatalf("after the login: %d %q; went %v", status, body, b.went)
			}
			if !strings.Contains(strings.Join(b.went, " "), s.sim.URL+tt.via) {
				t.Errorf("went %v, want by %s", b.went, tt.via)
			}
			b.went = nil
			if _, body := b.get(s.http.URL + "/again"); body != "hello lisi at /again" || len(b.went) > 0 {
				t.Errorf("the second page: %q after %v", body, b.went)
			}
		})
	}
}

func TestLogoutEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.browser(inWeCom)
	b.get(s.http.URL + "/")
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if status, _ := b.do("POST", s.http.URL+"/login/logout"); status != http.StatusSeeOther {
		t.Fatalf("logout: %d", status)
	}
	if _, body := b.get(s.http.URL + "/open"); body != "hello stranger" {
		t.Errorf("after the logout: %q", body)
	}
	if status := s.fetched("POST", "/login/logout", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("logout from another site: %d, want 403", status)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		s := newSite(t, tls)
		b := s.browser(inWeCom)
		var set []*http.Cookie
		b.http.Transport = recorder{b.http.Transport, &set}
		b.get(s.http.URL + "/")
		if len(set) != 3 { // begun, taken away, session
			t.Fatalf("%d cookies: %v", len(set), set)
		}
		for _, c := range set {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != tls {
				t.Errorf("https %v: cookie %v", tls, c)
			}
			if strings.HasPrefix(c.Name, "__Host-") != tls {
				t.Errorf("https %v: cookie is named %s", tls, c.Name)
			}
		}
		if set[0].MaxAge != 600 || set[1].MaxAge >= 0 || set[1].Name != set[0].Name || set[2].MaxAge != 12*3600 {
			t.Errorf("lives: %v", set)
		}
	}
}

type recorder struct {
	http.RoundTripper
	set *[]*http.Cookie
}

func (r recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	res, err := r.RoundTripper.RoundTrip(q)
	if err == nil {
		*r.set = append(*r.set, res.Cookies()...)
	}
	return res, err
}

func TestDetail(t *testing.T) {
	t.Parallel()
	s := newSite(t, false, weblogin.WithDetail())
	s.sim.SetVisitor("lisi")
	if _, body := s.browser(inWeCom).get(s.http.URL + "/"); body != "hello lisi 13800000000 at /" {
		t.Errorf("in the client: %q", body)
	}
	if _, body := s.browser("Firefox").get(s.http.URL + "/"); body != "hello lisi at /" {
		t.Errorf("by QR code, which tells no more than who it is: %q", body)
	}
}

// A login's link is of no use a second time, in another browser, without its cookie, or late.
func TestForeignLogins(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	s.sim.SetVisitor("lisi")
	victim := s.browser(inWeCom)
	victim.get(s.http.URL + "/")
	link := victim.callback()

	t.Run("a used link in another browser", func(t *testing.T) {
		other := s.browser(inWeCom)
		if status, body := other.get(link); status != 400 || !strings.Contains(body, "登录链接已失效") {
			t.Errorf("%d %q", status, body)
		}
		if _, body := other.get(s.http.URL + "/open"); body != "hello stranger" {
			t.Errorf("logged in: %q", body)
		}
	})
	t.Run("an attacker's unused link", func(t *testing.T) { // login CSRF
		attacker := s.browser(inWeCom)
		attacker.http.CheckRedirect = stopAt(attacker, "/login/callback")
		attacker.get(s.http.URL + "/")
		unused := attacker.callback()
		other := s.browser(inWeCom)
		if status, _ := other.get(unused); status != 400 {
			t.Errorf("taken: %d", status)
		}
		// Neither is his code in a login that the victim began.
		other.http.CheckRedirect = stopAt(other, "/login/callback")
		other.get(s.http.URL + "/")
		own, _ := url.Parse(other.callback())
		theirs, _ := url.Parse(unused)
		q := theirs.Query()
		q.Set("state", own.Query().Get("state")[:12]+strings.Repeat("0", 52))
		theirs.RawQuery = q.Encode()
		if status, _ := other.get(theirs.String()); status != 400 {
			t.Errorf("a state that only looks like the browser's: %d", status)
		}
	})
	t.Run("the same browser again", func(t *testing.T) {
		if status, body := victim.get(link); status != 200 || body != "hello lisi at /" {
			t.Errorf("who is logged in is led on: %d %q", status, body)
		}
	})
	t.Run("late", func(t *testing.T) {
		late := s.browser(inWeCom)
		late.http.CheckRedirect = stopAt(late, "/login/callback")
		late.get(s.http.URL + "/")
		s.clock.Advance(11 * time.Minute)
		late.http.CheckRedirect = nil
		link, _ := url.Parse(late.callback())
		q := link.Query()
		q.Set("code", s.sim.OAuthCode("lisi"))
		link.RawQuery = q.Encode()
		if status, _ := late.get(link.String()); status != 400 {
			t.Errorf("after 11 minutes: %d", status)
		}
	})
}

// stopAt lets a browser go no further than a path, which it notes.
func stopAt(b *browser, path string) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, _ []*http.Request) error {
		b.went = append(b.went, r.URL.String())
		if strings.HasPrefix(r.URL.Path, path) {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// The cookie that somebody copied with the link does not make the link good twice.
func TestStateIsUsedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.browser(inWeCom)
	b.http.CheckRedirect = stopAt(b, "/login/callback")
	b.get(s.http.URL + "/")
	link := b.callback()
	home, _ := url.Parse(s.http.URL)
	copied := b.http.Jar.Cookies(home)
	fresh, _ := url.Parse(link)
	q := fresh.Query()
	q.Set("code", s.sim.OAuthCode("zhaoliu")) // a code that still works
	fresh.RawQuery = q.Encode()

	b.http.CheckRedirect = nil
	if status, _ := b.get(link); status != 200 {
		t.Fatalf("first use: %d", status)
	}
	thief := s.browser(inWeCom)
	thief.http.Jar.SetCookies(home, copied)
	if status, _ := thief.get(fresh.String()); status != 400 {
		t.Errorf("second use with the cookie: %d", status)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	for _, tt := range []struct {
		name   string
		code   func() string
		status int
		text   string
	}{
		{"none", func() string { return "" }, 400, "登录链接已失效"},
		{"unknown", func() string { return "nonsense" }, 400, "登录链接已失效"},
		{"expired", func() string { c := s.sim.OAuthCode("lisi"); s.clock.Advance(6 * time.Minute); return c }, 400, "登录链接已失效"},
		{"of somebody who left", func() string {
			c := s.sim.OAuthCode("sunqi")
			s.sim.RemoveMember("sunqi")
			return c
		}, 403, "不是本企业的成员"},
	} {
		code := tt.code()
		b := s.browser(inWeCom)
		b.http.CheckRedirect = stopAt(b, "/login/callback")
		b.get(s.http.URL + "/")
		link, _ := url.Parse(b.callback())
		q := link.Query()
		q.Set("code", code)
		link.RawQuery = q.Encode()
		if status, body := b.get(link.String()); status != tt.status || !strings.Contains(body, tt.text) {
			t.Errorf("%s: %d %q, want %d", tt.name, status, body, tt.status)
		}
		if _, body := b.get(s.http.URL + "/open"); body != "hello stranger" {
			t.Errorf("%s: %q", tt.name, body)
		}
	}
}

func TestPlatformTrouble(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	for fault, want := range map[string]string{"auth/getuserinfo:60020@1": "管理员", "auth/getuserinfo:-1@1": "稍后重试"} {
		f, err := simulator.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		s.sim.ClearFaults()
		s.sim.Inject(f)
		if status, body := s.browser(inWeCom).get(s.http.URL + "/"); status != 502 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q, want 502 and %s", fault, status, body, want)
		}
	}
}

func TestNoOpenRedirect(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	for _, to := range []string{
		"https://evil.example/", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example",
		"javascript:alert(1)", "evil.example", "", "http:evil.example", "@evil.example", ".evil.example", "/login/start", "/login",
		"/login/../login/start", "//", "/" + strings.Repeat("a", 2000), "http://[::1", "?a=b", "/a\x7f", "/ok",
		"/%0d%0aX: y", "/%5Cevil.example", "/%2F/evil.example", "/ok?next=//evil.example",
	} {
		b := s.browser(inWeCom)
		status, body := b.get(s.http.URL + "/login/start?" + url.Values{"return": {to}}.Encode())
		last, err := url.Parse(b.went[len(b.went)-1])
		if err != nil || status != 200 || s.http.URL != last.Scheme+"://"+last.Host {
			t.Errorf("return %q led to %s: %d", to, last, status)
		}
		own := strings.HasPrefix(to, "/ok") || strings.HasPrefix(to, "/%")
		if (last.Path == "/") == own {
			t.Errorf("return %q led to %q", to, body)
		}
	}
}

func TestSessionsEndAndCannotBeForged(t *testing.T) {
	t.Parallel()
	s := newSite(t, false, weblogin.WithSession(time.Hour))
	b := s.browser(inWeCom)
	b.get(s.http.URL + "/")
	home, _ := url.Parse(s.http.URL)
	good := b.http.Jar.Cookies(home)[0]
	body, sum, _ := strings.Cut(good.Value, ".")
	for name, value := range map[string]string{
		"as it is":          good.Value,
		"another body":      "e30." + sum,
		"another signature": body + ".AAAA",
		"no signature":      body,
		"nothing":           "",
	} {
		other := s.browser(inWeCom)
		other.http.Jar.SetCookies(home, []*http.Cookie{{Name: good.Name, Value: value}})
		_, got := other.get(s.http.URL + "/open")
		if (got != "hello stranger") != (name == "as it is") {
			t.Errorf("%s: %q", name, got)
		}
	}
	s.clock.Advance(61 * time.Minute)
	if _, got := b.get(s.http.URL + "/open"); got != "hello stranger" {
		t.Errorf("after an hour: %q", got)
	}
}

// A login under way is no session, though both are signed with the same key.
func TestACookieServesItsPurposeOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.browser(inWeCom)
	b.http.CheckRedirect = stopAt(b, "/login/callback")
	b.get(s.http.URL + "/")
	home, _ := url.Parse(s.http.URL)
	state := b.http.Jar.Cookies(home)[0]
	b.http.Jar.SetCookies(home, []*http.Cookie{{Name: "wecom_session", Value: state.Value}})
	if _, got := b.get(s.http.URL + "/open"); got != "hello stranger" {
		t.Errorf("%q", got)
	}
}

func TestWhatIsNoPageIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.browser(inWeCom)
	if status, _ := b.do("POST", s.http.URL+"/"); status != http.StatusUnauthorized {
		t.Errorf("POST: %d, want 401", status)
	}
	if status := s.fetched("GET", "/data.json", "Sec-Fetch-Mode", "cors"); status != http.StatusUnauthorized {
		t.Errorf("fetch: %d, want 401", status)
	}
}

func TestSeveralTabsLogInAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	b := s.browser(inWeCom)
	b.http.CheckRedirect = stopAt(b, "/login/callback")
	for i := range 3 {
		b.get(s.http.URL + fmt.Sprintf("/tab%d", i))
	}
	var links []string
	for _, u := range b.went {
		if strings.Contains(u, "/login/callback") {
			links = append(links, u)
		}
	}
	b.http.CheckRedirect = nil
	for i, l := range links {
		if _, body := b.get(l); body != fmt.Sprintf("hello zhangsan at /tab%d", i) {
			t.Errorf("tab %d: %q", i, body)
		}
	}
	b.http.CheckRedirect = stopAt(b, "/login/callback")
	for range 20 {
		b.get(s.http.URL + "/login/start")
	}
	home, _ := url.Parse(s.http.URL)
	if n := len(b.http.Jar.Cookies(home)); n > 7 {
		t.Errorf("%d cookies pile up", n)
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	e := echo.New()
	e.Any("/login/*", echo.WrapHandler(s.login.Handler()))
	g := e.Group("", echo.WrapMiddleware(s.login.Require))
	g.GET("/orders/:id", func(c echo.Context) error {
		u, _ := weblogin.UserFrom(c.Request().Context())
		return c.String(http.StatusOK, u.UserID+" opens "+c.Param("id"))
	})
	s.inner = e
	if _, body := s.browser(inWeCom).get(s.http.URL + "/orders/7"); body != "zhangsan opens 7" {
		t.Errorf("echo answers %q", body)
	}
}

// broken is a Once that cannot tell.
type broken struct{}

func (broken) First(context.Context, string, time.Duration) (bool, error) {
	return false, errors.New("store is gone")
}

func TestOnceThatFailsLogsNobodyIn(t *testing.T) {
	t.Parallel()
	var seen error
	s := newSite(t, false, weblogin.WithOnce(broken{}), weblogin.WithErrorPage(func(w http.ResponseWriter, _ *http.Request, err error) {
		seen = err
		w.WriteHeader(http.StatusTeapot)
	}))
	if status, _ := s.browser(inWeCom).get(s.http.URL + "/"); status != http.StatusTeapot || seen == nil || seen.Error() != "store is gone" {
		t.Errorf("%d, %v", status, seen)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	client, err := wecom.NewClient("ww1", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	key := make([]byte, 32)
	for name, f := range map[string]func() (*weblogin.Login, error){
		"no scheme":   func() (*weblogin.Login, error) { return weblogin.New(client, 1, "app.example.com", key) },
		"a path":      func() (*weblogin.Login, error) { return weblogin.New(client, 1, "https://app.example.com/x", key) },
		"a short key": func() (*weblogin.Login, error) { return weblogin.New(client, 1, "https://app.example.com", key[:31]) },
		"no agent":    func() (*weblogin.Login, error) { return weblogin.New(client, 0, "https://app.example.com", key) },
		"no client":   func() (*weblogin.Login, error) { return weblogin.New(nil, 1, "https://app.example.com", key) },
		"a strange path": func() (*weblogin.Login, error) {
			return weblogin.New(client, 1, "https://a.example", key, weblogin.WithPath("login/"))
		},
		"no length": func() (*weblogin.Login, error) {
			return weblogin.New(client, 1, "https://a.example", key, weblogin.WithSession(0))
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
