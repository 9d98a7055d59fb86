package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/simulator"
)

// tab is a browser's tab on the chat page.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// browsers bounds how many run at once: each wants a core.
var browsers = make(chan struct{}, 2)

// browser opens a tab; the test is skipped where no Chromium is installed. An error of the page fails the test.
func browser(t *testing.T, width, height int64) *tab {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no chromium in PATH (Debian: apt-get install chromium)")
	}
	browsers <- struct{}{}
	t.Cleanup(func() { <-browsers })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, opts...)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(func() { stopTab(); stopAllocator(); stop() })
	b := &tab{t: t, ctx: ctx}
	messages := chromedp.Console(ctx)
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		for m, err := range messages {
			if err != nil {
				return
			}
			if (m.IsException() || m.Type == chromedp.ConsoleError) && !strings.Contains(m.URL, "api/events") {
				t.Errorf("the page reports: %s (%s:%d)", m.Text, m.URL, m.Line)
			}
		}
	}()
	t.Cleanup(func() { stopTab(); <-listened })
	b.do(chromedp.EmulateViewport(width, height))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

// until waits until a JavaScript expression holds.
func (b *tab) until(expression string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(time.Minute))); err != nil {
		b.t.Fatalf("waiting for %s: %v", expression, err)
	}
}

// untilText waits until the conversation shows a text.
func (b *tab) untilText(text string) {
	b.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(`document.getElementById("log").innerText.includes(` + string(quoted) + `)`)
}

func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// shot writes a picture of the page where SCREENSHOTS names a directory: for people to look at.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	b.do(chromedp.Sleep(400 * time.Millisecond))
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestTypeAndSeeTheAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(m *message.Message) string {
		if m.Event != "" {
			return "欢迎，" + m.From
		}
		return "收到：" + m.Text
	})
	b := browser(t, 1280, 800)
	b.do(chromedp.Navigate(s.page.URL))
	b.click(`#hints button`)
	b.untilText("收到：你好")
	b.do(chromedp.SendKeys(`#text`, "第二条 <b>不是标签</b>\r"))
	b.untilText("收到：第二条 <b>不是标签</b>")
	b.click(`#enter`)
	b.untilText("欢迎，zhangsan")
	b.shot("desktop")
	b.click(`#members li:nth-child(2) button`)
	b.do(chromedp.WaitVisible(`#hints button`))
	if !eval[bool](b, `document.querySelectorAll("#log .seen").length === 0`) {
		t.Error("the second member sees the first one's messages")
	}
	if n := len(s.srv.Inbox("zhangsan")); n != 3 {
		t.Errorf("zhangsan sees %d messages, want 3", n)
	}
}

func TestThePageSaysWhyNoAnswerCame(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newSite(t, func(m *message.Message) string {
		if m.Text == "slow" {
			<-release
		}
		return "\x1d" // not XML: the reply is refused
	}, simulator.WithCallbackTimeout(time.Second))
	b := browser(t, 1280, 800)
	b.do(chromedp.Navigate(s.page.URL), chromedp.WaitVisible(`#hints button`))
	b.do(chromedp.SendKeys(`#text`, "slow\r"))
	b.untilText("1 秒内没有回复，正在试第 2 次")
	b.untilText("1 秒内没有回复，正在试第 3 次")
	b.shot("retrying")
	b.untilText("未送达：三次都在 1 秒内没有回复")
	close(release)
	b.do(chromedp.SendKeys(`#text`, "fast\r"))
	b.untilText("应用回复了，但平台没有显示")
	s.srv.SetCallbackURL(s.app, "http://127.0.0.1:1/")
	b.do(chromedp.SendKeys(`#text`, "nobody\r"))
	b.untilText("未送达：试了 3 次，最后一次：连接被拒绝")
	b.shot("failures")
}

func TestRichConversation(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	picture := s.srv.AddMedia("ww1", "image", "a.png", pixel())
	file := s.srv.AddMedia("ww1", "file", "年度报告.pdf", []byte("%PDF-1.4"))
	s.api("menu/create", `{"button":[{"name":"假期","sub_button":[{"type":"click","name":"请假","key":"leave"},{"type":"view","name":"制度","url":"https://a.example"}]},{"type":"click","name":"帮助","key":"help"}]}`)
	for _, body := range []string{
		`"msgtype":"markdown","markdown":{"content":"## 发布 1.4\n> 环境：<font color=\"info\">生产</font>\n> 状态：<font color=\"warning\">等待确认</font>\n\n请看 [变更单](https://a.example/42)，命令 ` + "`deploy 1.4`" + `\n**谢谢**"}`,
		`"msgtype":"textcard","textcard":{"title":"领奖通知","description":"<div class=\"gray\">2026年11月21日</div><div class=\"normal\">恭喜你抽中一台手机</div><div class=\"highlight\">请于 12 月 1 日前领取</div>","url":"https://a.example","btntxt":"更多"}`,
		`"msgtype":"news","news":{"articles":[{"title":"新闻一","description":"第一条的描述","url":"https://a.example","picurl":""},{"title":"新闻二","url":"https://a.example"}]}`,
		`"msgtype":"image","image":{"media_id":"` + picture + `"}`,
		`"msgtype":"file","file":{"media_id":"` + file + `"}`,
		`"msgtype":"text","text":{"content":"` + strings.Repeat("很长的一段话。", 120) + `"}`,
	} {
		s.api("message/send", `{"touser":"zhangsan","agentid":1000002,`+body+`}`)
	}
	s.say("zhangsan", "谢谢")
	if err := s.srv.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := browser(t, 1440, 900)
	b.do(chromedp.Navigate(s.page.URL))
	b.untilText("收到：谢谢")
	for _, text := range []string{"发布 1.4", "领奖通知", "新闻二", "年度报告.pdf", "超过长度上限"} {
		b.untilText(text)
	}
	b.click("#wire-open")
	b.click("#wires li:first-child summary")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("scroll").scrollTop = 0`))
	b.shot("rich")
	b.click("#theme")
	b.click("#language")
	b.until(`document.title === "WeCom simulator"`)
	b.shot("dark")
	b.click("#menu > .menu-item:first-child")
	b.shot("menu")
	b.click("#menu .popover .menu-item:first-child")
	b.untilText("Chose from the menu")
}

func TestOnAPhone(t *testing.T) {
	t.Parallel()
	s := newSite(t, echo)
	s.say("zhangsan", "你好")
	b := browser(t, 390, 780)
	b.do(chromedp.Navigate(s.page.URL), chromedp.WaitVisible("#apps button"))
	b.shot("phone-list")
	b.click("#apps button")
	b.untilText("收到：你好")
	if wide := eval[bool](b, `document.documentElement.scrollWidth > innerWidth`); wide {
		t.Error("the page is wider than the phone")
	}
	b.shot("phone-chat")
	b.click("#wire-open")
	b.shot("phone-wire")
	b.click("#wire-close")
	b.click("#back")
	b.do(chromedp.WaitVisible("#members"))
}

// pixel is a small picture.
func pixel() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for x := range 320 {
		for y := range 180 {
			img.Set(x, y, color.RGBA{uint8(40 + x/2), 110, uint8(230 - y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}
