package daemon

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

// listed is a line of botd api --list --json.
type listed struct {
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	Go         string   `json:"go"`
	Client     string   `json:"client"`
	Area       string   `json:"area"`
	Doc        string   `json:"doc"`
	Docs       []string `json:"docs"`
	Token      string   `json:"token"`
	Limit      string   `json:"limit,omitempty"`
	Pages      bool     `json:"pages,omitempty"`
	Link       bool     `json:"link,omitempty"` // a page for a browser: nothing is called
	Deprecated string   `json:"deprecated,omitempty"`
}

func (c *cli) listOperations(words []string) error {
	found := []listed{}
	for op := range spec.Operations() {
		if matches(op, words) {
			found = append(found, listed{
				op.Method, op.Path, op.Go, op.Client, op.Area, op.Doc, op.Docs, string(op.Token), op.Limit, op.Paging != nil,
				op.Answers == spec.URL, op.Deprecated,
			})
		}
	}
	if c.json {
		return c.printJSON(found)
	}
	if len(found) == 0 {
		fmt.Fprintln(c.stderr, "no call contains all of: "+strings.Join(words, " "))
		return errFound
	}
	w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	for _, l := range found {
		method := l.Method
		if l.Link {
			method = "link"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", method, l.Path, l.Go, l.Doc)
	}
	return nil
}

func matches(op *spec.Operation, words []string) bool {
	text := strings.ToLower(strings.Join([]string{op.Path, op.Go, op.Area, op.Doc, op.Client, strings.Join(op.Docs, " ")}, " "))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) })
}

func (c *cli) describeOperation(args []string) error {
	method, path, _ := splitAPIArgs(args)
	op, err := findOperation(method, path)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.stdout, 0, 4, 2, ' ', 0)
	defer w.Flush()
	describe(w, op)
	return nil
}

func describe(w io.Writer, op *spec.Operation) {
	fmt.Fprintf(w, "%s %s%s\n%s %s\n", op.Method, op.Host, op.Path, op.Go, op.Doc)
	for _, n := range op.Notes {
		fmt.Fprintln(w, "  "+n)
	}
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("docs", strings.Join(links(op.Docs), " "))
	line("token", tokenText(op))
	line("limit", op.Limit)
	line("pages", pagesText(op.Paging))
	line("answers", map[spec.Answers]string{spec.File: "a file", spec.FileOrJSON: "a file or JSON", spec.URL: "a link for a browser; nothing is called"}[op.Answers])
	line("deprecated", op.Deprecated)
	for _, part := range []struct {
		title  string
		fields []spec.Field
	}{{"QUERY", op.Query}, {"BODY", op.Body}, {"FILE", op.Files}, {"ANSWER", op.Answer}} {
		if len(part.fields) > 0 {
			fmt.Fprintf(w, "\n%s\n", part.title)
			describeFields(w, part.fields, "  ", nil)
		}
	}
	if codes := codesOf(op); len(codes) > 0 {
		fmt.Fprint(w, "\nERRORS\n")
		for _, code := range codes {
			fmt.Fprintf(w, "  %d\t%s\n\t%s\n", int(code), code.Hint("zh-CN"), code.Hint("en"))
		}
	}
	fmt.Fprintf(w, "\nEXAMPLE\n  %s\n", example(op))
}

// links are the pages of documentation ids, where they are numbers.
func links(docs []string) []string {
	out := make([]string, len(docs))
	for i, d := range docs {
		out[i] = d
		if _, err := strconv.Atoi(d); err == nil {
			out[i] = "https://developer.work.weixin.qq.com/document/path/" + d
		}
	}
	return out
}

func tokenText(op *spec.Operation) string {
	switch op.Token {
	case spec.NoToken:
		return "none"
	case spec.UserToken:
		return "of the visitor, as access_token"
	}
	return string(op.Token)
}

func pagesText(p *spec.Paging) string {
	if p == nil {
		return ""
	}
	return "of " + p.Items + ", by " + p.Ask + "; --all follows them"
}

// describeFields lists fields, and below an object its own, unless it stands inside one of its kind.
func describeFields(w io.Writer, fields []spec.Field, indent string, inside []string) {
	for i := range fields {
		f := &fields[i]
		need := ""
		if f.Required {
			need = "required"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, f.Name, f.Type(), need, fieldText(f))
		if f.Kind == spec.Object && !slices.Contains(inside, f.Model) {
			describeFields(w, f.Fields(), indent+"  ", append(slices.Clone(inside), f.Model))
		}
	}
}

func fieldText(f *spec.Field) string {
	var parts []string
	if f.Doc != "" {
		parts = append(parts, f.Doc)
	}
	if f.Fixed != "" {
		parts = append(parts, "always "+f.Fixed)
	}
	if f.Given != "" {
		parts = append(parts, "filled in")
	}
	var values []string
	for _, v := range spec.Enum(f.Enum) {
		values = append(values, strings.TrimSpace(v.Value+" "+v.Doc))
	}
	if len(values) > 0 {
		parts = append(parts, "one of: "+strings.Join(values, ", "))
	}
	return strings.Join(parts, "; ")
}

var codeInText = regexp.MustCompile(`\b\d{5,7}\b`)

// codesOf are the errcodes that the call's own texts name, and those that any call of its kind may get.
func codesOf(op *spec.Operation) []wecom.Code {
	codes := map[wecom.Code]bool{}
	texts := slices.Concat(op.Notes, []string{op.Limit, op.Deprecated})
	for _, f := range slices.Concat(op.Query, op.Body, op.Files) {
		texts = append(texts, f.Doc)
	}
	for _, m := range codeInText.FindAllString(strings.Join(texts, " "), -1) {
		n, _ := strconv.Atoi(m) // digits
		if code := wecom.Code(n); code.Hint("en") != "" {
			codes[code] = true
		}
	}
	if op.Answers != spec.URL {
		codes[wecom.ErrInvalidArgument] = true
		if op.Token == spec.AccessToken {
			for _, code := range []wecom.Code{wecom.ErrInvalidToken, wecom.ErrRateLimited, wecom.ErrAPIForbidden, wecom.ErrNoPermission, wecom.ErrUntrustedIP} {
				codes[code] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(codes))
}

// example is a command line with every required parameter.
func example(op *spec.Operation) (line string) {
	words := []string{"botd api"}
	if op.Method != http.MethodGet {
		words = append(words, op.Method)
	}
	words = append(words, op.Path)
	query, body := op.SampleQuery(), op.SampleBody()
	if fieldNamed(op.Body, "msgtype") != nil && fieldNamed(op.Body, "text") != nil { // what else is needed depends on it
		if fieldNamed(op.Body, "touser") != nil {
			words = append(words, "touser=zhangsan")
		}
		body["msgtype"] = "text"
		defer func() { line += " text.content=你好" }()
	}
	for _, f := range op.Query {
		if f.Required && f.Given == "" && f.Fixed == "" {
			words = append(words, exampleOf(&f, query.Get(f.Name)))
		}
	}
	for _, f := range op.Body {
		if f.Required && f.Given == "" && f.Fixed == "" {
			words = append(words, exampleOf(&f, body[f.Name]))
		}
	}
	for _, f := range op.Files {
		words = append(words, f.Name+"=@FILE")
	}
	if op.Answers == spec.File {
		words = append(words, "--output FILE")
	}
	return strings.Join(words, " ")
}

func exampleOf(f *spec.Field, v any) string {
	if list, ok := v.([]any); ok && len(list) == 1 && f.Kind != spec.Object && f.Kind != spec.Raw {
		v = list[0]
	}
	switch v.(type) {
	case map[string]any, []any:
		return f.Name + ":='" + string(mustJSON(requiredOnly(f, v))) + "'"
	}
	text := fmt.Sprint(v)
	if url.QueryEscape(text) != text {
		text = "'" + text + "'"
	}
	return f.Name + "=" + cmp.Or(text, "''")
}

// requiredOnly leaves out of a sample what may be left out.
func requiredOnly(f *spec.Field, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = requiredOnly(f, v[i])
		}
		return out
	case map[string]any:
		if f.Kind != spec.Object {
			return v
		}
		fields, out := f.Fields(), map[string]any{}
		for i := range fields {
			if inner, ok := v[fields[i].Name]; ok && fields[i].Required {
				out[fields[i].Name] = requiredOnly(&fields[i], inner)
			}
		}
		if len(out) == 0 { // nothing is marked as required: show all
			return v
		}
		return out
	}
	return v
}
