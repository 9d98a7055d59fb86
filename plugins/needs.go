package plugins

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrNotDeclared is wrapped by everything that Env refuses because Needs does not name it.
var ErrNotDeclared = errors.New("not declared in the plugin's Needs")

// Targets are kinds of receivers.
type Targets uint8

// The kinds of receivers.
const (
	ToMembers Targets = 1 << iota
	ToDepartments
	ToTags
	ToEveryone
	ToChats
)

// Needs is what a plugin does beyond answering. The zero value is nothing.
type Needs struct {
	Send  Targets  // to whom it sends on its own
	API   []string // operations of the platform's API, "user/get" or "user/*"
	Hosts []string // hosts that it reaches: "api.example.com", "*.example.com", "127.0.0.1:8080"
}

// needy is a Config that declares Needs.
type needy interface{ Needs() Needs }

// HostOf is the host of a URL in the form of Needs.Hosts, for a Config whose URL says what it needs.
func HostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// apiGuard lets declared operations through, and the token request that all of them need.
type apiGuard struct {
	allowed []string
	next    http.RoundTripper
}

func (g apiGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	op := strings.TrimPrefix(req.URL.Path, "/cgi-bin/")
	if op == "gettoken" || slices.ContainsFunc(g.allowed, func(p string) bool { return matches(strings.TrimPrefix(p, "/cgi-bin/"), op) }) {
		return g.next.RoundTrip(req)
	}
	closeBody(req)
	return nil, fmt.Errorf("API operation %s: %w", op, ErrNotDeclared)
}

// hostGuard lets requests to declared hosts through; redirects pass it again.
type hostGuard struct {
	allowed []string
	next    http.RoundTripper
}

func (g hostGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	host, name := strings.ToLower(req.URL.Host), strings.ToLower(req.URL.Hostname())
	for _, p := range g.allowed {
		if p = strings.ToLower(p); p != "" && (matches(p, host) || matches(p, name)) {
			return g.next.RoundTrip(req)
		}
	}
	closeBody(req)
	return nil, fmt.Errorf("host %s: %w", host, ErrNotDeclared)
}

// closeBody is what a RoundTripper owes the request, also when it refuses it.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

func matches(pattern, s string) bool {
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}

// safeTransport reaches company systems, also on loopback and private networks, but no link-local address: there the
// metadata services of clouds are, which give credentials to whoever asks.
func safeTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || at.Addr().Unmap().IsLinkLocalUnicast() || slices.Contains(metadata, at.Addr().Unmap()) {
			return fmt.Errorf("address %s is not to be reached", address)
		}
		return nil
	}}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
	}
}

// metadata are metadata services that do not live on link-local addresses.
var metadata = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200")}
