package simulator

import (
	"slices"
	"strconv"
	"time"
)

// office is what a corp has beside people and messages.
type office struct {
	jobs map[string]job

	customers     map[string]*Customer
	customerOrder []string
	groups        map[string]*CustomerGroup
	groupOrder    []string
	tagGroups     []*tagGroup
	handovers     []handover
	welcome       map[string]time.Time // by code, until when

	calendars shelf
	schedules shelf
	templates shelf // of approvals
	approvals shelf
	shelves   map[string]*shelf // by the path that adds to them
	uploads   map[string]string // media ids of media/upload_by_url, by job
}

func newOffice() office {
	return office{
		jobs: map[string]job{}, customers: map[string]*Customer{}, groups: map[string]*CustomerGroup{}, welcome: map[string]time.Time{},
		shelves: map[string]*shelf{}, uploads: map[string]string{},
	}
}

// officeCalls are the calls about calendars, schedules and approvals.
func officeCalls() map[string]handler {
	return map[string]handler{
		"oa/calendar/add":    addCalendar,
		"oa/calendar/update": updateCalendar,
		"oa/calendar/get":    getCalendars,
		"oa/calendar/del":    deleteCalendar,

		"oa/schedule/add":             addSchedule,
		"oa/schedule/update":          updateSchedule,
		"oa/schedule/add_attendees":   changeAttendees(true),
		"oa/schedule/del_attendees":   changeAttendees(false),
		"oa/schedule/get_by_calendar": schedulesOf,
		"oa/schedule/get":             getSchedules,
		"oa/schedule/del":             deleteSchedule,

		"oa/approval/create_template": createTemplate,
		"oa/approval/update_template": updateTemplate,
		"oa/gettemplatedetail":        getTemplate,
		"oa/applyevent":               apply,
		"oa/getapprovalinfo":          listApprovals,
		"oa/getapprovaldetail":        getApproval,
	}
}

// addCalendar is POST oa/calendar/add (doc 93647).
func addCalendar(c *call) (fields, *refusal) {
	id := "wc" + c.s.newID("")
	kept, failed := c.shared(c.in.object("calendar"))
	c.corp.calendars.put(id, kept.with(fields{"cal_id": id}))
	c.notify("modify_calendar", CDATA("CalId", id))
	return fields{"cal_id": id, "fail_result": failed}, nil
}

// shared leaves out whom a calendar cannot be shared with.
func (c *call) shared(calendar fields) (fields, fields) {
	good, bad := []any{}, []fields{}
	for _, s := range calendar.objects("shares") {
		if _, no := c.member(s.text("userid")); no != nil {
			bad = append(bad, fields{"errcode": no.code, "errmsg": no.detail, "userid": s.text("userid")})
			continue
		}
		good = append(good, map[string]any(s))
	}
	if calendar.has("shares") {
		calendar = calendar.with(fields{"shares": good})
	}
	return calendar, fields{"shares": bad}
}

// updateCalendar is POST oa/calendar/update (doc 97716).
func updateCalendar(c *call) (fields, *refusal) {
	in := c.in.object("calendar")
	old := c.corp.calendars.get(in.text("cal_id"))
	if old == nil {
		return nil, refuse(codeArgument, "invalid cal_id")
	}
	kept, failed := c.shared(in)
	c.corp.calendars.put(in.text("cal_id"), old.with(kept))
	c.notify("modify_calendar", CDATA("CalId", in.text("cal_id")))
	return fields{"fail_result": failed}, nil
}

// getCalendars is POST oa/calendar/get (doc 97717).
func getCalendars(c *call) (fields, *refusal) {
	return fields{"calendar_list": c.corp.calendars.some(c.in.texts("cal_id_list"))}, nil
}

// deleteCalendar is POST oa/calendar/del (doc 97718). Its schedules go with it.
func deleteCalendar(c *call) (fields, *refusal) {
	id := c.in.text("cal_id")
	if !c.corp.calendars.remove(id) {
		return nil, refuse(codeArgument, "invalid cal_id")
	}
	for _, s := range c.corp.schedules.all() {
		if s.text("cal_id") == id {
			c.corp.schedules.remove(s.text("schedule_id"))
		}
	}
	c.notify("delete_calendar", CDATA("CalId", id))
	return fields{}, nil
}

// addSchedule is POST oa/schedule/add (doc 93648).
func addSchedule(c *call) (fields, *refusal) {
	in := c.in.object("schedule")
	if no := c.checkSchedule(in); no != nil {
		return nil, no
	}
	id := c.s.newID("")
	c.corp.schedules.put(id, in.with(fields{"schedule_id": id, "sequence": 0, "status": 0}))
	c.notify("add_schedule", CDATA("CalId", in.text("cal_id")), CDATA("ScheduleId", id))
	return fields{"schedule_id": id}, nil
}

func (c *call) checkSchedule(in fields) *refusal {
	if in.int("start_time") > in.int("end_time") {
		return refuse(codeArgument, "start_time is after end_time")
	}
	if id := in.text("cal_id"); id != "" && c.corp.calendars.get(id) == nil {
		return refuse(codeArgument, "invalid cal_id")
	}
	for _, a := range in.objects("attendees") {
		if _, no := c.member(a.text("userid")); no != nil {
			return no
		}
	}
	return nil
}

func (c *call) schedule(id string) (fields, *refusal) {
	s := c.corp.schedules.get(id)
	if s == nil || s.int("status") != 0 {
		return nil, refuse(codeArgument, "invalid schedule_id")
	}
	return s, nil
}

// updateSchedule is POST oa/schedule/update (doc 97720). One of a series is not told from the whole.
func updateSchedule(c *call) (fields, *refusal) {
	in := c.in.object("schedule")
	old, no := c.schedule(in.text("schedule_id"))
	if no != nil {
		return nil, no
	}
	if c.in.int("skip_attendees") == 1 {
		in = in.with(nil)
		delete(in, "attendees")
	}
	changed := old.with(in).with(fields{"sequence": old.int("sequence") + 1})
	if no := c.checkSchedule(changed); no != nil {
		return nil, no
	}
	c.keepSchedule(changed)
	return fields{"schedule_id": changed.text("schedule_id")}, nil
}

func (c *call) keepSchedule(s fields) {
	id := s.text("schedule_id")
	c.corp.schedules.put(id, s)
	c.notify("modify_schedule", CDATA("CalId", s.text("cal_id")), CDATA("ScheduleId", id))
}

// changeAttendees is POST oa/schedule/add_attendees (doc 97721) and del_attendees (doc 97722).
func changeAttendees(add bool) handler {
	return func(c *call) (fields, *refusal) {
		s, no := c.schedule(c.in.text("schedule_id"))
		if no != nil {
			return nil, no
		}
		list := slices.Clone(s.list("attendees"))
		for _, a := range c.in.objects("attendees") {
			if _, no := c.member(a.text("userid")); no != nil {
				return nil, no
			}
			list = slices.DeleteFunc(list, func(o any) bool {
				m, _ := o.(map[string]any)
				return sameID(fields(m).text("userid"), a.text("userid"))
			})
			if add {
				list = append(list, map[string]any(a))
			}
		}
		c.keepSchedule(s.with(fields{"attendees": list}))
		return fields{}, nil
	}
}

// schedulesOf is POST oa/schedule/get_by_calendar (doc 97723).
func schedulesOf(c *call) (fields, *refusal) {
	id := c.in.text("cal_id")
	if c.corp.calendars.get(id) == nil {
		return nil, refuse(codeArgument, "invalid cal_id")
	}
	all := slices.DeleteFunc(c.corp.schedules.all(), func(s fields) bool { return s.text("cal_id") != id })
	from, limit := int(c.in.int("offset")), int(c.in.int("limit"))
	if limit == 0 {
		limit = 500
	}
	if from < 0 || limit < 1 || limit > 1000 {
		return nil, refuse(codeArgument, "offset or limit is out of range")
	}
	from = min(from, len(all))
	return fields{"schedule_list": all[from:min(from+limit, len(all))]}, nil
}

// getSchedules is POST oa/schedule/get (doc 97724).
func getSchedules(c *call) (fields, *refusal) {
	return fields{"schedule_list": c.corp.schedules.some(c.in.texts("schedule_id_list"))}, nil
}

// deleteSchedule is POST oa/schedule/del (doc 97725). The schedule stays in the calendar, cancelled.
func deleteSchedule(c *call) (fields, *refusal) {
	s, no := c.schedule(c.in.text("schedule_id"))
	if no != nil {
		return nil, no
	}
	c.corp.schedules.put(s.text("schedule_id"), s.with(fields{"status": 1}))
	c.notify("delete_schedule", CDATA("CalId", s.text("cal_id")), CDATA("ScheduleId", s.text("schedule_id")))
	return fields{}, nil
}

// createTemplate is POST oa/approval/create_template (doc 97437).
func createTemplate(c *call) (fields, *refusal) {
	id := "3T" + c.s.newID("")
	c.corp.templates.put(id, fields{"template_id": id, "template_names": c.in["template_name"], "template_content": c.in["template_content"]})
	return fields{"template_id": id}, nil
}

// updateTemplate is POST oa/approval/update_template (doc 97438).
func updateTemplate(c *call) (fields, *refusal) {
	id := c.in.text("template_id")
	if c.corp.templates.get(id) == nil {
		return nil, refuse(codeApproval, "invalid template_id")
	}
	c.corp.templates.put(id, fields{"template_id": id, "template_names": c.in["template_name"], "template_content": c.in["template_content"]})
	return fields{}, nil
}

// getTemplate is POST oa/gettemplatedetail (doc 91982).
func getTemplate(c *call) (fields, *refusal) {
	t := c.corp.templates.get(c.in.text("template_id"))
	if t == nil {
		return nil, refuse(codeApproval, "invalid template_id")
	}
	return t.only("template_names", "template_content"), nil
}

// apply is POST oa/applyevent (doc 91853).
func apply(c *call) (fields, *refusal) {
	m, no := c.member(c.in.text("creator_userid"))
	if no != nil {
		return nil, no
	}
	t := c.corp.templates.get(c.in.text("template_id"))
	if t == nil {
		return nil, refuse(codeApproval, "invalid template_id")
	}
	if c.in.int("use_template_approver") == 0 && !c.in.has("process") && !c.in.has("approver") {
		return nil, refuse(codeApproval, "process is missing")
	}
	now := c.s.opt.now()
	no1 := now.Format("200601021504") + strconv.Itoa(1000+len(c.corp.approvals.order))
	party := m.Departments[0]
	if d := int(c.in.int("choose_department")); d != 0 {
		party = d
	}
	name := ""
	for _, n := range t.objects("template_names") {
		name = n.text("text")
		break
	}
	a := fields{
		"sp_no": no1, "sp_name": name, "sp_status": 1, "template_id": t.text("template_id"), "apply_time": now.Unix(),
		"applyer": fields{"userid": m.UserID, "partyid": strconv.Itoa(party)}, "apply_data": c.in["apply_data"],
		"sp_record": c.nodes(), "notifyer": []fields{}, "comments": []fields{},
	}
	c.corp.approvals.put(no1, a)
	c.approvalChanged(a, 1)
	return fields{"sp_no": no1}, nil
}

// nodes are the steps of a process that wait.
func (c *call) nodes() []fields {
	out := []fields{}
	for _, n := range c.in.object("process").objects("node_list") {
		details := []fields{}
		for _, id := range n.texts("userid") {
			details = append(details, fields{"approver": fields{"userid": id}, "speech": "", "sp_status": 1, "sptime": 0, "media_id": []string{}})
		}
		out = append(out, fields{"sp_status": 1, "approverattr": n.int("apv_rel"), "details": details})
	}
	return out
}

// approvalChanged tells the apps (sys_approval_change). what is its StatuChangeEvent.
func (c *call) approvalChanged(a fields, what int64) {
	who := a.object("applyer")
	c.notify("sys_approval_change", Group("ApprovalInfo",
		CDATA("SpNo", a.text("sp_no")), CDATA("SpName", a.text("sp_name")), Number("SpStatus", a.int("sp_status")),
		CDATA("TemplateId", a.text("template_id")), Number("ApplyTime", a.int("apply_time")),
		Group("Applyer", CDATA("UserId", who.text("userid")), CDATA("Party", who.text("partyid"))), Number("StatuChangeEvent", what),
	))
}

// Decide ends an approval, found by its number, as its approvers do: status 2 passed, 3 refused, 4 withdrawn. The apps
// are told. It reports whether there is such an approval.
func (s *Server) Decide(spNo string, status int) bool {
	s.mu.Lock()
	var c *call
	for _, corp := range s.allCorps() {
		if a := corp.approvals.get(spNo); a != nil {
			c = &call{s: s, corp: corp}
			a = a.with(fields{"sp_status": status})
			corp.approvals.put(spNo, a)
			what := int64(status) // agreed, rejected
			if status == 4 {
				what = 6
			}
			c.approvalChanged(a, what)
		}
	}
	s.mu.Unlock()
	if c == nil {
		return false
	}
	for _, do := range c.later {
		do()
	}
	return true
}

// listApprovals is POST oa/getapprovalinfo (doc 91816).
func listApprovals(c *call) (fields, *refusal) {
	from, err1 := strconv.ParseInt(c.in.text("starttime"), 10, 64)
	to, err2 := strconv.ParseInt(c.in.text("endtime"), 10, 64)
	size := int(c.in.int("size"))
	if err1 != nil || err2 != nil || to < from || to-from > 31*24*3600 || size < 1 || size > 100 {
		return nil, refuse(codeApproval, "starttime, endtime (31 days at most) or size (100 at most) is out of range")
	}
	all := []string{}
	for _, a := range c.corp.approvals.all() {
		if t := a.int("apply_time"); t >= from && t <= to && fits(a, c.in.objects("filters")) {
			all = append(all, a.text("sp_no"))
		}
	}
	page, next, no := pageOf(all, c.in.text("new_cursor"), size, 100)
	if no != nil {
		return nil, no
	}
	f := fields{"sp_no_list": page}
	if next != "" {
		f["new_next_cursor"] = next
	}
	return f, nil
}

// fits holds an approval against the filters.
func fits(a fields, filters []fields) bool {
	for _, f := range filters {
		var got string
		switch f.text("key") {
		case "template_id":
			got = a.text("template_id")
		case "creator":
			got = a.object("applyer").text("userid")
		case "department":
			got = a.object("applyer").text("partyid")
		case "sp_status":
			got = strconv.FormatInt(a.int("sp_status"), 10)
		default:
			continue
		}
		if got != f.text("value") {
			return false
		}
	}
	return true
}

// getApproval is POST oa/getapprovaldetail (doc 91983).
func getApproval(c *call) (fields, *refusal) {
	a := c.corp.approvals.get(c.in.text("sp_no"))
	if a == nil {
		return nil, refuse(codeApproval, "invalid sp_no")
	}
	return fields{"info": a}, nil
}
