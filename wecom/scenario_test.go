package wecom_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/wecom"
)

// Scenarios: what a program does with an area from end to end, against the platform in memory.

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code wecom.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("err = %v, want %d", err, int(code))
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// told are the events that the corp's app got, by name and change type, in order.
func (w *world) told() []string {
	w.t.Helper()
	no(w.t, w.Quiet(w.t.Context()))
	var out []string
	for _, d := range w.Deliveries() {
		_, change, _ := strings.Cut(d.Plaintext, "<ChangeType><![CDATA[")
		change, _, _ = strings.Cut(change, "]]>")
		if !d.Received {
			w.t.Errorf("%s was not received: %+v", d.Event, d.Attempts)
		}
		out = append(out, strings.TrimSuffix(d.Event+" "+change, " "))
	}
	return out
}

// listen gives the app a callback URL that takes everything.
func (w *world) listen() {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(srv.Close)
	w.SetCallbackURL(w.app, srv.URL)
}

func TestMembersFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	_, err := c.Users.Create(ctx, &wecom.UserCreateRequest{
		UserID: "zhouba", Name: "周八", Mobile: "+86 13800000001", Department: []int{2, 77}, Position: "工程师", Telephone: "020-1",
		DirectLeader: []string{"lisi"}, Enable: new(1),
	})
	no(t, err)
	u := must(c.Users.Get(ctx, "ZhouBa"))(t)
	if u.Name != "周八" || !slices.Equal(u.Department, []int{2}) || u.Telephone != "020-1" || u.DirectLeader[0] != "lisi" || u.Mobile != "+86 13800000001" {
		t.Errorf("Get = %+v", u)
	}
	no(t, c.Users.Update(ctx, &wecom.UserUpdateRequest{UserID: "zhouba", Position: new(""), Department: []int{3}, Alias: new("八")}))
	u = must(c.Users.Get(ctx, "zhouba"))(t)
	if u.Position != "" || !slices.Equal(u.Department, []int{3}) || u.Alias != "八" || u.Name != "周八" || u.Telephone != "020-1" {
		t.Errorf("after the update: %+v", u)
	}
	brief := must(c.Users.ListBrief(ctx, &wecom.UserListBriefRequest{DepartmentID: 3}))(t)
	if len(brief) != 2 || brief[1].UserID != "zhouba" {
		t.Errorf("ListBrief = %+v", brief)
	}
	if id := must(c.Users.FindByMobile(ctx, "+86 13800000001"))(t); id != "zhouba" {
		t.Errorf("FindByMobile = %q", id)
	}
	no(t, c.Users.Update(ctx, &wecom.UserUpdateRequest{UserID: "zhouba", NewUserID: new("zhou8"), Enable: new(0)}))
	if u = must(c.Users.Get(ctx, "zhou8"))(t); u.Status != wecom.UserStatusDisabled {
		t.Errorf("after the change of id: %+v", u)
	}
	no(t, c.Users.Delete(ctx, "zhou8"))
	_, err = c.Users.Get(ctx, "zhou8")
	wantCode(t, err, wecom.ErrUserNotFound)
	wantCode(t, c.Users.DeleteBatch(ctx, []string{"lisi", "nobody"}), wecom.ErrUserNotFound)
	if _, err := c.Users.Get(ctx, "lisi"); err != nil {
		t.Errorf("a batch that failed deleted somebody: %v", err)
	}
	no(t, c.Users.DeleteBatch(ctx, []string{"lisi", "wangwu"}))
	same(t, "events", w.told(), []string{
		"change_contact create_user", "change_contact update_user", "change_contact update_user", "change_contact delete_user",
		"change_contact delete_user", "change_contact delete_user",
	})
	if d := w.Deliveries()[2]; !strings.Contains(d.Plaintext, "<UserID><![CDATA[zhouba]]></UserID>") || !strings.Contains(d.Plaintext, "<NewUserID><![CDATA[zhou8]]></NewUserID>") {
		t.Errorf("the change of id says %s", d.Plaintext)
	}
}

func TestMembersLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, ctx := w.corp(), t.Context()
	w.AddMember(simulator.Member{UserID: "taken", Mobile: "13800000001", Email: "taken@example.com"})
	for _, tt := range []struct {
		name string
		r    wecom.UserCreateRequest
		want wecom.Code
	}{
		{"no id", wecom.UserCreateRequest{Name: "n", Mobile: "13800000009"}, 40063},
		{"strange id", wecom.UserCreateRequest{UserID: "-a", Name: "n", Mobile: "13800000009"}, wecom.ErrInvalidUserID},
		{"long id", wecom.UserCreateRequest{UserID: strings.Repeat("a", 65), Name: "n", Mobile: "13800000009"}, wecom.ErrInvalidUserID},
		{"id of another case", wecom.UserCreateRequest{UserID: "TAKEN", Name: "n", Mobile: "13800000009"}, 60102},
		{"no name", wecom.UserCreateRequest{UserID: "a", Mobile: "13800000009"}, 40063},
		{"long name", wecom.UserCreateRequest{UserID: "a", Name: strings.Repeat("名", 65), Mobile: "13800000009"}, 60112},
		{"no address", wecom.UserCreateRequest{UserID: "a", Name: "n"}, 60129},
		{"strange mobile", wecom.UserCreateRequest{UserID: "a", Name: "n", Mobile: "1x"}, 60103},
		{"mobile of another", wecom.UserCreateRequest{UserID: "a", Name: "n", Mobile: "13800000001"}, 60104},
		{"strange email", wecom.UserCreateRequest{UserID: "a", Name: "n", Email: "aaaaaaaa"}, 60105},
		{"email of another", wecom.UserCreateRequest{UserID: "a", Name: "n", Email: "Taken@example.com"}, 60106},
		{"orders for other departments", wecom.UserCreateRequest{UserID: "a", Name: "n", Mobile: "13800000009", Department: []int{2, 3}, Order: []int64{1}}, 40035},
		{"a leader who is not there", wecom.UserCreateRequest{UserID: "a", Name: "n", Mobile: "13800000009", DirectLeader: []string{"nobody"}}, wecom.ErrUserNotFound},
		{"strange gender", wecom.UserCreateRequest{UserID: "a", Name: "n", Mobile: "13800000009", Gender: "7"}, wecom.ErrInvalidArgument},
	} {
		_, err := c.Users.Create(ctx, &tt.r)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %d", tt.name, err, int(tt.want))
		}
	}
	if n := len(w.Members()); n != 6 {
		t.Errorf("%d members after what was refused, want 6", n)
	}
	plain := w.AddApp(simulator.App{})
	other, err := wecom.NewClient(plain.CorpID, plain.Secret, w.options()...)
	no(t, err)
	defer other.Close()
	wantCode(t, other.Users.Delete(ctx, "lisi"), wecom.ErrAPIForbidden)
	if u := must(other.Users.Get(ctx, "taken"))(t); u.Mobile != "" || u.Email != "" {
		t.Errorf("an ordinary app sees %+v", u)
	}
}

func TestDepartmentsFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	id := must(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "销售部", NameEn: "Sales", ParentID: 1, Order: 9}))(t)
	below := must(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "华南", ParentID: id, ID: 88}))(t)
	if below != 88 {
		t.Errorf("the id that was asked for is %d", below)
	}
	d := must(c.Departments.Get(ctx, id))(t)
	if d.Name != "销售部" || d.NameEn != "Sales" || d.ParentID != 1 || d.Order != 9 {
		t.Errorf("Get = %+v", d)
	}
	no(t, c.Departments.Update(ctx, &wecom.DepartmentUpdateRequest{ID: id, ParentID: new(2)}))
	nodes := must(c.Departments.ListIDs(ctx, 2))(t)
	if !slices.ContainsFunc(nodes, func(n wecom.DepartmentNode) bool { return n.ID == 88 && n.ParentID == id }) {
		t.Errorf("ListIDs = %+v", nodes)
	}
	for name, tt := range map[string]struct {
		err  error
		want wecom.Code
	}{
		"below itself":        {c.Departments.Update(ctx, &wecom.DepartmentUpdateRequest{ID: id, ParentID: new(88)}), 60010},
		"nowhere":             {c.Departments.Update(ctx, &wecom.DepartmentUpdateRequest{ID: id, ParentID: new(77)}), 60004},
		"not there":           {c.Departments.Update(ctx, &wecom.DepartmentUpdateRequest{ID: 77}), wecom.ErrDepartmentNotFound},
		"with departments":    {c.Departments.Delete(ctx, id), 60006},
		"with members":        {c.Departments.Delete(ctx, 3), 60005},
		"the root":            {c.Departments.Delete(ctx, 1), 60007},
		"delete what is gone": {c.Departments.Delete(ctx, 77), wecom.ErrDepartmentNotFound},
		"name of a sibling":   {created(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "人事部", ParentID: 1})), 60008},
		"strange name":        {created(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "a:b", ParentID: 1})), 60009},
		"long name":           {created(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: strings.Repeat("部", 65), ParentID: 1})), 60001},
		"id of another":       {created(c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "x", ParentID: 1, ID: 88})), 60008},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %d", name, tt.err, int(tt.want))
		}
	}
	parent := 88
	var deep error
	for range 15 {
		if parent, deep = c.Departments.Create(ctx, &wecom.DepartmentCreateRequest{Name: "层", ParentID: parent}); deep != nil {
			break
		}
	}
	wantCode(t, deep, 60002)
	list := must(c.Departments.List(ctx, 88))(t)
	for _, d := range slices.Backward(list) {
		no(t, c.Departments.Delete(ctx, d.ID))
	}
	no(t, c.Departments.Delete(ctx, id))
	events := w.told()
	if events[0] != "change_contact create_party" || events[2] != "change_contact update_party" || events[len(events)-1] != "change_contact delete_party" {
		t.Errorf("events = %v", events)
	}
}

func created[T any](_ T, err error) error { return err }

func TestTagsFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	id := must(c.Tags.Create(ctx, "新标签", 0))(t)
	change := must(c.Tags.AddMembers(ctx, &wecom.TagAddMembersRequest{TagID: id, UserList: []string{"lisi", "nobody", "wangwu"}, PartyList: []int{2, 77}}))(t)
	same(t, "AddMembers", change, &wecom.TagChange{InvalidList: "nobody", InvalidParty: []int{77}})
	no(t, c.Tags.Update(ctx, id, "新名"))
	members := must(c.Tags.ListMembers(ctx, id))(t)
	same(t, "ListMembers", members, &wecom.TagMembers{
		TagName: "新名", UserList: []wecom.TagMember{{UserID: "lisi", Name: "李四"}, {UserID: "wangwu", Name: "王五"}}, PartyList: []int{2},
	})
	must(c.Tags.RemoveMembers(ctx, &wecom.TagRemoveMembersRequest{TagID: id, UserList: []string{"LISI"}, PartyList: []int{2}}))(t)
	if members = must(c.Tags.ListMembers(ctx, id))(t); len(members.UserList) != 1 || len(members.PartyList) != 0 {
		t.Errorf("after the removal: %+v", members)
	}
	_, err := c.Tags.AddMembers(ctx, &wecom.TagAddMembersRequest{TagID: id, UserList: []string{"nobody"}})
	wantCode(t, err, 40070)
	wantCode(t, created(c.Tags.Create(ctx, "新名", 0)), 40071)
	wantCode(t, created(c.Tags.Create(ctx, strings.Repeat("名", 33), 0)), 40069)
	mine := w.AddApp(simulator.App{})
	other, err := wecom.NewClient(mine.CorpID, mine.Secret, w.options()...)
	no(t, err)
	defer other.Close()
	wantCode(t, other.Tags.Delete(ctx, id), wecom.ErrNoPermission)
	no(t, c.Tags.Delete(ctx, id))
	if tags := must(c.Tags.List(ctx))(t); len(tags) != 2 {
		t.Errorf("List = %+v", tags)
	}
	same(t, "events", w.told(), []string{"change_contact update_tag", "change_contact update_tag"})
}

func TestCustomersFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	p, code := w.Befriend("lisi", simulator.Customer{Name: "新客户"}, "counter")
	no(t, c.Welcomes.Send(ctx, &wecom.WelcomeSendRequest{WelcomeCode: code, Text: &wecom.TextBody{Content: "你好"}}))
	wantCode(t, c.Welcomes.Send(ctx, &wecom.WelcomeSendRequest{WelcomeCode: code, Text: &wecom.TextBody{Content: "你好"}}), wecom.ErrWelcomeExpired)
	same(t, "List", must(c.Customers.List(ctx, "lisi"))(t), []string{p.ID})

	group := must(c.CorpTags.Create(ctx, &wecom.CorpTagCreateRequest{GroupName: "级别", Tag: []wecom.NewTag{{Name: "重要"}, {Name: "一般"}}}))(t)
	again := must(c.CorpTags.Create(ctx, &wecom.CorpTagCreateRequest{GroupName: "级别", Tag: []wecom.NewTag{{Name: "次要"}}}))(t)
	if again.GroupID != group.GroupID || len(again.Tag) != 1 {
		t.Errorf("a third tag made %+v", again)
	}
	no(t, c.CorpTags.Update(ctx, &wecom.CorpTagUpdateRequest{ID: group.Tag[0].ID, Name: new("很重要")}))
	no(t, c.Customers.MarkTags(ctx, &wecom.CustomerMarkTagsRequest{UserID: "lisi", ExternalUserID: p.ID, AddTag: []string{group.Tag[0].ID}}))
	no(t, c.Customers.UpdateRemark(ctx, &wecom.CustomerUpdateRemarkRequest{UserID: "lisi", ExternalUserID: p.ID, Remark: new("王总"), RemarkMobiles: []string{"1"}}))
	got := must(c.Customers.Get(ctx, p.ID, ""))(t)
	f := got.FollowUser[0]
	if got.ExternalContact.Name != "新客户" || f.Remark != "王总" || f.State != "counter" || len(f.Tags) != 1 || f.Tags[0].TagName != "很重要" || f.Tags[0].GroupName != "级别" {
		t.Errorf("Get = %+v", got)
	}
	no(t, c.CorpTags.Delete(ctx, &wecom.CorpTagDeleteRequest{GroupID: []string{group.GroupID}}))
	if tags := must(c.CorpTags.List(ctx, nil))(t); len(tags) != 0 {
		t.Errorf("tags left: %+v", tags)
	}
	if got = must(c.Customers.Get(ctx, p.ID, ""))(t); len(got.FollowUser[0].Tags) != 0 {
		t.Errorf("the customer kept %+v", got.FollowUser[0].Tags)
	}
	items := must(c.Transfers.Start(ctx, &wecom.TransferStartRequest{HandoverUserID: "lisi", TakeoverUserID: "wangwu", ExternalUserID: []string{p.ID, "unknown"}}))(t)
	same(t, "Start", items, []wecom.TransferItem{{ExternalUserID: p.ID}, {ExternalUserID: "unknown", ErrCode: 40096}})
	_, err := c.Customers.List(ctx, "lisi")
	wantCode(t, err, wecom.ErrNotCustomer)
	same(t, "List", must(c.Customers.List(ctx, "wangwu"))(t), []string{p.ID})
	events := w.told()
	if events[0] != "change_external_contact add_external_contact" || !slices.Contains(events, "change_external_tag create") ||
		!slices.Contains(events, "change_external_tag delete") || !slices.Contains(events, "change_external_contact edit_external_contact") {
		t.Errorf("events = %v", events)
	}
}

func TestGroupChatsOfCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, ctx := w.corp(), t.Context()
	g := must(c.GroupChats.Get(ctx, w.group.ID, 1))(t)
	if g.Owner != "zhangsan" || len(g.MemberList) != 1 || g.MemberList[0].Name != "客户" {
		t.Errorf("Get = %+v", g)
	}
	failed := must(c.Transfers.MoveGroupChats(ctx, []string{w.group.ID, "unknown"}, "lisi"))(t)
	if len(failed) != 1 || failed[0].ChatID != "unknown" {
		t.Errorf("MoveGroupChats = %+v", failed)
	}
	list := must(c.GroupChats.List(ctx, &wecom.GroupChatListRequest{Limit: 10, OwnerFilter: &wecom.OwnerFilter{UserIDList: []string{"lisi"}}}))(t)
	if len(list.GroupChatList) != 1 || list.GroupChatList[0].ChatID != w.group.ID {
		t.Errorf("List = %+v", list)
	}
}

func TestCalendarsAndSchedulesFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	made := must(c.Calendars.Create(ctx, &wecom.CalendarCreateRequest{Calendar: wecom.Calendar{
		Summary: "排班", Color: "#0000FF", Shares: []wecom.CalendarShare{{UserID: "lisi"}, {UserID: "nobody"}},
	}}))(t)
	if len(made.FailResult.Shares) != 1 || made.FailResult.Shares[0].UserID != "nobody" {
		t.Errorf("Create = %+v", made)
	}
	must(c.Calendars.Update(ctx, &wecom.CalendarUpdateRequest{Calendar: wecom.Calendar{CalID: made.CalID, Summary: "值班", Color: "#FF0000"}}))(t)
	cals := must(c.Calendars.Get(ctx, []string{made.CalID, "unknown"}))(t)
	if len(cals) != 1 || cals[0].Summary != "值班" || len(cals[0].Shares) != 1 {
		t.Errorf("Get = %+v", cals)
	}
	id := must(c.Schedules.Create(ctx, &wecom.ScheduleCreateRequest{Schedule: wecom.Schedule{StartTime: 100, EndTime: 200, CalID: made.CalID, Summary: "早班"}}))(t)
	no(t, c.Schedules.AddAttendees(ctx, &wecom.ScheduleAddAttendeesRequest{ScheduleID: id, Attendees: []wecom.Attendee{{UserID: "lisi"}, {UserID: "wangwu"}}}))
	no(t, c.Schedules.RemoveAttendees(ctx, &wecom.ScheduleRemoveAttendeesRequest{ScheduleID: id, Attendees: []wecom.Attendee{{UserID: "lisi"}}}))
	must(c.Schedules.Update(ctx, &wecom.ScheduleUpdateRequest{Schedule: wecom.Schedule{ScheduleID: id, StartTime: 100, EndTime: 300, Location: "前台"}}))(t)
	list := must(c.Schedules.List(ctx, &wecom.ScheduleListRequest{CalID: made.CalID}))(t)
	if len(list) != 1 || list[0].EndTime != 300 || list[0].Summary != "早班" || len(list[0].Attendees) != 1 || list[0].Attendees[0].UserID != "wangwu" {
		t.Errorf("List = %+v", list)
	}
	_, err := c.Schedules.Create(ctx, &wecom.ScheduleCreateRequest{Schedule: wecom.Schedule{StartTime: 2, EndTime: 1}})
	wantCode(t, err, wecom.ErrInvalidArgument)
	no(t, c.Schedules.Delete(ctx, &wecom.ScheduleDeleteRequest{ScheduleID: id}))
	if got := must(c.Schedules.Get(ctx, []string{id}))(t); len(got) != 1 || got[0].Status != 1 {
		t.Errorf("after the deletion: %+v", got)
	}
	wantCode(t, c.Schedules.Delete(ctx, &wecom.ScheduleDeleteRequest{ScheduleID: id}), wecom.ErrInvalidArgument)
	no(t, c.Calendars.Delete(ctx, made.CalID))
	wantCode(t, c.Calendars.Delete(ctx, made.CalID), wecom.ErrInvalidArgument)
	same(t, "events", w.told(), []string{
		"modify_calendar", "modify_calendar", "add_schedule", "modify_schedule", "modify_schedule", "modify_schedule", "delete_schedule", "delete_calendar",
	})
}

func TestApprovalsFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	c, ctx := w.corp(), t.Context()
	text := func(s string) []wecom.ApprovalText { return []wecom.ApprovalText{{Text: s, Lang: "zh_CN"}} }
	controls := &wecom.ApprovalControls{Controls: []wecom.ApprovalControl{{Property: wecom.ApprovalProperty{Control: "Text", ID: "Text-1", Title: text("事由")}}}}
	template := must(c.Approvals.CreateTemplate(ctx, text("请假"), controls))(t)
	no(t, c.Approvals.UpdateTemplate(ctx, template, text("请假单"), controls))
	if got := must(c.Approvals.GetTemplate(ctx, template))(t); got.TemplateNames[0].Text != "请假单" || got.TemplateContent.Controls[0].Property.ID != "Text-1" {
		t.Errorf("GetTemplate = %+v", got)
	}
	apply := func(by string) string {
		return must(c.Approvals.Create(ctx, &wecom.ApprovalCreateRequest{
			CreatorUserID: by, TemplateID: template,
			Process:     &wecom.ApprovalProcess{NodeList: []wecom.ApprovalNode{{Type: 1, UserID: []string{"zhaoliu"}}}},
			ApplyData:   wecom.ApprovalData{Contents: []wecom.ApprovalContent{{Control: "Text", ID: "Text-1", Value: wecom.ApprovalValue{Text: "看病"}}}},
			SummaryList: []wecom.ApprovalSummary{{SummaryInfo: text("看病")}},
		}))(t)
	}
	id := apply("lisi")
	for range 4 {
		apply("zhangsan")
	}
	got := must(c.Approvals.Get(ctx, id))(t)
	if got.SpName != "请假单" || got.SpStatus != wecom.ApprovalStatusWaiting || got.Applyer.UserID != "lisi" ||
		got.ApplyData.Contents[0].Value.Text != "看病" || got.SpRecord[0].Details[0].Approver.UserID != "zhaoliu" {
		t.Errorf("Get = %+v", got)
	}
	now := time.Now().Unix()
	query := &wecom.ApprovalListRequest{StartTime: fmt.Sprint(now - 60), EndTime: fmt.Sprint(now + 60), Size: 2}
	if n := count(t, c.Approvals.All(ctx, query)); n != 5 {
		t.Errorf("All yields %d, want 5 on three pages", n)
	}
	if n := len(w.CallsTo("oa/getapprovalinfo")); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
	query.Filters = []wecom.ApprovalFilter{{Key: "creator", Value: "lisi"}}
	if n := count(t, c.Approvals.All(ctx, query)); n != 1 {
		t.Errorf("All of lisi yields %d", n)
	}
	if !w.Decide(id, 2) || w.Decide("unknown", 2) {
		t.Error("Decide finds the wrong approvals")
	}
	if got = must(c.Approvals.Get(ctx, id))(t); got.SpStatus != wecom.ApprovalStatusPassed {
		t.Errorf("after the decision: %v", got.SpStatus)
	}
	if events := w.told(); len(events) != 6 || events[5] != "sys_approval_change" {
		t.Errorf("events = %v", events)
	}
}

func count[T any](t *testing.T, seq iter.Seq2[T, error]) int {
	t.Helper()
	n := 0
	for _, err := range seq {
		no(t, err)
		n++
	}
	return n
}

// What is only added, read, changed and deleted goes by one table in the simulator; this is one of them.
func TestContactWaysFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, ctx := w.corp(), t.Context()
	var ids []string
	for i := range 5 {
		way := must(c.ContactWays.Create(ctx, &wecom.ContactWayCreateRequest{Type: 1, Scene: 2, User: []string{"lisi"}, State: fmt.Sprint(i)}))(t)
		if !strings.HasPrefix(way.QRCode, "https://") {
			t.Errorf("Create = %+v", way)
		}
		ids = append(ids, way.ConfigID)
	}
	var listed []string
	for way, err := range c.ContactWays.All(ctx, &wecom.ContactWayListRequest{Limit: 2}) {
		no(t, err)
		listed = append(listed, way.ConfigID)
	}
	same(t, "All", listed, ids)
	if n := len(w.CallsTo("externalcontact/list_contact_way")); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
	no(t, c.ContactWays.Update(ctx, &wecom.ContactWayUpdateRequest{ConfigID: ids[0], State: new("changed")}))
	way := must(c.ContactWays.Get(ctx, ids[0]))(t)
	if way.State != "changed" || way.Scene != 2 || way.User[0] != "lisi" {
		t.Errorf("Get = %+v", way)
	}
	no(t, c.ContactWays.Delete(ctx, ids[0]))
	_, err := c.ContactWays.Get(ctx, ids[0])
	wantCode(t, err, wecom.ErrInvalidArgument)
}

func TestFilesFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, ctx := w.corp(), t.Context()
	up := must(c.Media.Upload(ctx, "file", &wecom.File{Name: "年假.txt", Body: strings.NewReader("0123456789")}))(t)
	d := must(c.Media.Get(ctx, up.MediaID))(t)
	defer d.Close()
	if b, err := io.ReadAll(d); err != nil || string(b) != "0123456789" || d.Name != "年假.txt" {
		t.Errorf("Get = %q, %v as %q", b, err, d.Name)
	}
	part := must(c.Media.GetRange(ctx, up.MediaID, 2, 4))(t)
	defer part.Close()
	if b, _ := io.ReadAll(part); string(b) != "234" {
		t.Errorf("GetRange = %q", b)
	}
	job := must(c.Media.UploadURL(ctx, &wecom.MediaUploadURLRequest{Scene: 1, Type: "file", Filename: "a.bin", URL: "https://a.example/a", MD5: "x"}))(t)
	done := must(c.Media.GetUploadResult(ctx, job))(t)
	if _, err := c.Media.Get(ctx, done.Detail.MediaID); err != nil {
		t.Errorf("what was uploaded by address: %v", err)
	}
	_, err := c.Media.Upload(ctx, "voice", &wecom.File{Name: "a.mp3", Body: strings.NewReader("0123456789")})
	wantCode(t, err, 40005)
}

// A token that the platform revokes between two pages is renewed once, and nothing is missed or read twice.
func TestPagesWhoseTokenIsRevokedMidway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 6 {
		w.AddCustomer(simulator.Customer{ID: fmt.Sprint("wm", i), Follows: []simulator.Follow{{User: "lisi"}}})
	}
	var got []string
	c := w.corp()
	for brief, err := range c.Customers.AllByUsers(t.Context(), &wecom.CustomerListByUsersRequest{UserIDList: []string{"lisi"}, Limit: 2}) {
		no(t, err)
		if got = append(got, brief.ExternalContact.ExternalUserID); len(got) == 2 || len(got) == 4 {
			w.RevokeTokens()
		}
	}
	same(t, "AllByUsers", got, []string{"wm0", "wm1", "wm2", "wm3", "wm4", "wm5"})
	if n := len(w.CallsTo("gettoken")); n != 3 {
		t.Errorf("%d tokens, want 3", n)
	}
}

func TestPreparedAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, ctx := w.corp(), t.Context()
	query := &wecom.CheckinListRequest{OpenCheckinDataType: 3, StartTime: 1, EndTime: 2, UserIDList: []string{"lisi"}}
	if got := must(c.Checkins.List(ctx, query))(t); len(got) != 1 {
		t.Errorf("the documented shape: %+v", got)
	}
	w.Answer("checkin/getcheckindata", `{"checkindata":[{"userid":"lisi","checkin_time":7}]}`, `{"errcode":-1,"errmsg":"busy"}`, `{"checkindata":[]}`)
	if got := must(c.Checkins.List(ctx, query))(t); len(got) != 1 || got[0].UserID != "lisi" || got[0].CheckinTime != 7 {
		t.Errorf("the first answer: %+v", got)
	}
	_, err := c.Checkins.List(ctx, query)
	wantCode(t, err, wecom.ErrBusy)
	for range 2 {
		if got := must(c.Checkins.List(ctx, query))(t); len(got) != 0 {
			t.Errorf("the last answer: %+v", got)
		}
	}
	_, err = c.Checkins.List(ctx, &wecom.CheckinListRequest{OpenCheckinDataType: 9, StartTime: 1, EndTime: 2, UserIDList: []string{"lisi"}})
	wantCode(t, err, wecom.ErrInvalidArgument)
	w.Answer("checkin/getcheckindata")
	if got := must(c.Checkins.List(ctx, query))(t); len(got) != 1 {
		t.Errorf("the documented shape again: %+v", got)
	}
}
