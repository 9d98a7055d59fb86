// Package faq answers from a file of questions that anybody can write, in Markdown or CSV, though members ask in other
// words. The file is read again when it changes.
//
//	## WiFi 密码是多少？ / 无线网怎么连
//	网络 `Corp-Guest`，密码每天八点更新。
//	来源：https://wiki.example/wifi
//
// A heading is a question, or several with " / " between; what follows is the answer, its last line may name the source.
// In CSV the columns are question, answer, source, with or without a line of headings; "|" separates questions.
package faq

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
)

// Config is the plugin's part of bot.yaml.
type Config struct {
	File    string  `yaml:"file,required" doc:"questions and answers, .md or .csv, relative to bot.yaml"`
	Sure    float64 `yaml:"sure" min:"0" max:"1" default:"0.5" doc:"how well a question has to fit to be answered"`
	Suggest float64 `yaml:"suggest" min:"0" max:"1" default:"0.3" doc:"how well it has to fit to be suggested; 1: nothing is"`
}

// maxFile bounds the file, in bytes.
const maxFile = 4 << 20

type faq struct {
	env    plugins.Env
	config Config
	path   string
	log    *slog.Logger

	mu      sync.Mutex
	index   *index
	version string    // of the file that index is of, or that was refused
	looked  time.Time // when the file was looked at
}

// New makes the plugin; a file that cannot be read is an error.
func New(e plugins.Env, c Config) (plugins.Plugin, error) {
	f := &faq{env: e, config: c, path: e.Path(c.File), log: e.Log}
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	entries, err := load(f.path)
	if err != nil {
		return nil, err
	}
	f.index, f.version, f.looked = newIndex(entries), version(info), e.Clock()
	return f, nil
}

// Mount answers before Fallback: what fits is answered or suggested, everything else is left to others.
func (f *faq) Mount(r *router.Router) {
	r.Add(router.Rule{Name: "faq", Match: fits{f}, Handler: router.HandlerFunc(f.answer), Priority: plugins.Fallback + 1})
}

func (f *faq) Help() []plugins.Help {
	var all []plugins.Help
	for _, e := range f.current().entries[:min(3, len(f.current().entries))] {
		all = append(all, plugins.Help{Say: e.questions[0]})
	}
	return all
}

// Handlers lets a rule ask the file: handler: faq.answer.
func (f *faq) Handlers() map[string]router.Handler {
	return map[string]router.Handler{"answer": router.HandlerFunc(f.answer)}
}

type args struct {
	Question string `arg:"question,rest"`
}

func (f *faq) Commands() []command.Command {
	return []command.Command{command.New("faq", f.env.Say("查常见问题", "looks a question up"), f.look)}
}

// fits matches texts that the file has something for.
type fits struct{ *faq }

func (fits) String() string { return "a question of the file" }

func (f fits) Match(_ context.Context, q *router.Request) (map[string]string, bool) {
	if q.Type != message.TypeText {
		return nil, false
	}
	found := f.current().search(q.Text, 1)
	return nil, len(found) > 0 && found[0].score >= min(f.config.Sure, f.config.Suggest)
}

func (f *faq) answer(_ context.Context, q *router.Request) (reply.Reply, error) {
	return f.reply(q.Text), nil
}

// look is the command: without a question it lists them all.
func (f *faq) look(_ context.Context, _ *router.Request, a args) (reply.Reply, error) {
	if a.Question != "" {
		return f.reply(a.Question), nil
	}
	lines := []string{f.env.Say("我知道这些：", "I know about these:")}
	for _, e := range f.current().entries {
		lines = append(lines, "· "+e.questions[0])
	}
	return reply.Text(strings.Join(lines, "\n")), nil
}

// clear is how much better the best answer has to fit than the second, unless it fits this well by itself.
const (
	clearLead = 0.08
	perfect   = 0.85
)

func (f *faq) reply(question string) reply.Reply {
	found := f.current().search(question, 3)
	switch {
	case len(found) > 0 && found[0].score >= f.config.Sure &&
		(len(found) == 1 || found[0].score >= perfect || found[0].score-found[1].score >= clearLead):
		return f.render(found[0].entry)
	case len(found) == 0 || found[0].score < f.config.Suggest:
		return reply.Text(f.env.Say("没有找到相关的问题。", "I found nothing about that."))
	}
	lines := []string{f.env.Say("你是不是想问：", "Did you mean:")}
	for _, m := range found {
		if m.score >= f.config.Suggest {
			lines = append(lines, "· "+m.entry.questions[0])
		}
	}
	return reply.Text(strings.Join(lines, "\n"))
}

// marked finds what plain text would show as signs.
var marked = regexp.MustCompile("\\*\\*|`|\\]\\(|(?m)^(?:#|[-*+] |\\d+\\. |>|\\|)")

// render sends plain text where it says all: it can be the answer in the callback, and is shown in WeChat too.
func (f *faq) render(e entry) reply.Reply {
	if !marked.MatchString(e.answer) {
		if e.source != "" {
			return reply.Text(e.answer + "\n" + f.env.Say("来源：", "Source: ") + e.source)
		}
		return reply.Text(e.answer)
	}
	if e.source != "" {
		return reply.Markdown(fmt.Sprintf("%s\n\n[%s](<%s>)", e.answer, f.env.Say("来源", "Source"), e.source))
	}
	return reply.Markdown(e.answer)
}

// lookEvery is how often the file is looked at.
const lookEvery = 2 * time.Second

// current is the index of the file as it is now. A file that cannot be read leaves the one before in place.
func (f *faq) current() *index {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.env.Clock(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		f.reload()
	}
	return f.index
}

func (f *faq) reload() {
	info, err := os.Stat(f.path)
	if err != nil {
		if f.version != "" {
			f.log.Error("faq file kept as it was", "err", err)
			f.version = ""
		}
		return
	}
	if version(info) == f.version {
		return
	}
	f.version = version(info)
	entries, err := load(f.path)
	if err != nil {
		f.log.Error("faq file kept as it was", "err", err)
		return
	}
	f.index = newIndex(entries)
	f.log.Info("faq file read again", "questions", len(entries))
}

func version(info os.FileInfo) string { return fmt.Sprint(info.ModTime().UnixNano(), info.Size()) }
