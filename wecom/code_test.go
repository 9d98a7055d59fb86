package wecom

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestEveryDocumentedCodeHasItsClass(t *testing.T) {
	t.Parallel()
	classes := map[string]Class{"P": ClassPermanent, "T": ClassToken, "B": ClassBusy, "L": ClassRate, "A": ClassAdmin,
		"X": ClassExpired, "O": ClassDone}
	f, err := os.Open("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var c Code
		var letter string
		if _, err := fmt.Sscan(lines.Text(), &c, &letter); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		n++
		if c.row() == nil {
			t.Errorf("%d is missing from the table", int(c))
			continue
		}
		if got, want := c.Class(), classes[letter]; got != want {
			t.Errorf("Code(%d).Class() = %v, want %v", int(c), got, want)
		}
		if c.Hint("zh-CN") == "" || c.Hint("en") == "" || c.Hint("zh-CN") == c.Hint("en") {
			t.Errorf("Code(%d) lacks a hint: %q, %q", int(c), c.Hint("zh-CN"), c.Hint("en"))
		}
	}
	if n < 300 {
		t.Errorf("only %d codes in testdata/codes.txt", n)
	}
}

func TestCodeTableRises(t *testing.T) {
	t.Parallel()
	for i, r := range codeTable {
		if r.first > r.last || i > 0 && codeTable[i-1].last >= r.first {
			t.Errorf("row %d (%d-%d) is out of order", i, r.first, r.last)
		}
	}
}

func TestUnknownCodeIsPermanent(t *testing.T) {
	t.Parallel()
	c := Code(123456)
	if c.Class() != ClassPermanent || c.Hint("en") != "" || c.Error() != "errcode 123456" {
		t.Errorf("got %v, %q, %q", c.Class(), c.Hint("en"), c.Error())
	}
}

func TestErrorsMatchTheirCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("greet: %w", &Error{Op: "GET /cgi-bin/user/get", Code: ErrUserNotFound, Message: "no such user"})
	if !errors.Is(err, ErrUserNotFound) || errors.Is(err, ErrUntrustedIP) {
		t.Errorf("errors.Is does not tell codes apart in %v", err)
	}
}

func TestInvalidSecretIsForAnAdministratorOnlyOnTokenRequests(t *testing.T) {
	t.Parallel()
	if got := (&Error{Op: "GET " + pathGetToken, Code: ErrInvalidSecret}).Class(); got != ClassAdmin {
		t.Errorf("on gettoken: %v, want admin", got)
	}
	if got := (&Error{Op: "GET /cgi-bin/user/get", Code: ErrInvalidSecret}).Class(); got != ClassToken {
		t.Errorf("elsewhere: %v, want token", got)
	}
}

func TestCallerIP(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ msg, want string }{
		{"not allow to access from your ip, hint: [1600000000_1_abc], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=60020", "203.0.113.7"},
		{"not allow to access from your ip, from ip: 2001:db8::7", "2001:db8::7"},
		{"not allow to access from your ip", ""},
		{"from ip: nonsense, more", ""},
	} {
		ip, ok := CallerIP(fmt.Errorf("send: %w", &Error{Code: ErrUntrustedIP, Message: tt.msg}))
		if ok != (tt.want != "") || ok && ip.String() != tt.want {
			t.Errorf("CallerIP(%q) = %v, %v, want %q", tt.msg, ip, ok, tt.want)
		}
	}
	if _, ok := CallerIP(&Error{Code: ErrBusy, Message: "from ip: 203.0.113.7"}); ok {
		t.Error("another code names no address")
	}
}
