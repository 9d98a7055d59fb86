package directory

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

func (d *directory) departmentCommands() []command.Command {
	return []command.Command{
		add(d, "dept", "部门列表", "lists departments", d.departments, "部门"),
		add(d, "dept-add", "新增部门", "adds a department", d.addDepartment, "新增部门"),
		add(d, "dept-rename", "部门改名", "renames a department", d.renameDepartment, "部门改名"),
		add(d, "dept-delete", "删除部门", "deletes an empty department", d.deleteDepartment, "删除部门"),
	}
}

func (d *directory) tagCommands() []command.Command {
	return []command.Command{
		add(d, "tag", "标签列表，或一个标签的成员", "lists tags, or the members of one", d.tags, "标签"),
		add(d, "tag-add", "新增标签", "adds a tag", d.addTag, "新增标签"),
		add(d, "tag-put", "给成员打标签", "gives members a tag", d.tagMembers("tag/addtagusers", "打标签", "Tag"), "打标签"),
		add(d, "tag-drop", "去掉成员的标签", "takes a tag from members", d.tagMembers("tag/deltagusers", "去标签", "Untag"), "去标签"),
	}
}

// maxListed is how many departments, tags or members a list shows.
const maxListed = 100

type parentArgs struct {
	Parent int `arg:"parent,optional" help:"below which department"`
}

func (d *directory) departments(ctx context.Context, _ *router.Request, a parentArgs) (reply.Reply, error) {
	all, err := d.api.Departments.List(ctx, max(a.Parent, d.config.Root))
	if err != nil {
		return nil, err
	}
	above := map[int]int{}
	for _, dept := range all {
		above[dept.ID] = dept.ParentID
	}
	depth := func(id int) (n int) {
		for at, ok := above[id]; ok && n < 15; at, ok = above[at] { // the platform nests 15 deep at most
			if _, listed := above[at]; !listed {
				break
			}
			n++
		}
		return n
	}
	var lines []string
	for _, dept := range all {
		lines = append(lines, fmt.Sprintf("%s%d %s", strings.Repeat("　", depth(dept.ID)), dept.ID, dept.Name))
	}
	return d.list(lines), nil
}

func (d *directory) list(lines []string) reply.Reply {
	if len(lines) == 0 {
		return reply.Text(d.env.Say("没有。", "None."))
	}
	if more := len(lines) - maxListed; more > 0 {
		lines = append(lines[:maxListed], fmt.Sprintf(d.env.Say("还有 %d 个", "and %d more"), more))
	}
	return reply.Text(strings.Join(lines, "\n"))
}

type addDepartmentArgs struct {
	Name   string `arg:"name"`
	Parent int    `opt:"parent,p" help:"the department above; default: the root"`
}

func (d *directory) addDepartment(ctx context.Context, q *router.Request, a addDepartmentArgs) (reply.Reply, error) {
	if a.Parent == 0 {
		a.Parent = d.config.Root
	}
	c := change{Title: fmt.Sprintf(d.env.Say("在部门 %d 下新增部门 %s", "Add below department %d: %s"), a.Parent, a.Name), Op: "department/create", Target: a.Name}
	return d.begin(ctx, q, c, wecom.DepartmentCreateRequest{Name: a.Name, ParentID: a.Parent})
}

type renameArgs struct {
	ID   int    `arg:"id" min:"1"`
	Name string `arg:"name,rest"`
}

func (d *directory) renameDepartment(ctx context.Context, q *router.Request, a renameArgs) (reply.Reply, error) {
	dept, err := d.api.Departments.Get(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if a.Name == "" {
		return reply.Text(d.env.Say("新名字是什么？", "What is the new name?")), nil
	}
	c := change{Title: fmt.Sprintf(d.env.Say("把部门 %d %s 改名为 %s", "Rename department %d %s to %s"), a.ID, dept.Name, a.Name), Op: "department/update", Target: strconv.Itoa(a.ID)}
	return d.begin(ctx, q, c, wecom.DepartmentUpdateRequest{ID: a.ID, Name: &a.Name})
}

type idArgs struct {
	ID int `arg:"id" min:"1"`
}

func (d *directory) deleteDepartment(ctx context.Context, q *router.Request, a idArgs) (reply.Reply, error) {
	dept, err := d.api.Departments.Get(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	c := change{Title: fmt.Sprintf(d.env.Say("删除部门 %d %s", "Delete department %d %s"), a.ID, dept.Name), Op: "department/delete", Target: strconv.Itoa(a.ID)}
	c.Method, c.Query = "GET", url.Values{"id": {c.Target}}.Encode()
	return d.begin(ctx, q, c, nil)
}

type tagArgs struct {
	ID int `arg:"id,optional" min:"1"`
}

func (d *directory) tags(ctx context.Context, _ *router.Request, a tagArgs) (reply.Reply, error) {
	var lines []string
	if a.ID == 0 {
		all, err := d.api.Tags.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			lines = append(lines, fmt.Sprintf("%d %s", t.TagID, t.TagName))
		}
		return d.list(lines), nil
	}
	t, err := d.api.Tags.ListMembers(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, u := range t.UserList {
		lines = append(lines, strings.TrimSpace(u.UserID+" "+u.Name))
	}
	for _, p := range t.PartyList {
		lines = append(lines, fmt.Sprintf(d.env.Say("部门 %d", "department %d"), p))
	}
	return d.list(lines), nil
}

type nameArgs struct {
	Name string `arg:"name,rest"`
}

func (d *directory) addTag(ctx context.Context, q *router.Request, a nameArgs) (reply.Reply, error) {
	if a.Name == "" {
		return reply.Text(d.env.Say("标签叫什么？", "What is the tag's name?")), nil
	}
	c := change{Title: d.env.Say("新增标签 ", "Add tag ") + a.Name, Op: "tag/create", Target: a.Name}
	return d.begin(ctx, q, c, map[string]any{"tagname": a.Name})
}

type tagMembersArgs struct {
	ID  int      `arg:"id" min:"1"`
	IDs []string `arg:"account"`
}

func (d *directory) tagMembers(op, zh, en string) func(context.Context, *router.Request, tagMembersArgs) (reply.Reply, error) {
	return func(ctx context.Context, q *router.Request, a tagMembersArgs) (reply.Reply, error) {
		c := change{Title: fmt.Sprintf("%s %d：%s", d.env.Say(zh, en), a.ID, strings.Join(a.IDs, " ")), Op: op, Target: strconv.Itoa(a.ID)}
		return d.begin(ctx, q, c, wecom.TagAddMembersRequest{TagID: a.ID, UserList: a.IDs})
	}
}

// picture makes a permanent address of a picture that is sent, for news, cards and pages.
func (d *directory) picture(t *dialog.D) (reply.Reply, error) {
	image, err := t.AskImage(d.env.Say("请发一张图片（2 MB 以内）。", "Please send a picture (up to 2 MB)."), dialog.Name("image"))
	if err != nil {
		return nil, err
	}
	address, err := dialog.Do(t, "upload", func(ctx context.Context) (string, error) {
		file, err := d.env.Client.Media.Get(ctx, image.MediaID)
		if err != nil {
			return "", err
		}
		defer file.Close()
		name := file.Name
		if name == "" {
			name = "picture.jpg"
		}
		address, err := d.env.Client.Media.UploadImage(ctx, &wecom.File{Name: name, ContentType: file.ContentType, Body: file})
		d.record(ctx, t.From(), change{Title: d.env.Say("上传图片", "Upload a picture"), Op: "media/uploadimg"}, err)
		return address, err
	})
	if err != nil {
		return nil, err
	}
	return reply.Text(d.env.Say("永久地址：", "Permanent address: ") + address), nil
}
