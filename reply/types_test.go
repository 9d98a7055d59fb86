package reply

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// A sample is one message with its golden files: testdata/<doc>/<name>.golden is the JSON of all units, with
// <name>.xml.golden the passive form of the first.
type sample struct {
	doc, name string
	reply     Reply
	target    Target
	passive   bool
}

var pic = Media{ID: "3a8asd892asd8asd"}

var samples = []sample{
	{"90236", "text", Text("你的快递已到\n出发前可查看<a href=\"https://work.weixin.qq.com\">邮件中心</a>"), TargetApp, true},
	{"90236", "image", Image(pic), TargetApp, true},
	{"90236", "voice", Voice(pic), TargetApp, true},
	{"90236", "video", Video(pic).Title("标题").Description("描述 <&>"), TargetApp, true},
	{"90236", "file", File(pic), TargetApp, false},
	{"90236", "file_upload", File(Media{Path: "/srv/report.pdf"}), TargetApp, false},
	{"90236", "textcard", TextCard("领奖通知", `<div class="gray">2016年9月26日</div><div class="normal">恭喜你</div>a<br>b`, "https://example.com/?a=1&b=2").Button("更多"), TargetApp, false},
	{"90236", "news", News(Article{Title: "T", Description: "D", URL: "https://example.com", PicURL: "https://example.com/p.png"}).
		Article(Article{Title: "第二", URL: "https://example.com/2"}), TargetApp, true},
	{"90236", "news_mini", News(Article{Title: "T", AppID: "wx123", PagePath: "pages/index"}), TargetApp, false},
	{"90236", "mpnews", MPNews(MPArticle{Title: "T", Thumb: pic, Author: "a", SourceURL: "https://example.com", Content: "<p>正文</p>", Digest: "d"}), TargetApp, false},
	{"90236", "markdown", Markdown("**完成** <font color=\"info\">ok</font>\n> 引用"), TargetApp, false},
	{"90236", "miniprogram_notice", MiniProgramNotice("wx123", "会议室预订成功通知").Page("pages/index?a=1").Description("4月27日 16:16").EmphasizeFirst().
		Item("会议室", "402").Item("时间", "9:00"), TargetApp, false},
	{"90236", "interactive_taskcard", TaskCard("赵明登的礼物申请", "礼品：A31茶具套装").URL("https://example.com").TaskID("task123").
		Button(TaskButton{Key: "key111", Name: "批准", Color: "red", Bold: true}).Button(TaskButton{Key: "key222", Name: "驳回"}), TargetApp, false},
	{"90236", "taskcard", TaskCard("T", "D").Old().Button(TaskButton{Key: "k", Name: "批准", ReplaceName: "已批准"}), TargetApp, false},
	{"90236", "card_text_notice", fullNotice(), TargetApp, false},
	{"90236", "card_news_notice", fullNewsCard(), TargetApp, false},
	{"90236", "card_button_interaction", fullCard(), TargetApp, false},
	{"90236", "card_vote_interaction", fullVote(), TargetApp, false},
	{"90236", "card_multiple_interaction", fullSelect(), TargetApp, false},
	{"94888", "update_button", UpdateButton("已同意"), TargetApp, true},
	{"94888", "update_template_card_text_notice", UpdateCard(fullNotice()), TargetApp, true},
	{"94888", "update_template_card_news_notice", UpdateCard(fullNewsCard()), TargetApp, true},
	{"94888", "update_template_card_button_interaction", UpdateCard(fullCard().ReplaceText("已同意").Disable()), TargetApp, true},
	{"94888", "update_template_card_vote_interaction", UpdateCard(fullVote().ReplaceText("已投票").Disable()), TargetApp, true},
	{"94888", "update_template_card_multiple_interaction", UpdateCard(fullSelect().ReplaceText("已提交").Disable()), TargetApp, true},
	{"94888", "update_template_card_json_only", UpdateCard(Card("T").LinkButton("看", "https://example.com")), TargetApp, false},
	{"91579", "update_taskcard", UpdateTaskCard("已批准"), TargetApp, true},
	{"90248", "text", WithMentions(Text("开会"), Mentions{Users: []string{"zhangsan", "@all"}}), TargetChat, false},
	{"90248", "image", Image(pic), TargetChat, false},
	{"90248", "voice", Voice(pic), TargetChat, false},
	{"90248", "video", Video(pic), TargetChat, false},
	{"90248", "file", File(pic), TargetChat, false},
	{"90248", "textcard", TextCard("T", "D", "https://example.com"), TargetChat, false},
	{"90248", "news", News(Article{Title: "T", URL: "https://example.com"}), TargetChat, false},
	{"90248", "mpnews", MPNews(MPArticle{Title: "T", Thumb: Media{Data: []byte("picture")}, Content: "C"}), TargetChat, false},
	{"90248", "markdown", WithMentions(Markdown("**开会**"), Mentions{Users: []string{"zhangsan"}}), TargetChat, false},
	{"90248", "card_as_text", Notice("T").Field("k", "v").Open(Page("https://example.com")), TargetChat, false},
	{"90250", "text", Text("你好"), TargetLinked, false},
	{"90250", "image", Image(pic), TargetLinked, false},
	{"90250", "voice", Voice(pic), TargetLinked, false},
	{"90250", "video", Video(pic), TargetLinked, false},
	{"90250", "file", File(pic), TargetLinked, false},
	{"90250", "textcard", TextCard("T", "D", "https://example.com"), TargetLinked, false},
	{"90250", "news", News(Article{Title: "T", URL: "https://example.com"}), TargetLinked, false},
	{"90250", "mpnews", MPNews(MPArticle{Title: "T", Thumb: pic, Content: "C"}), TargetLinked, false},
	{"90250", "markdown", Markdown("**你好**"), TargetLinked, false},
	{"90250", "miniprogram_notice", MiniProgramNotice("wx123", "预订成功"), TargetLinked, false},
	{"92321", "text", Text("放假通知"), TargetSchool, false},
	{"92321", "image", Image(pic), TargetSchool, false},
	{"92321", "voice", Voice(pic), TargetSchool, false},
	{"92321", "video", Video(pic), TargetSchool, false},
	{"92321", "file", File(pic), TargetSchool, false},
	{"92321", "news", News(Article{Title: "T", URL: "https://example.com"}), TargetSchool, false},
	{"92321", "mpnews", MPNews(MPArticle{Title: "T", Thumb: pic, Content: "C"}), TargetSchool, false},
	{"92321", "miniprogram", MiniProgram("wx123", "pages/index.html", Media{Path: "thumb.png"}).Title("作业"), TargetSchool, false},
	{"92321", "markdown_as_text", Markdown("**放假** `通知`"), TargetSchool, false},
	{"92321", "textcard_as_text", TextCard("T", "a<br>b", "https://example.com"), TargetSchool, false},
	{"91770", "text", WithMentions(Text("磁盘 91%"), Mentions{Users: []string{"zhangsan"}, Mobiles: []string{"13800001111", "@all"}}), TargetWebhook, false},
	{"91770", "markdown", WithMentions(Markdown("**磁盘** <font color=\"warning\">91%</font>"), Mentions{Users: []string{"zhangsan"}}), TargetWebhook, false},
	{"91770", "markdown_v2", MarkdownV2("# 磁盘\n\n| 主机 | 用量 |\n|:--|--:|\n| a | <font color=\"warning\">91%</font> |\n\n- *快*清理"), TargetWebhook, false},
	{"91770", "image", Image(Media{Data: []byte("not a png")}), TargetWebhook, false},
	{"91770", "image_upload", Image(Media{Path: "/srv/chart.png"}), TargetWebhook, false},
	{"91770", "news", News(Article{Title: "T", URL: "https://example.com"}), TargetWebhook, false},
	{"91770", "file", File(pic), TargetWebhook, false},
	{"91770", "voice", Voice(pic), TargetWebhook, false},
	{"91770", "card_text_notice", Card("T").Field("k", "v").Open(Page("https://example.com")), TargetWebhook, false},
	{"91770", "card_news_notice", NewsCard("T").Image("https://example.com/p.png", 0).Open(Page("https://example.com")), TargetWebhook, false},
	{"101138", "markdown", Markdown("**你好**"), TargetAIBot, false},
	{"101138", "text_as_markdown", Text("1 * 2 * 3"), TargetAIBot, false},
	{"101138", "template_card", fullCard(), TargetAIBot, false},
}

func fullNotice() TemplateCard {
	return Notice("欢迎使用").Desc("您的好友正在邀请您").Source("企业微信", "https://example.com/icon.png", 1).Menu("接收推送", "A").Menu("不再推送", "B").MenuDesc("您可以").
		TaskID("task_id@1").Quote("引用标题", "引用\n内容", Page("https://example.com/q")).Emphasis("100", "核心数据").Text("下载企业微信还能抢红包！").
		Field("邀请人", "张三").FieldLink("官网", "点击访问", "https://example.com").FieldFile("附件", Media{ID: "MEDIAID", Name: "a.pdf"}).
		FieldMember("员工", "李四", "lisi").Jump("官网", Page("https://example.com")).Jump("小程序", Mini("wx123", "index.html")).Jump("无", Link{}).
		Open(Mini("wx123", "pages/index"))
}

func fullNewsCard() TemplateCard {
	return NewsCard("欢迎使用").Desc("描述").Source("企业微信", "", 3).ImageText("图文标题", "图文描述", "https://example.com/i.png", Mini("wx1", "p")).
		Image("https://example.com/p.png", 2.25).Section("惊喜红包", "下载领取").Section("更多", "").Quote("", "q", Link{}).Field("k", "v").
		Jump("j", Page("https://example.com")).Open(Page("https://example.com"))
}

func fullCard() TemplateCard {
	return Card("出差申请 #1042").Desc("lisi").Field("预算", "¥2,400").Text("请今天处理").Menu("转交", "forward:1042").Quote("t", "x", Mini("wx1", "p")).
		Open(Link{}).Question("level", "级别", Opt("1", "普通"), Option{ID: "2", Text: "紧急", Selected: true}).
		Button("同意", "approve:1042").StyledButton("驳回", "reject:1042", 2)
}

func fullVote() TemplateCard {
	return Vote("午饭吃什么", Opt("a", "面")).Option(Option{ID: "b", Text: "饭", Selected: true}).Multiple().QuestionKey("lunch").
		Source("食堂", "", 0).Desc("今天 10 点前").Submit("投票", "vote:lunch").TaskID("v-1")
}

func fullSelect() TemplateCard {
	return Select("会议安排").Question("day", "哪天", Opt("mon", "周一"), Opt("tue", "周二")).
		Question("room", "", Option{ID: "r1", Text: "402", Selected: true})
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		us := units(t, s.reply, Options{Target: s.target})
		b, err := json.MarshalIndent(us, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, s.doc+"/"+s.name, append(b, '\n'))
		var stored []Unit
		if err := json.Unmarshal(b, &stored); err != nil {
			t.Fatal(err)
		}
		for i := range us {
			if string(stored[i].Body) != string(us[i].Body) || stored[i].MsgType != us[i].MsgType || stored[i].Fallback != us[i].Fallback || stored[i].NeedsTaskID != us[i].NeedsTaskID {
				t.Errorf("%s/%s read back: %+v, want %+v", s.doc, s.name, stored[i], us[i])
			}
		}
		u := us[0]
		if !json.Valid(u.Body) || strings.Contains(string(u.Body), `\u`) {
			t.Errorf("%s/%s: body %s", s.doc, s.name, u.Body)
		}
		if u.Plain == "" {
			t.Errorf("%s/%s reads as nothing", s.doc, s.name)
		}
		if u.CanPassive() != s.passive {
			t.Errorf("%s/%s: CanPassive() = %v, want %v", s.doc, s.name, u.CanPassive(), s.passive)
		}
		if u.CanPassive() {
			checkGolden(t, "90241/"+s.name+".xml", indentXML(t, u.AppendPassive(nil, address)))
		}
	}
}

// indentXML puts elements on lines of their own, and refuses what is not well-formed.
func indentXML(t *testing.T, doc []byte) []byte {
	t.Helper()
	for dec := xml.NewDecoder(bytes.NewReader(doc)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
	}
	return append(betweenElements.ReplaceAll(doc, []byte("$1>\n<$2")), '\n')
}

var betweenElements = regexp.MustCompile(`([^\]])><([^!])`)

// referenceTypes are the types that the documentation lists for each way of sending.
var referenceTypes = map[string]string{
	"90241": "text image voice video news update_taskcard update_button update_template_card",
	"90236": "text image voice video file textcard news mpnews markdown miniprogram_notice template_card interactive_taskcard taskcard",
	"90248": "text image voice video file textcard news mpnews markdown",
	"90250": "text image voice video file textcard news mpnews markdown miniprogram_notice",
	"92321": "text image voice video file news mpnews miniprogram",
	"91770": "text markdown markdown_v2 image news file voice template_card",
	"94888": "update_button update_template_card",
	"91579": "update_taskcard",
	"cards": "text_notice news_notice button_interaction vote_interaction multiple_interaction",
}

func TestEveryTypeOfTheReferenceHasASample(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range samples {
		for _, u := range units(t, s.reply, Options{Target: s.target}) {
			seen[s.doc+" "+u.MsgType] = true
			if u.CanPassive() {
				seen["90241 "+u.MsgType] = true
			}
			var card struct {
				Type string `json:"card_type"`
			}
			if err := json.Unmarshal(u.Body, &card); err == nil {
				seen["cards "+card.Type] = true
			}
		}
	}
	for doc, types := range referenceTypes {
		for typ := range strings.FieldsSeq(types) {
			if !seen[doc+" "+typ] {
				t.Errorf("doc %s: no sample of %s", doc, typ)
			}
		}
	}
}

func TestLimitsNameFieldLimitAndSize(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("字", n) }
	for _, tc := range []struct {
		reply Reply
		want  LimitError
	}{
		{TextCard(long(129), "d", "https://e.com"), LimitError{"textcard.title", 128, 129, "characters"}},
		{TextCard("t", long(513), "https://e.com"), LimitError{"textcard.description", 512, 513, "characters"}},
		{TextCard("t", "d", "https://e.com/"+long(700)), LimitError{"textcard.url", 2048, 2114, "bytes"}},
		{TextCard("t", "d", "https://e.com").Button(long(5)), LimitError{"textcard.btntxt", 4, 5, "characters"}},
		{News(Article{Title: "t", URL: "https://e.com"}, Article{Title: long(43), URL: "https://e.com"}), LimitError{"news.articles[1].title", 128, 129, "bytes"}},
		{News(make([]Article, 9)...), LimitError{"news.articles", 8, 9, "items"}},
		{MPNews(MPArticle{Title: "t", Thumb: pic, Content: "c", Author: long(22)}), LimitError{"mpnews.articles[0].author", 64, 66, "bytes"}},
		{Video(pic).Title(long(43)), LimitError{"video.title", 128, 129, "bytes"}},
		{Video(pic).Description(long(171)), LimitError{"video.description", 512, 513, "bytes"}},
		{Image(Media{Data: make([]byte, 10<<20+1)}), LimitError{"image", 10 << 20, 10<<20 + 1, "bytes"}},
		{Card("t").Button("b", long(342)), LimitError{"template_card.button_list[0].key", 1024, 1026, "bytes"}},
		{Card("t").Button("b", "k").TaskID(strings.Repeat("x", 129)), LimitError{"template_card.task_id", 128, 129, "bytes"}},
		{Vote("t", make([]Option, 21)...), LimitError{"template_card.checkbox.option_list", 20, 21, "items"}},
		{Select("t").Question("k", "", make([]Option, 11)...), LimitError{"template_card.select_list[0].option_list", 10, 11, "items"}},
		{TaskCard(long(43), "").Button(TaskButton{Key: "k", Name: "n"}), LimitError{"taskcard.title", 128, 129, "bytes"}},
	} {
		_, err := tc.reply.Units(Options{})
		var got *LimitError
		if !errors.As(err, &got) || *got != tc.want {
			t.Errorf("Units = %v, want %v", err, &tc.want)
		}
	}
}

func TestMistakesNameTheField(t *testing.T) {
	t.Parallel()
	open := Page("https://e.com")
	for want, r := range map[string]Reply{
		"template_card.card_action is needed in a text_notice (errcode 42045)":                    Card("t").Field("a", "b"),
		"template_card.card_action opens nothing (errcode 42045)":                                 Notice("t").Open(Link{}),
		"template_card.card_image is needed in a news_notice, or image_text_area (errcode 42044)": NewsCard("t").Open(open),
		"template_card.main_title.title is empty":                                                 Card("").Button("a", "b"),
		"template_card.button_list is not part of a vote_interaction":                             Vote("t", Opt("a", "b")).Button("x", "y"),
		"template_card.select_list is needed in a multiple_interaction (errcode 42047)":           Select("t"),
		"template_card.select_list is not part of a button_interaction":                           Card("t").Button("a", "b").Question("1", "", Opt("a", "b")).Question("2", "", Opt("a", "b")),
		"template_card.button_list[1] repeats \"k\" (errcode 42018)":                              Card("t").Button("a", "k").Button("b", "k"),
		"template_card.action_menu.action_list[1] repeats \"k\" (errcode 42051)":                  Notice("t").Open(open).Menu("a", "k").Menu("b", "k"),
		"template_card.replace_text is for updates of cards with buttons":                         Card("t").Button("a", "b").ReplaceText("x"),
		"template_card.disable is for updates":                                                    Vote("t", Opt("a", "b")).Disable(),
		"template_card.task_id has other characters than 0-9 A-Z a-z _ @ - (errcode 42014)":       Card("t").Button("a", "b").TaskID("a b"),
		"template_card.card_image.aspect_ratio is 3, not within 1.3 and 2.25":                     NewsCard("t").Image("u", 3).Open(open),
		"template_card.button_list[0].style is 5, not one of 0 to 4":                              Card("t").StyledButton("a", "b", 5),
		"template_card.horizontal_content_list[0].keyname is empty (errcode 42027)":               Notice("t").Open(open).Field("", "x"),
		"template_card.checkbox.option_list[1] repeats \"a\" (errcode 42040)":                     Vote("t", Opt("a", "b"), Opt("a", "c")),
		"news.articles is empty":                               News(),
		"news.articles[0].url is empty, and so is appid":       News(Article{Title: "t"}),
		"news.articles[0] needs appid and pagepath together":   News(Article{Title: "t", AppID: "wx"}),
		"textcard.url does not start with http:// or https://": TextCard("t", "d", "e.com"),
		"image.media_id is empty (errcode 44001)":              Image(Media{}),
		"image has 5 bytes, the least is 6 (errcode 44001)":    Image(Media{Data: []byte("12345")}),
		"safe is not for markdown":                             WithSafe(Markdown("x"), 1),
		"safe cannot be 2 for text":                            WithSafe(Text("x"), 2),
		"update_button.replace_name is empty (errcode 42020)":  UpdateButton(" "),
		"fallback_text is empty (errcode 44004)":               WithFallback(Text("x"), ""),
		"miniprogram_notice.appid is empty":                    MiniProgramNotice("", "title"),
		"taskcard.btn is empty":                                TaskCard("t", ""),
		"taskcard.btn[0].color is neither red nor blue":        TaskCard("t", "").Button(TaskButton{Key: "k", Name: "n", Color: "pink"}),
		"msgtype miniprogram is not carried by message/send":   MiniProgram("wx", "p", pic),
	} {
		if _, err := r.Units(Options{}); err == nil || err.Error() != want {
			t.Errorf("Units = %v, want %s", err, want)
		}
	}
}

func TestWhatATargetCannotCarryIsRefused(t *testing.T) {
	t.Parallel()
	for want, tc := range map[string]sample{
		"msgtype template_card is not carried by appchat/send":                                                                       {reply: fullCard(), target: TargetChat},
		"msgtype update_button is not carried by webhook/send":                                                                       {reply: UpdateButton("x"), target: TargetWebhook},
		"msgtype video is not carried by webhook/send":                                                                               {reply: Video(pic), target: TargetWebhook},
		"msgtype image is not carried by an unknown target":                                                                          {reply: Image(pic), target: 99},
		"news.articles[0].appid is not carried by webhook/send":                                                                      {reply: News(Article{Title: "t", AppID: "wx", PagePath: "p"}), target: TargetWebhook},
		"image.media_id cannot be sent by a webhook: it takes the bytes of a picture":                                                {reply: Image(pic), target: TargetWebhook},
		"template_card.card_type sends events: a webhook takes text_notice and news_notice without menu and task id (errcode 42031)": {reply: fullCard(), target: TargetWebhook},
	} {
		if _, err := tc.reply.Units(Options{Target: tc.target}); err == nil || err.Error() != want {
			t.Errorf("Units = %v, want %s", err, want)
		}
	}
}

func TestBuildersReturnCopies(t *testing.T) {
	t.Parallel()
	base := Card("t").Button("a", "1")
	one, two := base.Button("b", "2"), base.Button("c", "3")
	if a, b := string(only(t, one).Body), string(only(t, two).Body); !strings.Contains(a, `"2"`) || !strings.Contains(b, `"3"`) || strings.Contains(b, `"2"`) {
		t.Errorf("two cards from one share buttons:\n%s\n%s", a, b)
	}
	vote := Vote("t", Opt("a", "1"))
	vote.Multiple().QuestionKey("x").Option(Opt("b", "2")).Disable()
	if got, want := string(only(t, vote).Body), string(only(t, Vote("t", Opt("a", "1"))).Body); got != want {
		t.Errorf("a changed copy changed its origin: %s, want %s", got, want)
	}
	sel := Select("t").Question("k", "", Opt("a", "1"))
	sel.Disable()
	only(t, sel) // still a new card: nothing is disabled
}

func TestTaskIDIsFilledIn(t *testing.T) {
	t.Parallel()
	u := only(t, fullSelect())
	if !u.NeedsTaskID {
		t.Fatal("a selection without task id does not ask for one")
	}
	before := string(u.Body)
	var body struct {
		TaskID string `json:"task_id"`
		Type   string `json:"card_type"`
	}
	filled := u.WithTaskID("t-1")
	if err := json.Unmarshal(filled.Body, &body); err != nil || body.TaskID != "t-1" || body.Type != multipleInteraction || filled.NeedsTaskID {
		t.Errorf("WithTaskID = %s, %v", filled.Body, err)
	}
	if string(u.Body) != before {
		t.Error("WithTaskID changed its receiver")
	}
	if again := filled.WithTaskID("t-2"); string(again.Body) != string(filled.Body) {
		t.Error("a second WithTaskID replaced the id")
	}
	if only(t, fullVote()).NeedsTaskID || only(t, Notice("t").Open(Page("https://e.com"))).NeedsTaskID {
		t.Error("a card that has, or needs, no task id asks for one")
	}
}

func TestMediaIDsAreFilledInOrder(t *testing.T) {
	t.Parallel()
	u := only(t, MPNews(
		MPArticle{Title: `"thumb_media_id":""`, Thumb: Media{Path: "1.png"}, Content: "c"},
		MPArticle{Title: "t", Thumb: pic, Content: "c"},
		MPArticle{Title: "t", Thumb: Media{Path: "3.png"}, Content: "c"},
	))
	b, err := json.Marshal(u) // as the outbox does
	if err != nil {
		t.Fatal(err)
	}
	var stored Unit
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	for stored.Media != nil {
		stored = stored.WithMediaID("id of " + stored.Media.Source.FileName())
	}
	var body struct {
		Articles []struct {
			Thumb string `json:"thumb_media_id"`
		}
	}
	if err := json.Unmarshal(stored.Body, &body); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"id of 1.png", pic.ID, "id of 3.png"} {
		if got := body.Articles[i].Thumb; got != want {
			t.Errorf("article %d has %q, want %q", i, got, want)
		}
	}
}

func TestAnUploadedImageCanBePassive(t *testing.T) {
	t.Parallel()
	u := only(t, Image(Media{Path: "/srv/a.png"}))
	if u.CanPassive() {
		t.Fatal("an image without id claims a passive form")
	}
	u = u.WithMediaID("ID")
	if !u.CanPassive() || !strings.Contains(string(u.AppendPassive(nil, address)), "<Image><MediaId><![CDATA[ID]]></MediaId></Image>") {
		t.Error("an uploaded image has no passive form")
	}
	if u := only(t, WithSafe(Image(Media{Path: "/srv/a.png"}), 1)).WithMediaID("ID"); u.CanPassive() || u.Safe != 1 {
		t.Error("a confidential image may be passive")
	}
}

func TestFallbackIsSaidOnce(t *testing.T) {
	t.Parallel()
	us := units(t, WithFallback(List(Text("a"), Markdown("**b**"), fullCard()), "看企业微信"), Options{})
	for i, want := range []struct {
		text string
		in   bool
	}{{"", false}, {"看企业微信", false}, {"", true}} {
		if us[i].Fallback != want.text || us[i].InFallback != want.in {
			t.Errorf("unit %d: fallback %q, %v; want %v", i, us[i].Fallback, us[i].InFallback, want)
		}
	}
	if us, err := WithFallback(nil, "x").Units(Options{}); err != nil || us != nil {
		t.Errorf("a fallback of silence = %v, %v", us, err)
	}
}

func TestUpdatesNameTheirCall(t *testing.T) {
	t.Parallel()
	for msgType, r := range map[string]Reply{"update_button": UpdateButton("x"), "update_template_card": UpdateCard(fullCard()), "update_taskcard": UpdateTaskCard("x")} {
		u := only(t, r)
		path, field, ok := u.Update()
		if u.MsgType != msgType || !ok || !strings.HasPrefix(path, "/cgi-bin/message/update_") || (field == "") != (msgType == "update_taskcard") {
			t.Errorf("%s: Update() = %q, %q, %v", u.MsgType, path, field, ok)
		}
		if u.NeedsTaskID || strings.Contains(string(u.Body), "task_id") {
			t.Errorf("%s carries a task id", msgType)
		}
	}
	if _, _, ok := only(t, Text("x")).Update(); ok {
		t.Error("a text claims to be an update")
	}
}

func TestBodiesAreCleanAndLiteral(t *testing.T) {
	t.Parallel()
	u := only(t, TextCard("a\u2028\x1d<b>\xff\\u2028\ufffe", "x\r\ny\rz\b\f", "https://e.com/?a=1&b=\"2\""))
	const want = `{"title":"a` + "\u2028" + `<b>` + "\ufffd" + `\\u2028","description":"x\ny\nz","url":"https://e.com/?a=1&b=\"2\""}`
	if string(u.Body) != want {
		t.Errorf("body = %s, want %s", u.Body, want)
	}
}

// FuzzCard puts any text anywhere: the JSON stays valid and literal, the XML well-formed.
func FuzzCard(f *testing.F) {
	f.Add("a]]>b", "\x00<&\"\\\r\u2028", "\xff\ufffe")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		card := Card(a).Desc(b).Source(c, a, 1).Text(b).Field(a, c).Quote(a, b, Page(c)).Menu(a, b).Question("q", c, Opt(a, b)).Button(a, "1"+b).ReplaceText(c)
		us, err := UpdateCard(card).Units(Options{})
		if err != nil {
			return
		}
		u := us[0]
		if !json.Valid(u.Body) || strings.Contains(strings.ReplaceAll(string(u.Body), `\\`, ""), `\u`) {
			t.Errorf("body %s", u.Body)
		}
		_ = indentXML(t, u.AppendPassive(nil, address))
	})
}
