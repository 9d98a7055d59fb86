package notify

import (
	"fmt"
	"strings"

	"github.com/wecombot/wecombot/reply"
)

// event is what webhooks of GitHub and GitLab have in common, once their names are put aside.
type event struct {
	repo, repoURL string
	who           string
	what          string // "合并请求 #3"
	title, url    string
	lines         []string // markdown
}

func (e event) reply() reply.Reply {
	var b strings.Builder
	fmt.Fprintf(&b, "%s **%s** %s", link(e.repo, e.repoURL), escape(e.who), e.what)
	if e.title != "" {
		b.WriteString("\n\n" + link(clip(e.title, 200), e.url))
	}
	for i, l := range e.lines {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("\n- " + l)
	}
	return reply.Markdown(b.String())
}

// maxCommits is how many commits of a push are written out.
const maxCommits = 5

type githubHook struct {
	Action     string `json:"action"`
	Ref        string `json:"ref"`
	RefType    string `json:"ref_type"`
	Compare    string `json:"compare"`
	Deleted    bool   `json:"deleted"`
	Repository struct {
		FullName string `json:"full_name"`
		HTMLURL  string `json:"html_url"`
	} `json:"repository"`
	Sender  struct{ Login string } `json:"sender"`
	Commits []struct {
		Message string `json:"message"`
		URL     string `json:"url"`
	} `json:"commits"`
	Issue       *githubItem `json:"issue"`
	PullRequest *githubItem `json:"pull_request"`
	Comment     *githubItem `json:"comment"`
	Review      *githubItem `json:"review"`
	Release     *struct {
		TagName string `json:"tag_name"`
		HTMLURL string `json:"html_url"`
	} `json:"release"`
	WorkflowRun *struct {
		Name       string `json:"name"`
		Conclusion string `json:"conclusion"`
		HeadBranch string `json:"head_branch"`
		HTMLURL    string `json:"html_url"`
	} `json:"workflow_run"`
}

type githubItem struct {
	Number  int    `json:"number"`
	Title   string `json:"title"`
	Body    string `json:"body"`
	State   string `json:"state"`
	HTMLURL string `json:"html_url"`
	Merged  bool   `json:"merged"`
}

// github tells what people follow: pushes, issues, pull requests, reviews, comments, releases, failed and mended runs.
// Everything else is dropped, so that a hook may send all.
func (n *notifier) github(name string, body []byte) (reply.Reply, error) {
	var h githubHook
	if err := decode(body, &h); err != nil {
		return nil, err
	}
	e := event{repo: h.Repository.FullName, repoURL: h.Repository.HTMLURL, who: h.Sender.Login}
	switch {
	case name == "ping":
		e.what = n.env.Say("已连接", "is connected")
	case name == "push" && len(h.Commits) > 0:
		n.push(&e, h.Ref, len(h.Commits), h.Compare)
		for _, c := range h.Commits[:min(maxCommits, len(h.Commits))] {
			e.lines = append(e.lines, link(firstLine(c.Message), c.URL))
		}
	case name == "issues" && h.Issue != nil && shown(h.Action):
		e.item(n.env.Say("议题", "issue"), n.verb(h.Action), h.Issue)
	case name == "pull_request" && h.PullRequest != nil && shown(h.Action):
		action := h.Action
		if action == "closed" && h.PullRequest.Merged {
			action = "merged"
		}
		e.item(n.env.Say("合并请求", "pull request"), n.verb(action), h.PullRequest)
	case name == "issue_comment" && h.Issue != nil && h.Comment != nil && h.Action == "created":
		e.item(n.env.Say("议题", "issue"), n.verb("commented"), h.Issue)
		e.url, e.lines = h.Comment.HTMLURL, []string{escape(clip(h.Comment.Body, 300))}
	case name == "pull_request_review" && h.PullRequest != nil && h.Review != nil && h.Action == "submitted":
		e.item(n.env.Say("合并请求", "pull request"), n.verb(h.Review.State), h.PullRequest)
		e.url = h.Review.HTMLURL
	case name == "release" && h.Release != nil && h.Action == "published":
		e.what, e.title, e.url = n.verb("released"), h.Release.TagName, h.Release.HTMLURL
	case name == "workflow_run" && h.WorkflowRun != nil && h.Action == "completed" && h.WorkflowRun.Conclusion != "success":
		e.what = fmt.Sprintf("❌ %s（%s）", escape(h.WorkflowRun.Name), escape(h.WorkflowRun.HeadBranch))
		e.title, e.url = h.WorkflowRun.Conclusion, h.WorkflowRun.HTMLURL
	default:
		return nil, nil
	}
	return e.reply(), nil
}

func (e *event) item(kind, verb string, i *githubItem) {
	e.what = fmt.Sprintf("%s%s #%d", verb, kind, i.Number)
	e.title, e.url = i.Title, i.HTMLURL
}

func (n *notifier) push(e *event, ref string, commits int, compare string) {
	branch := strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
	e.what = fmt.Sprintf(n.env.Say("推送了 %d 个提交到 %s", "pushed %d commits to %s"), commits, escape(branch))
	if compare != "" {
		e.title, e.url = n.env.Say("查看差异", "compare"), compare
	}
}

type gitlabHook struct {
	ObjectKind string `json:"object_kind"`
	Ref        string `json:"ref"`
	UserName   string `json:"user_name"` // of pushes
	User       struct {
		Name string `json:"name"`
	} `json:"user"`
	Project struct {
		Path   string `json:"path_with_namespace"`
		WebURL string `json:"web_url"`
	} `json:"project"`
	Total   int `json:"total_commits_count"`
	Commits []struct {
		Message string `json:"message"`
		URL     string `json:"url"`
	} `json:"commits"`
	Attributes struct {
		IID          int    `json:"iid"`
		Title        string `json:"title"`
		Action       string `json:"action"`
		URL          string `json:"url"`
		Note         string `json:"note"`
		NoteableType string `json:"noteable_type"`
		ID           int64  `json:"id"`
		Status       string `json:"status"`
		Ref          string `json:"ref"`
	} `json:"object_attributes"`
}

// gitlab tells the same of GitLab's webhooks.
func (n *notifier) gitlab(body []byte) (reply.Reply, error) {
	var h gitlabHook
	if err := decode(body, &h); err != nil {
		return nil, err
	}
	a := h.Attributes
	e := event{repo: h.Project.Path, repoURL: h.Project.WebURL, who: h.User.Name}
	switch h.ObjectKind {
	case "push", "tag_push":
		if h.Total == 0 && len(h.Commits) == 0 {
			return nil, nil
		}
		e.who = h.UserName
		n.push(&e, h.Ref, max(h.Total, len(h.Commits)), "")
		for _, c := range h.Commits[:min(maxCommits, len(h.Commits))] {
			e.lines = append(e.lines, link(firstLine(c.Message), c.URL))
		}
	case "issue", "merge_request":
		kind := n.env.Say("议题", "issue")
		mark := "#"
		if h.ObjectKind == "merge_request" {
			kind, mark = n.env.Say("合并请求", "merge request"), "!"
		}
		if !shown(a.Action) {
			return nil, nil
		}
		e.what, e.title, e.url = fmt.Sprintf("%s%s %s%d", n.verb(a.Action), kind, mark, a.IID), a.Title, a.URL
	case "note":
		e.what, e.title, e.url = n.verb("commented")+escape(a.NoteableType), clip(a.Note, 300), a.URL
	case "pipeline":
		if a.Status != "failed" {
			return nil, nil
		}
		e.what = fmt.Sprintf(n.env.Say("❌ 流水线 #%d 失败（%s）", "❌ pipeline #%d failed (%s)"), a.ID, escape(a.Ref))
		e.title, e.url = n.env.Say("查看", "open"), fmt.Sprintf("%s/-/pipelines/%d", h.Project.WebURL, a.ID)
	default:
		return nil, nil
	}
	return e.reply(), nil
}

// verbs are what somebody did, by the names of both systems.
var verbs = map[string][2]string{
	"opened": {"打开了", "opened "}, "open": {"打开了", "opened "}, "reopened": {"重新打开了", "reopened "}, "reopen": {"重新打开了", "reopened "},
	"closed": {"关闭了", "closed "}, "close": {"关闭了", "closed "}, "merged": {"合并了", "merged "}, "merge": {"合并了", "merged "},
	"commented": {"评论了", "commented on "}, "approved": {"批准了", "approved "}, "changes_requested": {"要求修改", "asked to change "},
	"released": {"发布了", "released "}, "ready_for_review": {"请求评审", "asks to review "},
}

// shown reports whether an action on an issue or merge request is worth a message.
func shown(action string) bool {
	switch action {
	case "opened", "open", "reopened", "reopen", "closed", "close", "merge", "approved", "ready_for_review":
		return true
	}
	return false
}

func (n *notifier) verb(action string) string {
	v, ok := verbs[action]
	if !ok {
		return escape(action) + " "
	}
	return n.env.Say(v[0], v[1])
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return clip(line, 100)
}
