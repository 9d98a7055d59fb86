package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// formSpec is a form as it is written.
type formSpec struct {
	Where     strictyaml.Where
	Ask       []questionSpec   `yaml:"ask,required" doc:"the questions, in order"`
	Confirm   *strictyaml.Text `yaml:"confirm" doc:"shown before anything is done; answered by 确认, 修改 or 取消"`
	Then      *formThen        `yaml:"then,required" doc:"what is done with the answers: anything that a rule does; form.NAME holds them"`
	Timeout   time.Duration    `yaml:"timeout" default:"10m" min:"10s" max:"7d" doc:"after so long a silence the form is put aside; 继续 takes it up"`
	Keep      time.Duration    `yaml:"keep" default:"24h" min:"1m" max:"30d" doc:"how long it can be taken up"`
	Interrupt string           `yaml:"interrupt" enum:"ask|queue|cancel|pass|never" default:"ask" doc:"when a command or a menu click comes in between: ask whether to give the form up, handle it later, give it up, handle it and wait on, take it as an answer"`
	Help      *replySpec       `yaml:"help" doc:"said after three answers that did not fit, and to 帮助"`
	Cancelled *replySpec       `yaml:"cancelled" doc:"said when the member gives up; default: 已取消"`

	// Raw is the form as it stands, for members who are in the middle of it when it changes.
	Raw *strictyaml.Node `yaml:",self"`
}

// formThen is the action at the end.
type formThen struct {
	Where  strictyaml.Where
	action `yaml:",inline"`
}

// questionSpec is one question.
type questionSpec struct {
	Where   strictyaml.Where
	Name    string            `yaml:"name,required" doc:"the answer is form.NAME"`
	Prompt  *strictyaml.Text  `yaml:"prompt,required" doc:"the question"`
	Type    string            `yaml:"type" enum:"text|int|number|date|time|duration|choice|member|department|image|file|location|yesno|yes/no" default:"text"`
	Choices []strictyaml.Text `yaml:"choices" doc:"of a choice: shown as buttons, answered also by their words or numbers"`
	When    strictyaml.Text   `yaml:"when" doc:"asked only if this is true; sees the answers so far"`
	Check   strictyaml.Text   `yaml:"check" doc:"must be true of value, the answer"`
	Error   *strictyaml.Text  `yaml:"error" doc:"said when the answer does not fit"`
	Example *strictyaml.Text  `yaml:"example" doc:"an answer that fits, shown with every refusal"`
	Label   *strictyaml.Text  `yaml:"label" doc:"what 修改 calls it; default: the prompt"`
}

// form is what is known of a form while its app's files are put together.
type form struct {
	name    string
	spec    *formSpec
	version string
	source  []byte // the form and its vars as JSON
	talk    *talk  // nil when something is wrong
}

// formSource is what is stored of a version, so that whoever is in the middle of it can finish after a restart.
type formSource struct {
	File string          `json:"file"`
	Form json.RawMessage `json:"form"`
	Vars map[string]any  `json:"vars"` // of the rules files; those of bot.yaml may be secret
}

// version is a fingerprint of everything that a form's talk depends on.
func (l *loader) version(f *form) {
	var tree any
	_ = f.spec.Raw.Decode(&tree) // its problems were reported
	body, err := json.Marshal(tree)
	if err == nil {
		f.source, err = json.Marshal(formSource{f.spec.Where.Pos.File, body, l.fileVars})
	}
	if err != nil {
		l.report(f.spec.Where.Pos, "", "the form cannot be kept: %v", err)
	}
	sum := sha256.Sum256(f.source)
	f.version = hex.EncodeToString(sum[:6])
}

// forms compiles the forms of all files before the rules, which start them.
func (l *loader) forms(files []file) {
	for i := range files {
		for j := range files[i].Forms {
			x := &files[i].Forms[j]
			if !l.once("form", x.name, x.pos) {
				continue
			}
			if !varName.MatchString(x.name) {
				l.report(x.pos, "use letters, digits and _", "a form cannot be named %q", x.name)
			}
			f := &form{name: x.name, spec: &x.value}
			l.version(f)
			f.talk = l.talk(f)
			l.formsByName[x.name] = f
		}
	}
}

// zeroes are what expressions see as form: a value of the right type for every answer, until it is given.
func (f *formSpec) zeroes() map[string]any {
	m := make(map[string]any, len(f.Ask))
	for i := range f.Ask {
		m[f.Ask[i].Name] = answerTypes[f.Ask[i].kind()].zero
	}
	return m
}

// kind is the type under its one name.
func (q *questionSpec) kind() string {
	if q.Type == "yes/no" {
		return "yesno"
	}
	return q.Type
}
