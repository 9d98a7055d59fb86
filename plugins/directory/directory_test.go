package directory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/directory"
	"github.com/wecombot/wecombot/plugins/plugintest"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/wecom"
)

// platform is the simulator, and before it the operations that change the directory: noted, applied, refused on demand.
type platform struct {
	*simulator.Server
	url string

	mu      sync.Mutex
	writes  []string // "user/create {…}"
	refuse  int      // errcode of the next write
	secrets []string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{Server: simulator.New()}
	t.Cleanup(p.Close)
	back, err := url.Parse(p.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(back)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
		switch op {
		case "user/create", "user/update", "batch/invite", "department/create", "department/update", "department/delete", "tag/create", "tag/addtagusers", "tag/deltagusers":
			p.write(w, op, r)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	p.url = front.URL
	p.AddDepartment(simulator.Department{ID: 2, Name: "研发部"})
	p.AddDepartment(simulator.Department{ID: 3, Name: "测试组", ParentID: 2})
	p.AddMember(simulator.Member{UserID: "lisi", Name: "李四", Departments: []int{2}, Position: "工程师", Mobile: "13800000001"})
	p.AddMember(simulator.Member{UserID: "lisi2", Name: "李四光", Departments: []int{3}})
	p.AddMember(simulator.Member{UserID: "boss", Name: "老板"})
	p.AddTag(simulator.Tag{ID: 7, Name: "值班", Users: []string{"lisi"}})
	return p
}

func (p *platform) write(w http.ResponseWriter, op string, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	query := r.URL.Query()
	query.Del("access_token")
	p.writes = append(p.writes, strings.TrimSpace(op+" "+query.Encode()+string(body)))
	if p.refuse != 0 {
		fmt.Fprintf(w, `{"errcode":%d,"errmsg":"no"}`, p.refuse)
		p.refuse = 0
		return
	}
	if op == "user/create" {
		var m struct{ UserID, Name string }
		if err := json.Unmarshal(body, &m); err != nil {
			panic(err)
		}
		p.AddMember(simulator.Member{UserID: m.UserID, Name: m.Name})
	}
	extra := map[string]string{"department/create": `,"id":9`, "tag/create": `,"tagid":8`, "tag/addtagusers": `,"invalidlist":"nobody"`, "batch/invite": `,"invaliduser":["x"]`}[op]
	fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok"%s}`, extra)
}

// wrote takes the changes since the last call.
func (p *platform) wrote() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := strings.Join(p.writes, "\n")
	p.writes = nil
	return out
}

func newBot(t *testing.T) (*plugintest.Bot, *platform) {
	t.Helper()
	p := newPlatform(t)
	app := p.AddApp(simulator.App{CorpID: "ww1", AgentID: 1})
	sync := p.AddApp(simulator.App{CorpID: "ww1", AgentID: 2})
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "directory", directory.New) })
	b.Host.Client = func(secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error) {
		p.secrets = append(p.secrets, secret)
		if secret == "" {
			secret = app.Secret
		}
		return wecom.NewClient("ww1", secret, wecom.WithBaseURL(p.url), wecom.WithRetry(0), wecom.WithHTTPClient(&http.Client{Transport: wrap(nil)}))
	}
	b.Load("directory", "roles: [admin]\nsecret: "+sync.Secret)
	return b, p
}

func TestOnlyAdministrators(t *testing.T) {
	t.Parallel()
	b, p := newBot(t)
	for _, c := range []string{"/member 李四", "/成员 李四", "/member-disable lisi", "/dept", "/tag", "/audit", "/picture"} {
		b.User("zhangsan").Says(c).Expect("的权限，需要角色：admin")
	}
	if n := len(p.Calls()); n != 0 {
		t.Errorf("%d calls were made for somebody who may not", n)
	}
	if len(p.secrets) != 2 || p.secrets[0] != "" || p.secrets[1] == "" {
		t.Errorf("clients were made with %d secrets", len(p.secrets))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t)
	u := b.User("boss")
	u.Says("/member lisi").Expect("李四（lisi）\n职务：工程师", "部门：2")
	u.Says("/member 李四光").Expect("李四光（lisi2）")
	u.Says("/成员 李四").Expect("lisi 李四 工程师\nlisi2 李四光")
	u.Says("/member 13800000001").Expect("李四（lisi）")
	u.Says("/member 王五").Expect("没有找到：王五")
	u.Says("/member").Expect("查谁")
	u.Says("/dept").Expect("1 ", "　2 研发部\n　　3 测试组")
	u.Says("/dept 2").Expect("2 研发部\n　3 测试组")
	u.Says("/tag").Expect("7 值班")
	u.Says("/tag 7").Expect("lisi 李四")
	u.Says("/tag 99").Expect("平台拒绝了（40068）")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ say, confirm, wrote, done string }{
		{"/member-add wangwu --name 王五 --mobile 13800000002 -d 2 -d 3", "新增成员 wangwu 王五 13800000002 [2 3]。确定吗？",
			`user/create {"userid":"wangwu","name":"王五","mobile":"13800000002","department":[2,3]}`, "完成：新增成员 wangwu"},
		{"/member-set lisi --position 经理", "修改成员 李四：lisi 经理", `user/update {"userid":"lisi","position":"经理"}`, "完成"},
		{"/member-disable lisi", "停用成员 lisi（李四）", `user/update {"userid":"lisi","enable":0}`, "完成"},
		{"/启用成员 lisi", "启用成员 lisi（李四）", `user/update {"userid":"lisi","enable":1}`, "完成"},
		{"/member-invite lisi x", "邀请成员 lisi x", `batch/invite {"user":["lisi","x"]}`, "；无效：x"},
		{"/dept-add 设计组 --parent 2", "在部门 2 下新增部门 设计组", `department/create {"name":"设计组","parentid":2}`, "，编号 9"},
		{"/dept-rename 3 质量 组", "把部门 3 测试组 改名为 质量 组", `department/update {"id":3,"name":"质量 组"}`, "完成"},
		{"/dept-delete 3", "删除部门 3 测试组", `department/delete id=3`, "完成"},
		{"/tag-add 夜班", "新增标签 夜班", `tag/create {"tagname":"夜班"}`, "，编号 8"},
		{"/tag-put 7 lisi nobody", "打标签 7：lisi nobody", `tag/addtagusers {"tagid":7,"userlist":["lisi","nobody"]}`, "；无效：nobody"},
		{"/tag-drop 7 lisi", "去标签 7：lisi", `tag/deltagusers {"tagid":7,"userlist":["lisi"]}`, "完成"},
	} {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			b, p := newBot(t)
			u := b.User("boss")
			u.Says(c.say).Expect(c.confirm)
			u.Says("否").Expect("已取消")
			if got := p.wrote(); got != "" {
				t.Errorf("changed without a yes: %s", got)
			}
			u.Says(c.say).Expect(c.confirm)
			b.Restart()
			u.Says("是").Expect(c.done)
			if got := p.wrote(); got != c.wrote {
				t.Errorf("called %s\nwant   %s", got, c.wrote)
			}
			u.Says("/audit").Expect("11月21日 周六 10:00 boss " + c.confirm[:len("新增")])
			if log := b.Log(); !strings.Contains(log, "directory changed") || strings.Contains(log, "13800000002") {
				t.Errorf("log %q: want the change without what was written", log)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	b, p := newBot(t)
	u := b.User("boss")
	for say, want := range map[string]string{
		"/member-add wangwu --name 王五":                   "--mobile 或 --email",
		"/member-add wangwu --mobile 13800000002":        "要有 --name",
		"/member-add wangwu --name 王五 --email x":         "邮箱不对",
		"/member-add wangwu --name 王五 --mobile 1380000x": "手机号不对",
		"/member-set lisi":                               "改什么",
		"/member-set nobody --name x":                    "没有这个账号：nobody",
		"/member-disable boss":                           "不能停用自己",
		"/member-disable BOSS":                           "不能停用自己",
		"/dept-rename 99 x":                              "平台拒绝了（60123）",
		"/dept-rename 3":                                 "新名字",
		"/tag-add":                                       "叫什么",
		"/tag-put 7":                                     "用法：/tag-put id account …",
	} {
		u.Says(say).Expect(want)
	}
	if got := p.wrote(); got != "" {
		t.Errorf("called %s", got)
	}
	p.refuse = 60104
	u.Says("/member-set lisi --mobile 13800000003").Expect("确定吗")
	u.Says("是").Expect("平台拒绝了（60104）：no")
	u.Says("/audit 1").Expect("（没有成功）")
}

func TestAuditKeepsTheOrder(t *testing.T) {
	t.Parallel()
	b, _ := newBot(t)
	u := b.User("boss")
	u.Says("/audit").Expect("还没有改动")
	for _, name := range []string{"甲", "乙", "丙"} {
		u.Says("/tag-add " + name).Expect("确定吗")
		u.Says("是").Expect("完成")
		b.Advance(60e9)
	}
	a := u.Says("/audit 2").Expect("新增标签 丙\n").ExpectNot("甲")
	if !strings.Contains(a.Text, "乙") {
		t.Errorf("audit %q", a.Text)
	}
}

func TestPicture(t *testing.T) {
	t.Parallel()
	b, p := newBot(t)
	client, err := b.Host.Client("", func(http.RoundTripper) http.RoundTripper { return http.DefaultTransport })
	if err != nil {
		t.Fatal(err)
	}
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0}, 100)...)
	media, err := client.Media.Upload(t.Context(), "image", &wecom.File{Name: "a.png", ContentType: "image/png", Body: bytes.NewReader(png)})
	if err != nil {
		t.Fatal(err)
	}
	u := b.User("boss")
	u.Says("/picture").Expect("请发一张图片")
	u.Says("这里").Expect("请发一张图片")
	u.Sends("<MsgType>image</MsgType><PicUrl>http://pic</PicUrl><MediaId>"+media.MediaID+"</MediaId>", "a picture").Expect("永久地址：http")
	if n := len(p.CallsTo("media/uploadimg")); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
}

func TestNeedsAnAPI(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "directory", directory.New) })
	b.Refuses("directory", "roles: [admin]", "no API")
	b.Refuses("directory", "{}", "roles")
}
