package netguard_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/netguard"
)

func TestCheckIP(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{"127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "fd12::1", "8.8.8.8", "2606:4700::1111", "::ffff:10.0.0.1"} {
		if err := netguard.CheckIP(netip.MustParseAddr(ip)); err != nil {
			t.Errorf("CheckIP(%s) = %v, want nil", ip, err)
		}
	}
	for _, ip := range []string{
		"169.254.169.254", "169.254.0.1", "100.100.100.200", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255",
		"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "ff02::1", "192.0.0.192", "168.63.129.16",
	} {
		if err := netguard.CheckIP(netip.MustParseAddr(ip)); !errors.Is(err, netguard.ErrRefused) {
			t.Errorf("CheckIP(%s) = %v, want ErrRefused", ip, err)
		}
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	allow := []string{"erp.example.com", "*.corp.example", "10.1.2.3:8080", "[fd12::1]:443"}
	for raw, ok := range map[string]bool{
		"https://erp.example.com/x":       true,
		"http://ERP.example.com.:9999/":   true,
		"https://a.corp.example":          true,
		"https://corp.example":            false,
		"https://evilcorp.example":        false,
		"https://erp.example.com.evil.io": false,
		"https://erp.example.com@evil.io": false,
		"http://10.1.2.3:8080/":           true,
		"http://10.1.2.3/":                false,
		"https://[fd12::1]/":              true,
		"ftp://erp.example.com":           false,
		"file:///etc/passwd":              false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := netguard.CheckURL(u, allow); (err == nil) != ok {
			t.Errorf("CheckURL(%s) = %v, want allowed %v", raw, err, ok)
		}
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			_, _ = io.WriteString(w, "ok")
		}
	}))
	defer srv.Close()
	get := func(c *http.Client, u string) error {
		resp, err := c.Get(u)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	open := netguard.Client(nil)
	defer open.CloseIdleConnections()
	if err := get(open, srv.URL+"/"); err != nil {
		t.Errorf("loopback: %v", err)
	}
	if err := get(open, srv.URL+"/redirect?to=/"); err != nil {
		t.Errorf("a redirect: %v", err)
	}
	for _, to := range []string{"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "file:///etc/passwd"} {
		if err := get(open, srv.URL+"/redirect?to="+url.QueryEscape(to)); !errors.Is(err, netguard.ErrRefused) && !strings.Contains(err.Error(), "unsupported protocol scheme") {
			t.Errorf("redirect to %s: %v, want ErrRefused", to, err)
		}
	}
	if err := get(open, "http://169.254.169.254/"); !errors.Is(err, netguard.ErrRefused) {
		t.Errorf("metadata: %v, want ErrRefused", err)
	}
	if err := get(open, srv.URL+"/loop"); !errors.Is(err, netguard.ErrRefused) {
		t.Errorf("a redirect loop: %v, want ErrRefused", err)
	}
	narrow := netguard.Client([]string{"erp.example.com", strings.TrimPrefix(srv.URL, "http://")})
	defer narrow.CloseIdleConnections()
	if err := get(narrow, srv.URL+"/"); err != nil {
		t.Errorf("an allowed host: %v", err)
	}
	if err := get(narrow, srv.URL+"/redirect?to=http://example.net/"); !errors.Is(err, netguard.ErrRefused) {
		t.Errorf("redirect to a host that is not allowed: %v, want ErrRefused", err)
	}
}
