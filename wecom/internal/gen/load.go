package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

// The YAML of wecom/spec. Its README says what the keys mean.
type (
	area struct {
		Area       string       `yaml:"area,required"`
		Title      string       `yaml:"title,required"`
		ZH         string       `yaml:"zh,required"`
		Host       string       `yaml:"host"`
		Notes      []string     `yaml:"notes"`
		Services   []*service   `yaml:"services"`
		Operations []*operation `yaml:"operations,required"`
		Types      []*model     `yaml:"types"`
		Enums      []*enum      `yaml:"enums"`
	}
	service struct {
		Name   string `yaml:"name,required"`
		Client string `yaml:"client,required"`
		Field  string `yaml:"field"`
		Noun   string `yaml:"noun,required"`
		ZH     string `yaml:"zh,required"`
		Doc    string `yaml:"doc,required"`
		area   *area
	}
	operation struct {
		ID          string   `yaml:"id,required"`
		Go          string   `yaml:"go,required"`
		Doc         string   `yaml:"doc,required"`
		Call        string   `yaml:"call,required"`
		Docs        []string `yaml:"docs,required"`
		Token       string   `yaml:"token"`
		TokenParam  string   `yaml:"token_param"`
		Host        string   `yaml:"host"`
		Answers     string   `yaml:"answers"`
		Fragment    string   `yaml:"fragment"`
		Reads       bool     `yaml:"reads"`
		Written     string   `yaml:"written"`
		Args        bool     `yaml:"args"`
		All         string   `yaml:"all"`
		Limit       string   `yaml:"limit"`
		PerMinute   int      `yaml:"per_minute"`
		Deprecated  string   `yaml:"deprecated"`
		Apps        string   `yaml:"apps"`
		Unconfirmed string   `yaml:"unconfirmed"`
		Notes       []string `yaml:"notes"`
		Query       []*field `yaml:"query"`
		Body        []*field `yaml:"body"`
		Files       []*field `yaml:"files"`
		Headers     []*field `yaml:"headers"`
		Answer      string   `yaml:"answer"`
		Result      []*field `yaml:"result"`
		Paging      *paging  `yaml:"paging"`

		area           *area
		service, verb  string
		method, path   string
		request, named string // Go types; named is the result's
	}
	field struct {
		Name     string `yaml:"name,required"`
		Type     string `yaml:"type,required"`
		Required bool   `yaml:"required"`
		Nullable bool   `yaml:"nullable"`
		Fixed    string `yaml:"fixed"`
		Given    string `yaml:"given"`
		Doc      string `yaml:"doc"`
		Go       string `yaml:"go"`
	}
	model struct {
		Name   string   `yaml:"name,required"`
		Doc    string   `yaml:"doc"`
		Fields []*field `yaml:"fields,required"`
		area   *area
		sent   bool   // part of a request
		home   string // the service whose file holds it
	}
	enum struct {
		Name   string      `yaml:"name,required"`
		Base   string      `yaml:"base,required"`
		Doc    string      `yaml:"doc"`
		Prefix string      `yaml:"prefix"` // of the constants; the name where empty
		Values []enumValue `yaml:"values,required"`
		area   *area
		home   string
	}
	enumValue struct {
		Value string `yaml:"value,required"`
		Name  string `yaml:"name,required"`
		Doc   string `yaml:"doc"`
	}
	paging struct {
		Items string `yaml:"items,required"`
		Ask   string `yaml:"ask,required"`
		Next  string `yaml:"next"`
		More  string `yaml:"more"`
		Size  string `yaml:"size"`
		Total string `yaml:"total"`
	}
)

// api is the whole specification.
type api struct {
	areas    []*area
	ops      []*operation
	services map[string]*service
	types    map[string]*model
	enums    map[string]*enum
}

// areaOrder is the order of the coverage page: what most programs need comes first.
var areaOrder = []string{"token", "identity", "contact", "app", "message", "media", "externalcontact", "kf", "oa",
	"invoice", "provider", "official", "webhook"}

func load(dir string) (*api, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	s := &api{services: map[string]*service{}, types: map[string]*model{}, enums: map[string]*enum{}}
	var errs []error
	for _, name := range names {
		a := new(area)
		for _, p := range strictyaml.DecodeFile(name, a, strictyaml.Options{}) {
			errs = append(errs, p)
		}
		s.areas = append(s.areas, a)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(s.areas, func(a, b *area) int {
		return slices.Index(areaOrder, a.Area) - slices.Index(areaOrder, b.Area)
	})
	if err := s.index(); err != nil {
		return nil, err
	}
	return s, s.check()
}

func (s *api) index() error {
	var errs []error
	once := map[string]bool{}
	unique := func(what string) {
		if once[what] {
			errs = append(errs, fmt.Errorf("%s is declared twice", what))
		}
		once[what] = true
	}
	for _, a := range s.areas {
		for _, v := range a.Services {
			unique("service " + v.Name)
			v.area = a
			if v.Field == "" {
				v.Field = v.Name
			}
			s.services[v.Name] = v
		}
		for _, m := range a.Types {
			unique("type " + m.Name)
			m.area = a
			s.types[m.Name] = m
		}
		for _, e := range a.Enums {
			unique("type " + e.Name)
			e.area = a
			s.enums[e.Name] = e
		}
		for _, o := range a.Operations {
			unique("operation " + o.ID)
			unique("method " + o.Go)
			o.area = a
			var ok1, ok2 bool
			o.service, o.verb, ok1 = strings.Cut(o.Go, ".")
			o.method, o.path, ok2 = strings.Cut(o.Call, " ")
			if !ok1 || !ok2 {
				errs = append(errs, fmt.Errorf("operation %s: go or call is incomplete", o.ID))
			}
			if o.Host == "" {
				o.Host = a.Host
			}
			if o.Token == "" {
				o.Token = "access_token"
			}
			s.ops = append(s.ops, o)
		}
	}
	return errors.Join(errs...)
}

func (s *api) check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	fields := func(where string, fs []*field) {
		seen := map[string]bool{}
		for _, f := range fs {
			if seen[f.Name] {
				fail("%s: field %s twice", where, f.Name)
			}
			seen[f.Name] = true
			if t := f.elem(); !basic[t] && s.types[t] == nil && s.enums[t] == nil {
				fail("%s.%s: unknown type %q", where, f.Name, f.Type)
			}
		}
	}
	for _, m := range s.types {
		fields(m.Name, m.Fields)
	}
	for _, o := range s.ops {
		fields(o.ID, slices.Concat(o.Query, o.Body, o.Files, o.Headers))
		fields(o.ID, o.Result)
		if o.Answer != "" && s.types[o.Answer] == nil {
			fail("%s: unknown answer %q", o.ID, o.Answer)
		}
		if s.services[o.service] == nil && o.Written != "hand" {
			fail("%s: unknown service %q", o.ID, o.service)
		}
	}
	return errors.Join(errs...)
}

// basic are the types that are not declared in the specification. text is a string that may come as a number, raw is JSON
// of any shape, file a part of a form.
var basic = map[string]bool{
	"string": true, "text": true, "int": true, "int64": true, "bool": true, "float": true, "raw": true, "file": true,
}

func (f *field) elem() string { return strings.TrimPrefix(f.Type, "[]") }
func (f *field) list() bool   { return strings.HasPrefix(f.Type, "[]") }

// asked are the fields that a caller fills in: the others are fixed, or known to the client.
func asked(fs []*field) []*field {
	return slices.DeleteFunc(slices.Clone(fs), func(f *field) bool { return f.Fixed != "" || f.Given != "" })
}

// params are the parameters of the Go method in their order, without the file.
func (o *operation) params() []*field { return slices.Concat(asked(o.Query), asked(o.Body)) }

// plain reports whether the method takes its parameters one by one instead of a request.
func (o *operation) plain() bool {
	ps := o.params()
	if len(ps) == 0 || o.Args {
		return true
	}
	return len(ps) <= 3 && !slices.ContainsFunc(ps, func(f *field) bool { return !f.Required })
}

// answer are the fields of the answer.
func (s *api) answer(o *operation) []*field {
	if o.Answer != "" {
		return s.types[o.Answer].Fields
	}
	return o.Result
}
