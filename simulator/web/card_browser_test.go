package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/wecombot/wecombot/message"
)

const (
	noticeCard = `{"card_type":"text_notice","source":{"desc":"监控","desc_color":2},"main_title":{"title":"磁盘告警","desc":"web-03"},"emphasis_content":{"title":"91%","desc":"已用空间"},"quote_area":{"type":0,"title":"日志","quote_text":"/var/log 48 GB"},"horizontal_content_list":[{"keyname":"负责人","type":3,"userid":"lisi"},{"keyname":"面板","value":"打开","type":1,"url":"https://a.example"}],"jump_list":[{"type":1,"title":"处理手册","url":"https://a.example"}],"card_action":{"type":1,"url":"https://a.example"}}`
	deployCard = `{"card_type":"button_interaction","task_id":"deploy-1","source":{"desc":"发布系统"},"action_menu":{"desc":"通知设置","action_list":[{"text":"静音一小时","key":"mute"}]},"main_title":{"title":"发布 1.4？","desc":"由李四提交"},"horizontal_content_list":[{"keyname":"变更","value":"12 处"}],"button_selection":{"question_key":"env","title":"环境","option_list":[{"id":"prod","text":"生产"},{"id":"test","text":"测试"}]},"button_list":[{"text":"同意","style":1,"key":"yes"},{"text":"驳回","style":3,"key":"no"}]}`
	lunchCard  = `{"card_type":"vote_interaction","task_id":"lunch-1","main_title":{"title":"中午吃什么"},"checkbox":{"question_key":"food","mode":1,"option_list":[{"id":"rice","text":"盖饭","is_checked":true},{"id":"noodles","text":"牛肉面"}]},"submit_button":{"text":"投票","key":"vote"}}`
	leaveCard  = `{"card_type":"multiple_interaction","task_id":"leave-1","main_title":{"title":"请假"},"select_list":[{"question_key":"kind","title":"类型","option_list":[{"id":"a","text":"年假"},{"id":"b","text":"病假"}]}],"submit_button":{"text":"提交","key":"submit"}}`
)

func (s *site) sendCard(to, card string) {
	s.t.Helper()
	s.api("message/send", `{"touser":"`+to+`","msgtype":"template_card","agentid":1000002,"template_card":`+card+`}`)
}

func TestPressThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(*message.Message) string { return "" })
	s.sendCard("lisi", deployCard)
	for _, tt := range []struct {
		body string
		want int
	}{
		{`{"user":"lisi","app":1000002,"task":"deploy-1","key":"yes","answers":[{"question":"env","options":["test"]}]}`, http.StatusAccepted},
		{`{"user":"lisi","app":1000002,"task":"deploy-1","key":"maybe"}`, http.StatusConflict},
		{`{"user":"wangwu","app":1000002,"task":"deploy-1","key":"yes"}`, http.StatusConflict},
		{`{"user":"nobody","app":1000002,"task":"deploy-1","key":"yes"}`, http.StatusNotFound},
	} {
		if got, v := s.send(http.MethodPost, "api/press", tt.body); got != tt.want {
			t.Errorf("api/press %s = %d %v, want %d", tt.body, got, v, tt.want)
		}
	}
}

func TestCardsWork(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var events []string
	s := newSite(t, func(m *message.Message) string {
		mu.Lock()
		defer mu.Unlock()
		chosen := m.Field("SelectedItems/SelectedItem[0]/OptionIds/OptionId[0]") + "," + m.Field("SelectedItems/SelectedItem[0]/OptionIds/OptionId[1]")
		events = append(events, fmt.Sprintf("%s %s %s", m.Event, m.Key, chosen))
		return ""
	})
	for _, card := range []string{noticeCard, deployCard, lunchCard, leaveCard} {
		s.sendCard("zhangsan|lisi", card)
	}
	b := browser(t, 1280, 1000)
	b.do(chromedp.Navigate(s.page.URL))
	b.untilText("磁盘告警")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("scroll").scrollTop = 0`))
	b.shot("cards-top")
	b.click(`.card .icon.small`)
	b.shot("card-menu")
	b.click(`.card .popover .menu-item`)
	b.untilText("卡片菜单")
	b.do(chromedp.SetValue(`select[name=env]`, "test"))
	b.click(`.press[data-key=yes]`)
	b.untilText("template_card_event yes")
	b.click(`.vote:nth-of-type(2)`)
	b.click(`.press[data-key=vote]`)
	b.untilText("template_card_event vote")
	b.shot("cards")
	if err := s.srv.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	got := strings.Join(events, "; ")
	mu.Unlock()
	if want := "template_card_menu_event mute ,; template_card_event yes test,; template_card_event vote rice,noodles"; got != want {
		t.Errorf("events = %s, want %s", got, want)
	}
	code := responseCode(s)
	s.api("message/update_template_card", `{"userids":["zhangsan"],"agentid":1000002,"response_code":"`+code+`","button":{"replace_name":"已由张三同意"}}`)
	b.untilText("已由张三同意")
	b.shot("card-updated")
}

// responseCode is the one of the press of yes.
func responseCode(s *site) string {
	for _, d := range s.srv.Deliveries() {
		if strings.Contains(d.Note, "yes") {
			_, rest, _ := strings.Cut(d.Plaintext, "<ResponseCode><![CDATA[")
			code, _, _ := strings.Cut(rest, "]]>")
			return code
		}
	}
	return ""
}

func TestGroupChatsAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.api("appchat/create", `{"name":"值班群","userlist":["zhangsan","lisi"],"chatid":"g1"}`)
	b := browser(t, 1280, 800)
	b.do(chromedp.Navigate(s.page.URL), chromedp.WaitVisible("#apps button"))
	s.api("appchat/send", `{"chatid":"g1","msgtype":"markdown","markdown":{"content":"**<@lisi>** 请看"}}`)
	b.click(`#chats button`)
	b.untilText("@李四 请看")
	if !eval[bool](b, `document.getElementById("compose").hidden`) {
		t.Error("one can write into a group chat, whose messages never reach the app")
	}
	b.shot("chat")
	b.click(`#members li:nth-child(3) button`)
	b.do(chromedp.WaitVisible("#hints button"))
	if n := eval[int](b, `document.querySelectorAll("#chats button").length`); n != 0 {
		t.Errorf("wangwu is shown %d group chats, want none", n)
	}
}
