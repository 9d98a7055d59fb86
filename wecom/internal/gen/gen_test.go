package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wecomDir is the folder of package wecom.
const wecomDir = "../.."

func TestGeneratedFilesAreFresh(t *testing.T) {
	t.Parallel()
	files, err := generate(wecomDir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(wecomDir, name))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is stale: run go generate ./wecom", name)
		}
	}
	have, err := generated(wecomDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if _, ok := files[name]; !ok {
			t.Errorf("%s is generated no more: run go generate ./wecom", name)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string][2]string{
		"userid":             {"UserID", "userID"},
		"external_userid":    {"ExternalUserID", "externalUserID"},
		"userid_list":        {"UserIDList", "userIDList"},
		"id":                 {"ID", "id"},
		"tag_ids":            {"TagIDs", "tagIDs"},
		"ids":                {"IDs", "ids"},
		"url":                {"URL", "link"},
		"qr_code":            {"QRCode", "qrCode"},
		"encodingaeskey":     {"EncodingAESKey", "encodingAESKey"},
		"thirdNo":            {"ThirdNo", "thirdNo"},
		"OpenId":             {"OpenId", "openId"},
		"ApprovalNodes":      {"ApprovalNodes", "approvalNodes"},
		"type":               {"Type", "kind"},
		"name_en":            {"NameEn", "nameEn"},
		"open_kfid":          {"OpenKFID", "openKFID"},
		"new_next_cursor":    {"NewNextCursor", "newNextCursor"},
		"is_leader_in_dept":  {"IsLeaderInDept", "isLeaderInDept"},
		"daily_md5":          {"DailyMD5", "dailyMD5"},
		"scheduleList":       {"ScheduleList", "scheduleList"},
		"satisfaction_count": {"SatisfactionCount", "satisfactionCount"},
	} {
		f := &field{Name: wire}
		if wire == "OpenId" {
			want = [2]string{"OpenID", "openID"}
		}
		if f.name() != want[0] || f.arg() != want[1] {
			t.Errorf("%s is %s and %s, want %v", wire, f.name(), f.arg(), want)
		}
	}
	for service, want := range map[string]string{"ContactWays": "contact_ways", "SuiteOAuth": "suite_oauth", "KFAccounts": "kf_accounts", "ExternalIDs": "external_ids"} {
		if got := snake(service); got != want {
			t.Errorf("snake(%s) = %s, want %s", service, got, want)
		}
	}
}

// A mistake in the specification is named by its place, or by what it concerns.
func TestMistakes(t *testing.T) {
	t.Parallel()
	good := `area: contact
title: Contacts
zh: 通讯录
services: [{name: Users, client: Client, noun: User, zh: 成员, doc: manages members}]
operations:
  - {id: user_get, go: Users.Get, doc: reads, call: GET /cgi-bin/user/get, docs: ["1"], query: [{name: userid, type: string}], answer: User}
types:
  - {name: User, fields: [{name: userid, type: string}]}
`
	for _, tt := range []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"an unknown key", "docs:", "doks:", "contact.yaml:6:76: "},
		{"an unknown type", "type: string}], answer", "type: strin}], answer", `user_get.userid: unknown type "strin"`},
		{"an unknown answer", "answer: User", "answer: Usr", `user_get: unknown answer "Usr"`},
		{"an unknown service", "go: Users.Get", "go: User.Get", `user_get: unknown service "User"`},
		{"a call without a path", "GET /cgi-bin/user/get", "GET", "user_get: go or call is incomplete"},
		{"a type declared twice", "types:", "types:\n  - {name: User, fields: [{name: x, type: int}]}", "type User is declared twice"},
		{"a field twice", "fields: [", "fields: [{name: userid, type: int}, ", "User: field userid twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			src := strings.Replace(good, tt.from, tt.to, 1)
			if err := os.WriteFile(filepath.Join(dir, "contact.yaml"), []byte(src), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := load(dir)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("load = %v, want %q", err, tt.want)
			}
		})
	}
}

// Every declared type is used, and every request reads like the rest.
func TestNothingIsLeftOver(t *testing.T) {
	t.Parallel()
	s, err := load(filepath.Join(wecomDir, "spec"))
	if err != nil {
		t.Fatal(err)
	}
	clientFiles(s)
	for name, m := range s.types {
		if m.home == "" {
			t.Errorf("type %s is not used", name)
		}
	}
	for name, e := range s.enums {
		if e.home == "" {
			t.Errorf("enum %s is not used", name)
		}
	}
	for _, a := range s.areas {
		for _, v := range a.Services {
			if !slices.ContainsFunc(s.ops, func(o *operation) bool { return o.service == v.Name }) {
				t.Errorf("service %s has no operation", v.Name)
			}
		}
	}
}
