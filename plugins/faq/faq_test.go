package faq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/plugins/faq"
	"github.com/wecombot/wecombot/plugins/plugintest"
)

func newBot(t *testing.T, file string) *plugintest.Bot {
	t.Helper()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "faq", faq.New) })
	b.Host.Dir = "testdata"
	b.Load("faq", "file: "+file)
	return b
}

func TestOtherWords(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"office.md", "office.csv"} {
		b := newBot(t, file)
		for asked, want := range map[string]string{
			"WiFi 密码是多少？":                                     "Corp-Guest",
			"请问一下wifi密码":                                      "Corp-Guest",
			"公司的无线网怎么连啊":                                      "Corp-Guest",
			"年假有几天":                                           "满一年",
			"我想问一下我的年假一共有多少天呢":                                "满一年",
			"报销要什么材料":                                         "发票",
			"怎么报销差旅费":                                         "发票",
			"how do I reset my password":                      "it.example",
			"i forgot my pasword, how can I reset it please?": "it.example",
			"打印机坏了怎么办":                                        "8002",
			"printer broken":                                  "8002",
			"食堂几点开门":                                          "11:30",
			"when does the canteen open":                      "11:30",
		} {
			if got := b.User("zhangsan").Says(asked).Text; !strings.Contains(got, want) {
				t.Errorf("%s: %q: %q, want %q", file, asked, got, want)
			}
		}
		for _, asked := range []string{"今天天气不错", "你好", "what a day", "？？？", "老板在吗", "1"} {
			if got := b.User("zhangsan").Says(asked); got.Reply != nil {
				t.Errorf("%s: %q: %q, want it left to others", file, asked, got.Text)
			}
		}
	}
}

func TestUnsureSuggests(t *testing.T) {
	t.Parallel()
	b := newBot(t, "office.md")
	b.User("zhangsan").Says("密码").Expect("你是不是想问：\n", "· WiFi 密码是多少？", "· 忘记密码怎么办？")
	b.User("zhangsan").Says("/faq 宇宙的尽头在哪里").Expect("没有找到")
	b.User("zhangsan").Says("/faq 年假").Expect("满一年")
	b.User("zhangsan").Says("/faq").Expect("· WiFi 密码是多少？\n", "· 食堂几点开门？")
}

func TestSourceAndFormat(t *testing.T) {
	t.Parallel()
	b := newBot(t, "office.md")
	a := b.User("zhangsan").Says("WiFi 密码是多少")
	if a.Units[0].MsgType != "markdown" || !strings.Contains(string(a.Units[0].Body), "https://wiki.example/wifi") {
		t.Errorf("answer with signs: %s %s, want markdown with its source", a.Units[0].MsgType, a.Units[0].Body)
	}
	a = b.User("zhangsan").Says("年假有几天")
	if got := a.Text; a.Units[0].MsgType != "text" || got != "满一年有五天，满十年有十天。\n来源：https://wiki.example/leave" {
		t.Errorf("plain answer: %s %q", a.Units[0].MsgType, got)
	}
	b.User("zhangsan").Says("怎么写脚本").Expect("# not a question")
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "faq", faq.New) })
	b.Host.Dir = t.TempDir()
	for name, content := range map[string]string{"empty.md": "# 标题\n", "short.csv": "a,b\nonly\n", "void.csv": "a,\n", "latin.md": "# a\n\xff\n", "x.txt": "x"} {
		if err := os.WriteFile(filepath.Join(b.Host.Dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"empty.md": "no question", "short.csv": "line 2 has no second column", "void.csv": "line 1 has an empty", "latin.md": "not UTF-8",
		"x.txt": "neither .md nor .csv", "missing.md": "no such file",
	} {
		b.Refuses("faq", "file: "+name, want)
	}
	b.Refuses("faq", "{}", "file")
}

func TestFileIsReadAgain(t *testing.T) {
	t.Parallel()
	b := plugintest.New(t, func(r *plugins.Registry) { plugins.Add(r, "faq", faq.New) })
	b.Host.Dir = t.TempDir()
	write := func(content string) {
		t.Helper()
		path := filepath.Join(b.Host.Dir, "faq.md")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		b.Advance(3 * time.Second)
		if err := os.Chtimes(path, b.Now(), b.Now()); err != nil { // two writes of one length within a clock tick
			t.Fatal(err)
		}
		b.Advance(3 * time.Second)
	}
	write("# 午饭几点\n十二点")
	b.Load("faq", "file: faq.md")
	u := b.User("zhangsan")
	u.Says("午饭几点").Expect("十二点")
	write("# 午饭几点\n十一点")
	u.Says("午饭几点").Expect("十一点")
	write("")
	u.Says("午饭几点").Expect("十一点")
	if !strings.Contains(b.Log(), "kept as it was") {
		t.Errorf("log %q, want the refusal", b.Log())
	}
	if err := os.Remove(filepath.Join(b.Host.Dir, "faq.md")); err != nil {
		t.Fatal(err)
	}
	b.Advance(3 * time.Second)
	u.Says("午饭几点").Expect("十一点")
	write("# 午饭几点\n一点")
	u.Says("午饭几点").Expect("一点")
}
