package spec

import (
	"iter"
	"slices"
	"strings"
)

// Operation is one call of the platform's API.
type Operation struct {
	ID     string // of the specification: user_get
	Go     string // its method: Users.Get
	All    string // the method that follows its pages: Users.AllIDs; empty where there are none
	Client string // the type in package wecom that has it: Client, Suite, Provider, OfficialAccount, Webhook
	Area   string // the file that declares it: contact

	Method, Path string
	Host         string // "https://api.weixin.qq.com"; empty: the API host
	Fragment     string // of a link
	Token        Token
	TokenParam   string // query parameter of the token; empty: none

	Doc        string   // what it does: "reads one member"
	Docs       []string // documentation ids
	Notes      []string
	Limit      string // documented limit, for people
	PerMinute  int    // the same as a number of calls, where it is one
	Deprecated string // why, and what to use instead

	Reads   bool // changes nothing, so that it may be repeated
	Answers Answers
	Paging  *Paging // nil: the answer is whole

	Query, Body, Files, Headers []Field
	Answer                      []Field // beside errcode and errmsg
}

// Token is the kind of token that a call carries.
type Token string

// Kinds of tokens.
const (
	NoToken       Token = "none"
	AccessToken   Token = "access_token" // of an app at a corp
	SuiteToken    Token = "suite_access_token"
	ProviderToken Token = "provider_access_token"
	UserToken     Token = "user" // of a visitor of an official account's page
)

// Answers is what an answer consists of.
type Answers string

// Kinds of answers.
const (
	JSON       Answers = ""
	File       Answers = "file" // bytes; an error is JSON
	FileOrJSON Answers = "file_or_json"
	URL        Answers = "url" // no call: a link for a browser
)

// Kind is the kind of a value.
type Kind uint8

// Kinds of values.
const (
	String Kind = iota
	Int
	Float
	Bool
	Object
	Raw  // JSON of any shape
	Part // a part of a form: a file
)

func (k Kind) String() string {
	return [...]string{"string", "int", "float", "bool", "object", "json", "file"}[k]
}

// Field is a parameter, or a field of an object.
type Field struct {
	Name     string
	Doc      string // meaning, unit, limits; may be empty
	Model    string // of an object
	Enum     string // of a string or int with named values
	Fixed    string // the only value there is
	Given    string // what the client fills in of itself: corp_id, suite_id, secret …
	Kind     Kind
	List     bool
	Required bool // of requests
}

// Type spells the field's type: []string, Attendee, []Attendee.
func (f *Field) Type() string {
	t := f.Kind.String()
	if f.Kind == Object {
		t = f.Model
	}
	if f.List {
		return "[]" + t
	}
	return t
}

// Fields are the fields of an object; none for any other kind.
func (f *Field) Fields() []Field { return Model(f.Model) }

// Paging says how a list is followed: the answer's field Next goes into the next request's field Ask, until it is empty,
// until More is 0, or until it reaches Total. Without Next, Ask is an offset that grows by the number of items, until
// there are fewer than Size, or none.
type Paging struct {
	Items, Ask, Next, More, Size, Total string
}

// EnumValue is a value with its name in package wecom.
type EnumValue struct{ Value, Name, Doc string }

// Operations yields all operations, area by area. Not to be changed.
func Operations() iter.Seq[*Operation] {
	return func(yield func(*Operation) bool) {
		for _, area := range areas {
			for i := range area {
				if !yield(&area[i]) {
					return
				}
			}
		}
	}
}

// Find returns the operation with this method and path, or nil. Paths are those of the documentation
// ("/cgi-bin/user/get"); the leading "/cgi-bin" may be left out. Links for a browser are not found.
func Find(method, path string) *Operation {
	path = "/" + strings.TrimPrefix(path, "/")
	for o := range Operations() {
		if o.Method == method && o.Answers != URL && (o.Path == path || o.Path == "/cgi-bin"+path) {
			return o
		}
	}
	return nil
}

// Model returns the fields of an object type; none for an unknown name. Not to be changed.
func Model(name string) []Field {
	i, ok := slices.BinarySearchFunc(models, name, func(m model, name string) int { return strings.Compare(m.name, name) })
	if !ok {
		return nil
	}
	return models[i].fields
}

// Enum returns the values of an enum; none for an unknown name. Not to be changed.
func Enum(name string) []EnumValue {
	i, ok := slices.BinarySearchFunc(enums, name, func(e enum, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return nil
	}
	return enums[i].values
}

type model struct {
	name   string
	fields []Field
}

type enum struct {
	name   string
	values []EnumValue
}
