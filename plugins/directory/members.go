package directory

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

type whoArgs struct {
	Who string `arg:"who,rest" help:"account, name or mobile number"`
}

type accountArgs struct {
	ID string `arg:"account"`
}

type accountsArgs struct {
	IDs []string `arg:"account"`
}

// fields are what can be said of a member; "" and none mean that nothing is said.
type fields struct {
	ID       string `arg:"account"`
	Name     string `opt:"name,n"`
	Mobile   string `opt:"mobile,m"`
	Email    string `opt:"email,e"`
	Position string `opt:"position,p"`
	Depts    []int  `opt:"dept,d" help:"a department's id; may be repeated"`
}

func (d *directory) memberCommands() []command.Command {
	return []command.Command{
		add(d, "member", "查成员", "finds members", d.find, "成员"),
		add(d, "member-add", "新增成员", "adds a member", d.create, "新增成员"),
		add(d, "member-set", "修改成员", "changes a member", d.update, "修改成员"),
		add(d, "member-disable", "停用成员", "disables a member", d.enable(0), "停用成员"),
		add(d, "member-enable", "启用成员", "enables a member", d.enable(1), "启用成员"),
		add(d, "member-invite", "邀请成员加入企业微信", "invites members to WeCom", d.invite, "邀请成员"),
	}
}

// maxFound is how many members are listed.
const maxFound = 10

func (d *directory) find(ctx context.Context, _ *router.Request, a whoArgs) (reply.Reply, error) {
	if a.Who == "" {
		return reply.Text(d.env.Say("查谁？写账号、姓名或手机号。", "Whom? Write an account, a name or a mobile number.")), nil
	}
	u, err := d.member(ctx, a.Who)
	if u == nil && err == nil && isMobile(a.Who) {
		u, err = d.byMobile(ctx, a.Who)
	}
	if err != nil {
		return nil, err
	}
	if u != nil {
		return reply.Text(d.describe(*u)), nil
	}
	found, err := d.search(ctx, a.Who)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		return reply.Text(d.env.Say("没有找到：", "Nobody found: ") + a.Who), nil
	case 1:
		return reply.Text(d.describe(found[0])), nil
	}
	var lines []string
	for _, u := range found[:min(maxFound, len(found))] {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", u.UserID, u.Name, u.Position)))
	}
	if more := len(found) - maxFound; more > 0 {
		lines = append(lines, fmt.Sprintf(d.env.Say("还有 %d 位", "and %d more"), more))
	}
	return reply.Text(strings.Join(lines, "\n")), nil
}

// member is the member of an account; nil when there is none.
func (d *directory) member(ctx context.Context, account string) (*wecom.User, error) {
	u, err := d.api.Users.Get(ctx, account)
	if errors.Is(err, wecom.ErrUserNotFound) || errors.Is(err, wecom.ErrInvalidUserID) {
		return nil, nil
	}
	return u, err
}

func isMobile(s string) bool { return len(s) >= 7 && strings.Trim(s, "+-0123456789 ") == "" }

// byMobile asks the platform, which hides mobile numbers in lists.
func (d *directory) byMobile(ctx context.Context, mobile string) (*wecom.User, error) {
	account, err := d.api.Users.FindByMobile(ctx, mobile)
	var refused *wecom.Error
	switch {
	case errors.As(err, &refused):
		return nil, nil // nobody has it, or this app may not know
	case err != nil:
		return nil, err
	}
	return d.member(ctx, account)
}

// search looks through the members below the root department.
func (d *directory) search(ctx context.Context, word string) ([]wecom.User, error) {
	all, err := d.api.Users.List(ctx, &wecom.UserListRequest{DepartmentID: d.config.Root, FetchChild: 1})
	if err != nil {
		return nil, err
	}
	word = router.Fold(word)
	var found []wecom.User
	for _, u := range all {
		for _, s := range []string{u.UserID, u.Name, u.Alias, u.EnglishName, u.Mobile, u.Email} {
			if s != "" && strings.Contains(router.Fold(s), word) {
				found = append(found, u)
				break
			}
		}
	}
	return found, nil
}

func (d *directory) describe(u wecom.User) string {
	lines := []string{fmt.Sprintf("%s（%s）", u.Name, u.UserID)}
	line := func(zh, en, value string) {
		if value != "" {
			lines = append(lines, d.env.Say(zh, en)+value)
		}
	}
	line("职务：", "Position: ", u.Position)
	line("手机：", "Mobile: ", u.Mobile)
	line("邮箱：", "Mail: ", u.Email)
	line("部门：", "Departments: ", strings.Trim(fmt.Sprint(u.Department), "[]"))
	line("上级：", "Leader: ", strings.Join(u.DirectLeader, "、"))
	status := map[wecom.UserStatus][2]string{1: {"已激活", "active"}, 2: {"已停用", "disabled"}, 4: {"未激活", "not activated"}, 5: {"已退出", "left"}}
	if s, ok := status[u.Status]; ok {
		line("状态：", "Status: ", d.env.Say(s[0], s[1]))
	}
	return strings.Join(lines, "\n")
}

// known runs f for an account that exists.
func (d *directory) known(ctx context.Context, account string, f func(u *wecom.User) (reply.Reply, error)) (reply.Reply, error) {
	u, err := d.member(ctx, account)
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		return reply.Text(d.env.Say("没有这个账号：", "There is no account ") + account), nil
	}
	return f(u)
}

// objection is what is wrong with the fields, before the platform says it.
func (d *directory) objection(f fields) string {
	if f.Email != "" {
		if _, err := mail.ParseAddress(f.Email); err != nil {
			return d.env.Say("邮箱不对：", "Not a mail address: ") + f.Email
		}
	}
	if f.Mobile != "" && !isMobile(f.Mobile) {
		return d.env.Say("手机号不对：", "Not a mobile number: ") + f.Mobile
	}
	return ""
}

func (d *directory) create(ctx context.Context, q *router.Request, f fields) (reply.Reply, error) {
	if why := d.objection(f); why != "" {
		return reply.Text(why), nil
	}
	if f.Name == "" || f.Mobile+f.Email == "" {
		return reply.Text(d.env.Say("新成员要有 --name，以及 --mobile 或 --email。", "A new member needs --name, and --mobile or --email.")), nil
	}
	if len(f.Depts) == 0 {
		f.Depts = []int{d.config.Root}
	}
	c := change{Title: d.env.Say("新增成员 ", "Add member ") + f.String(), Op: "user/create", Target: f.ID}
	return d.begin(ctx, q, c, wecom.UserCreateRequest{UserID: f.ID, Name: f.Name, Mobile: f.Mobile, Email: f.Email, Position: f.Position, Department: f.Depts})
}

func (d *directory) update(ctx context.Context, q *router.Request, f fields) (reply.Reply, error) {
	if why := d.objection(f); why != "" {
		return reply.Text(why), nil
	}
	if f.Name+f.Mobile+f.Email+f.Position == "" && len(f.Depts) == 0 {
		return reply.Text(d.env.Say("改什么？加上 --name、--mobile、--email、--position 或 --dept。", "Change what? Add --name, --mobile, --email, --position or --dept.")), nil
	}
	return d.known(ctx, f.ID, func(u *wecom.User) (reply.Reply, error) {
		c := change{Title: fmt.Sprintf(d.env.Say("修改成员 %s：%s", "Change member %s: %s"), u.Name, f), Op: "user/update", Target: f.ID}
		r := wecom.UserUpdateRequest{UserID: f.ID, Department: f.Depts}
		for _, p := range []struct {
			value string
			field **string
		}{{f.Name, &r.Name}, {f.Mobile, &r.Mobile}, {f.Email, &r.Email}, {f.Position, &r.Position}} {
			if p.value != "" {
				*p.field = &p.value
			}
		}
		return d.begin(ctx, q, c, r)
	})
}

// String lists what is said of the member.
func (f fields) String() string {
	parts := []string{f.ID}
	for _, s := range []string{f.Name, f.Mobile, f.Email, f.Position} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(f.Depts) > 0 {
		parts = append(parts, fmt.Sprint(f.Depts))
	}
	return strings.Join(parts, " ")
}

// enable enables or disables. Nobody disables himself: he could not undo it.
func (d *directory) enable(on int) func(context.Context, *router.Request, accountArgs) (reply.Reply, error) {
	return func(ctx context.Context, q *router.Request, a accountArgs) (reply.Reply, error) {
		if on == 0 && strings.EqualFold(a.ID, q.From) {
			return reply.Text(d.env.Say("不能停用自己。", "You cannot disable yourself.")), nil
		}
		verb := d.env.Say("停用成员", "Disable member")
		if on == 1 {
			verb = d.env.Say("启用成员", "Enable member")
		}
		return d.known(ctx, a.ID, func(u *wecom.User) (reply.Reply, error) {
			c := change{Title: fmt.Sprintf("%s %s（%s）", verb, a.ID, u.Name), Op: "user/update", Target: a.ID}
			return d.begin(ctx, q, c, wecom.UserUpdateRequest{UserID: a.ID, Enable: &on})
		})
	}
}

func (d *directory) invite(ctx context.Context, q *router.Request, a accountsArgs) (reply.Reply, error) {
	ids := strings.Join(a.IDs, " ")
	c := change{Title: d.env.Say("邀请成员 ", "Invite ") + ids, Op: "batch/invite", Target: ids}
	return d.begin(ctx, q, c, wecom.UserInviteRequest{User: a.IDs})
}
