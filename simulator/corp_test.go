package simulator_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

func (p *platform) list(path, query string) map[string]any {
	p.t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		p.t.Fatal(err)
	}
	q.Set("access_token", p.token())
	return p.get(path, q)
}

func names(v any, field string) string {
	var out []string
	list, _ := v.([]any)
	for _, e := range list {
		out = append(out, fmt.Sprint(e.(map[string]any)[field]))
	}
	return strings.Join(out, " ")
}

func TestDirectoryLists(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, tt := range []struct{ path, query, list, field, want string }{
		{"user/simplelist", "department_id=2", "userlist", "userid", "zhangsan lisi"},
		{"user/simplelist", "department_id=2&fetch_child=1", "userlist", "userid", "zhangsan lisi sunqi"},
		{"user/list", "department_id=3", "userlist", "name", "王五"},
		{"department/list", "", "department", "name", "示例企业 研发部 人事部 测试组"},
		{"department/list", "id=2", "department", "id", "2 4"},
		{"department/simplelist", "id=2", "department_id", "parentid", "1 2"},
		{"tag/list", "", "taglist", "tagname", "经理 技术"},
		{"tag/get", "tagid=1", "userlist", "userid", "lisi zhaoliu"},
		{"agent/list", "", "agentlist", "agentid", "1.000002e+06"},
	} {
		if got := p.list(tt.path, tt.query); names(got[tt.list], tt.field) != tt.want {
			t.Errorf("%s?%s = %v, want %s", tt.path, tt.query, got, tt.want)
		}
	}
	if got := p.list("tag/get", "tagid=2"); fmt.Sprint(got["partylist"]) != "[2]" {
		t.Errorf("tag/get of a tag with a department = %v", got)
	}
	if got := p.list("department/get", "id=2"); names([]any{got["department"]}, "department_leader") != "[lisi]" {
		t.Errorf("department/get = %v", got)
	}
	for query, want := range map[string]int{
		"user/list?": 40058, "user/list?department_id=77": 60123, "tag/get?": 41017, "tag/get?tagid=9": 40068, "department/get?id=9": 60123,
	} {
		path, q, _ := strings.Cut(query, "?")
		if got := p.list(path, q); code(got) != want {
			t.Errorf("%s = %v, want %d", query, got, want)
		}
	}
	p.app.Departments = []int{2}
	p.AddApp(p.app)
	if got := p.list("department/list", ""); names(got["department"], "id") != "2 4" {
		t.Errorf("department/list of an app that sees one department = %v", got)
	}
	if got := p.list("user/simplelist", "department_id=3"); names(got["userlist"], "userid") != "" {
		t.Errorf("user/simplelist outside the scope = %v", got)
	}
}

func TestUserIDsArePaged(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	var all []string
	cursor := ""
	for range 10 {
		got := p.post("user/list_id", `{"cursor":"`+cursor+`","limit":2}`)
		all = append(all, names(got["dept_user"], "userid"))
		if cursor, _ = got["next_cursor"].(string); cursor == "" {
			break
		}
	}
	if want := "zhangsan lisi|wangwu zhaoliu|sunqi"; strings.Join(all, "|") != want {
		t.Errorf("pages = %v, want %s", all, want)
	}
	if got := p.post("user/list_id", `{"cursor":"x"}`); code(got) != 50100 {
		t.Errorf("a bad cursor = %v, want 50100", got)
	}
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	first := p.OAuthCode("LiSi")
	if got := p.list("auth/getuserinfo", "code="+first); got["userid"] != "lisi" {
		t.Errorf("auth/getuserinfo = %v", got)
	}
	if got := p.list("auth/getuserinfo", "code="+first); code(got) != 40029 {
		t.Errorf("a used code = %v, want 40029", got)
	}
	second := p.OAuthCode("lisi")
	now.Advance(6 * time.Minute)
	if got := p.list("user/getuserinfo", "code="+second); code(got) != 42003 {
		t.Errorf("an old code = %v, want 42003", got)
	}
}

func TestMenu(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	menu := func(body string) map[string]any {
		res, err := http.Post(p.URL+"/cgi-bin/menu/create?agentid=1000002&access_token="+p.token(), "application/json", strings.NewReader(body))
		return p.read(res, err)
	}
	if got := p.list("menu/get", "agentid=1000002"); code(got) != 46003 {
		t.Errorf("menu/get without a menu = %v, want 46003", got)
	}
	for body, want := range map[string]int{
		`{"button":[]}`: 40016,
		`{"button":[{"name":"x","type":"click","key":"k"},{"name":"x","type":"click","key":"k"},{"name":"x","type":"click","key":"k"},{"name":"x","type":"click","key":"k"}]}`: 40016,
		`{"button":[{"name":"六个汉字太长了","type":"click","key":"k"}]}`:                                                                                                             40018,
		`{"button":[{"name":"x","type":"click"}]}`:                                                                   40019,
		`{"button":[{"name":"x","type":"view","url":"a.example"}]}`:                                                  40020,
		`{"button":[{"name":"x","type":"jump"}]}`:                                                                    40017,
		`{"button":[{"name":"x","sub_button":[{"name":"y","type":"click"}]}]}`:                                       40026,
		`{"button":[{"name":"x","sub_button":[{"name":"y","sub_button":[{"name":"z","type":"click","key":"k"}]}]}]}`: 40022,
		`{"button":[{"name":"假期","sub_button":[{"name":"请假","type":"click","key":"leave"}]}]}`:                       0,
	} {
		if got := menu(body); code(got) != want {
			t.Errorf("menu/create %s = %v, want %d", body, got, want)
		}
	}
	if m := p.Menu(p.app); len(m) != 1 || m[0].SubButton[0].Key != "leave" {
		t.Errorf("Menu = %+v", m)
	}
	if got := p.list("menu/get", "agentid=7"); code(got) != 301002 {
		t.Errorf("menu/get of another app = %v, want 301002", got)
	}
	p.list("menu/delete", "agentid=1000002")
	if p.Menu(p.app) != nil {
		t.Error("the menu is still there")
	}
}

func TestGroupChats(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, tt := range []struct {
		body string
		want int
	}{
		{`{}`, 86204},
		{`{"userlist":["lisi"]}`, 86006},
		{`{"userlist":["lisi","nobody"]}`, 86216},
		{`{"userlist":["lisi","wangwu"],"owner":"zhangsan"}`, 86207},
		{`{"userlist":["lisi","wangwu"],"chatid":"a b"}`, 86001},
		{`{"userlist":["lisi","wangwu"],"chatid":"` + strings.Repeat("a", 33) + `"}`, 86205},
		{`{"userlist":["lisi","wangwu"],"chatid":"g1","name":"值班","owner":"wangwu"}`, 0},
		{`{"userlist":["lisi","wangwu"],"chatid":"g1"}`, 86215},
	} {
		if got := p.post("appchat/create", tt.body); code(got) != tt.want {
			t.Errorf("appchat/create %s = %v, want %d", tt.body, got, tt.want)
		}
	}
	if g := p.Chats(); len(g) != 1 || g[0].Visible || g[0].Owner != "wangwu" {
		t.Errorf("Chats = %+v", g)
	}
	send := func(body string) map[string]any { return p.post("appchat/send", body) }
	if got := send(`{"chatid":"g1","msgtype":"template_card","template_card":{}}`); code(got) != 40008 {
		t.Errorf("a card into a chat = %v, want 40008", got)
	}
	if got := send(`{"chatid":"none","msgtype":"text","text":{"content":"x"}}`); code(got) != 86003 {
		t.Errorf("an unknown chat = %v, want 86003", got)
	}
	send(`{"chatid":"g1","msgtype":"text","text":{"content":"<@lisi> 看一下"}}`)
	for _, user := range []string{"lisi", "wangwu"} {
		if e := p.Inbox(user); len(e) != 1 || e[0].Text != "@李四 看一下" || e[0].ChatID != "g1" || e[0].Way != simulator.InChat {
			t.Errorf("%s sees %+v", user, e)
		}
	}
	for _, tt := range []struct {
		body string
		want int
	}{
		{`{"chatid":"g1","del_user_list":["wangwu"],"add_user_list":["zhangsan"]}`, 86203},
		{`{"chatid":"g1","del_user_list":["wangwu"],"add_user_list":["zhangsan"],"owner":"zhaoliu"}`, 86005},
		{`{"chatid":"g1","del_user_list":["wangwu"],"add_user_list":["zhangsan"],"owner":"zhangsan"}`, 0},
		{`{"chatid":"g1","del_user_list":["lisi"]}`, 86006},
	} {
		if got := p.post("appchat/update", tt.body); code(got) != tt.want {
			t.Errorf("appchat/update %s = %v, want %d", tt.body, got, tt.want)
		}
	}
	info, _ := p.list("appchat/get", "chatid=g1")["chat_info"].(map[string]any)
	if fmt.Sprint(info["userlist"]) != "[lisi zhangsan]" || info["owner"] != "zhangsan" || info["name"] != "值班" {
		t.Errorf("appchat/get = %v", info)
	}
	other := p.AddApp(simulator.App{AgentID: 1000009, Departments: []int{2}})
	token := p.get("gettoken", url.Values{"corpid": {"ww1"}, "corpsecret": {other.Secret}})["access_token"].(string)
	if got := p.postAs(token, "appchat/create", `{"userlist":["lisi","zhangsan"]}`); code(got) != 48002 {
		t.Errorf("appchat/create without the root department = %v, want 48002", got)
	}
	if got := p.postAs(token, "appchat/send", `{"chatid":"g1","msgtype":"text","text":{"content":"x"}}`); code(got) != 86008 {
		t.Errorf("appchat/send into another app's chat = %v, want 86008", got)
	}
}

func TestRobots(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	r := p.AddRobot(simulator.Robot{Users: []string{"lisi"}})
	send := func(key, body string) map[string]any {
		res, err := http.Post(p.URL+"/cgi-bin/webhook/send?key="+key, "application/json", strings.NewReader(body))
		return p.read(res, err)
	}
	if got := send("wrong", `{}`); code(got) != 93000 {
		t.Errorf("a wrong key = %v, want 93000", got)
	}
	picture := "\x89PNG\r\n"
	for body, want := range map[string]int{
		`{"msgtype":"text","text":{"content":"hi <@lisi>","mentioned_list":["@all"]}}`:                                  0,
		`{"msgtype":"markdown","markdown":{"content":"` + strings.Repeat("x", 4096) + `"}}`:                             0,
		`{"msgtype":"markdown_v2","markdown_v2":{"content":"` + strings.Repeat("x", 4097) + `"}}`:                       40058,
		`{"msgtype":"image","image":{"base64":"` + base64.StdEncoding.EncodeToString([]byte(picture)) + `","md5":"x"}}`: 301019,
		`{"msgtype":"image","image":{"base64":"aGVsbG8=","md5":"5d41402abc4b2a76b9719d911017c592"}}`:                    40009,
		`{"msgtype":"news","news":{"articles":[{"title":"t","url":"https://a.example"}]}}`:                              0,
		`{"msgtype":"file","file":{"media_id":"x"}}`:                                                                    40007,
		`{"msgtype":"template_card","template_card":` + textNotice + `}`:                                                0,
		`{"msgtype":"template_card","template_card":` + buttonCard + `}`:                                                42031,
		`{"msgtype":"video","video":{}}`:                                                                                40008,
	} {
		if got := send(r.Key, body); code(got) != want {
			t.Errorf("webhook/send %.80s = %v, want %d", body, got, want)
		}
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("media", "a.txt")
	_, _ = io.WriteString(part, "hello world")
	w.Close()
	res, err := http.Post(p.URL+"/cgi-bin/webhook/upload_media?type=file&key="+r.Key, w.FormDataContentType(), &b)
	id, _ := p.read(res, err)["media_id"].(string)
	if got := send(r.Key, `{"msgtype":"file","file":{"media_id":"`+id+`"}}`); code(got) != 0 {
		t.Errorf("a robot's own file = %v", got)
	}
	if got := p.post("message/send", `{"touser":"lisi","msgtype":"file","agentid":1000002,"file":{"media_id":"`+id+`"}}`); code(got) != 40007 {
		t.Errorf("a robot's file sent by an app = %v, want 40007", got)
	}
	if n := len(p.Inbox("lisi")); n != 5 {
		t.Errorf("lisi sees %d messages of the robot, want 5", n)
	}
	for range 20 {
		send(r.Key, `{"msgtype":"text","text":{"content":"x"}}`)
	}
	if got := send(r.Key, `{"msgtype":"text","text":{"content":"x"}}`); code(got) != 45009 {
		t.Errorf("the 21st message of a minute = %v, want 45009", got)
	}
}

func TestPictures(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	link, id := p.AddPicture("ww1", "a.png", []byte("\x89PNG...."))
	res, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if string(body) != "\x89PNG...." || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("GET %s = %q, %v", link, body, res.Header)
	}
	if _, data, ok := p.Media("ww1", id); !ok || string(data) != string(body) {
		t.Errorf("Media = %q, %v", data, ok)
	}
}

func TestSeveralCorps(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	other := p.AddApp(simulator.App{CorpID: "ww2", AgentID: 1000002})
	p.AddMember(simulator.Member{CorpID: "ww2", UserID: "lisi", Name: "另一位李四"})
	token := p.get("gettoken", url.Values{"corpid": {"ww2"}, "corpsecret": {other.Secret}})["access_token"].(string)
	p.postAs(token, "message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	if len(p.Inbox("lisi")) != 0 || len(p.Inbox("ww2/lisi")) != 1 || len(p.Inbox("ww3/lisi")) != 0 {
		t.Errorf("inboxes = %v, %v", p.Inbox("lisi"), p.Inbox("ww2/lisi"))
	}
	if got := p.get("gettoken", url.Values{"corpid": {"ww1"}, "corpsecret": {other.Secret}}); code(got) != 40001 {
		t.Errorf("the secret of another corp's app = %v, want 40001", got)
	}
}

func TestRoutesAreSorted(t *testing.T) {
	t.Parallel()
	routes := simulator.Routes()
	if len(routes) < 30 || routes[0].Path >= routes[1].Path || !strings.HasPrefix(routes[0].Path, "/cgi-bin/") {
		t.Errorf("Routes = %v", routes)
	}
}

func TestWithoutListener(t *testing.T) {
	t.Parallel()
	srv := simulator.New(simulator.WithoutListener())
	defer srv.Close()
	if srv.URL != "" || srv.AddApp(simulator.App{}).CorpID != simulator.HomeCorpID {
		t.Errorf("URL = %q, apps %v", srv.URL, srv.Apps())
	}
	if _, err := simulator.Open(simulator.WithAddress("256.0.0.1:1")); err == nil {
		t.Error("Open of an impossible address = nil error")
	}
}

func TestLinkedCorps(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddMember(simulator.Member{CorpID: "ww2", UserID: "partner", Departments: []int{1}})
	for _, tt := range []struct {
		body string
		want int
	}{
		{`{"agentid":1000002,"msgtype":"text","text":{"content":"x"}}`, 82001},
		{`{"touser":["nobody"],"agentid":1000002,"msgtype":"text","text":{"content":"x"}}`, 81013},
		{`{"touser":"lisi","agentid":1000002,"msgtype":"text","text":{"content":"x"}}`, 40058},
		{`{"touser":["lisi"],"agentid":1000002,"msgtype":"template_card","template_card":{}}`, 40008},
		{`{"toall":1,"agentid":1000003,"msgtype":"text","text":{"content":"x"}}`, 301002},
	} {
		if got := p.post("linkedcorp/message/send", tt.body); code(got) != tt.want {
			t.Errorf("linkedcorp/message/send %s = %v, want %d", tt.body, got, tt.want)
		}
	}
	got := p.post("linkedcorp/message/send", `{"touser":["lisi","ww2/partner","ww2/Gone"],"toparty":["ww2/1","ww9/1"],"totag":["1","77"],"agentid":1000002,"msgtype":"text","text":{"content":"x"}}`)
	if code(got) != 0 || fmt.Sprint(got["invaliduser"], got["invalidparty"], got["invalidtag"]) != "[ww2/gone] [ww9/1] [77]" {
		t.Errorf("linkedcorp/message/send = %v", got)
	}
	if len(p.Inbox("ww2/partner")) != 1 || len(p.Inbox("lisi")) != 1 || len(p.Inbox("zhaoliu")) != 1 {
		t.Error("a receiver did not get exactly one message")
	}
}

func TestSchoolNotices(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddSchoolContact(simulator.SchoolContact{ID: "mother", Name: "母亲"})
	p.AddSchoolContact(simulator.SchoolContact{ID: "child", Name: "孩子", Student: true})
	thumb := p.AddMedia("ww1", "image", "a.png", []byte("\x89PNG...."))
	send := func(to, rest string) map[string]any {
		return p.post("externalcontact/message/send", `{`+to+`,"agentid":1000002,`+rest+`}`)
	}
	text := `"msgtype":"text","text":{"content":"放假"}`
	if got := send(`"to_parent_userid":["mother","child"]`, text); code(got) != 0 || fmt.Sprint(got["invalid_parent_userid"]) != "[child]" {
		t.Errorf("notice to parents = %v", got)
	}
	if got := send(`"toall":1,"recv_scope":2`, `"msgtype":"miniprogram","miniprogram":{"appid":"wx1","title":"t","thumb_media_id":"`+thumb+`","pagepath":"a.html"}`); code(got) != 0 {
		t.Errorf("mini-program to all = %v", got)
	}
	if got := send(`"to_student_userid":["mother"]`, text); code(got) != 81013 {
		t.Errorf("a parent as a student = %v, want 81013", got)
	}
	if got := send(`"recv_scope":0`, text); code(got) != 82001 {
		t.Errorf("nobody = %v, want 82001", got)
	}
	if len(p.Inbox("mother")) != 2 || len(p.Inbox("child")) != 1 {
		t.Errorf("mother sees %d, the child %d; want 2 and 1", len(p.Inbox("mother")), len(p.Inbox("child")))
	}
}
