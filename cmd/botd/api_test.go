package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/wecom/spec"
)

// api runs botd api with something on standard input.
func (d *daemon) api(stdin string, args ...string) (stdout, stderr string, code int) {
	d.t.Helper()
	cmd := exec.Command(built, append([]string{"api"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = d.dir, environment(), strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestAPICalls(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	d.write("body.json", `{"touser":"lisi","msgtype":"text","text":{"content":"from a file"}}`)
	d.write("年假.txt", "contents of a file")
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        string // part of stdout
		sees        string // what lisi sees last
	}{
		{"GET from PATH alone", "", []string{"user/get", "userid=zhangsan"}, `"name":"张三"`, ""},
		{"method and whole path", "", []string{"GET", "/cgi-bin/user/get", "userid=zhangsan"}, `"errcode":0`, ""},
		{"method in small letters", "", []string{"get", "user/get", "userid=zhangsan"}, `"errcode":0`, ""},
		{"agentid of the app, nested value", "", []string{"message/send", "touser=lisi", "msgtype=text", "text.content=a=b&c"}, `"msgid"`, "a=b&c"},
		{"body of a file", "", []string{"message/send", "-d", "@body.json"}, `"msgid"`, "from a file"},
		{"body of standard input", `{"touser":"lisi","msgtype":"text","text":{"content":"piped"}}`, []string{"message/send", "-d", "-"}, `"msgid"`, "piped"},
		{"body and a value over it", "", []string{"message/send", "-d", "@body.json", "text.content=over"}, `"msgid"`, "over"},
		{"raw JSON", "", []string{"message/send", "touser=lisi", "msgtype=text", `text:={"content":"json"}`}, `"msgid"`, "json"},
		{"whole page by default", "", []string{"user/list_id"}, `"dept_user":[{`, ""},
		{"unchecked", "", []string{"--raw", "POST", "message/send", "touser=lisi", "agentid:=1000002", "msgtype=text", "text.content=raw", "strange=1"}, `"msgid"`, "raw"},
		{"link", "", []string{"/connect/oauth2/authorize", "redirect_uri=https://a.example/x?y=z", "scope=snsapi_base", "state=1"}, "/connect/oauth2/authorize?agentid=", ""},
	} {
		out, errs, code := d.api(tt.stdin, tt.args...)
		if code != 0 || !strings.Contains(out, tt.want) {
			if tt.name == "link" && code == 0 && strings.HasPrefix(out, d.sim.URL) && strings.HasSuffix(out, "#wechat_redirect\n") {
				continue
			}
			t.Errorf("%s: exit %d, %s%s; want %s", tt.name, code, out, errs, tt.want)
			continue
		}
		if strings.Count(out, "\n") != 1 {
			t.Errorf("%s: not one line for a program: %s", tt.name, out)
		}
		if tt.sees == "" {
			continue
		}
		seen := d.sim.Inbox("lisi")
		if len(seen) == 0 || seen[len(seen)-1].Text != tt.sees {
			t.Errorf("%s: lisi sees %+v, want %q", tt.name, seen, tt.sees)
		}
	}
}

func TestAPIChecksBeforeItCalls(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown path", []string{"usr/get"}, "did you mean user/get?"},
		{"unknown method", []string{"POST", "user/get"}, "/cgi-bin/user/get is called by GET, not POST"},
		{"unknown parameter of a query", []string{"user/get", "usrid=x"}, "usrid: unknown, did you mean userid?"},
		{"unknown field", []string{"message/send", "tousr=x", "msgtype=text"}, "tousr: unknown, did you mean touser?"},
		{"unknown field inside", []string{"message/send", "touser=x", "msgtype=text", "text.contnt=x"}, "text.contnt: unknown, did you mean content?"},
		{"missing", []string{"tag/create"}, "tagname: missing"},
		{"missing of a query", []string{"user/get"}, "userid: missing"},
		{"wrong type", []string{"tag/create", "tagname=x", "tagid=one"}, "tagid: wrong type, want an int"},
		{"wrong type in JSON", []string{"tag/create", "-d", `{"tagname":1}`}, "tagname: wrong type, want a string"},
		{"twice", []string{"tag/create", "tagname=a", "tagname=b"}, "tagname: is given twice, and is no list"},
		{"broken JSON", []string{"tag/create", "-d", `{"tagname"`}, "not JSON"},
		{"no such file", []string{"tag/create", "-d", "@gone.json"}, "gone.json"},
		{"no parameter", []string{"tag/create", "tagname"}, `"tagname" is no parameter`},
		{"upload without a file", []string{"media/upload", "type=image"}, "media: missing"},
		{"upload of a text", []string{"media/upload", "type=image", "media=logo.png"}, "write @FILE"},
		{"no pages", []string{"user/get", "userid=zhangsan", "--all"}, "has no pages"},
		{"no credentials of a suite", []string{"service/get_pre_auth_code"}, "suite_access_token"},
		{"no credentials of a provider", []string{"service/corpid_to_opencorpid", "corpid=x"}, "provider_access_token"},
		{"no credentials of an official account", []string{"/sns/auth", "openid=x"}, "official account"},
		{"webhook without its key", []string{"webhook/send", "msgtype=text"}, "key=…"},
		{"unknown app", []string{"user/get", "userid=zhangsan", "--app", "nobody"}, "nobody"},
		{"no path", nil, "needs a PATH"},
	} {
		out, errs, code := d.api("", tt.args...)
		if code != 2 || !strings.Contains(errs, tt.want) || out != "" {
			t.Errorf("%s: exit %d, %s%s; want 2 and %q", tt.name, code, out, errs, tt.want)
		}
	}
	if calls := d.sim.Calls(); len(calls) > 0 {
		t.Errorf("the platform was called: %+v", calls)
	}
}

func TestAPIListsMaySpellEachValue(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	for _, args := range [][]string{
		{"appchat/create", "name=a", "userlist=zhangsan", "userlist=lisi"},
		{"appchat/create", "name=a", `userlist:=["zhangsan","lisi"]`},
		{"appchat/create", "name:=\"a\"", `userlist:=["zhangsan"]`, "userlist=lisi"},
		{"appchat/create", "-d", `{"name":"a","userlist":["wangwu"]}`, "userlist=zhangsan", "userlist=lisi"},
	} {
		_, errs, _ := d.api("", args...)
		calls := d.sim.CallsTo("appchat/create")
		if len(calls) == 0 {
			t.Fatalf("%v: no call: %s", args, errs)
		}
		if got := calls[len(calls)-1].Body; got != `{"name":"a","userlist":["zhangsan","lisi"]}` {
			t.Errorf("%v: sent %s", args, got)
		}
	}
}

func TestAPIFollowsPages(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	whole, _, _ := d.api("", "user/list_id")
	out, errs, code := d.api("", "user/list_id", "limit=2", "--all")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var want, got map[string]any
	if err := json.Unmarshal([]byte(whole), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	items := got["dept_user"].([]any)
	if len(items) < 5 || len(items) != len(want["dept_user"].([]any)) {
		t.Errorf("--all found %d of %d items", len(items), len(want["dept_user"].([]any)))
	}
	if _, ok := got["next_cursor"]; ok {
		t.Errorf("a cursor is left: %s", out)
	}
	if n := len(d.sim.CallsTo("user/list_id")) - 1; n != (len(items)+1)/2 {
		t.Errorf("%d calls for %d items in pages of 2", n, len(items))
	}
}

func TestAPIFiles(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	d.write("年假.txt", "contents of a file")
	out, errs, code := d.api("", "media/upload", "type=file", "media=@年假.txt")
	if code != 0 {
		t.Fatalf("upload: exit %d: %s", code, errs)
	}
	var up struct {
		ID string `json:"media_id"`
	}
	if err := json.Unmarshal([]byte(out), &up); err != nil {
		t.Fatal(err)
	}
	if name, data, ok := d.sim.Media(d.app.CorpID, up.ID); !ok || name != "年假.txt" || string(data) != "contents of a file" {
		t.Errorf("uploaded %q as %q", data, name)
	}
	if out, _, code := d.api("", "media/get", "media_id="+up.ID); code != 0 || out != "contents of a file" {
		t.Errorf("download to a pipe: exit %d, %q", code, out)
	}
	if out, errs, code := d.api("", "media/get", "media_id="+up.ID, "--output", "copy.txt"); code != 0 || out != "" {
		t.Errorf("download to a file: exit %d, %q, %s", code, out, errs)
	}
	if b, err := os.ReadFile(filepath.Join(d.dir, "copy.txt")); err != nil || string(b) != "contents of a file" {
		t.Errorf("copy.txt holds %q, %v", b, err)
	}
	if _, errs, code := d.api("", "media/get", "media_id=gone", "--output", "gone.txt"); code != 1 || !strings.Contains(errs, "40007") {
		t.Errorf("download of nothing: exit %d, %s", code, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(d.dir, "gone*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAPIRefusals(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	out, errs, code := d.api("", "user/get", "userid=nobody")
	if code != 1 || out != "" {
		t.Errorf("exit %d, stdout %q; want 1 and nothing", code, out)
	}
	for _, want := range []string{"60111", "user", "成员"} {
		if !strings.Contains(errs, want) {
			t.Errorf("the refusal does not say %q: %s", want, errs)
		}
	}
	if strings.Contains(errs, appSecret) || strings.Contains(errs, "access_token=") {
		t.Errorf("a secret in %s", errs)
	}
	if _, errs, code := d.api("", "--raw", "no/such/path"); code != 1 || !strings.Contains(errs, "404") {
		t.Errorf("unknown path, raw: exit %d, %s", code, errs)
	}
}

func TestAPITokenAndWebhook(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, spineRules)
	out, errs, code := d.api("", "gettoken")
	if code != 0 || !strings.Contains(out, `"access_token":"`) {
		t.Errorf("gettoken: exit %d, %s%s", code, out, errs)
	}
	r := d.sim.AddRobot(simulator.Robot{CorpID: d.app.CorpID, Users: []string{"wangwu"}})
	out, errs, code = d.api("", "webhook/send", "key="+r.Key, "msgtype=text", "text.content=嗨")
	if code != 0 {
		t.Errorf("webhook/send: exit %d, %s%s", code, out, errs)
	}
	if seen := d.sim.Inbox("wangwu"); len(seen) != 1 || seen[0].Text != "嗨" {
		t.Errorf("wangwu sees %+v", seen)
	}
	for _, call := range d.sim.CallsTo("webhook/send") {
		if call.Token != "" {
			t.Errorf("the webhook got a token")
		}
	}
}

func TestAPIListsAndDescribesWithoutConfiguration(t *testing.T) {
	t.Parallel()
	d := &daemon{t: t, dir: t.TempDir()}
	out, _, code := d.api("", "--list", "--json")
	var list []struct{ Method, Path, Go, Doc string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("--list --json: exit %d, %v", code, err)
	}
	if want := len(slices.Collect(spec.Operations())); len(list) != want {
		t.Errorf("--list has %d calls, want %d", len(list), want)
	}
	if out, _, code := d.api("", "--list", "tag", "members"); code != 0 || !strings.Contains(out, "/cgi-bin/tag/addtagusers") || strings.Contains(out, "tag/create") {
		t.Errorf("--list tag members: exit %d\n%s", code, out)
	}
	if _, _, code := d.api("", "--list", "nonsense"); code != 1 {
		t.Errorf("--list nonsense: exit %d, want 1", code)
	}
	out, errs, code := d.api("", "--describe", "tag/create")
	if code != 0 {
		t.Fatalf("--describe: exit %d, %s", code, errs)
	}
	for _, want := range []string{"POST /cgi-bin/tag/create", "Tags.Create", "path/90210", "tagname", "string", "required", "at most 32", "40014", "botd api POST /cgi-bin/tag/create tagname="} {
		if !strings.Contains(out, want) {
			t.Errorf("--describe lacks %q:\n%s", want, out)
		}
	}
}
