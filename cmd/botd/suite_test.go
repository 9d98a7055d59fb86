package main_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

const (
	providerCorp = "wwprovider00000001"
	customerCorp = "wwCustomer00000001" // corp ids of third-party apps may have capitals
	customerUser = customerCorp + "/zhouba"
)

const suiteRules = `rules:
  - {name: ping, match: {exact: [ping]}, reply: pong}
  - {name: who, match: {exact: [who]}, reply: '你是 {{ user.name }}'}
  - {name: md, match: {exact: [md]}, reply: {markdown: '**hello**'}}
`

// newSuiteDaemon lays out a daemon with one suite and no app, on a platform that is a provider's.
func newSuiteDaemon(t *testing.T, id string) (*daemon, simulator.Suite) {
	t.Helper()
	d := newDaemon(t, suiteRules)
	suite := d.sim.AddSuite(simulator.Suite{
		ID: id, Name: "销售助手", Secret: "SUITEsecretSUITEsecretSUITEsecret", Token: appToken, EncodingAESKey: appKey, ProviderCorpID: providerCorp,
		ProviderSecret: "PROVIDERsecretPROVIDERsecret",
	})
	d.sim.AddMember(simulator.Member{CorpID: customerCorp, UserID: "zhouba", Name: "周八"})
	d.write("bot.yaml", fmt.Sprintf(`
server: {listen: "127.0.0.1:0", admin: "%s"}
storage: bolt:data/botd.db
log: {level: debug, format: json}
suites:
  - name: sales
    suite_id: %s
    suite_secret: %s
    token: ${HR_TOKEN}
    encoding_aes_key: ${HR_AES_KEY}
    provider_corp_id: %s
    provider_secret: %s
    api_base: %s
    rules: [rules/*.yaml]
    plugins: {echo: {}}
`, freeAddress(t), suite.ID, suite.Secret, suite.ProviderCorpID, suite.ProviderSecret, d.sim.URL))
	return d, suite
}

// serveSuite starts the daemon and tells the platform where it listens.
func (d *daemon) serveSuite(suite simulator.Suite) {
	d.t.Helper()
	d.start()
	d.sim.SetSuiteURLs(suite.ID, d.callback+"/suite/sales", d.callback+"/suite/sales/data")
}

// until asks until cond holds.
func (d *daemon) until(what string, cond func() bool) {
	d.t.Helper()
	for range 500 {
		if cond() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.t.Fatalf("%s: never; log:\n%s", what, d.output())
}

func (d *daemon) hears(user, want string) func() bool {
	return func() bool {
		for _, s := range d.sim.Inbox(user) {
			if strings.Contains(s.Text, want) {
				return true
			}
		}
		return false
	}
}

func TestThirdPartyAppFromTicketToTheEnd(t *testing.T) {
	t.Parallel()
	d, suite := newSuiteDaemon(t, "wwsuite00000000001")
	d.serveSuite(suite)
	ctx := d.ctx
	if err := d.sim.VerifySuite(ctx, suite.ID); err != nil {
		t.Fatal(err)
	}
	if del := d.sim.PushTicket(ctx, suite.ID); !del.Received {
		t.Fatalf("the ticket was not taken: %+v", del.Attempts)
	}

	// ticket → suite token → pre-auth link → authorisation
	out, errs, code := d.api("", "service/get_pre_auth_code")
	if code != 0 {
		t.Fatalf("get_pre_auth_code: exit %d, %s", code, errs)
	}
	_, rest, _ := strings.Cut(out, `"pre_auth_code":"`)
	pre, _, _ := strings.Cut(rest, `"`)
	link, errs, code := d.api("", "/3rdapp/install", "pre_auth_code="+pre, "redirect_uri=https://provider.example/done", "state=s1")
	if code != 0 || !strings.HasPrefix(link, d.sim.URL+"/3rdapp/install?") {
		t.Fatalf("install link: exit %d, %s%s", code, link, errs)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(strings.TrimSpace(link))
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("install page: %v, %v", res, err)
	}
	res.Body.Close()
	home := d.app.CorpID
	app, ok := d.sim.Installed(suite.ID, home)
	if !ok {
		t.Fatal("not installed at the home corp")
	}

	// → permanent code → corp token → message to that corp's member
	d.until("the corp's app answers", func() bool {
		del := d.sim.Say(ctx, app, "zhangsan", "ping")
		return del.Reply != nil && del.Reply.Text == "pong"
	})
	if del := d.sim.Say(ctx, app, "zhangsan", "who"); del.Reply == nil || del.Reply.Text != "你是 张三" {
		t.Errorf("who: %+v", del)
	}
	d.sim.Say(ctx, app, "lisi", "md")
	d.until("the active message", d.hears("lisi", "hello"))
	if seen := d.sim.Inbox("lisi"); seen[0].AgentID != app.AgentID || seen[0].Way != simulator.Active {
		t.Errorf("lisi sees %+v", seen)
	}

	// A second corp installs it while it runs, and talks to the same URL.
	if del := d.sim.Install(ctx, suite.ID, customerCorp); !del.Received {
		t.Fatalf("create_auth was not taken: %+v", del.Attempts)
	}
	other, _ := d.sim.Installed(suite.ID, customerCorp)
	d.until("the second corp's app answers", func() bool {
		del := d.sim.Say(ctx, other, customerUser, "ping")
		return del.Reply != nil && del.Reply.Text == "pong"
	})
	list, code := d.run("suites")
	for _, want := range []string{"sales", home, customerCorp, "sales." + home, fmt.Sprint(other.AgentID)} {
		if code != 0 || !strings.Contains(list, want) {
			t.Errorf("botd suites (exit %d) lacks %q:\n%s", code, want, list)
		}
	}
	if out, errs, code := d.api("", "user/get", "userid=zhangsan", "--app", "sales."+home); code != 0 || !strings.Contains(out, "张三") {
		t.Errorf("api as the corp's app: exit %d, %s%s", code, out, errs)
	}
	if out, code := d.run("send", "--app", "sales."+home, "--to", "zhaoliu", "你好"); code != 0 || !d.hears("zhaoliu", "你好")() {
		t.Errorf("send as the corp's app: exit %d, %s", code, out)
	}
	if out, errs, code := d.api("", "service/corpid_to_opencorpid", "corpid="+home); code != 0 || !strings.Contains(out, "open_corpid") {
		t.Errorf("api as the provider: exit %d, %s%s", code, out, errs)
	}

	// It survives the end of the process, without another ticket.
	d.kill()
	if out, errs, code := d.api("", "user/get", "userid=zhangsan", "--app", "sales."+home); code != 0 {
		t.Errorf("api over the store: exit %d, %s%s", code, out, errs)
	}
	d.serveSuite(suite)
	app, _ = d.sim.Installed(suite.ID, home)
	if del := d.sim.Say(ctx, app, "zhangsan", "ping"); del.Reply == nil || del.Reply.Text != "pong" {
		t.Errorf("after the restart: %+v", del)
	}

	// The permanent code is reset, and then the corp takes the app away.
	if del := d.sim.ResetPermanentCode(ctx, suite.ID, home); !del.Received {
		t.Errorf("reset_permanent_code was not taken: %+v", del.Attempts)
	}
	d.until("messages by the new code", func() bool { d.sim.Say(ctx, app, "wangwu", "md"); return d.hears("wangwu", "hello")() })
	d.sim.ChangeAuth(ctx, suite.ID, home)
	if del := d.sim.CancelAuth(ctx, suite.ID, home); !del.Received {
		t.Errorf("cancel_auth was not taken: %+v", del.Attempts)
	}
	d.until("the app leaves", func() bool { list, _ := d.run("suites"); return !strings.Contains(list, home) })
	if del := d.sim.Say(ctx, other, customerUser, "ping"); del.Reply == nil || del.Reply.Text != "pong" {
		t.Errorf("the other corp after the first one left: %+v", del)
	}
	d.stop()
	d.noSecretsLeft(suite)
}

// noSecretsLeft looks for what the platform handed out in the log and in the store.
func (d *daemon) noSecretsLeft(suite simulator.Suite) {
	d.t.Helper()
	db, err := os.ReadFile(filepath.Join(d.dir, "data", "botd.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	if !strings.Contains(string(db), "corp/"+suite.ID) {
		d.t.Error("the store does not hold the corps: the test looks at the wrong file")
	}
	secrets := map[string]string{"suite secret": suite.Secret, "token": suite.Token, "key": suite.EncodingAESKey}
	for _, del := range d.sim.Deliveries() {
		for _, name := range []string{"SuiteTicket", "AuthCode"} {
			_, rest, ok := strings.Cut(del.Plaintext, "<"+name+"><![CDATA[")
			if value, _, _ := strings.Cut(rest, "]]>"); ok {
				secrets[name] = value
			}
		}
	}
	secrets["permanent code"] = d.sim.PermanentCode(suite.ID, customerCorp)
	for name, secret := range secrets {
		if secret == "" {
			d.t.Errorf("no %s to look for", name)
			continue
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(secret)) // as JSON holds bytes
		if strings.Contains(string(db), secret) || strings.Contains(string(db), encoded[:len(encoded)-4]) {
			d.t.Errorf("the store holds the %s as it is", name)
		}
		if strings.Contains(d.output(), secret) {
			d.t.Errorf("the log holds the %s", name)
		}
	}
}

// An app that a provider develops for a customer (代开发) has the permanent code for its secret.
func TestTemplateAppUsesThePermanentCodeAsSecret(t *testing.T) {
	t.Parallel()
	d, suite := newSuiteDaemon(t, "dksuite00000000001")
	d.serveSuite(suite)
	d.sim.PushTicket(d.ctx, suite.ID)
	d.sim.Install(d.ctx, suite.ID, customerCorp)
	app, _ := d.sim.Installed(suite.ID, customerCorp)
	d.until("the corp's app answers", func() bool {
		del := d.sim.Say(d.ctx, app, customerUser, "who")
		return del.Reply != nil && del.Reply.Text == "你是 周八"
	})
	if n := len(d.sim.CallsTo("service/get_corp_token")); n > 0 {
		t.Errorf("get_corp_token was called %d times", n)
	}
}

func TestSuiteRefusals(t *testing.T) {
	t.Parallel()
	d, suite := newSuiteDaemon(t, "wwsuite00000000001")
	d.serveSuite(suite)
	// What cannot be exchanged yet waits for a ticket.
	d.sim.Install(d.ctx, suite.ID, customerCorp)
	d.until("the job waits", func() bool { return strings.Contains(d.output(), "no suite ticket") })
	if _, errs, code := d.api("", "service/get_pre_auth_code"); code != 1 || !strings.Contains(errs, "no suite ticket") {
		t.Errorf("api without a ticket: exit %d, %s", code, errs)
	}
	app, _ := d.sim.Installed(suite.ID, customerCorp)
	if del := d.sim.Say(d.ctx, app, customerUser, "ping"); del.Received {
		t.Errorf("a corp that is not known yet: %+v", del)
	}
	for _, c := range []struct {
		path   string
		status int
	}{{"/suite/nobody", 404}, {"/suite/sales", 400}, {"/suite/sales?msg_signature=x&timestamp=1&nonce=n&echostr=x", 403}} {
		res, err := http.Get(d.callback + c.path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("GET %s: %s, want %d", c.path, res.Status, c.status)
		}
	}
	if out, code := d.run("check"); code != 0 {
		t.Errorf("check: exit %d\n%s", code, out)
	}
	if _, errs, code := d.api("", "user/get", "userid=x", "--app", "sales.wwunknown"); code != 2 || !strings.Contains(errs, "sales.wwunknown") {
		t.Errorf("api as a corp that is not there: exit %d, %s", code, errs)
	}
}

// botd dev is the provider's platform too: the company has installed every suite.
func TestDevInstallsSuites(t *testing.T) {
	t.Parallel()
	d, _ := newSuiteDaemon(t, "wwsuite00000000001")
	cmd := exec.Command(built, "dev", "-c", "bot.yaml", "--address", "127.0.0.1:0")
	cmd.Dir, cmd.Env = d.dir, environment()
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.cmd, d.done = cmd, make(chan struct{})
	go d.follow(pipe, make(chan []string, 1), d.done)
	d.until("the company's app is served", func() bool { return strings.Contains(d.output(), "sales."+simulator.HomeCorpID) })
}
