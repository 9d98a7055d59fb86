package rules_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
)

func TestSetAndSession(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: remember, match: {regex: '^我是(?P<who>.+)$'}, set: {who: args.who, times: 'int(session.times ?? 0) + 1'}, reply: '记住了，{{ session.who }}，第 {{ session.times }} 次'}
  - {name: forget, match: {exact: 忘记}, set: {who: , times: }, reply: '忘了{{ session.who }}'}
  - {name: known, match: {exact: 我, when: 'session.who == "张"'}, reply: 是张}
`)
	d.expect("我是张", "记住了，张，第 1 次", "我是张", "记住了，张，第 2 次", "我", "是张", "忘记", "忘了", "我", "")
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	draws := []float64{0, 0.3, 0.99}
	d := newDesk(t, `
rules:
  - {name: any, match: {exact: hi}, one_of: [你好, {weight: 8, reply: {markdown: 在的}}, {text: 嗯}]}
  - {name: mine, match: {exact: tea}, reply: {one_of: {pick: sticky, choices: [a, b, c, d, e, f, g, h]}}}
`, func(o *rules.Options) {
		o.Rand = func() float64 { x := draws[0]; draws = draws[1:]; return x }
	})
	d.expect("hi", "你好", "hi", "在的", "hi", "嗯")
	first, different := d.say("u0", "tea"), false
	for i := range 10 {
		user := fmt.Sprintf("u%d", i)
		if a, b := d.say(user, "tea"), d.say(user, "tea"); a != b {
			t.Errorf("sticky choice of %s: %q, then %q", user, a, b)
		} else if a != first {
			different = true
		}
	}
	if !different {
		t.Error("the sticky choice is the same for everyone")
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - name: hand-over
    match: {keyword: 人工}
    send:
      - {to: {users: [lisi, '{{ user.leader }}'], tags: [3], roles: [duty]}, text: '{{ user.name }} 需要帮助'}
      - {to: {chat: room1}, markdown: '**{{ msg.text }}**', fallback_text: x}
    reply: 已通知同事
  - {name: nobody, match: {exact: 上级}, send: {to: '{{ user.leader }}', text: x}, reply: 好}
  - {name: all, match: {exact: 全体}, send: {to: {all: true}, reply: [a, b]}, reply: 好}
`, func(o *rules.Options) {
		o.Roles = map[string]rules.Audience{"duty": {Users: []string{"wangwu"}, Departments: []int{7}}}
	})
	q := d.request("zhangsan", message.Message{Type: message.TypeText, Text: "转人工"})
	for range 2 { // the second is the same message, handled again after a crash
		if got := d.handle(q); got != "已通知同事" {
			t.Errorf("reply = %q", got)
		}
	}
	if len(d.sent) != 2 {
		t.Fatalf("%d messages sent, want 2: %+v", len(d.sent), d.sent)
	}
	if got, want := fmt.Sprintf("%+v %s", d.sent[0].To, plain(t, d.sent[0].Reply)), "{All:false Users:[lisi wangwu] Departments:[7] Tags:[3] Chat:} 张三 需要帮助"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if d.sent[1].To.Chat != "room1" || d.sent[0].ID == d.sent[1].ID {
		t.Errorf("second message: %+v", d.sent[1])
	}
	if got := d.say("lisi", "上级"); !strings.Contains(got, "nobody to send to") || len(d.sent) != 2 {
		t.Errorf("a leader who does not exist: %q, sent %v", got, d.sent)
	}
	d.expect("全体", "好")
	if !d.sent[2].To.All || plain(t, d.sent[2].Reply) != "a | b" {
		t.Errorf("third message: %+v", d.sent[2])
	}
}

func TestSendLaterAndEscalate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: later, match: {exact: 提醒}, send: {to: '{{ user.id }}', text: 到点了, after: 10m}, reply: 好}
  - name: alarm
    match: {exact: 告警}
    send:
      to: lisi
      card: {title: 告警, buttons: [{text: 我来, key: ack}]}
      escalate:
        {after: 5m, to: wangwu, card: {title: 告警没人接, buttons: [{text: 我来, key: ack}]}, escalate: {after: 10m, to: {all: true}, reply: [一, 二]}}
    reply: 已通知
`)
	d.expect("提醒", "好", "告警", "已通知")
	if len(d.sent) != 4 {
		t.Fatalf("%d messages sent, want 4: %+v", len(d.sent), d.sent)
	}
	for i, want := range []string{"10m0s []", "0s []", "5m0s [lisi]", "15m0s [lisi wangwu]"} {
		var unless []string
		for _, o := range d.sent[i].Unless {
			unless = append(unless, o.To.Users...)
		}
		if got := fmt.Sprint(d.sent[i].After, " ", unless); got != want {
			t.Errorf("message %d: %s, want %s", i, got, want)
		}
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		switch {
		case strings.HasPrefix(r.URL.Path, "/slow"):
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
		case strings.HasPrefix(r.URL.Path, "/big"):
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		case strings.HasPrefix(r.URL.Path, "/gone"):
			http.Error(w, "no", http.StatusNotFound)
		case strings.HasPrefix(r.URL.Path, "/meta"):
			http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/plain"):
			_, _ = io.WriteString(w, " 你好\xff ")
		default:
			_, _ = io.WriteString(w, `{"text":"晴","n":[1,2.5]}`)
		}
	}))
	defer srv.Close()
	d := newDesk(t, `
vars: {base: '`+srv.URL+`', token: s3cr3t}
rules:
  - {name: weather, match: {prefix: 天气}, http: {url: '{{ vars.base }}/w/{{ args.rest }}?q={{ args.rest }}&x=1', headers: {Authorization: 'Bearer {{ vars.token }}'}, reply: '{{ response.status }} {{ response.json.text }} {{ response.json.n[1] }}', on_error: '稍后再试：{{ error }}'}}
  - name: order
    match: {prefix: 下单}
    http: {url: '{{ vars.base }}/orders', json: {who: '{{ user.id }}', n: '{{ len(args.rest) }}', say: '"{{ args.rest }}"', list: [1, true, '{{ args }}'], none: ~}, reply: ok}
  - {name: slow, match: {exact: slow}, http: {url: '{{ vars.base }}/slow', timeout: 100ms, on_error: '{{ error }}'}, reply: 不到这里}
  - {name: big, match: {exact: big}, http: {url: '{{ vars.base }}/big', on_error: '{{ error }}'}}
  - {name: gone, match: {exact: gone}, http: {url: '{{ vars.base }}/gone', on_error: '{{ response.status }} {{ error }}'}}
  - {name: meta, match: {exact: meta}, http: {url: '{{ vars.base }}/meta', on_error: '{{ error }}'}}
  - {name: plain, match: {exact: plain}, http: {url: '{{ vars.base }}/plain', reply: '{{ response.json?.x ?? response.text }}'}}
  - {name: odd, match: {exact: odd}, http: {url: '{{ vars.base }}/plain', reply: '{{ response.json.text }}', on_error: '{{ error }}'}}
  - {name: then, match: {exact: then}, http: {url: '{{ vars.base }}/'}, set: {t: response.json.text}, send: {to: lisi, text: '{{ response.json.text }}'}, reply: '{{ session.t }} {{ response.status }}'}
  - {name: bare, match: {exact: bare}, http: {url: '{{ vars.base }}/gone', reply: x}}
`)
	if got := d.say("zhangsan", "天气 a/b?c&d=e #f 中"); got != "200 晴 2.5" {
		t.Errorf("weather: %q", got)
	}
	if want := "/w/a%2Fb%3Fc&d=e%20%23f%20%E4%B8%AD?q=a%2Fb%3Fc%26d%3De+%23f+%E4%B8%AD&x=1"; got.URL.RequestURI() != want || got.Method != "GET" {
		t.Errorf("called %s %s, want GET %s", got.Method, got.URL.RequestURI(), want)
	}
	if got.Header.Get("Authorization") != "Bearer s3cr3t" || got.Header.Get("Idempotency-Key") != "" {
		t.Errorf("headers %v", got.Header)
	}
	if got := d.say("zhangsan", `下单 "x"`); got != "ok" {
		t.Errorf("order: %q", got)
	}
	if want := `{"list":[1,true,{"rest":"\"x\""}],"n":3,"none":null,"say":"\"\"x\"\"","who":"zhangsan"}`; body != want || got.Method != "POST" || got.Header.Get("Idempotency-Key") == "" {
		t.Errorf("posted %s %s %v, want %s", got.Method, body, got.Header, want)
	}
	d.expect(
		"slow", "no answer in time",
		"big", "the answer is larger than 1 MiB",
		"gone", "404 status 404",
		"plain", "你好\ufffd",
		"odd", "the answer is not what was expected",
		"then", "晴 200",
		"bare", `error: rule "bare": status 404`,
	)
	if got := d.say("zhangsan", "meta"); !strings.Contains(got, "address refused") {
		t.Errorf("a redirect to the metadata service: %q", got)
	}
	if got := d.say("zhangsan", "天气 .."); !strings.HasPrefix(got, "error") {
		t.Errorf("a value that leaves its path: %q", got)
	}
	if len(d.sent) != 1 || plain(t, d.sent[0].Reply) != "晴" {
		t.Errorf("sent after the call: %+v", d.sent)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: echo, match: {prefix: echo}, run: {argv: [echo, '{{ args.rest }}'], reply: '{{ response.text }}', on_error: '{{ error }}'}}
  - {name: cat, match: {prefix: cat}, run: {argv: [cat], stdin: '{"x": "{{ args.rest }}"}', reply: '{{ response.json.x }}'}}
  - {name: fail, match: {exact: fail}, run: {argv: [sh, -c, 'echo out; exit 3'], on_error: '{{ error }} {{ response.status }} {{ response.text }}'}}
  - {name: slow, match: {exact: slow}, run: {argv: [sleep, '10'], timeout: 100ms, on_error: '{{ error }}'}}
  - {name: much, match: {exact: much}, run: {argv: [yes], on_error: '{{ error }}'}}
  - {name: env, match: {exact: env}, run: {argv: [sh, -c, 'echo ${HOME:-none}'], reply: '{{ response.text }}'}}
`, func(o *rules.Options) { o.AllowRun = true })
	d.expect(
		"echo $(id); `id`", "$(id); `id`",
		"echo -n x", "a value that looks like an option",
		"cat 中", "中",
		"fail", "exit code 3 3 out",
		"slow", "no end in time",
		"much", "the output is larger than 64 KiB",
		"env", "none",
	)
}

func TestHandler(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: a, match: {regex: '^a(?P<x>.*)$'}, handler: poll}
  - {name: b, match: {prefix: b}, handler: {name: poll, with: {x: '{{ upper(args.rest) }}'}}, reply: 完}
`, func(o *rules.Options) {
		o.Handlers = map[string]router.Handler{"poll": router.HandlerFunc(func(_ context.Context, q *router.Request) (reply.Reply, error) {
			return reply.Text("poll " + q.Vars["x"]), nil
		})}
	})
	d.expect("a1", "poll 1", "b x", "poll X | 完")
}

func TestWho(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: one, match: {exact: a}, who: zhangsan, reply: user}
  - {name: two, match: {exact: a}, who: {departments: [1, 9]}, reply: department}
  - {name: three, match: {exact: a}, who: {users: [nobody], roles: [hr]}, reply: role}
fallback: none
`, func(o *rules.Options) {
		o.Roles = map[string]rules.Audience{"hr": {Tags: []int{8}, Departments: []int{5}}}
	})
	for user, want := range map[string]string{"zhangsan": "user", "lisi": "department", "wangwu": "role", "zhaoliu": "none"} {
		if got := d.say(user, "a"); got != want {
			t.Errorf("%s: %q, want %q", user, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
calendar: {holidays: [2026-10-01..2026-10-07], workdays: 2026-10-10}
rules:
  - {name: day, match: {exact: a}, time: {hours: ['09:00-12:00', '13:30-18:00'], days: workday}, reply: 上班}
  - {name: night, match: {exact: a}, time: 22:00-06:00, reply: 夜里}
  - {name: rest, match: {exact: a}, time: {days: holiday}, reply: 休息}
  - {name: offer, match: {exact: a}, time: {from: 2026-03-03, until: 2026-03-04, zone: UTC}, reply: 活动}
fallback: 其他
`)
	for at, want := range map[string]string{
		"2026-03-02 09:00": "上班", "2026-03-02 12:00": "其他", "2026-03-02 17:59": "上班", "2026-03-02 23:00": "夜里",
		"2026-03-02 05:59": "夜里", "2026-03-07 10:00": "休息", "2026-10-01 10:00": "休息", "2026-10-10 10:00": "上班",
		"2026-10-08 10:00": "上班", "2026-03-03 07:59": "其他", "2026-03-03 08:00": "活动", "2026-03-05 07:59": "活动",
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", at, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if d.now = now; d.say("zhangsan", "a") != want {
			t.Errorf("at %s: %q, want %q", at, d.say("zhangsan", "a"), want)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: cool, match: {exact: a}, limit: 5m, reply: 答}
  - {name: twice, match: {exact: b}, limit: {times: 2, every: 1h, reply: 太频繁}, reply: 答}
  - {name: app, match: {exact: c}, limit: {every: 1h, per: app}, reply: 答}
fallback: {reply: 没听懂, every: 5m}
`)
	d.expect("a", "答", "a", "", "b", "答", "b", "答", "b", "太频繁", "c", "答", "x", "没听懂", "x", "")
	if got := d.say("lisi", "a") + d.say("lisi", "c"); got != "答" {
		t.Errorf("another member: %q, want an answer per member and none per app", got)
	}
	d.now = d.now.Add(5 * time.Minute)
	d.expect("a", "答", "b", "太频繁", "x", "没听懂")
	d.now = d.now.Add(time.Hour)
	q := d.request("zhangsan", message.Message{Type: message.TypeText, Text: "a"})
	if first, again := d.handle(q), d.handle(q); first != "答" || again != "答" {
		t.Errorf("a message that is handled again: %q, then %q; want 答 both times", first, again)
	}
	d.load("rules: [{name: cool, match: {exact: a}, limit: 5m, reply: 新}]")
	d.expect("a", "")
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: wifi, match: {keyword: [wifi, 无线]}, reply: x, examples: [wifi 密码是多少, 无线连不上]}
  - {name: leave, match: {exact: [请假]}, reply: x}
  - {name: pay, match: {keyword: 工资}, who: lisi, reply: x, examples: [工资条怎么看]}
  - {name: room, match: {prefix: 会议室}, reply: x, examples: [会议室预订]}
  - {name: click, match: {key: k}, reply: x}
fallback: {reply: '你是不是想问：{{ suggest }}'}
`)
	d.expect(
		"密码多少", "你是不是想问：wifi 密码是多少",
		"工资条", "你是不是想问：wifi 密码是多少、无线连不上、请假", // not for zhangsan, and nothing else is near
		"订会议间", "你是不是想问：会议室预订",
	)
	if got := d.say("lisi", "资条怎看"); got != "你是不是想问：工资条怎么看" {
		t.Errorf("lisi: %q", got)
	}
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, `
rules:
  - {name: human, match: {exact: 人工}, transfer: {to: {users: [lisi], departments: [5]}, text: '{{ user.name }} 有问题', timeout: 10m}}
  - {name: all, match: {keyword: 问}, reply: 机器答}
`)
	last := func() string {
		if len(d.sent) == 0 {
			return ""
		}
		o := d.sent[len(d.sent)-1]
		return fmt.Sprintf("%v%v: %s", o.To.Users, o.To.Departments, plain(t, o.Reply))
	}
	check := func(user, says, reads, told string) {
		t.Helper()
		d.sent = nil
		if got := d.say(user, says); got != reads || last() != told {
			t.Errorf("%s: %s → %q, sent %q; want %q, %q", user, says, got, last(), reads, told)
		}
	}
	check("zhangsan", "问", "机器答", "")
	check("zhangsan", "人工", "已转给同事，请稍候。回复「结束」可以结束人工服务。", "[lisi][5]: 【#1 张三】请求人工服务。回复「#1 内容」答复，「#1 结束」结束。\n张三 有问题")
	check("zhangsan", "问一句", "", "[lisi][5]: 【#1 张三】问一句")
	check("zhaoliu", "#1 我来", "", "") // nobody asked him
	check("wangwu", "＃1：你好", "已送达 #1。", "[zhangsan][]: 王五：你好")
	if got := plain(t, d.sent[0].Reply); got != "#1 已由 王五 接手。" {
		t.Errorf("the others are told %q", got)
	}
	check("zhangsan", "谢谢", "", "[wangwu][]: 【#1 张三】谢谢")
	check("wangwu", "问", "机器答", "")
	check("wangwu", "#1 结束", "【#1】已结束。", "[zhangsan][]: 人工服务已结束。")
	check("zhangsan", "问", "机器答", "")
	check("zhangsan", "人工", "已转给同事，请稍候。回复「结束」可以结束人工服务。", "[lisi][5]: 【#1 张三】请求人工服务。回复「#1 内容」答复，「#1 结束」结束。\n张三 有问题")
	check("zhangsan", "结束", "人工服务已结束。", "[lisi][5]: 【#1】已结束。")
	check("lisi", "#1 还在吗", "", "")
}

func TestReplyTypes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "rules: []")
	write(t, filepath.Join(filepath.Dir(d.file), "map.png"), "png")
	d.load(`
rules:
  - {name: image, match: {exact: image}, reply: {image: map.png}}
  - {name: same, match: {type: image}, reply: {image: {id: '{{ msg.id }}m'}}}
  - {name: voice, match: {exact: voice}, reply: {voice: {url: 'https://files.example/{{ msg.text }}.amr'}}}
  - {name: video, match: {exact: video}, reply: {video: {id: m1, title: 片, description: 讲}}}
  - {name: file, match: {exact: file}, reply: {file: {path: map.png, name: 地图.png}}}
  - {name: news, match: {exact: news}, reply: {news: [{title: '{{ msg.text }}', description: d, url: 'https://x.example/?q={{ msg.text }}', picture: 'https://x.example/p.png'}]}}
  - {name: mpnews, match: {exact: mpnews}, reply: {mpnews: [{title: t, thumb: {id: m}, content: '<b>{{ "<i>" }}</b>'}]}}
  - {name: textcard, match: {exact: textcard}, reply: {textcard: {title: t, description: 'a {{ "<b>" }}', url: 'https://x.example'}}}
  - {name: mini, match: {exact: mini}, reply: {miniprogram_notice: {appid: wx1, title: 会议室通知, items: {时间: '9:00', 地点: A}}}}
  - {name: card, match: {exact: card}, reply: {card: {title: 审批, desc: d, source: {name: HR, color: red}, fields: [{name: 天数, value: '{{ 1+1 }}'}, {name: 人, value: 李四, member: lisi}, {name: 页, value: 看, url: 'https://x.example'}], buttons: [{text: 同意, key: 'ok:{{ msg.from }}'}, {text: 看, url: 'https://x.example'}], menu: [{text: 不再提醒, key: mute}], task_id: t1}, fallback_text: 请审批}}
  - {name: notice, match: {exact: notice}, reply: {notice: {title: 通知, emphasis: {title: '3', desc: 天}, quote: {title: q, text: w, url: 'https://x.example'}, links: [{title: 更多, url: 'https://x.example'}], open: 'https://x.example', text: 正文}}}
  - {name: newscard, match: {exact: newscard}, reply: {news_card: {title: 新闻, picture: {url: 'https://x.example/p.png', ratio: 1.5}, sections: [{title: a, desc: b}], open: 'https://x.example'}}}
  - {name: vote, match: {exact: vote}, reply: {vote: {title: 吃什么, options: [面, {id: rice, text: 饭, selected: true}], multiple: true, key: food, submit: {text: 投, key: food.vote}, task_id: t2}}}
  - {name: select, match: {exact: select}, reply: {select: {title: 选, questions: [{key: a, title: A, options: [x, y]}, {key: b, title: B, options: [z]}], task_id: t3}}}
  - {name: taskcard, match: {exact: taskcard}, reply: {taskcard: {title: t, description: d, task_id: t4, buttons: [{text: 是, key: yes, after: 好}]}}}
  - {name: safe, match: {exact: safe}, reply: {text: 机密, safe: 1}}
  - {name: button, match: {key: ok}, reply: {update_button: '{{ user.name }} 已同意'}}
  - {name: update, match: {key: no}, reply: {update_card: {title: 审批, label: 已驳回, buttons: [{text: 同意, key: ok}]}}}
`)
	units := func(q *router.Request) []reply.Unit {
		t.Helper()
		r, _, err := d.set.Table.Handle(context.Background(), q)
		if err != nil || r == nil {
			t.Errorf("%s %s: %v, %v", q.Text, q.Key, r, err)
			return nil
		}
		us, err := r.Units(reply.Options{})
		if err != nil {
			t.Errorf("%s: %v", q.Text, err)
		}
		return us
	}
	var got strings.Builder
	for _, r := range d.set.Rules {
		m := message.Message{Type: message.TypeText, Text: r.Name}
		switch r.Name {
		case "same":
			m = message.Message{Type: message.TypeImage, ID: 7}
		case "button", "update":
			m = message.Message{Type: message.TypeEvent, Event: "template_card_event", Key: map[string]string{"button": "ok", "update": "no"}[r.Name]}
		}
		for _, u := range units(d.request("zhangsan", m)) {
			source := ""
			if u.Media != nil {
				source = strings.ReplaceAll(fmt.Sprintf(" %+v", u.Media.Source), filepath.Dir(d.file), "DIR")
			}
			fmt.Fprintf(&got, "%s: %s %s%s\n", r.Name, u.MsgType, u.Body, source)
		}
	}
	golden.Check(t, *update, "testdata/replies.golden", got.String())
}
