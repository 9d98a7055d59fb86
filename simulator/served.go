package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/wecom/spec"
)

// handler answers a call. The server's lock is held.
type handler = func(*call) (fields, *refusal)

// served is every call of the specification, by path below /cgi-bin/, others by their whole path: those of routes with
// checks of their own, those of areas behind the specification's checks, and for the rest the documented shape.
func served() map[string]route {
	all := map[string]route{}
	kept := areas()
	for op := range spec.Operations() {
		if op.Answers == spec.URL {
			continue
		}
		key := strings.TrimPrefix(op.Path, apiPrefix)
		rt := route{method: op.Method, op: op, open: op.Token == spec.NoToken}
		handle := kept[key]
		delete(kept, key)
		switch {
		case handle == nil && op.Answers == spec.File:
			rt.raw = checkedFile(op)
		case op.Answers == spec.FileOrJSON:
			rt.raw = qrCode(op)
		case handle == nil:
			rt.handle = checked(op, func(*call) (fields, *refusal) { return sampleOf(op), nil })
		default:
			rt.handle = checked(op, handle)
		}
		all[key] = rt
	}
	if len(kept) > 0 {
		panic(fmt.Sprintf("simulator: not in the specification: %v", slices.Sorted(maps.Keys(kept))))
	}
	for key, rt := range routes() {
		if rt.op = all[key].op; rt.op == nil { // older calls that the client does not have
			rt.op = &spec.Operation{Method: rt.method, Path: apiPrefix + key, Token: spec.AccessToken, TokenParam: "access_token"}
		}
		all[key] = rt
	}
	return all
}

// checked puts the specification's checks in front of a handler.
func checked(op *spec.Operation, handle handler) handler {
	return func(c *call) (fields, *refusal) {
		if no := c.check(op); no != nil {
			return nil, no
		}
		return handle(c)
	}
}

func checkedFile(op *spec.Operation) func(*call) (answer, *refusal) {
	return func(c *call) (answer, *refusal) {
		if no := c.check(op); no != nil {
			return answer{}, no
		}
		h := http.Header{"Content-Type": {"application/octet-stream"}, "Content-Disposition": {`attachment; filename="sample.bin"`}}
		return answer{header: h, body: []byte("sample"), msg: "ok", status: http.StatusOK}, nil
	}
}

// check holds a call against the specification. What it does not know is let through, as the platform does.
func (c *call) check(op *spec.Operation) *refusal {
	if no := firstProblem(op.CheckQuery(c.query)); no != nil {
		return no
	}
	if len(op.Files) > 0 {
		_, data, no := c.filePart()
		if no == nil && len(data) == 0 {
			no = refuse(codeMediaEmpty, "empty media data")
		}
		return no
	}
	if no := checkEscapes(c.body); no != nil {
		return no
	}
	if no := firstProblem(op.CheckBody(c.body)); no != nil {
		return no
	}
	c.in = fields{}
	if len(bytes.TrimSpace(c.body)) > 0 {
		dec := json.NewDecoder(bytes.NewReader(c.body))
		dec.UseNumber()
		if err := dec.Decode(&c.in); err != nil {
			return refuse(codeArgument, "Warning: wrong json format. invalid Request Parameter")
		}
	}
	for i := range op.Body {
		f := &op.Body[i]
		if f.Required && f.Kind == spec.String && !f.List && c.in.text(f.Name) == "" && !strings.HasSuffix(f.Name, "cursor") {
			return refusef(codeEmpty, "%s is empty", f.Name)
		}
	}
	return nil
}

// missingCodes are the fields whose absence has a code of its own.
var missingCodes = map[string]int{
	"corpid": codeNoCorpID, "corpsecret": codeNoSecret, "media_id": codeNoMediaID, "userid": codeNoUserID, "url": codeNoURL,
	"agentid": codeNoAgentID, "title": codeNoTitle, "tagid": codeNoTagID, "description": codeNoDescription,
	"suite_id": 41021, "suite_ticket": 41023, "suite_secret": 41024, "permanent_code": 41025,
}

func firstProblem(ps []spec.Problem) *refusal {
	for _, p := range ps {
		switch p.What {
		case spec.Unknown:
			continue
		case spec.Broken:
			return refuse(codeArgument, "Warning: wrong json format. "+p.Detail)
		case spec.Missing:
			if code := missingCodes[p.At]; code != 0 {
				return refuse(code, p.At+" missing")
			}
		case spec.Wrong:
			if strings.HasPrefix(p.Detail, "want a list") {
				return refuse(codeParameter, "invalid parameter: "+p.String())
			}
		}
		return refuse(codeArgument, "invalid argument: "+p.String())
	}
	return nil
}

// sampleOf is an answer of the documented shape, the only page of a list.
func sampleOf(op *spec.Operation) fields {
	f := fields(op.SampleAnswer())
	delete(f, "errcode")
	delete(f, "errmsg")
	p := op.Paging
	switch {
	case p == nil || p.Next == "":
	case p.Total != "":
		f[p.Next], f[p.Total] = 1, 1
	default:
		if _, ok := f[p.Next].(string); ok {
			f[p.Next] = ""
		} else {
			f[p.Next] = 0
		}
		if p.More != "" {
			f[p.More] = 0
		}
	}
	return f
}

// Answer sets what a call of path ("checkin/getcheckindata") is answered, instead of what the simulator would say: each
// of the JSON documents once, then the last one always; without documents the simulator speaks for itself again. Token
// and arguments are checked all the same. Without errcode, a document is a success. It panics when the path is not
// served or a document is no JSON object: a mistake in the test.
func (s *Server) Answer(path string, documents ...string) {
	key := strings.TrimPrefix(strings.TrimPrefix(path, "/"), "cgi-bin/")
	if s.routes[key].op == nil && s.routes["/"+key].op != nil {
		key = "/" + key
	}
	if s.routes[key].op == nil {
		panic(fmt.Sprintf("simulator: no call %q", path))
	}
	list := make([]json.RawMessage, len(documents))
	for i, d := range documents {
		var object map[string]any
		if err := json.Unmarshal([]byte(d), &object); err != nil {
			panic(fmt.Sprintf("simulator: answer of %s: %v", path, err))
		}
		list[i] = json.RawMessage(d)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers[key] = list; len(list) == 0 {
		delete(s.answers, key)
	}
}

// prepared is the answer that was set for a call.
func (s *Server) prepared(c *call, op *spec.Operation) (answer, bool) {
	key := strings.TrimPrefix(op.Path, apiPrefix)
	list := s.answers[key]
	if len(list) == 0 {
		return answer{}, false
	}
	if no := c.check(op); no != nil && op.Go != "" {
		return no.answer(), true
	}
	if len(list) > 1 {
		s.answers[key] = list[1:]
	}
	var head struct {
		Code int    `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	f := fields{}
	if json.Unmarshal(list[0], &f) != nil || json.Unmarshal(list[0], &head) != nil { // objects, or Answer would not have taken them
		return refuse(codeArgument, "the prepared errcode is no number").answer(), true
	}
	a := f.answer()
	a.code = head.Code
	if head.Msg != "" {
		a.msg = head.Msg
	}
	return a, true
}

// admit checks the token that a call carries.
func (s *Server) admit(c *call, op *spec.Operation) *refusal {
	switch op.Token {
	case spec.SuiteToken:
		return s.admitSuite(c)
	case spec.ProviderToken:
		return s.admitProvider(c, op.TokenParam)
	case spec.UserToken:
		if c.query.Get(op.TokenParam) == "" {
			return refuse(codeNoToken, op.TokenParam+" missing")
		}
		return nil
	}
	return s.authorise(c)
}
