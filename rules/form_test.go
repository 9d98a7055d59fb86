package rules_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
)

// formDesk is a desk whose dialogs and rules are kept in a store that outlives it.
func formDesk(t *testing.T, store storage.Store, src string, opts ...func(*rules.Options)) *desk {
	t.Helper()
	kv := func(name string) storage.KV {
		kv, err := store.KV(name)
		if err != nil {
			t.Fatal(err)
		}
		return kv
	}
	var d *desk
	now := monday
	clock := func() time.Time {
		if d != nil {
			return d.now
		}
		return now
	}
	engine := dialog.New(kv("dialogs"), dialog.WithClock(clock), dialog.WithLocation(shanghai))
	d = newDesk(t, src, append([]func(*rules.Options){func(o *rules.Options) {
		o.Forms, o.State = rules.NewForms(engine), kv("rules")
	}}, opts...)...)
	return d
}

const leaveForm = `
vars: {most: 15}
rules:
  - {name: ask-leave, match: {regex: '^请假(?P<why>.*)$'}, form: leave}
  - {name: hello, match: {exact: 你好}, reply: 你好}
forms:
  leave:
    ask:
      - {name: days, prompt: 请几天假？, type: int, check: 'value >= 1 && value <= vars.most', error: '请输入 1 到 {{ vars.most }} 之间的数字', label: 天数}
      - {name: kind, prompt: '{{ form.days }} 天，哪种假？', type: choice, choices: [年假, 病假], label: 种类}
      - {name: note, prompt: 有证明吗？, type: yes/no, when: 'form.kind == "病假"', label: 证明}
    confirm: '{{ form.kind }} {{ form.days }} 天{{ args.why }}，提交吗？'
    then:
      set: {last: form.days}
      send: {to: '{{ user.leader }}', text: '{{ user.name }} {{ form.kind }} {{ form.days }} 天'}
      reply: '已提交：{{ form.kind }} {{ form.days }} 天'
    cancelled: '没关系，{{ user.name }}'
    timeout: 10m
`

func TestForm(t *testing.T) {
	t.Parallel()
	d := formDesk(t, memstore.New(), leaveForm)
	const kinds, confirm, labels = "\n[年假] [病假]", "，提交吗？\n[确认] [修改] [取消]", "修改哪一项？\n[天数] [种类]"
	d.expect(
		"请假回家", "请几天假？",
		"你好", "请输入 1 到 15 之间的数字\n例如：3\n请几天假？",
		"99", "请输入 1 到 15 之间的数字\n例如：3\n请几天假？",
		"３", "3 天，哪种假？"+kinds,
		"3", "请回复序号或选项：年假、病假 | 3 天，哪种假？"+kinds,
		"返回", "请几天假？",
		"4", "4 天，哪种假？"+kinds,
		"1", "年假 4 天回家"+confirm,
		"随便", "请回复 确认、修改 或 取消 | 年假 4 天回家"+confirm,
		"修改", labels,
		"种类", "4 天，哪种假？"+kinds,
		"病假", "有证明吗？\n[是] [否]", // asked only now
		"是", "病假 4 天回家"+confirm,
		"修改", labels+" [证明]",
		"天数", "请几天假？",
		"5", "病假 5 天回家"+confirm,
		"修改", labels+" [证明]",
		"2", "5 天，哪种假？"+kinds,
		"年假", "年假 5 天回家"+confirm,
		"修改", labels, // the answer about the proof is forgotten
		"返回", "年假 5 天回家"+confirm,
		"确认", "已提交：年假 5 天",
		"你好", "你好",
	)
	if len(d.sent) != 1 || plain(t, d.sent[0].Reply) != "张三 年假 5 天" || d.sent[0].To.Users[0] != "lisi" {
		t.Errorf("sent %+v", d.sent)
	}
	if got := d.sessions["zhangsan"]["last"]; got != 5 {
		t.Errorf("session.last = %v, want 5", got)
	}
	d.expect("请假", "请几天假？", "1", "1 天，哪种假？"+kinds, "年假", "年假 1 天"+confirm, "否", "没关系，张三", "请假", "请几天假？", "取消", "没关系，张三", "你好", "你好")
	d.expect("请假", "请几天假？")
	d.now = d.now.Add(11 * time.Minute)
	d.expect("继续", "请几天假？", "2", "2 天，哪种假？"+kinds)
	if len(d.sent) != 1 {
		t.Errorf("a form that was given up sent something: %+v", d.sent[1:])
	}
}

func TestAFormFinishesOnItsVersion(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	d := formDesk(t, store, leaveForm)
	changed := strings.NewReplacer("请几天假", "休几天", "most: 15", "most: 3", "哪种假", "什么假").Replace(leaveForm)
	d.expect("请假", "请几天假？")
	d.load(changed)
	d.expect("4", "4 天，哪种假？\n[年假] [病假]") // over a reload
	d = formDesk(t, store, changed)
	d.expect("病假", "有证明吗？\n[是] [否]", "是", "病假 4 天，提交吗？\n[确认] [修改] [取消]") // and over a restart
	d.load(strings.ReplaceAll(changed, "休", "歇"))
	d.expect("确认", "已提交：病假 4 天", "请假", "歇几天？", "4", "请输入 1 到 3 之间的数字\n例如：3\n歇几天？")
}

func TestMenuKeysThatNameAFormOrARule(t *testing.T) {
	t.Parallel()
	src := strings.Replace(leaveForm, "forms:", "  - {name: boss, match: {exact: 老板}, who: lisi, reply: 老板好}\n  - {name: late, match: {exact: 晚, when: 'user.id == \"lisi\"'}, reply: 晚安}\nforms:", 1)
	d := formDesk(t, memstore.New(), src+"menus: {hr: [{name: 请假, key: leave}, {name: 你好, key: hello}, {name: 更多, children: [{name: 老板, key: boss}, {name: 晚, key: late}, {name: 算了, key: leave.cancel}]}]}\n")
	for _, step := range [][3]string{
		{"zhangsan", "hello", "你好"}, {"zhangsan", "boss", ""}, {"lisi", "boss", "老板好"}, {"zhangsan", "late", ""}, {"lisi", "late", "晚安"},
		{"zhangsan", "leave.cancel", "现在没有正在填写的内容"}, {"zhangsan", "leave", "请几天假？"}, {"zhangsan", "leave.cancel", "没关系，张三"},
		{"zhangsan", "leave", "请几天假？"},
	} {
		if got := d.click(step[0], step[1]); got != step[2] {
			t.Errorf("%s clicks %s: %q, want %q", step[0], step[1], got, step[2])
		}
	}
	d.expect("2", "2 天，哪种假？\n[年假] [病假]")
}

func TestFormEffectsHappenOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, `{"id": %d}`, calls)
	}))
	defer srv.Close()
	d := formDesk(t, memstore.New(), `
vars: {base: '`+srv.URL+`'}
rules: [{name: a, match: {exact: a}, form: f}]
forms:
  f:
    ask: [{name: x, prompt: x}]
    then:
      http: {url: '{{ vars.base }}/', json: {x: '{{ form.x }}'}}
      set: {status: response.status}
      reply: '{{ response.status == 200 ? response.json.id : "?" }}'
`)
	d.expect("a", "x")
	q := d.request("zhangsan", message.Message{Type: message.TypeText, Text: "y"})
	if got := d.handle(q); !strings.Contains(got, "出了点问题") {
		t.Errorf("the first call fails: %q", got)
	}
	again := d.request("zhangsan", message.Message{Type: message.TypeText, Text: "继续"})
	for range 2 { // the second is a message delivered again
		if got := d.handle(again); got != "2" {
			t.Errorf("after 继续: %q, want 2", got)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls, want 2: one that failed and one that is recorded", calls)
	}
}

func TestFormAnswers(t *testing.T) {
	t.Parallel()
	d := formDesk(t, memstore.New(), `
rules: [{name: a, match: {exact: a}, form: all}]
forms:
  all:
    ask:
      - {name: text, prompt: text}
      - {name: number, prompt: number, type: number, check: 'value > 1.5'}
      - {name: date, prompt: date, type: date, check: 'date(value) > now'}
      - {name: time, prompt: time, type: time, check: 'value >= "09:00"'}
      - {name: duration, prompt: duration, type: duration, check: 'value.Hours() < 24'}
      - {name: member, prompt: member, type: member, check: 'value.id != user.id'}
      - {name: department, prompt: department, type: department}
      - {name: image, prompt: image, type: image}
      - {name: file, prompt: file, type: file}
      - {name: location, prompt: location, type: location, check: 'value.latitude > 0'}
    then: {reply: '{{ form.text }} {{ form.number * 2 }} {{ form.date }} {{ form.time }} {{ form.duration }} {{ form.member.id }} {{ form.department.name }} {{ form.image.media_id }} {{ form.file.type }} {{ form.location.label }}'}
`, func(o *rules.Options) {
		o.Departments = func(_ context.Context, name string) ([]rules.Department, error) {
			return map[string][]rules.Department{"研发": {{ID: 2, Name: "研发部"}}, "部": {{ID: 2, Name: "研发部"}, {ID: 3, Name: "市场部"}}}[name], nil
		}
	})
	parse := func(xml string) *router.Request {
		t.Helper()
		m, err := message.Parse([]byte("<xml>" + xml + "</xml>"))
		if err != nil {
			t.Fatal(err)
		}
		return d.request("zhangsan", *m)
	}
	d.expect(
		"a", "text", "x", "number",
		"1", "这个回答不合适，请再说一次\n例如：2.5\nnumber", "１，２．５", "请输入数字\n例如：2.5\nnumber", "2.25", "date",
		"今天", "这个回答不合适，请再说一次\n例如：明天，或 2026-03-09\ndate", "明天", "time",
		"下午三点", "duration",
		"很久", "看不懂这段时间\n例如：2小时，30分钟\nduration", "两个半小时", "member",
		"zhangsan", "这个回答不合适，请再说一次\n例如：张三，或 zhangsan\nmember", "lisi", "department",
		"财务", "没有找到这个部门，请输入部门名称\ndepartment", "部", "有多个部门，请输入编号：研发部（2）、市场部（3）\ndepartment", "研发", "image",
		"x", "请发一张图片\nimage",
	)
	for _, step := range [][2]string{
		{`<MsgType>image</MsgType><MsgId>101</MsgId><MediaId>m1</MediaId><PicUrl>u</PicUrl>`, "file"},
		{`<MsgType>video</MsgType><MsgId>102</MsgId><MediaId>m2</MediaId>`, "location"},
		{`<MsgType>location</MsgType><MsgId>103</MsgId><Location_X>39.9</Location_X><Location_Y>116.4</Location_Y><Label>北京</Label>`,
			"x 4.5 2026-03-03 15:00 2h30m lisi 研发部 m1 video 北京"},
	} {
		if got := d.handle(parse(step[0])); got != step[1] {
			t.Errorf("%s: %q, want %q", step[0], got, step[1])
		}
	}
}

func TestTheContractsExample(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := formDesk(t, memstore.New(), string(raw))
	if ps := rules.Lint(d.set); ps != nil {
		t.Errorf("Lint: %v", ps)
	}
	d.expect(
		"我是张三", "记住了，张三", "人工", "已通知同事", "你好", "没听懂。你是不是想问：年假、请假、天气", "你好", "",
		"请假", "请几天假？", "三", "请输入 1 到 15 之间的数字\n例如：3\n请几天假？", "3", "哪种假？\n[年假] [病假]", "2", "病假 3 天，提交吗？\n[确认] [修改] [取消]",
		"yes", "已提交：病假 3 天",
	)
	if got := d.click("zhangsan", "leave"); got != "请几天假？" {
		t.Errorf("the menu's key: %q", got)
	}
}
