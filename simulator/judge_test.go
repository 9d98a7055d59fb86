package simulator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/wecom"
)

// The simulator judges the production packages here: what they write must be what it accepts, and the other way round.

// judged are replies of every kind.
func judged(image, file string) map[string]reply.Reply {
	pic, doc := reply.Media{ID: image}, reply.Media{ID: file, Name: "a.pdf"}
	page := reply.Page("https://a.example")
	return map[string]reply.Reply{
		"text":     reply.Text("a <b> & \"c\" ]]> \x1d 你好"),
		"long":     reply.Text(strings.Repeat("很长。", 1000)),
		"markdown": reply.Markdown("# 标题\n\n**粗** <font color=\"info\">好</font> `code`\n\n> 引用"),
		"image":    reply.Image(pic),
		"file":     reply.File(doc),
		"news":     reply.News(reply.Article{Title: "T", Description: "D", URL: "https://a.example", PicURL: "https://a.example/p.png"}),
		"textcard": reply.TextCard("领奖", `<div class="gray">今天</div>`, "https://a.example").Button("更多"),
		"mpnews":   reply.MPNews(reply.MPArticle{Title: "T", Thumb: pic, Content: "<p>x</p>"}),
		"notice": reply.Notice("标题").Desc("说明").Source("来源", "https://a.example/i.png", 1).Menu("静音", "mute").Emphasis("100", "数据").
			Field("k", "v").FieldLink("官网", "看", "https://a.example").FieldFile("附件", doc).FieldMember("人", "李四", "lisi").
			Quote("引", "用", page).Jump("去", page).Open(page),
		"newscard":                 reply.NewsCard("标题").Image("https://a.example/p.png", 1.5).Section("段", "落").Field("k", "v").Open(page),
		"buttons":                  reply.Card("发布？").Field("k", "v").Menu("转交", "forward").Question("env", "环境", reply.Opt("p", "生产")).Button("同意", "yes").Button("驳回", "no"),
		"vote":                     reply.Vote("午饭", reply.Opt("a", "面"), reply.Opt("b", "饭")).Multiple().Submit("投票", "vote"),
		"select":                   reply.Select("会议").Question("day", "哪天", reply.Opt("1", "周一"), reply.Opt("2", "周二")),
		"notice of a mini-program": reply.MiniProgramNotice("wx123", "会议室预订成功").Item("会议室", "402"),
		"task card":                reply.TaskCard("审批", "3 天").Button(reply.TaskButton{Key: "y", Name: "批准"}),
	}
}

func TestRepliesAreAccepted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.SetCallbackURL(p.app, "http://127.0.0.1:1/")
	image := p.AddMedia("ww1", "image", "a.png", []byte("\x89PNG...."))
	file := p.AddMedia("ww1", "file", "a.pdf", []byte("%PDF-1.4"))
	client := p.client()
	for name, r := range judged(image, file) {
		units, err := r.Units(reply.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for n, u := range units {
			u = u.WithTaskID(fmt.Sprintf("%s-%d", strings.ReplaceAll(name, " ", "_"), n))
			req := &wecom.SendRequest{ToUser: "lisi", AgentID: p.app.AgentID, MsgType: u.MsgType, Body: u.Body}
			if _, err := client.Messages.Send(t.Context(), req); err != nil {
				t.Errorf("%s: %v\n%s", name, err, u.Body)
			}
		}
	}
	for _, e := range p.Inbox("lisi") {
		if e.Cut {
			t.Errorf("the platform cuts %s: %.60s…", e.Type, e.Text)
		}
	}
}

func (p *platform) client() *wecom.Client {
	p.t.Helper()
	c, err := wecom.NewClient(p.app.CorpID, p.app.Secret, wecom.WithBaseURL(p.URL))
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

func TestPassiveRepliesAreAccepted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	image := p.AddMedia("ww1", "image", "a.png", []byte("\x89PNG...."))
	file := p.AddMedia("ww1", "file", "a.pdf", []byte("%PDF-1.4"))
	var unit reply.Unit
	p.serve(func(c *callback) string {
		return string(unit.AppendPassive(nil, reply.Header{To: c.From, From: c.Corp, CreateTime: time.Now().Unix()}))
	})
	tried := 0
	for name, r := range judged(image, file) {
		units, err := r.Units(reply.Options{})
		if err != nil || !units[0].CanPassive() {
			continue
		}
		unit = units[0]
		tried++
		if d := p.Say(t.Context(), p.app, "lisi", "hi"); !d.Seen || d.Reply.Text != unit.Plain && name == "text" {
			t.Errorf("%s: %+v", name, d.Problem)
		}
	}
	if tried < 3 {
		t.Errorf("%d replies could be passive, want text, image and news at least", tried)
	}
	card := reply.Card("发布？").Field("k", "v").Button("同意", "yes").Button("驳回", "no")
	sent, err := card.Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range []reply.Reply{reply.UpdateButton("已同意"), reply.UpdateCard(card.ReplaceText("已同意"))} {
		task := fmt.Sprintf("t-%d", n)
		u := sent[0].WithTaskID(task)
		req := &wecom.SendRequest{ToUser: "lisi", AgentID: p.app.AgentID, MsgType: u.MsgType, Body: u.Body}
		if _, err := p.client().Messages.Send(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		units, err := r.Units(reply.Options{})
		if err != nil {
			t.Fatal(err)
		}
		unit = units[0]
		if d := p.Press(t.Context(), p.app, "lisi", task, "yes"); !d.Seen || !strings.Contains(d.Reply.Text, "[已同意]") {
			t.Errorf("update %d: %+v", n, d)
		}
	}
}

func TestCallbacksOpenAndParse(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	keys, err := crypto.New(p.app.Token, []string{p.app.EncodingAESKey}, p.app.CorpID)
	if err != nil {
		t.Fatal(err)
	}
	var plain string
	p.serve(func(c *callback) string { plain = c.Plain; return "" })
	for _, m := range []simulator.Message{
		simulator.Text("a ]]> \x1d b"), simulator.Image("https://a.example/p", "m1"), simulator.Voice("m2", "amr"), simulator.Video("m3", "m4"),
		simulator.Location(31.2, 121.5, 16, "上海"), simulator.Link("t", "d", "https://a.example", ""), simulator.Click("k"), simulator.Enter(),
		simulator.Subscribe(), simulator.Located(31.2, 121.5, 65), simulator.Scan("scancode_waitmsg", "k", "result"), simulator.View("https://a.example"),
	} {
		d := p.Send(t.Context(), p.app, "lisi", m)
		got, err := message.Parse([]byte(plain))
		if err != nil || string(got.Type) != m.Type || got.From != "lisi" || got.AgentID != p.app.AgentID || got.ID != d.MsgID {
			t.Errorf("Parse(%s) = %+v, %v", plain, got, err)
		}
		last := d.Attempts[len(d.Attempts)-1]
		env, err := message.ParseEnvelope([]byte(last.Request))
		if err != nil {
			t.Fatal(err)
		}
		q := map[string]string{}
		for pair := range strings.SplitSeq(last.Query, "&") {
			k, v, _ := strings.Cut(pair, "=")
			q[k] = v
		}
		opened, err := keys.Open(q["msg_signature"], q["timestamp"], q["nonce"], env.Encrypt)
		if err != nil || string(opened.Message) != d.Plaintext {
			t.Errorf("Open = %q, %v, want %q", opened.Message, err, d.Plaintext)
		}
	}
}

func TestTheClientRenewsItsToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client()
	if _, err := c.Users.Get(t.Context(), "lisi"); err != nil {
		t.Fatal(err)
	}
	p.RevokeTokens()
	if u, err := c.Users.Get(t.Context(), "lisi"); err != nil || u.Name != "李四" {
		t.Errorf("Get after the token was revoked = %+v, %v", u, err)
	}
	if n := len(p.CallsTo("gettoken")); n != 2 {
		t.Errorf("%d gettoken calls, want 2", n)
	}
	if _, err := c.Users.Get(t.Context(), "nobody"); !errors.Is(err, wecom.ErrUserNotFound) {
		t.Errorf("Get of nobody = %v, want ErrUserNotFound", err)
	}
}
