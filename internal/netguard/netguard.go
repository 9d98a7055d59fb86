// Package netguard is an HTTP client for addresses that somebody else chose: it calls company systems on loopback and
// private networks, and never what a cloud machine must not be asked by others.
package netguard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is wrapped by every call that the guard does not let through.
var ErrRefused = errors.New("address refused")

// maxRedirects is how many redirects a call follows; each is checked as the first address.
const maxRedirects = 5

// Client returns a client that refuses link-local, cloud-metadata, multicast and unspecified addresses, whatever name
// led to them, when it connects: a name cannot answer differently between check and use. allow narrows it to hosts
// ("erp.example.com", "*.example.com", "10.1.2.3:8080"; without a port any port); empty allows all others. It uses no
// proxy and keeps no cookies. Time-outs are the context's.
func Client(allow []string) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return checkAddress(address)
	}}
	return &http.Client{
		Transport: guarded{allow, &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		}},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("%w: more than %d redirects", ErrRefused, maxRedirects)
			}
			return nil
		},
	}
}

// guarded checks the host of every request, redirects included, before it is connected to.
type guarded struct {
	allow []string
	next  *http.Transport
}

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckURL(r.URL, g.allow); err != nil {
		return nil, err
	}
	return g.next.RoundTrip(r)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (g guarded) CloseIdleConnections() { g.next.CloseIdleConnections() }

// CheckURL refuses what is not http or https, and hosts that allow does not name.
func CheckURL(u *url.URL, allow []string) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%w: the scheme is %q", ErrRefused, u.Scheme)
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if host == "" {
		return fmt.Errorf("%w: no host", ErrRefused)
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if len(allow) == 0 {
		return nil
	}
	for _, a := range allow {
		name, p, err := net.SplitHostPort(strings.ToLower(a))
		if err != nil {
			name, p = strings.ToLower(a), port
		}
		name = strings.Trim(name, "[]")
		suffix, wild := strings.CutPrefix(name, "*")
		if p == port && (name == host || wild && strings.HasSuffix(host, suffix)) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s is not in http_allow", ErrRefused, host)
}

// checkAddress refuses the address that a connection is about to be made to.
func checkAddress(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrRefused, address)
	}
	return CheckIP(ap.Addr())
}

// refused are the networks nobody may be sent to: cloud metadata services answer there with credentials.
var refused = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),          // "this host"
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local, metadata of most clouds
	netip.MustParsePrefix("100.100.100.200/32"), // metadata of Alibaba Cloud
	netip.MustParsePrefix("168.63.129.16/32"),   // wire server of Azure
	netip.MustParsePrefix("192.0.0.192/32"),     // metadata of Oracle Cloud
	netip.MustParsePrefix("224.0.0.0/3"),        // multicast, reserved, broadcast
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("ff00::/8"),
	netip.MustParsePrefix("fd00:ec2::/32"),    // metadata of AWS
	netip.MustParsePrefix("fd20:ce::254/128"), // metadata of Google Cloud
}

// embedding are the IPv6 networks that carry an IPv4 address in their last or third to sixth bytes.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

// CheckIP refuses addresses of the networks above, also when they are written as IPv6.
func CheckIP(ip netip.Addr) error {
	ip = ip.WithZone("").Unmap()
	b := ip.As16()
	switch {
	case nat64.Contains(ip):
		ip = netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(ip):
		ip = netip.AddrFrom4([4]byte(b[2:6]))
	}
	for _, p := range refused {
		if p.Contains(ip) {
			return fmt.Errorf("%w: %s is link-local, a metadata service, or no single host", ErrRefused, ip)
		}
	}
	return nil
}
