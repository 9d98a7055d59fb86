package simulator

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appCalls are the calls about apps and the workbench.
func appCalls() map[string]handler {
	return map[string]handler{
		"agent/set":                      ofApp(setAgent),
		"agent/set_scope":                ofApp(setScope),
		"agent/set_workbench_template":   ofApp(setWorkbench),
		"agent/get_workbench_template":   ofApp(getWorkbench),
		"agent/set_workbench_data":       ofApp(setWorkbenchData),
		"agent/batch_set_workbench_data": ofApp(setWorkbenchDataOfMany),
		"agent/get_workbench_data":       ofApp(getWorkbenchData),
	}
}

// ofApp checks the agentid of the body.
func ofApp(h handler) handler {
	return func(c *call) (fields, *refusal) {
		id := number(c.in.int("agentid"))
		if no := c.checkAgent(&id); no != nil {
			return nil, no
		}
		return h(c)
	}
}

// setAgent is POST agent/set (doc 90228). What is left out stays.
func setAgent(c *call) (fields, *refusal) {
	name := c.in.text("name")
	switch {
	case c.in.has("name") && (name == "" || utf8.RuneCountInString(name) > 32):
		return nil, refuse(codeArgument, "name has 1 to 32 characters")
	case c.in.has("home_url") && !strings.HasPrefix(c.in.text("home_url"), "http"):
		return nil, refuse(codeURLScheme, "home_url needs http or https")
	}
	if name != "" {
		c.app.Name = name
	}
	c.app.settings = c.app.settings.with(c.in.only("description", "redirect_domain", "home_url", "isreportenter", "report_location_flag"))
	c.s.publish(Event{Kind: EventCompany})
	return fields{}, nil
}

// setScope is POST agent/set_scope (doc 90583). A list that is left out is emptied.
func setScope(c *call) (fields, *refusal) {
	var users []string
	wrong := []string{}
	for _, id := range c.in.texts("allow_user") {
		if m, no := c.member(id); no == nil {
			users = append(users, m.UserID)
		} else {
			wrong = append(wrong, id)
		}
	}
	split := func(ids []int, known func(int) bool) (good, bad []int) {
		bad = []int{}
		for _, id := range ids {
			if known(id) {
				good = append(good, id)
			} else {
				bad = append(bad, id)
			}
		}
		return good, bad
	}
	parties, wrongParties := split(c.in.ints("allow_party"), func(id int) bool { return c.corp.departments[id] != nil })
	tags, wrongTags := split(c.in.ints("allow_tag"), func(id int) bool { return c.corp.tags[id] != nil })
	c.app.Users, c.app.Departments, c.app.Tags = users, parties, tags
	c.s.publish(Event{Kind: EventCompany})
	return fields{"invaliduser": wrong, "invalidparty": wrongParties, "invalidtag": wrongTags}, nil
}

// Workbench templates and data (doc 92535).
func setWorkbench(c *call) (fields, *refusal) {
	if no := checkWorkbench(c.in); no != nil {
		return nil, no
	}
	c.app.workbench.put("", c.in)
	return fields{}, nil
}

func checkWorkbench(in fields) *refusal {
	kind := in.text("type")
	if !slices.Contains([]string{"normal", "keydata", "image", "list", "webview"}, kind) {
		return refuse(codeArgument, "invalid type of the workbench")
	}
	return nil
}

func getWorkbench(c *call) (fields, *refusal) {
	t := c.app.workbench.get("")
	if t == nil {
		return fields{"type": "normal"}, nil
	}
	return t.only("type", "keydata", "image", "list", "webview", "replace_user_data"), nil
}

func setWorkbenchData(c *call) (fields, *refusal) {
	m, no := c.member(c.in.text("userid"))
	if no != nil {
		return nil, no
	}
	if no := checkWorkbench(c.in); no != nil {
		return nil, no
	}
	c.app.workbench.put(strings.ToLower(m.UserID), c.in)
	return fields{}, nil
}

func setWorkbenchDataOfMany(c *call) (fields, *refusal) {
	data := c.in.object("data")
	if no := checkWorkbench(data); no != nil {
		return nil, no
	}
	ids := c.in.texts("userid_list")
	for _, id := range ids {
		if _, no := c.member(id); no != nil {
			return nil, no
		}
	}
	for _, id := range ids {
		c.app.workbench.put(strings.ToLower(id), data)
	}
	return fields{}, nil
}

func getWorkbenchData(c *call) (fields, *refusal) {
	m, no := c.member(c.in.text("userid"))
	if no != nil {
		return nil, no
	}
	data := c.app.workbench.get(strings.ToLower(m.UserID))
	if data == nil {
		data, _ = getWorkbench(c)
	}
	return fields{"data": data.only("type", "keydata", "image", "list", "webview")}, nil
}

// mediaCalls are the uploads beside media/upload.
func mediaCalls() map[string]handler {
	return map[string]handler{
		"media/upload_attachment":        uploadAttachment,
		"media/upload_by_url":            uploadByURL,
		"media/get_upload_by_url_result": uploadByURLResult,
	}
}

// uploadAttachment is POST media/upload_attachment (doc 95098).
func uploadAttachment(c *call) (fields, *refusal) {
	kind := c.query.Get("media_type")
	if _, ok := mediaLimits[kind]; !ok {
		return nil, refusef(codeMediaKind, "invalid media type %q", kind)
	}
	name, data, no := c.filePart()
	if no != nil {
		return nil, no
	}
	return fields{"type": kind, "media_id": c.s.keepMedia(c.corp, kind, name, data), "created_at": c.s.opt.now().Unix()}, nil
}

// uploadByURL is POST media/upload_by_url (doc 96219). Nothing is fetched: nothing leaves the machine.
func uploadByURL(c *call) (fields, *refusal) {
	kind := c.in.text("type")
	if kind != "video" && kind != "file" {
		return nil, refusef(codeMediaKind, "invalid media type %q", kind)
	}
	job := c.s.newID("upload")
	c.corp.uploads[job] = c.s.keepMedia(c.corp, kind, c.in.text("filename"), []byte("not fetched: "+c.in.text("url")))
	return fields{"jobid": job}, nil
}

func uploadByURLResult(c *call) (fields, *refusal) {
	id, ok := c.corp.uploads[c.in.text("jobid")]
	if !ok {
		return nil, refuse(codeArgument, "invalid jobid")
	}
	return fields{"status": 2, "detail": fields{"errcode": 0, "errmsg": "ok", "media_id": id, "created_at": strconv.FormatInt(c.s.opt.now().Unix(), 10)}}, nil
}
