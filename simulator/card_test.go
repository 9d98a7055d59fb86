package simulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// Cards that the platform takes; tests break one thing in them.
const (
	textNotice = `{"card_type":"text_notice","main_title":{"title":"标题","desc":"说明"},"emphasis_content":{"title":"100","desc":"数据"},"sub_title_text":"二级","horizontal_content_list":[{"keyname":"人","value":"张三"}],"jump_list":[{"type":1,"title":"官网","url":"https://a.example"}],"card_action":{"type":1,"url":"https://a.example"}}`
	newsNotice = `{"card_type":"news_notice","main_title":{"title":"标题"},"card_image":{"url":"https://a.example/a.png","aspect_ratio":2.25},"vertical_content_list":[{"title":"竖","desc":"文"}],"card_action":{"type":1,"url":"https://a.example"}}`
	buttonCard = `{"card_type":"button_interaction","task_id":"t1","main_title":{"title":"发布 1.4？"},"action_menu":{"desc":"更多","action_list":[{"text":"静音","key":"mute"}]},"button_selection":{"question_key":"env","title":"环境","option_list":[{"id":"prod","text":"生产"},{"id":"test","text":"测试"}]},"button_list":[{"text":"同意","style":1,"key":"yes"},{"text":"拒绝","style":2,"key":"no"}]}`
	voteCard   = `{"card_type":"vote_interaction","task_id":"t2","main_title":{"title":"午餐"},"checkbox":{"question_key":"food","mode":1,"option_list":[{"id":"rice","text":"饭","is_checked":true},{"id":"noodles","text":"面"}]},"submit_button":{"text":"投票","key":"vote"}}`
	multiCard  = `{"card_type":"multiple_interaction","task_id":"t3","main_title":{"title":"请假"},"select_list":[{"question_key":"kind","title":"类型","selected_id":"b","option_list":[{"id":"a","text":"年假"},{"id":"b","text":"病假"}]},{"question_key":"days","option_list":[{"id":"1","text":"一天"}]}],"submit_button":{"text":"提交","key":"submit"}}`
)

func (p *platform) sendCard(to, card string) map[string]any {
	p.t.Helper()
	return p.post("message/send", `{"touser":"`+to+`","msgtype":"template_card","agentid":1000002,"template_card":`+card+`}`)
}

func TestCardsThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.SetCallbackURL(p.app, "http://127.0.0.1:1/")
	long := strings.Repeat("k", 1025)
	options := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"o%d","text":"x"}`, i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	swap := strings.NewReplacer
	for _, tt := range []struct {
		name, card string
		change     *strings.Replacer
		want       int
	}{
		{"text notice", textNotice, swap(), 0},
		{"news notice", newsNotice, swap(), 0},
		{"buttons", buttonCard, swap(), 0},
		{"vote", voteCard, swap(), 0},
		{"selections", multiCard, swap(), 0},
		{"task id used before", buttonCard, swap(), 42014},
		{"no task id", buttonCard, swap(`"task_id":"t1",`, ``), 42014},
		{"bad task id", buttonCard, swap(`"t1"`, `"t 1"`), 42014},
		{"unknown type", textNotice, swap("text_notice", "note"), 42031},
		{"no title", newsNotice, swap(`"title":"标题"`, `"desc":"x"`), 41016},
		{"subtitle instead of title", textNotice, swap(`"title":"标题",`, ``), 0},
		{"no card action", textNotice, swap(`"card_action":{"type":1,"url":"https://a.example"}`, `"task_id":""`), 42045},
		{"card action of type 0", textNotice, swap(`"card_action":{"type":1`, `"card_action":{"type":0`), 42045},
		{"card action without url", textNotice, swap(`"card_action":{"type":1,"url":"https://a.example"}`, `"card_action":{"type":1}`), 42028},
		{"card action without appid", textNotice, swap(`"card_action":{"type":1,"url":"https://a.example"}`, `"card_action":{"type":2}`), 42030},
		{"row without key", textNotice, swap(`"keyname":"人",`, ``), 42027},
		{"row without url", textNotice, swap(`"keyname":"人"`, `"keyname":"人","type":1`), 42028},
		{"row without media", textNotice, swap(`"keyname":"人"`, `"keyname":"人","type":2`), 42029},
		{"row without user", textNotice, swap(`"keyname":"人"`, `"keyname":"人","type":3`), 42050},
		{"seven rows", textNotice, swap(`[{"keyname":"人","value":"张三"}]`, `[{},{},{},{},{},{},{}]`), 42035},
		{"jump without title", textNotice, swap(`"title":"官网",`, ``), 42033},
		{"jump without url", textNotice, swap(`"title":"官网","url":"https://a.example"`, `"title":"官网"`), 42028},
		{"four jumps", textNotice, swap(`[{"type":1,"title":"官网","url":"https://a.example"}]`, `[{},{},{},{}]`), 42042},
		{"no picture", newsNotice, swap(`"url":"https://a.example/a.png",`, ``), 42044},
		{"ratio", newsNotice, swap(`2.25`, `2.3`), 40058},
		{"five vertical", newsNotice, swap(`[{"title":"竖","desc":"文"}]`, `[{},{},{},{},{}]`), 42036},
		{"vertical without title", newsNotice, swap(`"title":"竖",`, ``), 42033},
		{"menu keys twice", buttonCard, swap(`{"text":"静音","key":"mute"}`, `{"text":"a","key":"m"},{"text":"b","key":"m"}`, `"t1"`, `"n1"`), 42051},
		{"button without text", buttonCard, swap(`"text":"同意",`, ``, `"t1"`, `"n2"`), 42038},
		{"button without key", buttonCard, swap(`,"key":"yes"`, ``, `"t1"`, `"n3"`), 42039},
		{"button key twice", buttonCard, swap(`"key":"no"`, `"key":"yes"`, `"t1"`, `"n4"`), 42039},
		{"button key too long", buttonCard, swap(`"yes"`, `"`+long+`"`, `"t1"`, `"n5"`), 42039},
		{"url button without url", buttonCard, swap(`"style":1,"key":"yes"`, `"type":1`, `"t1"`, `"n6"`), 42028},
		{"question without key", buttonCard, swap(`"question_key":"env",`, ``, `"t1"`, `"n7"`), 42043},
		{"option without id", buttonCard, swap(`"id":"prod",`, ``, `"t1"`, `"n8"`), 42040},
		{"option ids twice", buttonCard, swap(`"test"`, `"prod"`, `"t1"`, `"n9"`), 42040},
		{"option without text", buttonCard, swap(`,"text":"生产"`, ``, `"t1"`, `"n10"`), 42041},
		{"eleven options", multiCard, swap(`[{"id":"1","text":"一天"}]`, options(11), `"t3"`, `"n11"`), 42037},
		{"21 votes", voteCard, swap(`[{"id":"rice","text":"饭","is_checked":true},{"id":"noodles","text":"面"}]`, options(21), `"t2"`, `"n12"`), 42037},
		{"no checkbox", voteCard, swap(`"checkbox"`, `"box"`, `"t2"`, `"n13"`), 42043},
		{"no submit key", voteCard, swap(`,"key":"vote"`, ``, `"t2"`, `"n14"`), 42046},
		{"no selection", multiCard, swap(`"select_list"`, `"list"`, `"t3"`, `"n15"`), 42047},
		{"question keys twice", multiCard, swap(`"days"`, `"kind"`, `"t3"`, `"n16"`), 42043},
	} {
		if got := p.sendCard("lisi", tt.change.Replace(tt.card)); code(got) != tt.want {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.want)
		}
	}
	p.SetCallbackURL(p.app, "")
	if got := p.sendCard("lisi", strings.Replace(voteCard, "t2", "n20", 1)); code(got) != 43012 {
		t.Errorf("an interactive card without a callback URL = %v, want 43012", got)
	}
}

func TestPressAndPassiveUpdates(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	var reply func(c *callback) string
	var got *callback
	p.serve(func(c *callback) string { got = c; return reply(c) })
	sent := p.sendCard("lisi|wangwu", buttonCard)
	if sent["response_code"] == nil {
		t.Fatalf("send = %v, want a response_code", sent)
	}
	if want := "发布 1.4？\n环境\n○ 生产\n○ 测试\n[同意] [拒绝]"; p.Inbox("lisi")[0].Text != want {
		t.Errorf("text = %q, want %q", p.Inbox("lisi")[0].Text, want)
	}

	reply = func(c *callback) string {
		return c.passive("update_button", "<Button><ReplaceName><![CDATA[已同意]]></ReplaceName></Button>")
	}
	d := p.Press(t.Context(), p.app, "lisi", "t1", "yes", simulator.Answer{Question: "env", Options: []string{"test"}})
	if !d.Seen || d.Problem != "" || d.Event != "template_card_event" {
		t.Fatalf("Press = %+v", d)
	}
	if got.Key != "yes" || got.Task != "t1" || got.Code == "" || got.Code == sent["response_code"] ||
		!strings.Contains(got.Plain, "<SelectedItem><QuestionKey><![CDATA[env]]></QuestionKey><OptionIds><OptionId><![CDATA[test]]></OptionId></OptionIds></SelectedItem>") {
		t.Errorf("the app got %s", got.Plain)
	}
	mine, others := p.Inbox("lisi")[0].Card, p.Inbox("wangwu")[0].Card
	if mine.Replaced != "已同意" || mine.Chosen["env"][0] != "test" || others.Replaced != "" {
		t.Errorf("cards = %+v and %+v, want lisi's changed only", mine, others)
	}
	if d := p.Press(t.Context(), p.app, "lisi", "t1", "no"); d.Problem == "" || len(d.Attempts) != 0 {
		t.Errorf("a second press = %+v, want no button left", d)
	}

	reply = func(c *callback) string {
		return c.passive("update_template_card", `<TemplateCard><CardType><![CDATA[button_interaction]]></CardType>
			<MainTitle><Title><![CDATA[已静音]]></Title></MainTitle>
			<HorizontalContentList><KeyName>谁</KeyName><Value>王五</Value></HorizontalContentList>
			<ButtonList><Text>a</Text><Style>1</Style><Key>a</Key></ButtonList><ButtonList><Text>b</Text><Style>2</Style><Key>b</Key></ButtonList>
			<ReplaceText><![CDATA[完成]]></ReplaceText></TemplateCard>`)
	}
	d = p.Press(t.Context(), p.app, "wangwu", "t1", "mute")
	if d.Event != "template_card_menu_event" || !d.Seen {
		t.Fatalf("Press of the menu = %+v", d)
	}
	e := p.Inbox("wangwu")[0]
	var face struct {
		ButtonList []struct {
			Text  string
			Style int
		} `json:"button_list"`
		Rows []struct{ KeyName string } `json:"horizontal_content_list"`
	}
	if err := json.Unmarshal(e.Card.Face, &face); err != nil || len(face.ButtonList) != 2 || face.ButtonList[1].Style != 2 || face.Rows[0].KeyName != "谁" {
		t.Errorf("face = %s, %v", e.Card.Face, err)
	}
	if e.Text != "已静音\n谁：王五\n[完成]" {
		t.Errorf("text = %q", e.Text)
	}
}

func TestCardRepliesThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	var reply string
	p.serve(func(c *callback) string {
		kind, rest, _ := strings.Cut(reply, " ")
		return c.passive(kind, rest)
	})
	for _, tt := range []struct{ reply, want string }{
		{"update_button <Button></Button>", "ReplaceName"},
		{"update_taskcard <TaskCard><ReplaceName>x</ReplaceName></TaskCard>", "task card"},
		{"update_template_card <Card></Card>", "<TemplateCard> is missing"},
		{"update_template_card <TemplateCard><CardType>vote_interaction</CardType><MainTitle><Title>x</Title></MainTitle></TemplateCard>", "42043"},
		{"update_template_card <TemplateCard><CardType>button_interaction</CardType><ButtonList><Style>x</Style></ButtonList></TemplateCard>", "not a number"},
		{"update_template_card <TemplateCard><CardType>button_interaction</CardType><ButtonSelection><Disable>maybe</Disable></ButtonSelection></TemplateCard>", "not true or false"},
		{"update_everything <X/>", "cannot be a passive reply"},
	} {
		p.sendCard("lisi", buttonCard) // refused from the second on: it is there
		reply = tt.reply
		d := p.Press(t.Context(), p.app, "lisi", "t1", "yes")
		if !strings.Contains(d.Problem, tt.want) || d.Seen {
			t.Errorf("%s: %q, want a reason with %q", tt.reply, d.Problem, tt.want)
		}
	}
	reply = "update_button <Button><ReplaceName>x</ReplaceName></Button>"
	if d := p.Say(t.Context(), p.app, "lisi", "hi"); !strings.Contains(d.Problem, "presses of a card") {
		t.Errorf("a card update as the answer to a text = %+v", d)
	}
}

func TestUpdateTemplateCard(t *testing.T) {
	t.Parallel()
	now := newClock()
	p := newPlatform(t, simulator.WithClock(now.Now))
	var event string
	p.serve(func(c *callback) string { event = c.Code; return "" })
	first, _ := p.sendCard("lisi|wangwu|zhangsan", buttonCard)["response_code"].(string)

	update := func(code, rest string) map[string]any {
		return p.post("message/update_template_card", `{"agentid":1000002,"response_code":"`+code+`",`+rest+`}`)
	}
	for _, tt := range []struct {
		name, rest string
		want       int
	}{
		{"neither", `"userids":["lisi"]`, 40058},
		{"both", `"userids":["lisi"],"button":{"replace_name":"x"},"template_card":` + buttonCard, 40058},
		{"no name", `"userids":["lisi"],"button":{}`, 42020},
		{"nobody", `"button":{"replace_name":"x"}`, 82101},
		{"no receiver", `"userids":["zhaoliu"],"button":{"replace_name":"x"}`, 82102},
		{"bad card", `"userids":["lisi"],"template_card":{"card_type":"vote_interaction","main_title":{"title":"x"}}`, 42043},
	} {
		if got := update(first, tt.rest); code(got) != tt.want {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.want)
		}
	}
	got := update(first, `"userids":["LISI","nobody"],"button":{"replace_name":"李四已处理"}`)
	if code(got) != 0 || fmt.Sprint(got["invaliduser"]) != "[nobody]" {
		t.Errorf("update = %v, want an array with nobody", got)
	}
	if p.Inbox("lisi")[0].Card.Replaced != "李四已处理" || p.Inbox("wangwu")[0].Card.Replaced != "" {
		t.Errorf("cards = %+v, %+v", p.Inbox("lisi")[0].Card, p.Inbox("wangwu")[0].Card)
	}
	if got := update(first, `"atall":1,"button":{"replace_name":"x"}`); code(got) != 60140 {
		t.Errorf("a used response_code = %v, want 60140", got)
	}
	p.sendCard("zhangsan", strings.Replace(buttonCard, `"t1"`, `"t9"`, 1))
	p.Press(t.Context(), p.app, "zhangsan", "t9", "yes")
	if got := update(event, `"partyids":[2],"template_card":`+strings.Replace(textNotice, "标题", "完成", 1)); code(got) != 0 {
		t.Errorf("update by department = %v", got)
	}
	if e := p.Inbox("zhangsan")[1]; e.Card.Type != "text_notice" || !strings.HasPrefix(e.Text, "完成") {
		t.Errorf("card = %+v", e)
	}
	p.sendCard("wangwu", strings.Replace(buttonCard, `"t1"`, `"t10"`, 1))
	p.Press(t.Context(), p.app, "wangwu", "t10", "no")
	stale := event
	now.Advance(73 * time.Hour)
	if got := update(stale, `"atall":1,"button":{"replace_name":"x"}`); code(got) != 60140 {
		t.Errorf("a response_code after three days = %v, want 60140", got)
	}

}

func TestVotesAndSelections(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, simulator.WithMisspelledOptions())
	var plain string
	p.serve(func(c *callback) string { plain = c.Plain; return "" })
	p.sendCard("lisi", voteCard)
	p.sendCard("lisi", multiCard)
	items := func() string {
		s := strings.NewReplacer("<![CDATA[", "", "]]>", "", "<OpitonIds>", "", "</OpitonIds>", "", "</OpitonId>", "", "<OpitonId>", " ",
			"</SelectedItem>", "", "<SelectedItem>", "|", "<QuestionKey>", "", "</QuestionKey>", ":").Replace(plain)
		_, s, _ = strings.Cut(s, "<SelectedItems>")
		s, _, _ = strings.Cut(s, "</SelectedItems>")
		return s
	}
	for _, tt := range []struct {
		task, key string
		answers   []simulator.Answer
		want      string
	}{
		{"t2", "vote", nil, "|food: rice"},
		{"t2", "vote", []simulator.Answer{{Question: "food", Options: []string{"noodles", "rice"}}}, "|food: noodles rice"},
		{"t2", "vote", []simulator.Answer{{Question: "food"}}, "|food:"},
		{"t3", "submit", nil, "|kind: b|days: 1"},
		{"t3", "submit", []simulator.Answer{{Question: "kind", Options: []string{"a"}}}, "|kind: a|days: 1"},
	} {
		if d := p.Press(t.Context(), p.app, "lisi", tt.task, tt.key, tt.answers...); d.Problem != "" || items() != tt.want {
			t.Errorf("Press(%s, %v) sent %q (%s), want %q", tt.task, tt.answers, items(), d.Problem, tt.want)
		}
	}
	for _, tt := range []struct {
		user, task, key string
		answers         []simulator.Answer
	}{
		{"lisi", "t3", "submit", []simulator.Answer{{Question: "kind", Options: []string{"a", "b"}}}},
		{"lisi", "t3", "submit", []simulator.Answer{{Question: "kind", Options: []string{"z"}}}},
		{"lisi", "t3", "submit", []simulator.Answer{{Question: "unknown", Options: []string{"a"}}}},
		{"lisi", "t3", "nokey", nil}, {"lisi", "t99", "submit", nil}, {"wangwu", "t3", "submit", nil},
	} {
		if d := p.Press(t.Context(), p.app, tt.user, tt.task, tt.key, tt.answers...); d.Problem == "" {
			t.Errorf("Press(%+v) = %+v, want a problem", tt, d)
		}
	}
}

func TestTaskCards(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.serve(func(c *callback) string {
		if c.Event == "taskcard_click" && c.Task == "old" && c.Key == "yes" {
			return c.passive("update_taskcard", "<TaskCard><ReplaceName>好</ReplaceName></TaskCard>")
		}
		return c.text("unexpected " + c.Plain)
	})
	got := p.post("message/send", `{"touser":"lisi|wangwu","msgtype":"interactive_taskcard","agentid":1000002,"interactive_taskcard":{"title":"审批","description":"3 天","task_id":"old","btn":[{"key":"yes","name":"同意"},{"key":"no","name":"驳回"}]}}`)
	if code(got) != 0 {
		t.Fatal(got)
	}
	if d := p.Press(t.Context(), p.app, "lisi", "old", "yes"); !d.Seen {
		t.Errorf("Press = %+v", d)
	}
	if e := p.Inbox("lisi")[0]; e.Card.Replaced != "好" || e.Text != "审批\n3 天\n[好]" {
		t.Errorf("card = %+v %q", e.Card, e.Text)
	}
	got = p.post("message/update_taskcard", `{"userids":["wangwu"],"agentid":1000002,"task_id":"old","replace_name":"已由李四处理"}`)
	if code(got) != 0 || p.Inbox("wangwu")[0].Card.Replaced != "已由李四处理" {
		t.Errorf("update_taskcard = %v, %+v", got, p.Inbox("wangwu")[0].Card)
	}
	if got := p.post("message/update_taskcard", `{"userids":["wangwu"],"agentid":1000002,"task_id":"none"}`); code(got) != 42016 {
		t.Errorf("update of an unknown task = %v, want 42016", got)
	}
}
