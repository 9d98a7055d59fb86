package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// apiRequest is a call that is being put together.
type apiRequest struct {
	op    *spec.Operation
	raw   bool
	query url.Values
	body  map[string]any
	whole json.RawMessage // of -d, where it is no object
	file  *os.File
	named map[string]bool // what the command line says of the body: it replaces what -d says
}

// read takes the body of -d.
func (r *apiRequest) read(data string, stdin io.Reader) error {
	var b []byte
	var err error
	switch name, isFile := strings.CutPrefix(data, "@"); {
	case data == "":
		return nil
	case data == "-":
		b, err = io.ReadAll(stdin)
	case isFile:
		b, err = os.ReadFile(name)
	default:
		b = []byte(data)
	}
	if err != nil {
		return usageError{fmt.Errorf("-d: %w", err)}
	}
	b = bytes.TrimSpace(b)
	v, err := decodeJSON(b)
	if err != nil {
		return usageError{fmt.Errorf("-d: %w", err)}
	}
	if m, ok := v.(map[string]any); ok {
		r.body = m
		return nil
	}
	r.whole = b
	return nil
}

// decodeJSON keeps numbers as they are written.
func decodeJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: more than one value")
	}
	return v, nil
}

// apiPair is a parameter of the command line: name=value, name:=JSON or name==value.
var apiPair = regexp.MustCompile(`^([A-Za-z_][\w.-]*)(:=|==|=)((?s).*)$`)

// take takes the parameters of the command line.
func (r *apiRequest) take(pairs []string) error {
	for _, p := range pairs {
		m := apiPair.FindStringSubmatch(p)
		if m == nil {
			return usagef("%q is no parameter: write name=value, name:=JSON, name==value or media=@FILE", p)
		}
		if err := r.set(m[1], m[2], m[3]); err != nil {
			return usageError{fmt.Errorf("%s: %w", m[1], err)}
		}
	}
	return nil
}

func (r *apiRequest) set(name, sign, text string) error {
	top, _, _ := strings.Cut(name, ".")
	switch {
	case sign == "==":
		r.query.Add(name, text)
	case fieldNamed(r.op.Files, name) != nil || r.raw && strings.HasPrefix(text, "@"):
		return r.attach(text)
	case fieldNamed(r.op.Query, name) != nil, r.op.Method == http.MethodGet && fieldNamed(r.op.Body, top) == nil:
		if r.query.Has(name) {
			return errors.New("is given twice")
		}
		r.query.Set(name, text)
	default:
		return r.put(name, text, sign == ":=")
	}
	return nil
}

func (r *apiRequest) attach(text string) error {
	path, ok := strings.CutPrefix(text, "@")
	if !ok {
		return errors.New("is a file: write @FILE")
	}
	if r.file != nil {
		return errors.New("is given twice")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	r.file = f
	return nil
}

func (r *apiRequest) close() {
	if r.file != nil {
		_ = r.file.Close() // only read
	}
}

// put puts a value into the body, at "a.b".
func (r *apiRequest) put(name, text string, isJSON bool) error {
	at, last, f, err := r.place(name)
	if err != nil {
		return err
	}
	var v any = text
	switch {
	case isJSON:
		if v, err = decodeJSON([]byte(text)); err != nil {
			return err
		}
	case f != nil:
		v = typed(f, text)
	}
	list, isList := at[last].([]any)
	switch again := r.named[name]; {
	case isJSON:
	case again && isList:
		v = append(list, v)
	case again:
		return errors.New("is given twice, and is no list")
	case f != nil && f.List:
		v = []any{v}
	}
	at[last], r.named[name] = v, true
	return nil
}

// place finds the object in the body that holds "a.b", b, and its field where the specification knows it.
func (r *apiRequest) place(name string) (at map[string]any, last string, f *spec.Field, err error) {
	if r.whole != nil {
		return nil, "", nil, errors.New("cannot be added: the body of -d is no object")
	}
	if r.body == nil {
		r.body = map[string]any{}
	}
	at = r.body
	fields, steps := r.op.Body, strings.Split(name, ".")
	for _, step := range steps[:len(steps)-1] {
		inner, ok := at[step].(map[string]any)
		if !ok && at[step] != nil {
			return nil, "", nil, fmt.Errorf("%s is no object", step)
		}
		if !ok {
			inner = map[string]any{}
			at[step] = inner
		}
		if f = fieldNamed(fields, step); f != nil {
			fields = f.Fields()
		} else {
			fields = nil
		}
		at = inner
	}
	last = steps[len(steps)-1]
	return at, last, fieldNamed(fields, last), nil
}

// typed is the value that a field's kind makes of a text; what does not fit stays a text, which the check reports.
func typed(f *spec.Field, text string) any {
	switch f.Kind {
	case spec.Int, spec.Float:
		if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
			return json.Number(text)
		}
	case spec.Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

func fieldNamed(fields []spec.Field, name string) *spec.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

// fill adds what is known without being said: the app's agent id, what follows from the credential, fixed values.
func (r *apiRequest) fill(app App, given map[string]string) {
	known := func(f *spec.Field) (string, bool) {
		switch {
		case f.Fixed != "" && f.Required:
			return f.Fixed, true
		case given[f.Given] != "":
			return given[f.Given], true
		case f.Name == "agentid" && f.Kind == spec.Int && (f.Required || strings.HasPrefix(f.Doc, "needed")) && app.AgentID > 0:
			return strconv.Itoa(app.AgentID), true
		}
		return "", false
	}
	for i := range r.op.Query {
		f := &r.op.Query[i]
		if v, ok := known(f); ok && !r.query.Has(f.Name) {
			r.query.Set(f.Name, v)
		}
	}
	for i := range r.op.Body {
		f := &r.op.Body[i]
		if v, ok := known(f); ok && r.whole == nil && r.body[f.Name] == nil {
			if r.body == nil {
				r.body = map[string]any{}
			}
			r.body[f.Name] = typed(f, v)
		}
	}
}

// check holds the call against the specification.
func (r *apiRequest) check() error {
	problems := r.op.CheckQuery(r.query)
	switch {
	case len(r.op.Files) > 0:
		if r.file == nil {
			problems = append(problems, spec.Problem{At: r.op.Files[0].Name, What: spec.Missing, Detail: "write " + r.op.Files[0].Name + "=@FILE"})
		}
		if r.body != nil {
			problems = append(problems, r.op.CheckBody(mustJSON(r.body))...)
		}
	default:
		problems = append(problems, r.op.CheckBody(r.json())...)
	}
	if len(problems) == 0 {
		return nil
	}
	var b strings.Builder
	for _, p := range problems {
		if p.What == spec.Unknown && p.Near == "" {
			p.Near = nearest.Name(p.At, r.names())
		}
		b.WriteString("\n  " + p.String())
	}
	return usagef("%s is not called like this:%s\n(botd api --describe %s tells how; --raw sends it as it is)", opName(r.op), &b, r.op.Path)
}

// names are all parameters at the top.
func (r *apiRequest) names() []string {
	var names []string
	for _, f := range slices.Concat(r.op.Query, r.op.Body, r.op.Files) {
		names = append(names, f.Name)
	}
	return names
}

func (r *apiRequest) json() []byte {
	switch {
	case r.whole != nil:
		return r.whole
	case r.body != nil:
		return mustJSON(r.body)
	}
	return nil
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // decoded JSON, strings, numbers that were checked
	}
	return b
}

// request is the call as the client takes it.
func (r *apiRequest) request() *wecom.Request {
	q := &wecom.Request{Method: r.op.Method, Path: r.op.Path, Query: r.query}
	switch {
	case r.file != nil:
		q.File = &wecom.File{Name: filepath.Base(r.file.Name()), Body: r.file}
	case r.json() != nil:
		q.Body = json.RawMessage(r.json())
	case r.op.Method == http.MethodPost:
		q.Body = struct{}{}
	}
	return q
}

// link is the address of a page for a browser.
func (r *apiRequest) link(caller *apiCaller) string {
	host := r.op.Host
	if base := caller.app.APIBase; base != "" && base != wecom.DefaultBaseURL {
		host = base // the simulator has its pages where its API is
	}
	link := host + r.op.Path + "?" + r.query.Encode()
	if r.op.Fragment != "" {
		link += "#" + r.op.Fragment
	}
	return link
}
