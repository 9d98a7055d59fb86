package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

type leaveArgs struct {
	Days int       `arg:"天数" min:"1" max:"15" help:"请几天"`
	Kind string    `arg:"类型" enum:"年假|病假" default:"年假"`
	Note string    `arg:"备注,rest"`
	From time.Time `opt:"from,f" default:"明天" help:"第一天"`
	Half bool      `opt:"half"`
}

type others struct {
	IDs  []int         `arg:"ids"`
	Who  []string      `opt:"who"`
	Rate float64       `opt:"rate" max:"2"`
	Wait time.Duration `opt:"wait" default:"1m"`
}

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func newSet(t *testing.T, opts ...SetOption) *Set {
	t.Helper()
	opts = append([]SetOption{
		WithClock(func() time.Time { return now }), WithLocation(time.UTC),
		WithRoles(func(_ context.Context, q *router.Request, roles ...string) (bool, error) {
			return slices.Contains(roles, "admin") && q.From == "boss", nil
		}),
	}, opts...)
	s := NewSet(opts...)
	err := s.Add("leave", New("leave", "请假", func(_ context.Context, _ *router.Request, a leaveArgs) (reply.Reply, error) {
		return reply.Text(fmt.Sprintf("%d %s %s %v %q", a.Days, a.Kind, a.From.Format("01-02"), a.Half, a.Note)), nil
	}, Aliases("请假")))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Add("other",
		New("list", "列出", func(_ context.Context, _ *router.Request, a others) (reply.Reply, error) {
			return reply.Text(fmt.Sprint(a.IDs, a.Who, a.Rate, a.Wait)), nil
		}),
		New("disable", "停用", func(context.Context, *router.Request, struct{}) (reply.Reply, error) {
			return reply.Text("done"), nil
		}, Roles("admin")),
		New("secret", "", func(context.Context, *router.Request, struct{}) (reply.Reply, error) {
			return reply.Text("found"), nil
		}, Hidden()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say routes one text and returns the answer; "-" when nothing matched.
func say(t *testing.T, s *Set, user, text string) string {
	t.Helper()
	table, err := router.NewTable(s.Rules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, matched, err := table.Handle(t.Context(), &router.Request{Message: &message.Message{Type: message.TypeText, From: user, Text: text}})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if len(matched) == 0 {
		return "-"
	}
	units, err := r.Units(reply.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return units[0].Plain
}

func TestArguments(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for text, want := range map[string]string{
		"/leave 3":                                  `3 年假 11-22 false ""`,
		"／ＬＥＡＶＥ　３":                                  `3 年假 11-22 false ""`,
		"/请假 3 病假 --half":                           `3 病假 11-22 true ""`,
		"/leave 3 --from 2026-12-01":                `3 年假 12-01 false ""`,
		"/leave --from=2026-12-01 3":                `3 年假 12-01 false ""`,
		"/leave -f 后天 3 年假 see the  \"doctor\" --x": `3 年假 11-23 false "see the  \"doctor\" --x"`,
		"/leave ——from 后天 3":                        `3 年假 11-23 false ""`,
		"/leave 3 --from \"next monday\"":           `3 年假 11-23 false ""`,
		"/leave 3 “病假” 不舒服":                         `3 病假 11-22 false "不舒服"`,
		"/leave":                                    "还缺少：天数\n用法：/leave 天数 [年假|病假] [备注] [--from …] [--half]",
		"/leave x":                                  "天数 应为整数，不是「x」",
		"/leave 16":                                 "天数 应在 1 到 15 之间",
		"/leave -3":                                 "天数 应在 1 到 15 之间",
		"/leave 3 事假":                               "类型 应为：年假、病假",
		"/leave 3 --form 明天":                        "没有选项 --form，是不是 --from？",
		"/leave 3 --zzz":                            "没有选项 --zzz\n",
		"/leave 3 --from":                           "--from 后面要有值",
		"/leave 3 --from 很久":                        "看不懂日期「很久」",
		"/leave --help":                             "/leave 天数 [年假|病假] [备注] [--from …] [--half]\n请假\n  天数  请几天\n  --from, -f  第一天",
		"/list 1 2 ３":                               "[1 2 3] [] 0 1m0s",
		"/list 1 --who a --who 'b c' --rate 1.5":    "[1] [a b c] 1.5 1m0s",
		"/list 1 --wait=90s":                        "[1] [] 0 1m30s",
		"/list 1 --rate 3":                          "rate 不能大于 2",
		"/list 1 --rate NaN":                        "rate 应为数字",
		"/list 1 -- --who":                          "ids 应为整数，不是「--who」",
		"/list 1 --wait 很久":                         "看不懂时长",
		"/list":                                     "还缺少：ids",
		"/secret extra":                             "多了：extra",
	} {
		if got := say(t, s, "zhangsan", text); !strings.Contains(got, want) {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestRolesAndSuggestions(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for _, c := range []struct{ user, text, want string }{
		{"boss", "/disable", "done"},
		{"zhangsan", "/disable", "你没有使用 /disable 的权限，需要角色：admin。"},
		{"boss", "/disabel", "是不是 /disable？"},
		{"zhangsan", "/disabel", "没有命令 /disabel。"},
		{"zhangsan", "/leav 3", "是不是 /leave？"},
		{"zhangsan", "/请价", "没有命令"},
		{"zhangsan", "/secre", "没有命令 /secre。"},
		{"zhangsan", "/secret", "found"},
		{"zhangsan", "leave 3", "-"},
		{"zhangsan", "/", "-"},
		{"zhangsan", "/usr/bin", "-"},
		{"zhangsan", "// no", "-"},
	} {
		if got := say(t, s, c.user, c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s says %q: %q, want %q", c.user, c.text, got, c.want)
		}
	}
	q := &router.Request{Message: &message.Message{From: "zhangsan"}}
	names := func() (out []string) {
		cs, err := s.Visible(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cs {
			out = append(out, c.Name()+": "+c.Summary())
		}
		return out
	}
	if got := fmt.Sprint(names()); got != "[leave: 请假 list: 列出]" {
		t.Errorf("Visible = %s", got)
	}
	q.From = "boss"
	if got := len(names()); got != 3 {
		t.Errorf("Visible to boss: %d, want 3", got)
	}
}

func TestDuplicatesNameBothOwners(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	nothing := func(context.Context, *router.Request, struct{}) (reply.Reply, error) { return nil, nil }
	err := s.Add("vacation", New("free", "", nothing), New("holiday", "", nothing, Aliases("LEAVE", "list")))
	if err == nil || !strings.Contains(err.Error(), "/LEAVE of vacation is already a command of leave") ||
		!strings.Contains(err.Error(), "/list of vacation is already a command of other") {
		t.Errorf("Add = %v, want both owners", err)
	}
	if got := say(t, s, "zhangsan", "/free"); !strings.Contains(got, "没有命令") {
		t.Errorf("a refused Add left /free: %q", got)
	}
	s.Remove("leave")
	if got := say(t, s, "zhangsan", "/请假 3"); !strings.Contains(got, "没有命令") {
		t.Errorf("after Remove: %q", got)
	}
}

func TestEnglish(t *testing.T) {
	t.Parallel()
	s := newSet(t, WithLanguage("en"))
	if got, want := say(t, s, "zhangsan", "/leave"), "Missing: 天数\nUsage: /leave"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMistakesInCodePanic(t *testing.T) {
	t.Parallel()
	expect := func(name string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	type late struct {
		Rest string `arg:"rest,rest"`
		More string `arg:"more"`
	}
	type gap struct {
		A string `arg:"a,optional"`
		B string `arg:"b"`
	}
	type channel struct {
		C chan int `arg:"c"`
	}
	type unexported struct {
		c string `arg:"c"` //nolint:unused // that it cannot be set is what is tested
	}
	type badMin struct {
		N int `arg:"n" min:"x"`
	}
	expect("an argument after the rest", func() { New[late]("x", "", nil) })
	expect("a required argument after an optional one", func() { New[gap]("x", "", nil) })
	expect("a type that cannot be typed in", func() { New[channel]("x", "", nil) })
	expect("an unexported field", func() { New[unexported]("x", "", nil) })
	expect("a bound that is no number", func() { New[badMin]("x", "", nil) })
	expect("no struct", func() { New[int]("x", "", nil) })
}

func FuzzLine(f *testing.F) {
	f.Add("/leave 3 --from 2026-12-01 \"a b\" 'c")
	f.Add("／请假 ——from=明天 “x")
	s := NewSet()
	if err := s.Add("x", New("leave", "", func(_ context.Context, _ *router.Request, a leaveArgs) (reply.Reply, error) {
		return reply.Text(a.Note), nil
	})); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rule := range s.Rules() {
			q := &router.Request{Message: &message.Message{Type: message.TypeText, Text: text}}
			if _, ok := rule.Match.Match(t.Context(), q); ok {
				if r, err := rule.Handler.Handle(t.Context(), q); err != nil || r == nil {
					t.Errorf("%q: %v, %v", text, r, err)
				}
			}
		}
	})
}
