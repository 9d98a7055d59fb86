package strictyaml_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
)

type config struct {
	Where  strictyaml.Where
	Server struct {
		Listen  string          `yaml:"listen" default:":8080"`
		Within  time.Duration   `yaml:"within" default:"4s" min:"1s" max:"5s"`
		MaxBody strictyaml.Size `yaml:"max_body" default:"1MiB" max:"16MiB"`
		TLS     bool            `yaml:"tls"`
	} `yaml:"server"`
	Level  string                      `yaml:"level" enum:"debug|info|warn|error" default:"info"`
	Words  []string                    `yaml:"words"`
	Apps   []app                       `yaml:"apps"`
	Vars   map[string]any              `yaml:"vars"`
	Raw    map[string]*strictyaml.Node `yaml:"raw"`
	When   strictyaml.Text             `yaml:"when"`
	Reply  *replyOrText                `yaml:"reply"`
	Shared `yaml:",inline"`
}

type Shared struct {
	Ratio float64 `yaml:"ratio" min:"0" max:"1"`
	Small uint8   `yaml:"small"`
}

type app struct {
	Where  strictyaml.Where
	Name   string        `yaml:"name,required"`
	ID     int           `yaml:"id,required" min:"1"`
	Secret secret.Secret `yaml:"secret"`
}

// replyOrText is written as a text or as a mapping.
type replyOrText struct {
	Text     string   `yaml:"text"`
	Markdown string   `yaml:"markdown"`
	Tags     []string `yaml:"tags" enum:"a|b"`
}

func (r *replyOrText) UnmarshalYAML(n *strictyaml.Node) {
	type plain replyOrText
	switch n.Kind() {
	case strictyaml.Scalar:
		r.Text = n.Text().Value
	case strictyaml.Mapping:
		if n.Into((*plain)(r)) && (r.Text == "") == (r.Markdown == "") {
			n.Report("remove one", "%s needs text or markdown", n.Name())
		}
	default:
		n.Mismatch("a text or a mapping")
	}
}

var options = strictyaml.Options{
	Env: func(name string) (string, bool) {
		v, ok := map[string]string{"PORT": "8080", "TOKEN": "s3cr3t", "EMPTY": "", "YAML": "{a: 1}"}[name]
		return v, ok
	},
	ReadFile: func(path string) ([]byte, error) {
		if path == "dir/key" || path == "/run/key" {
			return []byte("from-file\n"), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("no such file or directory")}
	},
}

func decode(t *testing.T, src string) (config, []string) {
	t.Helper()
	var c config
	var got []string
	for _, p := range strictyaml.Decode("dir/f.yaml", []byte(src), &c, options) {
		got = append(got, p.String())
	}
	return c, got
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"several at once, in order", "servr: 1\nlevel: inf\napps:\n  - nme: x\n", []string{
			`dir/f.yaml:1:1: unknown key "servr" (did you mean "server"?)`,
			`dir/f.yaml:2:8: level must be debug, info, warn or error, found "inf" (did you mean "info"?)`,
			`dir/f.yaml:4:5: unknown key "nme" (did you mean "name"?)`,
			`dir/f.yaml:4:5: missing key "name"`,
			`dir/f.yaml:4:5: missing key "id"`}},
		{"nothing near", "server: {zzz: 1}", []string{`dir/f.yaml:1:10: unknown key "zzz" (possible: listen, within, max_body, tls)`}},
		{"columns are characters", "vars: {年假: 1, 年假: 2}", []string{`dir/f.yaml:1:15: key "年假" stands twice (first at line 1)`}},
		{"wrong kinds", "server: x\nwords: {a: 1}\napps: {name: x}\nlevel: [a]\nvars: [1]\n", []string{
			`dir/f.yaml:1:9: server must be a mapping with listen, within, max_body, tls, found "x"`,
			`dir/f.yaml:2:8: words must be a list, found a mapping (start each entry with "- ")`,
			`dir/f.yaml:3:7: apps must be a list, found a mapping (start each entry with "- ")`,
			`dir/f.yaml:4:8: level must be a text, found a list`,
			`dir/f.yaml:5:7: vars must be a mapping, found a list`}},
		{"wrong scalars", "server: {within: 4, tls: yes, max_body: big}\nsmall: 300\nratio: half\n", []string{
			`dir/f.yaml:1:18: within must be a duration, found "4" (write 4s, 10m or 1h30m)`,
			`dir/f.yaml:1:26: tls must be true or false, found "yes"`,
			`dir/f.yaml:1:41: max_body must be a size, found "big" (write 64KiB or 1MiB)`,
			`dir/f.yaml:2:8: small must be a whole number, found "300"`,
			`dir/f.yaml:3:8: ratio must be a number, found "half"`}},
		{"out of range", "server: {within: 10s, max_body: 1GiB}\nratio: 1.5\napps: [{name: x, id: 0}]", []string{
			`dir/f.yaml:1:18: within must be at most 5s, found "10s"`,
			`dir/f.yaml:1:33: max_body must be at most 16MiB, found "1GiB"`,
			`dir/f.yaml:2:8: ratio must be at most 1, found "1.5"`,
			`dir/f.yaml:3:22: id must be at least 1, found "0"`}},
		{"quoted numbers and octals", "apps: [{name: x, id: '12'}, {name: y, id: 012}]", []string{
			`dir/f.yaml:1:22: id must be a whole number, found "12" (remove the quotes)`,
			`dir/f.yaml:1:43: id must be a whole number, found "012"`}},
		{"empty", "apps: [{name: '', id: 1}, {name: , id: 1}]\nlevel:\n", []string{
			`dir/f.yaml:1:15: name is empty`, `dir/f.yaml:1:34: name is empty`,
			`dir/f.yaml:2:7: level must be a text, found nothing`}},
		{"an unset variable, at its place", "apps:\n- name: \"x \\u4e2d ${NO_SUCH}\"\n  id: 1", []string{
			`dir/f.yaml:2:19: ${NO_SUCH} is not set (set this environment variable)`}},
		{"no file", "level: ${file:none}", []string{
			`dir/f.yaml:1:8: dir/none cannot be read: no such file or directory (the path is relative to this file)`}},
		{"broken references", "words: ['${PORT', '${1}', '$$${PORT}$']", []string{
			`dir/f.yaml:1:10: "${" without "}" (write "$${" for the characters themselves)`,
			`dir/f.yaml:1:20: ${1} is neither ${NAME} nor ${file:path} (write "$${" for the characters themselves)`}},
		{"an expanded value is not shown", "small: ${TOKEN}\nlevel: ${TOKEN}\nserver: {within: '${TOKEN}'}\n", []string{
			`dir/f.yaml:1:8: small must be a whole number, found the value of "${TOKEN}"`,
			`dir/f.yaml:2:8: level must be debug, info, warn or error, found the value of "${TOKEN}"`,
			`dir/f.yaml:3:18: within must be a duration, found the value of "${TOKEN}" (write 4s, 10m or 1h30m)`}},
		{"hook", "reply: [1]", []string{`dir/f.yaml:1:8: reply must be a text or a mapping, found a list`}},
		{"hook, inside", "reply: {markdwn: x, tags: c}", []string{
			`dir/f.yaml:1:9: unknown key "markdwn" (did you mean "markdown"?)`,
			`dir/f.yaml:1:27: tags must be a or b, found "c"`}},
		{"hook, its own", "reply: {}", []string{`dir/f.yaml:1:8: reply needs text or markdown (remove one)`}},
		{"unquoted template", "level: {{ x }}", []string{
			`dir/f.yaml:1:8: level must be a text, found a mapping (put a text that starts with {{ in quotes)`}},
		{"own tags", "level: !secret x", []string{`dir/f.yaml:1:8: the tag !secret means nothing here (delete it)`}},
		{"list as key", "vars: {[a]: 1}", []string{`dir/f.yaml:1:8: a key must be a single value (put a text with { } [ ] in quotes)`}},
		{"merging no mapping", "x: &a 1\nvars:\n  <<: *a\n", []string{
			`dir/f.yaml:1:1: unknown key "x" (possible: server, level, words, apps, vars, raw, when, reply, ratio, small)`,
			`dir/f.yaml:1:4: << must be a mapping (an alias) to merge, found "1"`}},
		{"not a mapping", "- a", []string{
			`dir/f.yaml:1:1: the file must be a mapping with server, level, words, apps, vars, raw, when, reply, ratio, small, found a list`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, got := decode(t, tt.src); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Decode(%q):\n%s\nwant\n%s", tt.src, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a:\n\tb: 1\n":              `dir/f.yaml:2:1: a tab at the start of a line (indent with spaces)`,
		"level: @b":                 `dir/f.yaml:1:8: a value cannot start with this character (put the value in quotes)`,
		"level: a: b":               `dir/f.yaml:1:9: ": " inside a value (put the value in quotes, or start a new line)`,
		"level: \"x\nwords: y":      `dir/f.yaml:1:8: the quote is never closed (add the missing quote)`,
		"words: [a, b\nlevel: x":    `dir/f.yaml:1:8: this "[" list is never closed, or a comma is missing (end it with "]", put texts with [ ] { } , in quotes)`,
		"server: {a: b\nlevel: x":   `dir/f.yaml:1:9: this "{" mapping is never closed, or a comma is missing (end it with "}", put texts with [ ] { } , in quotes)`,
		"words:\n  - a\n  b: c":     `dir/f.yaml:3:3: a key inside a list (indent it under its entry, or move it to the left of the list)`,
		"level: x\n words: y":       `dir/f.yaml:2:7: ": " inside a value (put the value in quotes, or start a new line)`,
		"level: 'x'\n words: y":     `dir/f.yaml:2:2: the line does not fit the lines above (check the indentation, and quotes in the line before)`,
		"level\nwords: x":           `dir/f.yaml:2:6: ": " inside a value (put the value in quotes, or start a new line)`,
		"level: x\nwords":           `dir/f.yaml:3:1: a ":" is missing after the key (write key: value, with a space after the colon)`,
		`level: "\d+"`:              `dir/f.yaml:1:9: unknown escape after "\" (use single quotes, or write "\\" for a backslash)`,
		"server: {listen: ${PORT}}": `dir/f.yaml:1:19: this value is not in quotes (put a text with { } in quotes: "${NAME}", "{{ x }}")`,
		"level: *none":              `dir/f.yaml:1:8: this alias names no anchor (write "&name" where the value stands; put a text that starts with "*" in quotes)`,
		"level: - x":                `dir/f.yaml:1:8: "- " is not allowed here (start the list on a line of its own)`,
		"level: x\n---\nlevel: y":   `dir/f.yaml:2:1: a second document (one file holds one document: remove the "---" above)`,
		"level: x\nwords: \xff":     `dir/f.yaml:2:8: not UTF-8: byte 0xff (save the file as UTF-8)`,
		"level: 中\x1d":              `dir/f.yaml:1:9: control character U+001D (delete it, or write "\u001d" in double quotes)`,
		"\xff\xfel\x00":             `dir/f.yaml:1:1: not UTF-8: byte 0xff (save the file as UTF-8)`,
		strings.Repeat("[", 10000):  `dir/f.yaml:1:101: nested too deep (at most 100 levels)`,
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if _, got := decode(t, src); len(got) != 1 || got[0] != want {
				t.Errorf("Decode(%.80q):\n%s\nwant\n%s", src, strings.Join(got, "\n"), want)
			}
		})
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	c, problems := decode(t, `
base: &base {listen: ":1", tls: true}
`)
	_ = c
	if len(problems) != 1 {
		t.Errorf("an unknown anchor holder is accepted: %v", problems)
	}
	c, problems = decode(t, `
server:
  <<: {listen: ":1", tls: true}
  listen: ":${PORT}"
  max_body: 64KiB
words: 2024
apps:
  - {name: a, id: 0x10, secret: '${TOKEN}'}
  - {name: &n b, id: 3, secret: "${file:key}${file:/run/key}"}
vars: {i: 1, f: 1.5, s: '1', b: true, n: ~, l: [1, x], m: {k: v}, d: 2026-01-01, y: yes, e: "${YAML}", p: '${PORT}', a: *n}
small: "${PORT}"
reply: hello $$${TOKEN}
ratio: 0.5
`)
	if want := []string{`dir/f.yaml:11:8: small must be a whole number, found the value of "${PORT}"`}; !reflect.DeepEqual(problems, want) {
		t.Fatalf("problems = %q, want %q", problems, want)
	}
	for _, check := range []struct{ what, got, want any }{
		{"own key beats merged", c.Server.Listen, ":8080"},
		{"merged", c.Server.TLS, true},
		{"default duration", c.Server.Within, 4 * time.Second},
		{"size", c.Server.MaxBody, strictyaml.Size(65536)},
		{"one value for a list, as written", c.Words, []string{"2024"}},
		{"default enum", c.Level, "info"},
		{"hexadecimal", c.Apps[0].ID, 16},
		{"secret", c.Apps[0].Secret.Reveal(), "s3cr3t"},
		{"secret of files", c.Apps[1].Secret.Reveal(), "from-filefrom-file"},
		{"hook, and $$", c.Reply.Text, "hello $s3cr3t"},
		{"inline", c.Ratio, 0.5},
		{"any", c.Vars, map[string]any{"i": 1, "f": 1.5, "s": "1", "b": true, "n": nil, "l": []any{1, "x"},
			"m": map[string]any{"k": "v"}, "d": "2026-01-01", "y": "yes", "e": "{a: 1}", "p": "8080", "a": "b"}},
		{"place of a key", c.Where.Key("words").String(), "dir/f.yaml:6:1"},
		{"place of a value", c.Where.Of("words").String(), "dir/f.yaml:6:8"},
		{"place of an item", c.Where.Item("apps", 1).String(), "dir/f.yaml:9:5"},
		{"place of an absent key", c.Apps[1].Where.Of("none").String(), "dir/f.yaml:9:5"},
	} {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s: %#v, want %#v", check.what, check.got, check.want)
		}
	}
}

func TestEmptyDocumentHasDefaultsAndMissesTheRequired(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"", "# nothing\n", "---\n", "{}"} {
		c, problems := decode(t, src)
		if problems != nil || c.Server.Listen != ":8080" || c.Server.MaxBody != 1<<20 {
			t.Errorf("Decode(%q) = %+v, %v", src, c.Server, problems)
		}
		var a app
		if got := strictyaml.Decode("f", []byte(src), &a, options); len(got) != 2 {
			t.Errorf("Decode(%q) into an app: %v, want two missing keys", src, got)
		}
	}
}

func TestWithoutEnvNothingIsExpanded(t *testing.T) {
	t.Parallel()
	var c config
	ps := strictyaml.Decode("f", []byte("words: ['^a$${PORT}$']"), &c, strictyaml.Options{})
	if ps != nil || c.Words[0] != "^a$${PORT}$" {
		t.Errorf("words = %q, %v", c.Words, ps)
	}
}

func TestKeptNode(t *testing.T) {
	t.Parallel()
	c, problems := decode(t, "raw:\n  echo: {name: e, id: '${PORT}'}\n  bad: {nam: x}\n  none:\n")
	if problems != nil {
		t.Fatal(problems)
	}
	var a app
	if ps := c.Raw["echo"].Decode(&a); ps != nil || a.ID != 8080 {
		t.Errorf("kept node = %+v, %v", a, ps)
	}
	ps := c.Raw["bad"].Decode(&a)
	if len(ps) != 3 || ps[2].String() != `dir/f.yaml:3:9: unknown key "nam" (did you mean "name"?)` {
		t.Errorf("kept bad node: %v", ps)
	}
	var optional struct {
		Word string `yaml:"word" default:"hi"`
	}
	if ps := c.Raw["none"].Decode(&optional); ps != nil || optional.Word != "hi" {
		t.Errorf("kept empty node = %+v, %v", optional, ps)
	}
	if ps := (*strictyaml.Node)(nil).Decode(&optional); ps != nil || optional.Word != "hi" {
		t.Errorf("nil node = %+v, %v", optional, ps)
	}
}

func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	var laughs strings.Builder
	laughs.WriteString("vars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 20; i++ {
		fmt.Fprintf(&laughs, "  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for _, src := range []string{laughs.String(), "vars: &v {a: *v}", "vars: &v\n  <<: *v\n  a: 1\n", "vars: &v [*v, *v]"} {
		if _, got := decode(t, src); len(got) == 0 || !strings.Contains(got[0], "too much") && !strings.Contains(got[0], "found a list") {
			t.Errorf("Decode(%.60q): %v", src, got)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	var c config
	ps := strictyaml.Decode("f", make([]byte, 2048), &c, strictyaml.Options{MaxBytes: 1024})
	if len(ps) != 1 || ps[0].String() != "f: larger than 1 KiB" {
		t.Errorf("problems = %v", ps)
	}
}

// Every character of a scalar is found where it stands, however the scalar is written.
func TestTextAt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, src, mark string }{
		{"plain", "when: a == 中 && X == 1", "X"},
		{"plain over lines", "when: a\n  b\n\n\n  c X d\n", "X"},
		{"plain in a flow, before a comma", "{level: info, when: a X b, ratio: 1}", "X"},
		{"single quotes", "when: 'it''s 中 X'", "X"},
		{"single quotes over lines", "when: 'it''s \n\n  ''a\n  X'", "X"},
		{"double quotes", `when: "a\t\u4e2d\"\x41\\ X"`, "X"},
		{"double quotes over lines", "when: \"a \\\n   b\n   c\n\n\n   X\"", "X"},
		{"literal", "when: |\n  a\n\n    b X\n", "X"},
		{"literal, stripped, with a comment", "when: |2- # comment\n    a\n  X c\n", "X"},
		{"folded", "when: >\n  a 中\n  b\n\n  c\n    d X\n  e\n", "X"},
		{"windows lines", "level: info\r\nwhen: |\r\n  a\r\n  X\r\n", "X"},
		{"first", "when: X", "X"},
		{"after a byte order mark", "\ufeffwhen: a X", "X"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, problems := decode(t, tt.src)
			if problems != nil {
				t.Fatal(problems)
			}
			before, _, ok := strings.Cut(c.When.Value, tt.mark)
			if !ok {
				t.Fatalf("no %q in %q", tt.mark, c.When.Value)
			}
			line := strings.Count(before, "\n") + 1
			col := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
			src := strings.TrimPrefix(strings.ReplaceAll(tt.src, "\r\n", "\n"), "\ufeff")
			before, _, _ = strings.Cut(src, tt.mark)
			want := fmt.Sprintf("dir/f.yaml:%d:%d", strings.Count(before, "\n")+1, len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))+1)
			if got := c.When.At(line, col).String(); got != want {
				t.Errorf("%q.At(%d, %d) = %s, want %s", c.When.Value, line, col, got, want)
			}
		})
	}
}

func TestTextSpan(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"when: a 中 b # c\n":            "a 中 b",
		"level: info\nwhen: 'it''s'\n": "'it''s'",
		"\ufeffwhen: \"\\u4e2d\\\"\"":  `"\u4e2d\""`,
		"{when: x, level: info}":       "x",
		"when: ''":                     "''",
		"when: |\n  a\n":               "",
		"when: 'a\n  b'\n":             "",
	} {
		c, problems := decode(t, src)
		from, to, ok := c.When.Span([]byte(src))
		if problems != nil || ok != (want != "") || ok && src[from:to] != want {
			t.Errorf("Span of %q = %d, %d, %v, %v; want %q", src, from, to, ok, problems, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"server: {listen: x}\nwords: [a]\n", "vars: &a {b: *a}\nwhen: |\n  a\n", "when: \"a\\\n b\"", "reply: {text: '${PORT}'}", "? [a]\n: b",
		"when: >\n\n  x\n", "when: 'a\n\n  ''b'", "raw: {a: !x &b c}", "<<: [*a]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c config
		for _, p := range strictyaml.Decode("f", []byte(s), &c, options) {
			if p.Message == "" || p.Line < 0 {
				t.Errorf("a problem without message or place: %+v", p)
			}
		}
		lines := strings.Count(s, "\n") + strings.Count(s, "\r") + strings.Count(s, "\u0085") + strings.Count(s, "\u2028") + strings.Count(s, "\u2029") + 1
		for i := range 10 {
			if p := c.When.At(i/3+1, i*i); p.Line > lines {
				t.Errorf("At points to line %d of %d", p.Line, lines)
			}
		}
	})
}

func TestSchema(t *testing.T) {
	t.Parallel()
	b, err := strictyaml.SchemaOf("test", &config{}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"additionalProperties": false`, `"enum": [`, `"$ref": "#/$defs/app"`, `"default": ":8080"`, `"minimum": 1`,
		`"pattern": "\\$\\{[^}]+\\}"`, `"ratio": {`, `"required": [`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the schema lacks %s:\n%s", want, b)
		}
	}
}
