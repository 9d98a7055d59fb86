package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	ask := func(corp, secret string) map[string]any {
		return p.get("gettoken", url.Values{"corpid": {corp}, "corpsecret": {secret}})
	}
	first := ask("ww1", p.app.Secret)
	now.Advance(time.Hour)
	again := ask("ww1", p.app.Secret)
	if first["access_token"] != again["access_token"] || first["expires_in"] != 7200.0 || again["expires_in"] != 3600.0 {
		t.Errorf("a second gettoken = %v after %v, want the same token with the rest of its life", again["expires_in"], first["expires_in"])
	}
	value := first["access_token"].(string)
	now.Advance(time.Hour)
	if got := p.postAs(value, "message/send", "{}"); code(got) != 42001 {
		t.Errorf("expired token = %v, want 42001", got)
	}
	if got := ask("ww1", p.app.Secret)["access_token"]; got == value {
		t.Error("gettoken after the end of the token's life gave the old one")
	}
	p.RevokeTokens()
	if got := p.postAs(p.token(), "message/send", "{}"); code(got) == 40014 {
		t.Errorf("a fresh token after RevokeTokens = %v", got)
	}
	for name, got := range map[string]struct {
		answer map[string]any
		want   int
	}{
		"no token":     {p.get("user/get", url.Values{"userid": {"lisi"}}), 41001},
		"mangled":      {p.postAs(value+"x", "message/send", "{}"), 40014},
		"no corp":      {ask("", "x"), 41002},
		"no secret":    {ask("ww1", ""), 41004},
		"wrong corp":   {ask("ww2", "x"), 40013},
		"wrong secret": {ask("ww1", "x"), 40001},
	} {
		if code(got.answer) != got.want {
			t.Errorf("%s: %v, want %d", name, got.answer, got.want)
		}
	}
	for range 40 {
		ask("ww1", "wrong")
	}
	if got := ask("ww1", p.app.Secret); code(got) != 45009 {
		t.Errorf("gettoken after many wrong secrets = %v, want 45009", got)
	}
	now.Advance(time.Hour + time.Second)
	if got := ask("ww1", p.app.Secret); code(got) != 0 {
		t.Errorf("gettoken an hour later = %v, want a token", got)
	}
}

func TestUntrustedIP(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.app.TrustedIPs = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	p.AddApp(p.app)
	got := p.post("message/send", "{}")
	if code(got) != 60020 || !strings.Contains(got["errmsg"].(string), "from ip: 127.0.0.1") {
		t.Errorf("call from an untrusted address = %v, want 60020 with the address", got)
	}
}

func TestUnknownPathIsNotFound(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, path := range []string{"/", "/cgi-bin/", "/cgi-bin/message/sent", "/message/send"} {
		res, err := http.Get(p.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, res.StatusCode)
		}
	}
	if got := p.get("message/send", url.Values{"access_token": {p.token()}}); code(got) != 40058 {
		t.Errorf("GET message/send = %v, want 40058", got)
	}
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	got := p.get("user/get", url.Values{"access_token": {p.token()}, "userid": {"LISI"}})
	if got["userid"] != "lisi" || got["name"] != "李四" || got["position"] != "研发经理" || fmt.Sprint(got["direct_leader"]) != "[zhaoliu]" ||
		fmt.Sprint(got["department"]) != "[2]" || fmt.Sprint(got["is_leader_in_dept"]) != "[1]" {
		t.Errorf("user/get = %v", got)
	}
	for id, want := range map[string]int{"": 41009, "nobody": 60111} {
		if got := p.get("user/get", url.Values{"access_token": {p.token()}, "userid": {id}}); code(got) != want {
			t.Errorf("user/get %q = %v, want %d", id, got, want)
		}
	}
	p.app.Departments = []int{3}
	p.AddApp(p.app)
	if got := p.get("user/get", url.Values{"access_token": {p.token()}, "userid": {"lisi"}}); code(got) != 60011 {
		t.Errorf("user/get outside the scope = %v, want 60011", got)
	}
}

func TestSendChecks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	media := p.AddMedia("ww1", "image", "a.png", []byte("\x89PNG....."))
	many := strings.TrimSuffix(strings.Repeat("u|", 1001), "|")
	for _, tt := range []struct {
		name, body string
		want       int
	}{
		{"text", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 0},
		{"agentid as a string", `{"touser":"lisi","msgtype":"text","agentid":"1000002","text":{"content":"hi"}}`, 0},
		{"not JSON", `{"touser":`, 40058},
		{"wrong kind of field", `{"touser":["lisi"],"msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 40058},
		{"escaped Chinese", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"\u4f60"}}`, 40033},
		{"escaped bracket", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"\u003c"}}`, 40033},
		{"a backslash and a u", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"\\u4f60"}}`, 0},
		{"no receiver", `{"msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 82001},
		{"bars only", `{"touser":"||","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 82001},
		{"nobody valid", `{"touser":"a|b","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 81013},
		{"too many users", `{"touser":"` + many + `","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 40032},
		{"too many departments", `{"toparty":"` + many + `","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 82002},
		{"too many tags", `{"totag":"` + many + `","msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`, 82003},
		{"no agentid", `{"touser":"lisi","msgtype":"text","text":{"content":"hi"}}`, 41011},
		{"bad agentid", `{"touser":"lisi","msgtype":"text","agentid":0,"text":{"content":"hi"}}`, 40056},
		{"foreign agentid", `{"touser":"lisi","msgtype":"text","agentid":1000003,"text":{"content":"hi"}}`, 301002},
		{"no msgtype", `{"touser":"lisi","agentid":1000002,"text":{"content":"hi"}}`, 40008},
		{"unknown msgtype", `{"touser":"lisi","msgtype":"markdown_v2","agentid":1000002,"markdown_v2":{"content":"hi"}}`, 40008},
		{"no object", `{"touser":"lisi","msgtype":"text","agentid":1000002}`, 40058},
		{"empty text", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":""}}`, 44004},
		{"safe 2", `{"touser":"lisi","msgtype":"text","agentid":1000002,"safe":2,"text":{"content":"x"}}`, 40058},
		{"markdown", `{"touser":"lisi","msgtype":"markdown","agentid":1000002,"markdown":{"content":"` + strings.Repeat("x", 2048) + `"}}`, 0},
		{"markdown too long", `{"touser":"lisi","msgtype":"markdown","agentid":1000002,"markdown":{"content":"` + strings.Repeat("x", 2049) + `"}}`, 40058},
		{"image", `{"touser":"lisi","msgtype":"image","agentid":1000002,"image":{"media_id":"` + media + `"}}`, 0},
		{"image as a file", `{"touser":"lisi","msgtype":"file","agentid":1000002,"file":{"media_id":"` + media + `"}}`, 40007},
		{"no media id", `{"touser":"lisi","msgtype":"image","agentid":1000002,"image":{}}`, 41006},
		{"text card", `{"touser":"lisi","msgtype":"textcard","agentid":1000002,"textcard":{"title":"t","description":"d","url":"https://a.example"}}`, 0},
		{"text card without title", `{"touser":"lisi","msgtype":"textcard","agentid":1000002,"textcard":{"description":"d","url":"https://a.example"}}`, 41016},
		{"text card without url", `{"touser":"lisi","msgtype":"textcard","agentid":1000002,"textcard":{"title":"t","description":"d"}}`, 41010},
		{"text card without scheme", `{"touser":"lisi","msgtype":"textcard","agentid":1000002,"textcard":{"title":"t","description":"d","url":"a.example"}}`, 40094},
		{"news", `{"touser":"lisi","msgtype":"news","agentid":1000002,"news":{"articles":[{"title":"t","url":"https://a.example"}]}}`, 0},
		{"news without articles", `{"touser":"lisi","msgtype":"news","agentid":1000002,"news":{"articles":[]}}`, 40063},
		{"nine articles", `{"touser":"lisi","msgtype":"news","agentid":1000002,"news":{"articles":[{},{},{},{},{},{},{},{},{}]}}`, 45008},
		{"safe news", `{"touser":"lisi","msgtype":"news","agentid":1000002,"safe":1,"news":{"articles":[{"title":"t","url":"https://a.example"}]}}`, 40074},
		{"unknown card", `{"touser":"lisi","msgtype":"template_card","agentid":1000002,"template_card":{"card_type":"x"}}`, 42031},
	} {
		if got := p.post("message/send", tt.body); code(got) != tt.want {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.want)
		}
	}
}

func TestSendReceivers(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddMember(simulator.Member{UserID: "nolicence", Unlicensed: true})
	send := func(to string) map[string]any {
		return p.post("message/send", `{`+to+`,"msgtype":"text","agentid":1000002,"text":{"content":"hi"}}`)
	}
	got := send(`"touser":"LiSi|GoneAway|nolicence|lisi","toparty":"2|99","totag":"1|x"`)
	if code(got) != 0 || got["invaliduser"] != "goneaway" || got["invalidparty"] != "99" || got["invalidtag"] != "x" ||
		got["unlicenseduser"] != "nolicence" || got["msgid"] == "" {
		t.Errorf("send to good and bad = %v", got)
	}
	for user, want := range map[string]int{"lisi": 1, "zhangsan": 1, "sunqi": 1, "zhaoliu": 1, "wangwu": 0, "nolicence": 0} {
		if n := len(p.Inbox(user)); n != want {
			t.Errorf("%s sees %d messages, want %d", user, n, want)
		}
	}
	send(`"touser":"@all","toparty":"99"`)
	if n := len(p.Inbox("wangwu")); n != 1 {
		t.Errorf("wangwu sees %d messages of @all, want 1", n)
	}
	p.app.Tags = []int{1}
	p.AddApp(p.app)
	if got := send(`"touser":"zhangsan|lisi"`); got["invaliduser"] != "zhangsan" {
		t.Errorf("send beyond the visible scope = %v, want zhangsan invalid", got)
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.post("message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x`+strings.Repeat("你", 700)+`"}}`)
	e := p.Inbox("lisi")[0]
	if want := "x" + strings.Repeat("你", 682); e.Text != want || !e.Cut {
		t.Errorf("a text of 2,101 bytes shows %d bytes, cut %v; want %d, true", len(e.Text), e.Cut, len(want))
	}
}

func TestOtherTypesAreCut(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	long := strings.Repeat("字", 600) // 600 characters, 1,800 bytes
	video := p.AddMedia("ww1", "video", "a.mp4", make([]byte, 10))
	for _, body := range []string{
		`"msgtype":"textcard","textcard":{"title":"` + long + `","description":"` + long + `","url":"https://a.example","btntxt":"五个字按钮"}`,
		`"msgtype":"news","news":{"articles":[{"title":"` + long + `","description":"` + long + `","url":"https://a.example"}]}`,
		`"msgtype":"video","video":{"media_id":"` + video + `","title":"` + long + `"}`,
	} {
		p.post("message/send", `{"touser":"lisi","agentid":1000002,`+body+`}`)
	}
	for i, want := range []int{128*3 + 1 + 512*3, 42*3 + 1 + 170*3, len("[视频] ") + 42*3} {
		e := p.Inbox("lisi")[i]
		if len(e.Text) != want || !e.Cut || bytes.Contains(e.Body, []byte(long)) {
			t.Errorf("%s shows %d bytes, cut %v; want %d", e.Type, len(e.Text), e.Cut, want)
		}
	}
}

func TestDuplicateCheck(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	send := func(text, more string) map[string]any {
		return p.post("message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"`+text+`"}`+more+`}`)
	}
	first := send("a", "")
	again := send("a", `,"enable_duplicate_check":1`)
	if first["msgid"] != again["msgid"] || len(p.Inbox("lisi")) != 1 {
		t.Errorf("a repeated send = %v after %v, shown %d times; want once", again, first, len(p.Inbox("lisi")))
	}
	send("a", "")                            // nobody asked
	send("b", `,"enable_duplicate_check":1`) // another text
	now.Advance(1801 * time.Second)          // the default interval
	send("a", `,"enable_duplicate_check":1`) // too late for a duplicate
	if n := len(p.Inbox("lisi")); n != 4 {
		t.Errorf("%d messages shown, want 4", n)
	}
	now.Advance(time.Minute)
	send("a", `,"enable_duplicate_check":1,"duplicate_check_interval":30`)
	if n := len(p.Inbox("lisi")); n != 5 {
		t.Errorf("%d messages shown, want 5: the interval is over", n)
	}
}

func TestPaceDropsInSilence(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	token := p.token()
	send := func(n int) {
		body := `{"touser":"lisi|wangwu","msgtype":"text","agentid":1000002,"text":{"content":"` + fmt.Sprint(n) + `"}}`
		if got := p.postAs(token, "message/send", body); code(got) != 0 {
			t.Fatalf("send %d = %v", n, got)
		}
	}
	for n := range 32 {
		send(n)
	}
	if seen, lost := len(p.Inbox("lisi")), p.Lost("lisi"); seen != 30 || len(lost) != 2 || lost[0].Reason != simulator.LostPace {
		t.Errorf("of 32 in a minute %d are seen, lost %+v; want 30 and 2", seen, lost)
	}
	now.Advance(61 * time.Second)
	send(33)
	if seen := len(p.Inbox("lisi")); seen != 31 {
		t.Errorf("a minute later %d are seen, want 31", seen)
	}
}

func TestDailyQuota(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, simulator.WithDailyQuota(3))
	body := `{"touser":"lisi|wangwu","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`
	if got := p.post("message/send", body); code(got) != 0 {
		t.Errorf("first send = %v", got)
	}
	if got := p.post("message/send", body); code(got) != 45009 {
		t.Errorf("send over the day's quota = %v, want 45009", got)
	}
}

func TestWeChatReadersSeeNoMarkdown(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.post("message/send", `{"touser":"sunqi|lisi","msgtype":"markdown","agentid":1000002,"markdown":{"content":"**hi** <font color=\"info\">ok</font>"}}`)
	if len(p.Inbox("sunqi")) != 0 || p.Inbox("lisi")[0].Text != "hi ok" {
		t.Errorf("sunqi sees %+v, lisi %+v", p.Inbox("sunqi"), p.Inbox("lisi"))
	}
	if lost := p.Lost(""); len(lost) != 1 || lost[0].Reason != simulator.LostReader || lost[0].User != "sunqi" {
		t.Errorf("Lost = %+v, want sunqi's", lost)
	}
}

func TestRecall(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	got := p.post("message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	id := got["msgid"].(string)
	if got := p.post("message/recall", `{"msgid":"nope"}`); code(got) != 40058 {
		t.Errorf("recall of an unknown message = %v, want 40058", got)
	}
	if got := p.post("message/recall", `{"msgid":"`+id+`"}`); code(got) != 0 || !p.Inbox("lisi")[0].Recalled {
		t.Errorf("recall = %v, inbox %+v", got, p.Inbox("lisi"))
	}
	now.Advance(25 * time.Hour)
	if got := p.post("message/recall", `{"msgid":"`+id+`"}`); code(got) != 42052 {
		t.Errorf("recall a day later = %v, want 42052", got)
	}
}

func upload(t *testing.T, p *platform, kind, name string, data []byte) map[string]any {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("media", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	w.Close()
	res, err := http.Post(p.URL+"/cgi-bin/media/upload?type="+kind+"&access_token="+p.token(), w.FormDataContentType(), &b)
	return p.read(res, err)
}

func TestMedia(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	data := []byte("%PDF-1.4 a tiny file")
	got := upload(t, p, "file", "报告.pdf", data)
	id, _ := got["media_id"].(string)
	if code(got) != 0 || got["created_at"] != fmt.Sprint(now.Now().Unix()) || got["type"] != "file" {
		t.Fatalf("upload = %v, want created_at as a string", got)
	}
	fetch := func(id, byteRange string) (status int, name string, body []byte) {
		req, _ := http.NewRequest(http.MethodGet, p.URL+"/cgi-bin/media/get?media_id="+id+"&access_token="+p.token(), nil)
		if byteRange != "" {
			req.Header.Set("Range", byteRange)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ = io.ReadAll(res.Body)
		return res.StatusCode, res.Header.Get("Content-Disposition"), body
	}
	if _, name, body := fetch(id, ""); !bytes.Equal(body, data) || !strings.Contains(name, "报告.pdf") {
		t.Errorf("media/get = %q, %q", body, name)
	}
	if status, _, body := fetch(id, "bytes=0-3"); status != http.StatusPartialContent || string(body) != "%PDF" {
		t.Errorf("media/get of a range = %d %q", status, body)
	}
	for _, tt := range []struct {
		kind, name string
		size, want int
	}{
		{"film", "a.mp4", 100, 40004}, {"image", "a.gif", 100, 40005}, {"file", "a.txt", 5, 40006}, {"file", "a.txt", 6, 0},
		{"voice", "a.amr", 2<<20 + 1, 40006}, {"image", "A.JPG", 100, 0}, {"file", "a.txt", 0, 44001},
	} {
		if got := upload(t, p, tt.kind, tt.name, make([]byte, tt.size)); code(got) != tt.want {
			t.Errorf("upload %s %s of %d bytes = %v, want %d", tt.kind, tt.name, tt.size, got, tt.want)
		}
	}
	now.Advance(72 * time.Hour)
	if _, _, body := fetch(id, ""); !strings.Contains(string(body), "40007") {
		t.Errorf("media/get after three days = %q, want 40007", body)
	}
}

func TestCallsHideSecrets(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	token := p.token()
	p.postAs(token, "message/send", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	all, err := json.Marshal(p.Calls())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(all, []byte(token)) || bytes.Contains(all, []byte(p.app.Secret)) {
		t.Errorf("the record of calls holds a secret: %s", all)
	}
	calls := p.CallsTo("message/send")
	if len(calls) != 1 || calls[0].AgentID != p.app.AgentID || calls[0].Status != 200 || !strings.Contains(calls[0].Body, `"lisi"`) {
		t.Errorf("CallsTo(message/send) = %+v", calls)
	}
}

func TestAddressLists(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, path := range []string{"getcallbackip", "get_api_domain_ip"} {
		if got := p.get(path, url.Values{"access_token": {p.token()}}); code(got) != 0 || got["ip_list"] == nil {
			t.Errorf("%s = %v", path, got)
		}
	}
}
