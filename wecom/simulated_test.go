package wecom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// world is a platform with a small company, its clients, and what a call needs to be answered.
type world struct {
	*simulator.Server
	t        *testing.T
	app      simulator.App
	suite    simulator.Suite
	robot    simulator.Robot
	customer simulator.Customer
	group    simulator.CustomerGroup
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Server: simulator.New(), t: t}
	t.Cleanup(w.Close)
	simulator.Demo(w.Server)
	w.app = w.AddApp(simulator.App{ContactSync: true, CallbackURL: w.URL + "/nowhere"})
	w.suite = w.AddSuite(simulator.Suite{})
	w.robot = w.AddRobot(simulator.Robot{Users: []string{"zhangsan"}})
	w.customer = w.AddCustomer(simulator.Customer{Name: "客户", UnionID: "union", Follows: []simulator.Follow{{User: "zhangsan"}}})
	w.group = w.AddCustomerGroup(simulator.CustomerGroup{Name: "客户群", Owner: "zhangsan", Customers: []string{w.customer.ID}})
	return w
}

// SuiteTicket implements wecom.SuiteTickets: it reads what the platform pushed last.
func (w *world) SuiteTicket(ctx context.Context, _ string) (string, error) {
	d := w.PushTicket(ctx, w.suite.ID) // to nowhere: only the ticket counts
	_, rest, _ := strings.Cut(d.Plaintext, "<SuiteTicket><![CDATA[")
	ticket, _, _ := strings.Cut(rest, "]]>")
	return ticket, nil
}

func (w *world) options() []wecom.Option {
	return []wecom.Option{wecom.WithBaseURL(w.URL), wecom.WithRetry(0)}
}

// client returns the client that has an operation.
func (w *world) client(name string) any {
	w.t.Helper()
	var c any
	var err error
	switch name {
	case "Client":
		return w.corp()
	case "Suite":
		c, err = wecom.NewSuite(w.suite.ID, w.suite.Secret, w, w.options()...)
	case "Provider":
		c, err = wecom.NewProvider(w.suite.ProviderCorpID, w.suite.ProviderSecret, w.options()...)
	case "OfficialAccount":
		c, err = wecom.NewOfficialAccount("wx1", "s3cret", w.options()...)
	case "Webhook":
		c, err = wecom.NewWebhook(w.robot.Key, w.options()...)
	}
	if err != nil || c == nil {
		w.t.Fatalf("client %s: %v", name, err)
	}
	return c
}

func (w *world) corp() *wecom.Client {
	w.t.Helper()
	c, err := wecom.NewClient(w.app.CorpID, w.app.Secret, w.options()...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// post makes a call and returns a field of its answer.
func (w *world) post(path string, body map[string]any, field string) any {
	w.t.Helper()
	var out map[string]any
	if err := w.corp().Do(w.t.Context(), "POST", "/cgi-bin/"+path, nil, body, &out); err != nil {
		w.t.Fatalf("prepare: %v", err)
	}
	if field == "" {
		return out
	}
	return out[field]
}

// made makes an object and returns its id.
func (w *world) made(add, id string) any {
	w.t.Helper()
	body, _ := w.request(spec.Find("POST", add))
	answer := w.post(add, body, "").(map[string]any)
	if inner, ok := answer["link"].(map[string]any); ok { // the only id that is not at the top
		answer = inner
	}
	return answer[id]
}

func (w *world) media(kind, name string) string {
	return w.AddMedia(w.app.CorpID, kind, name, []byte("contents"))
}

func (w *world) install() string {
	w.t.Helper()
	d := w.Install(w.t.Context(), w.suite.ID, w.app.CorpID)
	_, rest, _ := strings.Cut(d.Plaintext, "<AuthCode><![CDATA[")
	code, _, _ := strings.Cut(rest, "]]>")
	return code
}

func (w *world) permanent() string {
	w.t.Helper()
	p, err := w.client("Suite").(*wecom.Suite).Authorizations.GetPermanentCode(w.t.Context(), w.install())
	if err != nil {
		w.t.Fatal(err)
	}
	return p.PermanentCode
}

// byName are the parameters that must fit the world wherever they stand.
var byName = map[string]func(w *world) any{
	"userid":          func(*world) any { return "zhangsan" },
	"cursor":          func(*world) any { return "" },
	"new_cursor":      func(*world) any { return "" },
	"offset":          func(*world) any { return 0 },
	"agentid":         func(w *world) any { return w.app.AgentID },
	"external_userid": func(w *world) any { return w.customer.ID },
	"chat_id":         func(w *world) any { return w.group.ID },
	"chat_id_list":    func(w *world) any { return []string{w.group.ID} },
	"handover_userid": func(*world) any { return "zhangsan" },
	"takeover_userid": func(*world) any { return "lisi" },
	"new_owner":       func(*world) any { return "lisi" },
	"userid_list":     func(*world) any { return []string{"zhangsan"} },
	"useridlist":      func(*world) any { return []string{"lisi"} },
	"department_id":   func(*world) any { return 2 },
	"encoding_aeskey": func(*world) any { return strings.Repeat("a", 43) },
	"welcome_code": func(w *world) any {
		_, code := w.Befriend("lisi", simulator.Customer{}, "")
		return code
	},
	"pre_auth_code": func(w *world) any {
		c, err := w.client("Suite").(*wecom.Suite).Authorizations.GetPreAuthCode(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return c.PreAuthCode
	},
	"auth_code":      func(w *world) any { return w.install() },
	"auth_corpid":    func(w *world) any { return w.app.CorpID },
	"permanent_code": func(w *world) any { return w.permanent() },
	"corpid":         func(w *world) any { return w.app.CorpID },
}

// kept are the objects that calls below a path name by an id, and the call that makes one.
var keptBy = []struct{ path, add, id string }{
	{"externalcontact/groupchat/add_join_way", "", ""},
	{"externalcontact/groupchat/", "externalcontact/groupchat/add_join_way", "config_id"},
	{"externalcontact/", "externalcontact/add_contact_way", "config_id"},
	{"externalcontact/customer_strategy/", "externalcontact/customer_strategy/create", "strategy_id"},
	{"externalcontact/moment_strategy/", "externalcontact/moment_strategy/create", "strategy_id"},
	{"externalcontact/group_welcome_template/", "externalcontact/group_welcome_template/add", "template_id"},
	{"externalcontact/customer_acquisition", "externalcontact/customer_acquisition/create_link", "link_id"},
	{"externalcontact/", "externalcontact/add_product_album", "product_id"},
	{"externalcontact/", "externalcontact/add_intercept_rule", "rule_id"},
	{"kf/account/", "kf/account/add", "open_kfid"},
	{"kf/knowledge/", "kf/knowledge/add_intent", "intent_id"},
	{"kf/knowledge/", "kf/knowledge/add_group", "group_id"},
	{"oa/calendar/", "oa/calendar/add", "cal_id"},
	{"oa/schedule/", "oa/calendar/add", "cal_id"},
	{"oa/schedule/", "oa/schedule/add", "schedule_id"},
	{"oa/", "oa/approval/create_template", "template_id"},
}

type values = map[string]any

// asked are the requests that the sample of the specification does not make; what is required and not named here comes
// from the sample all the same, what is optional does not.
func asked() map[string]func(w *world) values {
	return map[string]func(w *world) values{
		"user_create":         fixed(values{"userid": "zhouba", "name": "周八", "mobile": "13800000001", "department": []int{2, 3}, "gender": "1"}),
		"user_update":         fixed(values{"userid": "lisi", "name": "李思"}),
		"user_list_id":        fixed(values{}),
		"department_create":   fixed(values{"name": "新部门", "parentid": 1}),
		"department_update":   fixed(values{"id": 4, "name": "新名"}),
		"department_get":      fixed(values{"id": 2}),
		"tag_create":          fixed(values{"tagname": "新标签", "tagid": 9}),
		"tag_update":          fixed(values{"tagid": 1, "tagname": "新名"}),
		"tag_add_users":       fixed(values{"tagid": 1, "userlist": []string{"wangwu", "nobody"}}),
		"tag_del_users":       fixed(values{"tagid": 1, "userlist": []string{"lisi"}, "partylist": []int{77}}),
		"batch_sync_user":     func(w *world) values { return values{"media_id": w.media("file", "users.csv")} },
		"batch_replace_user":  func(w *world) values { return values{"media_id": w.media("file", "users.csv")} },
		"batch_replace_party": func(w *world) values { return values{"media_id": w.media("file", "parties.csv")} },
		"batch_get_result": func(w *world) values {
			return values{"jobid": w.post("batch/syncuser", values{"media_id": w.media("file", "users.csv")}, "jobid")}
		},
		"export_get_result": func(w *world) values {
			return values{"jobid": w.post("export/user", values{"encoding_aeskey": strings.Repeat("a", 43)}, "jobid")}
		},
		"department_delete": func(w *world) values {
			w.AddDepartment(simulator.Department{ID: 9, Name: "空"})
			return values{"id": 9}
		},
		"user_convert_to_userid": func(w *world) values {
			return values{"openid": w.post("user/convert_to_openid", values{"userid": "lisi"}, "openid")}
		},
		"user_get_userid_by_mobile": func(w *world) values {
			w.AddMember(simulator.Member{UserID: "m", Mobile: "13800000002"})
			return values{"mobile": "13800000002"}
		},
		"user_get_userid_by_email": func(w *world) values {
			w.AddMember(simulator.Member{UserID: "m", Email: "m@example.com"})
			return values{"email": "m@example.com", "email_type": 2}
		},

		"get_user_info_by_code":        func(w *world) values { return values{"code": w.OAuthCode("lisi")} },
		"get_user_info_by_code_legacy": func(w *world) values { return values{"code": w.OAuthCode("lisi")} },
		"get_tfa_info":                 func(w *world) values { return values{"code": w.OAuthCode("lisi")} },
		"tfa_succ": func(w *world) values {
			return values{"userid": "lisi", "tfa_code": w.post("auth/get_tfa_info", values{"code": w.OAuthCode("lisi")}, "tfa_code")}
		},
		"get_user_detail": func(w *world) values {
			code := w.page("/connect/oauth2/authorize?response_type=code&scope=snsapi_privateinfo&agentid="+fmt.Sprint(w.app.AgentID)+"&appid="+w.app.CorpID, "code")
			v, err := w.corp().OAuth.GetUser(w.t.Context(), code)
			if err != nil {
				w.t.Fatal(err)
			}
			return values{"user_ticket": v.UserTicket}
		},

		"agent_set": func(w *world) values { return values{"agentid": w.app.AgentID, "name": "新名"} },
		"menu_create": func(w *world) values {
			return values{"agentid": w.app.AgentID, "button": []any{values{"type": "click", "name": "请假", "key": "leave"}}}
		},
		"menu_get": func(w *world) values {
			q := url.Values{"agentid": {fmt.Sprint(w.app.AgentID)}}
			err := w.corp().Do(w.t.Context(), "POST", "/cgi-bin/menu/create", q, json.RawMessage(`{"button":[{"type":"click","name":"请假","key":"leave"}]}`), nil)
			if err != nil {
				w.t.Fatal(err)
			}
			return values{"agentid": w.app.AgentID}
		},
		"workbench_set_template":   func(w *world) values { return values{"agentid": w.app.AgentID, "type": "image"} },
		"workbench_set_data":       func(w *world) values { return values{"agentid": w.app.AgentID, "type": "image"} },
		"workbench_batch_set_data": func(w *world) values { return values{"agentid": w.app.AgentID, "data": values{"type": "image"}} },

		"message_recall": func(w *world) values {
			return values{"msgid": w.post("message/send", values{"touser": "lisi", "agentid": w.app.AgentID, "msgtype": "text", "text": values{"content": "嗨"}}, "msgid")}
		},
		"message_update_template_card": func(w *world) values {
			card := values{
				"card_type": "button_interaction", "main_title": values{"title": "批准？"}, "task_id": "t1", "button_list": []any{values{"text": "好", "key": "ok"}},
			}
			code := w.post("message/send", values{"touser": "lisi", "agentid": w.app.AgentID, "msgtype": "template_card", "template_card": card}, "response_code")
			return values{"userids": []string{"lisi"}, "response_code": code, "button": values{"replace_name": "已处理"}}
		},
		"message_update_taskcard": func(w *world) values {
			card := values{"title": "批准？", "description": "x", "task_id": "t1", "btn": []any{values{"key": "ok", "name": "好"}}}
			w.post("message/send", values{"touser": "lisi", "agentid": w.app.AgentID, "msgtype": "interactive_taskcard", "interactive_taskcard": card}, "msgid")
			return values{"userids": []string{"lisi"}, "task_id": "t1", "replace_name": "好"}
		},
		"message_get_statistics": fixed(values{"time_type": 0}),
		"appchat_create":         fixed(values{"userlist": []string{"lisi", "wangwu"}}),
		"appchat_update":         func(w *world) values { return values{"chatid": w.chat(), "name": "新名"} },
		"appchat_get":            func(w *world) values { return values{"chatid": w.chat()} },
		"appchat_send": func(w *world) values {
			return values{"chatid": w.chat(), "msgtype": "text", "text": values{"content": "嗨"}}
		},
		"linkedcorp_message_send": func(w *world) values {
			return values{"touser": []string{w.app.CorpID + "/lisi"}, "agentid": w.app.AgentID, "msgtype": "text", "text": values{"content": "嗨"}}
		},
		"school_message_send": func(w *world) values {
			w.AddSchoolContact(simulator.SchoolContact{ID: "mother", Name: "母亲"})
			return values{"to_parent_userid": []string{"mother"}, "agentid": w.app.AgentID, "msgtype": "text", "text": values{"content": "嗨"}}
		},
		"webhook_send": fixed(values{"msgtype": "text", "text": values{"content": "嗨"}}),

		"webhook_upload_media":    fixed(values{"type": "file"}),
		"media_upload":            fixed(values{"type": "file"}),
		"media_upload_attachment": fixed(values{"media_type": "file", "attachment_type": 1}),
		"media_get":               func(w *world) values { return values{"media_id": w.media("file", "a.bin")} },
		"media_get_jssdk":         func(w *world) values { return values{"media_id": w.media("voice", "a.amr")} },
		"media_upload_by_url":     fixed(values{"type": "file"}),
		"media_get_upload_by_url_result": func(w *world) values {
			return values{"jobid": w.post("media/upload_by_url", values{"scene": 1, "type": "file", "filename": "a.bin", "url": "https://a.example/a", "md5": "x"}, "jobid")}
		},

		"ec_groupchat_list":    fixed(values{"limit": 10}),
		"ec_add_corp_tag":      fixed(values{"group_name": "新组"}),
		"ec_add_strategy_tag":  fixed(values{"group_name": "新组"}),
		"ec_edit_corp_tag":     func(w *world) values { return values{"id": w.tag(""), "name": "新名"} },
		"ec_del_corp_tag":      func(w *world) values { return values{"tag_id": []any{w.tag("")}} },
		"ec_mark_tag":          func(w *world) values { return values{"add_tag": []any{w.tag("")}} },
		"ec_edit_strategy_tag": func(w *world) values { return values{"id": w.tag("strategy"), "name": "新名"} },
		"ec_del_strategy_tag":  func(w *world) values { return values{"tag_id": []any{w.tag("strategy")}} },

		"calendar_update": func(w *world) values {
			return values{"calendar": values{"summary": "新名", "color": "#0000FF", "cal_id": w.made("oa/calendar/add", "cal_id")}}
		},
		"schedule_add": fixed(values{"schedule": values{"start_time": 1, "end_time": 2}}),
		"schedule_update": func(w *world) values {
			return values{"schedule": values{"start_time": 1, "end_time": 3, "schedule_id": w.made("oa/schedule/add", "schedule_id")}}
		},
		"schedule_add_attendees": fixed(values{"attendees": []any{values{"userid": "lisi"}}}),
		"schedule_del_attendees": fixed(values{"attendees": []any{values{"userid": "lisi"}}}),
		"approval_apply_event":   func(w *world) values { return w.application() },
		"approval_get_info":      fixed(values{"starttime": "1", "endtime": "2", "size": 100}),
		"approval_get_detail":    func(w *world) values { return values{"sp_no": w.made("oa/applyevent", "sp_no")} },

		"provider_get_userinfo3rd": func(w *world) values { return values{"code": w.suiteCode()} },
		"provider_get_userdetail3rd": func(w *world) values {
			v, err := w.client("Suite").(*wecom.Suite).OAuth.GetUser(w.t.Context(), w.suiteCode())
			if err != nil {
				w.t.Fatal(err)
			}
			return values{"user_ticket": v.UserTicket}
		},
		"provider_get_login_info": func(w *world) values {
			return values{"auth_code": w.page("/wwopen/sso/3rd_qrConnect?appid="+w.suite.ProviderCorpID, "auth_code")}
		},
		"provider_get_admin_list": func(w *world) values { w.install(); return values{} },
	}
}

func fixed(v values) func(*world) values { return func(*world) values { return v } }

// page opens a page of the platform and returns what it leads back with.
func (w *world) page(link, name string) string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.URL+link+"&redirect_uri=http://127.0.0.1/", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil {
		w.t.Fatalf("%s: %s", link, res.Status)
	}
	return back.Query().Get(name)
}

func (w *world) suiteCode() string {
	return w.page("/connect/oauth2/authorize?response_type=code&scope=snsapi_privateinfo&appid="+w.suite.ID, "code")
}

// tag makes a tag of customers.
func (w *world) tag(strategy string) any {
	path, body := "externalcontact/add_corp_tag", values{"group_name": "g", "tag": []any{values{"name": "t"}}}
	if strategy != "" {
		path, body["strategy_id"] = "externalcontact/add_strategy_tag", 7
	}
	g := w.post(path, body, "tag_group").(map[string]any)
	return g["tag"].([]any)[0].(map[string]any)["id"]
}

func (w *world) application() values {
	return values{
		"creator_userid": "zhangsan", "template_id": w.made("oa/approval/create_template", "template_id"), "use_template_approver": 1,
	}
}

func (w *world) chat() any {
	return w.post("appchat/create", map[string]any{"userlist": []string{"lisi", "wangwu"}}, "chatid")
}

// TestSimulatorServesEveryOperation calls every method against the simulator over HTTP, and holds its answers against the
// specification.
func TestSimulatorServesEveryOperation(t *testing.T) {
	t.Parallel()
	for op := range spec.Operations() {
		if op.Answers == spec.URL {
			continue
		}
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := method(t, w.client(op.Client), op.Go)
			var args []reflect.Value
			switch {
			case op.Go == "Token":
				args = []reflect.Value{reflect.ValueOf(t.Context())}
			case op.ID == "message_send":
				args = []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(&wecom.SendRequest{ToUser: "lisi", AgentID: w.app.AgentID, MsgType: "text", Body: wecom.TextBody{Content: "嗨"}})}
			case op.ID == "provider_get_app_qrcode":
				args = []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(&wecom.QRCodeRequest{})}
			default:
				body, query := w.request(op)
				args = arguments(t, op, m.Type(), body, query)
			}
			out := m.Call(args)
			if err, _ := out[len(out)-1].Interface().(error); err != nil {
				t.Fatalf("%s = %v", op.Go, err)
			}
			if d, ok := out[0].Interface().(*wecom.Download); ok {
				_ = d.Close()
			}
			w.judge(op)
		})
	}
}

// request is the sample of an operation, made to fit the world.
func (w *world) request(op *spec.Operation) (map[string]any, url.Values) {
	w.t.Helper()
	given := values{}
	ask, special := asked()[op.ID]
	if special {
		given = ask(w)
	}
	path := strings.TrimPrefix(op.Path, "/cgi-bin/")
	value := func(f *spec.Field, sample any) any {
		if v, ok := given[f.Name]; ok {
			return v
		}
		for _, k := range keptBy {
			if f.Name == k.id && path != k.add && strings.HasPrefix(path, k.path) {
				return w.made(k.add, k.id)
			}
		}
		if known := byName[f.Name]; known != nil && (f.Required || !special) {
			v := known(w)
			if _, isList := v.([]string); f.List && !isList {
				v = []any{v}
			}
			return v
		}
		if special && !f.Required {
			return nil
		}
		return sample
	}
	body, query := map[string]any{}, url.Values{}
	sampleBody, sampleQuery := op.SampleBody(), op.SampleQuery()
	for i := range op.Query {
		f := &op.Query[i]
		switch v := value(f, sampleQuery.Get(f.Name)); {
		case v != nil:
			query.Set(f.Name, fmt.Sprint(v))
		case f.Kind == spec.Int:
			query.Set(f.Name, "0") // left out
		}
	}
	for i := range op.Body {
		f := &op.Body[i]
		if v := value(f, sampleBody[f.Name]); v != nil {
			body[f.Name] = v
		}
	}
	return body, query
}

// judge holds the answer of the operation's last call against the specification.
func (w *world) judge(op *spec.Operation) {
	w.t.Helper()
	calls := slices.DeleteFunc(w.Calls(), func(c simulator.Call) bool { return c.Path != op.Path })
	if len(calls) == 0 {
		w.t.Fatalf("%s did not arrive", op.Path)
	}
	last := calls[len(calls)-1]
	if last.Method != op.Method || last.ErrCode != 0 {
		w.t.Errorf("%s %s: %d %s", last.Method, last.Path, last.ErrCode, last.ErrMsg)
	}
	if strings.HasPrefix(last.Answer, "[") {
		return // a file
	}
	for _, p := range op.CheckAnswer([]byte(last.Answer)) {
		w.t.Errorf("answer: %v", p)
	}
	if len(op.Answer) > 0 {
		var got map[string]any
		if err := json.Unmarshal([]byte(last.Answer), &got); err != nil || len(got) < 3 && op.ID != "user_create" {
			w.t.Errorf("answer holds nothing: %s", last.Answer)
		}
	}
}
