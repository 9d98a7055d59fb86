package daemon

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/wecom/spec"
)

var httpMethod = regexp.MustCompile(`^(?i)(GET|POST|PUT|DELETE|PATCH|HEAD)$`)

// splitAPIArgs separates METHOD PATH k=v. The method may be left out.
func splitAPIArgs(args []string) (method, path string, pairs []string) {
	if len(args) > 1 && httpMethod.MatchString(args[0]) {
		return strings.ToUpper(args[0]), args[1], args[2:]
	}
	return "", args[0], args[1:]
}

// findOperation finds a call by its path, and its method where that is given.
func findOperation(method, path string) (*spec.Operation, error) {
	want := "/" + strings.TrimPrefix(path, "/")
	var near []string
	for op := range spec.Operations() {
		if op.Path != want && op.Path != "/cgi-bin"+want {
			near = append(near, strings.TrimPrefix(op.Path, "/cgi-bin/"))
			continue
		}
		if method != "" && method != op.Method {
			return nil, usagef("%s is called by %s, not %s", op.Path, op.Method, method)
		}
		return op, nil
	}
	err := fmt.Errorf("the specification knows no call %s", path)
	if name := nearest.Name(strings.TrimPrefix(strings.TrimPrefix(want, "/"), "cgi-bin/"), near); name != "" {
		err = fmt.Errorf("%w, did you mean %s?", err, name)
	}
	return nil, usageError{fmt.Errorf("%w (botd api --list lists them, --raw calls any path)", err)}
}

// rawOperation stands for a call that nothing is known of.
func rawOperation(method, path string, body bool) *spec.Operation {
	if path = "/" + strings.TrimPrefix(path, "/"); !strings.HasPrefix(path, "/cgi-bin/") {
		path = "/cgi-bin" + path
	}
	if method == "" {
		method = "GET"
		if body {
			method = "POST"
		}
	}
	return &spec.Operation{Method: method, Path: path, Token: spec.AccessToken, TokenParam: "access_token"}
}
