package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/reply"
)

// webhook is what a request says.
type webhook struct {
	id    string
	reply reply.Reply // nil: nothing that anybody needs to know
	to    *receivers
}

type receivers struct {
	Users       []string `json:"users"`
	Departments []int    `json:"departments"`
	Tags        []int    `json:"tags"`
}

// read finds out what kind of webhook it is.
func (n *notifier) read(h http.Header, body []byte) (webhook, error) {
	if strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body)) // GitHub's other content type
		if err == nil && form.Has("payload") {
			body = []byte(form.Get("payload"))
		}
	}
	if !json.Valid(body) {
		return webhook{}, badRequest{"the body is not JSON"}
	}
	var number string
	var r reply.Reply
	var err error
	switch event := h.Get("X-GitHub-Event"); {
	case event != "":
		number = h.Get("X-GitHub-Delivery")
		r, err = n.github(event, body)
	case h.Get("X-Gitlab-Event") != "":
		number = h.Get("X-Gitlab-Event-UUID")
		r, err = n.gitlab(body)
	case isAlerts(body):
		r, err = n.alerts(body)
	default:
		return n.plain(body)
	}
	return webhook{id: n.identity(number, body), reply: r}, err
}

// plainHook is what a script sends.
type plainHook struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Text     string     `json:"text"`
	Markdown string     `json:"markdown"`
	URL      string     `json:"url"`
	To       *receivers `json:"to"`
}

func (n *notifier) plain(body []byte) (webhook, error) {
	var p plainHook
	if err := decode(body, &p); err != nil {
		return webhook{}, err
	}
	w := webhook{id: n.identity(p.ID, body), to: p.To}
	switch {
	case p.Markdown != "":
		w.reply = reply.Markdown(titled(p.Title, p.Markdown))
	case p.Title != "" && p.URL != "":
		w.reply = reply.TextCard(p.Title, orDash(p.Text), p.URL)
	case p.Text != "" || p.Title != "":
		lines := []string{p.Title, p.Text, p.URL}
		w.reply = reply.Text(joinLines(lines))
	default:
		return webhook{}, badRequest{"say text, markdown or title"}
	}
	return w, nil
}

func titled(title, markdown string) string {
	if title == "" {
		return markdown
	}
	return "**" + escape(title) + "**\n\n" + markdown
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func joinLines(lines []string) string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return badRequest{fmt.Sprintf("the body has another form: %v", err)}
	}
	return nil
}

// escaper keeps names of branches, titles and labels from being taken for markdown. A backslash before each sign is
// what CommonMark asks for.
var escaper = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "~", `\~`, "|", `\|`, "\n", " ", "\r", "")

func escape(s string) string { return escaper.Replace(s) }

// link is a markdown link; a target that is no web address is left out.
func link(text, to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return escape(text)
	}
	return "[" + escape(text) + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "", " ", "%20").Replace(to) + ">)"
}

// clip shortens what is only there to remind, in characters.
func clip(s string, n int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

var _ plugins.Web = (*notifier)(nil)
