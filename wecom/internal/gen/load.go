package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The YAML of wecom/spec. Its README says what the keys mean.
type (
	area struct {
		Area       string
		Title      string
		ZH         string
		Host       string
		Notes      []string
		Services   []*service
		Operations []*operation
		Types      []*model
		Enums      []*enum
	}
	service struct {
		Name, Client, Field, Noun, ZH, Doc string
		area                               *area
	}
	operation struct {
		ID          string
		Go          string
		Doc         string
		Call        string
		Docs        []string
		Token       string
		TokenParam  string `yaml:"token_param"`
		Host        string
		Answers     string
		Fragment    string
		Reads       bool
		Written     string
		Args        bool
		All         string
		Limit       string
		PerMinute   int `yaml:"per_minute"`
		Deprecated  string
		Apps        string
		Unconfirmed string
		Notes       []string
		Query       []*field
		Body        []*field
		Files       []*field
		Headers     []*field
		Answer      string
		Result      []*field
		Paging      *paging

		area           *area
		service, verb  string
		method, path   string
		request, named string // Go types; named is the result's
	}
	field struct {
		Name     string
		Type     string
		Required bool
		Nullable bool
		Fixed    string
		Given    string
		Doc      string
		Go       string
	}
	model struct {
		Name   string
		Doc    string
		Fields []*field
		area   *area
		sent   bool   // part of a request
		home   string // the service whose file holds it
	}
	enum struct {
		Name, Base, Doc string
		Prefix          string // of the constants; the name where empty
		Values          []enumValue
		area            *area
		home            string
	}
	enumValue struct{ Value, Name, Doc string }
	paging    struct{ Items, Ask, Next, More, Size, Total string }
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
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		a := new(area)
		if err := yaml.Load(src, a, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		s.areas = append(s.areas, a)
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

// basic are the types that are not declared in the specification. raw is JSON of any shape, file a part of a form.
var basic = map[string]bool{"string": true, "int": true, "int64": true, "bool": true, "float": true, "raw": true, "file": true}

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
