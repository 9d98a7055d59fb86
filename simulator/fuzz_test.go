package simulator

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// FuzzReply feeds arbitrary answers of an app, also ones that are sealed properly.
func FuzzReply(f *testing.F) {
	f.Add("", "success")
	f.Add("<xml><ToUserName>lisi</ToUserName><FromUserName>ww1</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>x</Content></xml>", "")
	f.Add("<xml><ToUserName>lisi</ToUserName><FromUserName>ww1</FromUserName><CreateTime>1</CreateTime><MsgType>update_template_card</MsgType><TemplateCard><CardType>text_notice</CardType></TemplateCard></xml>", "<xml><Encrypt>x</Encrypt></xml>")
	f.Add("<xml><ToUserName>lisi</ToUserName><FromUserName>ww1</FromUserName><CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item/></Articles></xml>", "<a/>")
	f.Fuzz(func(t *testing.T, plain, raw string) {
		s := New(WithoutListener())
		defer s.Close()
		s.AddMember(Member{UserID: "lisi"})
		a := s.AddApp(App{CorpID: "ww1", CallbackURL: "http://app.example"})
		for _, m := range []Message{Text("hi"), Click("k")} {
			d, target, problem := s.begin(a, "lisi", m)
			if problem != "" {
				t.Fatal(problem)
			}
			s.mu.Lock()
			s.acceptReply(d, target, []byte(raw))
			s.acceptReply(d, target, []byte(target.envelope.sealReply(plain, "ww1")))
			seen := d.Seen
			s.mu.Unlock()
			if seen != (len(s.Inbox("lisi")) > 0) {
				t.Errorf("seen = %v with %d messages in the inbox", seen, len(s.Inbox("lisi")))
			}
			if seen {
				return
			}
		}
	})
}

// FuzzCall feeds arbitrary bodies to every path.
func FuzzCall(f *testing.F) {
	f.Add(`{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	f.Add(`{"touser":"lisi","msgtype":"template_card","agentid":1000002,"template_card":{"card_type":"vote_interaction","checkbox":null,"button_list":[null]}}`)
	f.Add(`{"msgtype":"news","news":{"articles":[null]},"touser":"@all","agentid":"1000002"}`)
	f.Add(`{"button":[{"name":"x","sub_button":[{}]}]}`)
	f.Add(`{"userids":[""],"atall":1,"template_card":{},"response_code":""}`)
	f.Add(`"\ud800"`)
	f.Fuzz(func(t *testing.T, body string) {
		s := New(WithoutListener())
		defer s.Close()
		Demo(s)
		a := s.AddApp(App{CorpID: "ww1", AgentID: 1000002, CallbackURL: "http://app.example"})
		r := s.AddRobot(Robot{Key: "key0123456789", Users: []string{"lisi"}})
		token := &token{value: "t", app: s.findApp(a), expires: s.opt.now().Add(s.opt.tokenLife)}
		s.tokens["t"] = token
		for _, route := range Routes() {
			req := httptest.NewRequest(route.Method, route.Path+"?access_token=t&agentid=1000002&key="+r.Key+"&type=file&chatid=x&code=x&tagid=1&department_id=1", strings.NewReader(body))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, req)
			if w.Code != http.StatusOK || w.Body.Len() == 0 {
				t.Errorf("%s %s with %q: status %d, %q", route.Method, route.Path, body, w.Code, w.Body)
			}
		}
	})
}

// madeByUs are all tags that a rendering may hold.
var madeByUs = regexp.MustCompile(`^(?:[^<>]|</?(?:blockquote|strong|code|br)>|</?div>|<div class="(?:md-line|md-h md-h[1-6]|tc-(?:gray|normal|highlight))">|` +
	`</?span>|<span class="md-(?:info|comment|warning)">|</a>|<a href="https?://[^"<>]*" target="_blank" rel="noopener noreferrer">)*$`)

// FuzzMarkup looks for a way to smuggle markup into the chat page.
func FuzzMarkup(f *testing.F) {
	f.Add("# a **b** [c](https://a.example) `d`\n> <font color=\"info\">e</font>")
	f.Add(`<a href="https://a.example/?q=1&b=2">x</a> <a href="javascript:alert(1)">y</a> http://b.example/"onclick=x`)
	f.Add("[x](https://a.example/\"onmouseover=alert(1))")
	f.Add(`<div class="gray"><script></div><br/>`)
	f.Add("**<font color=\"info\">**`</font>`")
	f.Fuzz(func(t *testing.T, s string) {
		for name, render := range map[string]func(string) string{"MarkdownHTML": MarkdownHTML, "TextHTML": TextHTML, "CardHTML": CardHTML} {
			if got := render(s); !madeByUs.MatchString(got) {
				t.Errorf("%s(%q) = %s", name, s, got)
			}
		}
		MarkdownText(s)
	})
}

// FuzzParseFault checks that what is read is written the same way.
func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"42001@3", "message/send:slow=2s@2-5,7-", "callback:duplicate@*2", "@", ":", "=@-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseFault(s)
		if err != nil {
			return
		}
		if again, err := ParseFault(got.String()); err != nil || again.String() != got.String() {
			t.Errorf("ParseFault(%q) = %q, which reads as %q, %v", s, got, again, err)
		}
	})
}
