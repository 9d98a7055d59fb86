package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy forbids everything that the page does not need. Pictures of news articles are on other hosts by nature.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data: https:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses foreign hosts and foreign origins, and sets the headers of a careful page.
func (p *page) guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !p.knows(r.Host) {
			p.opt.log.WarnContext(r.Context(), "chat page refused a foreign host", "host", r.Host)
			http.Error(w, "this name is not served here", http.StatusMisdirectedRequest)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

// knows reports whether a Host header names this machine. A page elsewhere can make its own name resolve to loopback
// (DNS rebinding), but cannot change the name.
func (p *page) knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if name == "localhost" || slices.Contains(p.opt.hosts, name) {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}
