package spec_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wecombot/wecombot/wecom/spec"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/cgi-bin/user/get", "user_get"},
		{"GET", "user/get", "user_get"},
		{"GET", "/user/get", "user_get"},
		{"POST", "/cgi-bin/user/get", ""},
		{"GET", "/cgi-bin/user/gett", ""},
		{"GET", "", ""},
		{"GET", "/sns/auth", "official_oauth2_check_token"},
		{"GET", "/wwlogin/sso/login", ""}, // a link
	} {
		got := ""
		if op := spec.Find(tt.method, tt.path); op != nil {
			got = op.ID
		}
		if got != tt.want {
			t.Errorf("Find(%q, %q) = %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	calls, ids := map[string]string{}, map[string]bool{}
	for op := range spec.Operations() {
		if ids[op.ID] {
			t.Errorf("%s twice", op.ID)
		}
		ids[op.ID] = true
		key := op.Method + " " + op.Host + op.Path
		if other, ok := calls[key]; ok && op.Answers != spec.URL {
			t.Errorf("%s and %s are both %s", op.ID, other, key)
		}
		calls[key] = op.ID
		if op.Doc == "" || op.Go == "" || op.Client == "" || len(op.Docs) == 0 {
			t.Errorf("%s is not described: %+v", op.ID, op)
		}
		if (op.Token == spec.NoToken) != (op.TokenParam == "") {
			t.Errorf("%s: token %q goes by %q", op.ID, op.Token, op.TokenParam)
		}
		for _, fs := range [][]spec.Field{op.Query, op.Body, op.Files, op.Headers, op.Answer} {
			fieldsAreKnown(t, op.ID, fs, nil)
		}
	}
	if len(ids) < 290 {
		t.Errorf("%d operations, want 290 at least", len(ids))
	}
}

func fieldsAreKnown(t *testing.T, at string, fs []spec.Field, inside []string) {
	t.Helper()
	for _, f := range fs {
		switch {
		case f.Enum != "" && len(spec.Enum(f.Enum)) == 0:
			t.Errorf("%s.%s: no enum %s", at, f.Name, f.Enum)
		case (f.Kind == spec.Object) != (len(f.Fields()) > 0):
			t.Errorf("%s.%s: %s has no fields", at, f.Name, f.Type())
		case f.Kind == spec.Object && !slices.Contains(inside, f.Model):
			fieldsAreKnown(t, at+"."+f.Name, f.Fields(), append(inside, f.Model))
		}
	}
}

func TestSamplesAreValid(t *testing.T) {
	t.Parallel()
	for op := range spec.Operations() {
		body, err := json.Marshal(op.SampleBody())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range op.CheckBody(body) {
			t.Errorf("%s: sample body: %v", op.ID, p)
		}
		for _, p := range op.CheckQuery(op.SampleQuery()) {
			t.Errorf("%s: sample query: %v", op.ID, p)
		}
		if len(op.SampleAnswer()) != len(op.Answer)+2 {
			t.Errorf("%s: sample answer %v lacks fields", op.ID, op.SampleAnswer())
		}
	}
}

func TestCheckBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ call, body, want string }{
		{"message/recall", `{"msgid":"x"}`, ""},
		{"message/recall", `{"msgId":"x"}`, "msgId: unknown, did you mean msgid?|msgid: missing"},
		{"message/recall", ``, "msgid: missing"},
		{"message/recall", `{"msgid":null}`, "msgid: missing"},
		{"message/recall", `{"msgid":7}`, "msgid: wrong type, want a string"},
		{"message/recall", `[]`, "wrong type, want an object"},
		{"message/recall", `{"msgid":"x"} {}`, "invalid JSON, more than one value"},
		{"message/recall", `{"msgid"`, "invalid JSON, unexpected EOF"},
		{"tag/update", `{"tagid":1.5,"tagname":"x"}`, "tagid: wrong type, want an int"},
		{"tag/update", `{"tagid":"1","tagname":"x"}`, "tagid: wrong type, want an int"},
		{"tag/addtagusers", `{"tagid":1,"userlist":"x"}`, "userlist: wrong type, want a list, []string"},
		{"tag/addtagusers", `{"tagid":1,"userlist":["x",2,true]}`, "userlist[1]: wrong type, want a string|userlist[2]: wrong type, want a string"},
		{"user/create", `{"userid":"u","name":"n","gender":"3"}`, "gender: strange, want one of 0, 1, 2"},
		{"user/create", `{"userid":"u","name":"n","to_invite":1,"department":[1]}`, "to_invite: wrong type, want a bool"},
		{"user/create", `{"userid":"u","name":"n","extattr":{"attrs":[{"type":0,"name":"a","txt":{}}]}}`, "extattr.attrs[0].txt: unknown, did you mean text?"},
		{"oa/calendar/add", `{"calendar":{"summary":"s","shares":[{}]}}`, "calendar.shares[0].userid: missing|calendar.color: missing"},
		{"kf/send_msg", `{"touser":"u","open_kfid":"k","msgtype":"location","location":{"latitude":1,"longitude":2.5}}`, ""},
	} {
		op := spec.Find("POST", tt.call)
		var got []string
		for _, p := range op.CheckBody([]byte(tt.body)) {
			if p.What == spec.Missing {
				p.Detail = ""
			}
			got = append(got, p.String())
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.call, tt.body, s, tt.want)
		}
	}
}

func TestCheckQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ call, query, want string }{
		{"user/get", "userid=u&access_token=t&debug=1", ""},
		{"user/get", "user=u", "user: unknown, did you mean userid?|userid: missing, 1-64 bytes"},
		{"menu/get", "agentid=x", "agentid: wrong type, want an int"},
		{"ticket/get", "type=jsapi", "type: strange, want agent_config"},
	} {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range spec.Find("GET", tt.call).CheckQuery(q) {
			got = append(got, p.String())
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s?%s:\n got %s\nwant %s", tt.call, tt.query, s, tt.want)
		}
	}
}

// A table of an approval form holds controls like the one it is itself.
func TestModelsMayContainThemselves(t *testing.T) {
	t.Parallel()
	op := spec.Find("POST", "oa/approval/create_template")
	control := `{"property":{"control":"Table","id":"T-1","title":[{"text":"t","lang":"zh_CN"}]},"config":{"table":{"children":[%s]}}}`
	body := func(inner string) []byte {
		return fmt.Appendf(nil, `{"template_name":[{"text":"t","lang":"zh_CN"}],"template_content":{"controls":[%s]}}`, inner)
	}
	deep := fmt.Sprintf(control, fmt.Sprintf(control, fmt.Sprintf(control, "")))
	if ps := op.CheckBody(body(deep)); len(ps) > 0 {
		t.Errorf("CheckBody = %v", ps)
	}
	deep = strings.Replace(deep, `"table":{"children":[]}`, `"tables":{}`, 1)
	want := []spec.Problem{{
		At:   "template_content.controls[0].config.table.children[0].config.table.children[0].config.tables",
		What: spec.Unknown, Near: "table",
	}}
	if diff := cmp.Diff(want, op.CheckBody(body(deep))); diff != "" {
		t.Errorf("CheckBody (-want +got):\n%s", diff)
	}
}

func FuzzCheckBody(f *testing.F) {
	f.Add([]byte(`{"userid":"u","extattr":{"attrs":[{"type":0}]}}`))
	f.Add([]byte(`[[[]]]`))
	op := spec.Find("POST", "user/create")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, p := range op.CheckBody(body) {
			if p.String() == "" || p.What == "" {
				t.Errorf("CheckBody(%q) has a problem without a name: %+v", body, p)
			}
		}
	})
}

func ExampleOperation_CheckBody() {
	op := spec.Find("POST", "/cgi-bin/message/recall")
	for _, p := range op.CheckBody([]byte(`{"msgid":"x","all":true}`)) {
		fmt.Println(p)
	}
	// Output: all: unknown
}
