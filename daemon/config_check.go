package daemon

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones must be known on machines and in containers without a zone database

	"github.com/wecombot/wecombot/internal/nearest"
	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
)

var (
	appName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	corpID   = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z_-]{0,63}$`)
	keyChars = regexp.MustCompile(`^[0-9A-Za-z+/]*$`)
	hostName = regexp.MustCompile(`^(\*\.)?[0-9A-Za-z_]([0-9A-Za-z_.-]*[0-9A-Za-z_])?(:[0-9]+)?$`)
)

// Lengths of the console's fields (doc 90930, doc 90968).
const (
	aesKeyLength   = 43 // characters, exactly
	maxTokenLength = 32 // characters
	maxNameLength  = 64
	minAdminToken  = 16 // ours: short ones can be guessed over the network
)

// storageSchemes are the backends, as `storage` names them.
var storageSchemes = []string{"bolt", "memory", "redis", "rediss", "nats"}

// checker holds a decoded configuration against what the tags cannot say. A value that was refused while decoding is
// empty here and passed over.
type checker struct {
	config   *Config
	problems []strictyaml.Problem
}

func (c *checker) report(at strictyaml.Pos, hint, format string, args ...any) {
	p := at.Problem(format, args...)
	p.Hint = hint
	c.problems = append(c.problems, p)
}

func (c *checker) all() {
	c.server(&c.config.Server)
	c.storage()
	c.timezone()
	if e := c.config.Tracing.Endpoint; e != "" {
		if u, err := url.Parse(e); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			c.report(c.config.Tracing.Where.Of("endpoint"), "write http://host:4318/v1/traces", "%q is not an http address", e)
		}
	}
	for i, host := range c.config.HTTPAllow {
		if !hostName.MatchString(host) {
			c.report(c.config.Where.Item("http_allow", i), "write a host name, *.example.com, or host:port, without https://", "%q is not a host", host)
		}
	}
	c.apps()
	c.suites()
}

func (c *checker) server(s *Server) {
	c.address(s.Where.Of("listen"), "listen", s.Listen)
	host, ok := c.address(s.Where.Of("admin"), "admin", s.Admin)
	if s.Listen == s.Admin && s.Listen != "" && !strings.HasSuffix(s.Listen, ":0") {
		c.report(s.Where.Of("admin"), "give it another port", "admin must not be the same address as listen")
	}
	switch token := s.AdminToken.Reveal(); {
	case ok && token == "" && !loopback(host):
		c.report(s.Where.Of("admin"), "set server.admin_token, or listen on 127.0.0.1",
			"admin listens beyond this machine without a token")
	case token != "" && len(token) < minAdminToken:
		c.report(s.Where.Of("admin_token"), `make one with "botd keygen"`, "admin_token is shorter than %d characters", minAdminToken)
	}
}

// address checks host:port and returns the host.
func (c *checker) address(at strictyaml.Pos, name, addr string) (host string, ok bool) {
	if addr == "" {
		return "", false
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		c.report(at, "write host:port, :8080 or [::1]:8080", "%s is not an address: %q", name, addr)
		return "", false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		c.report(at, "a port is a number from 0 to 65535", "%s has no valid port: %q", name, addr)
		return "", false
	}
	if host != "" && net.ParseIP(strings.Split(host, "%")[0]) == nil && !hostName.MatchString(host) {
		c.report(at, "write host:port, :8080 or [::1]:8080", "%s has no valid host: %q", name, addr)
		return "", false
	}
	return host, true
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (c *checker) storage() {
	s, at := c.config.Storage, c.config.Where.Of("storage")
	if s == "" {
		return
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !slices.Contains(storageSchemes, scheme) {
		hint := "write bolt:FILE, redis://host:port/0, nats://host:port or memory:"
		if near := nearest.Name(scheme, storageSchemes); ok && near != "" {
			hint = "did you mean " + strconv.Quote(near+":") + "?"
		}
		c.report(at, hint, "storage names no known backend") // not shown: the URL may hold a password
		return
	}
	switch scheme {
	case "bolt":
		if rest == "" || strings.HasPrefix(rest, "//") {
			c.report(at, "write bolt:data/botd.db", "bolt: needs the path of a file")
		}
	case "memory":
		if rest != "" {
			c.report(at, "write memory:", "memory: takes nothing after the colon")
		}
	default:
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			c.report(at, "write "+scheme+"://user:password@host:port", "storage is not a %s URL", scheme)
		}
	}
}

func (c *checker) timezone() {
	if c.config.Timezone == "" || c.config.Timezone == "Local" {
		c.config.Location = time.Local
		return
	}
	loc, err := time.LoadLocation(c.config.Timezone)
	if err != nil {
		c.report(c.config.Where.Of("timezone"), "write Asia/Shanghai, Europe/Berlin, UTC or Local", "unknown time zone %q", c.config.Timezone)
		loc = time.UTC
	}
	c.config.Location = loc
}

func (c *checker) apps() {
	names, agents := map[string]strictyaml.Pos{}, map[string]strictyaml.Pos{}
	for i := range c.config.Apps {
		a := &c.config.Apps[i]
		c.app(a)
		c.ruleFiles(a)
		if first, twice := names[a.Name]; twice && a.Name != "" {
			c.report(a.Where.Of("name"), "give every app a name of its own", "the app %q is already at %s", a.Name, first)
		} else {
			names[a.Name] = a.Where.Of("name")
		}
		agent := a.CorpID + "/" + strconv.Itoa(a.AgentID)
		if first, twice := agents[agent]; twice && a.CorpID != "" && a.AgentID > 0 {
			c.report(a.Where.Of("agent_id"), "one entry per WeCom app", "agent %d of this corp is already at %s", a.AgentID, first)
		} else {
			agents[agent] = a.Where.Of("agent_id")
		}
	}
}

func (c *checker) app(a *App) {
	if a.Name != "" && (!appName.MatchString(a.Name) || len(a.Name) > maxNameLength) {
		c.report(a.Where.Of("name"), "it is part of the callback URL: use a-z, 0-9 and -", "the app name %q cannot be used", a.Name)
	}
	if a.CorpID != "" && !corpID.MatchString(a.CorpID) {
		c.report(a.Where.Of("corp_id"), "copy 企业ID from 我的企业 → 企业信息; it starts with ww", "%q is not a corp id", a.CorpID)
	}
	c.credentials(a)
}

// credentials are what a callback and the API need.
func (c *checker) credentials(a *App) {
	token := a.Token.Reveal()
	if len(token) > maxTokenLength {
		c.report(a.Where.Of("token"), "the Token of 接收消息 has up to 32 letters and digits",
			"token has %d characters", len(token))
	}
	c.keys(a)
	c.apiBase(a)
}

func (c *checker) keys(a *App) {
	if len(a.EncodingAESKey) > 2 {
		c.report(a.Where.Of("encoding_aes_key"), "the one in use, and the next while it is being changed",
			"encoding_aes_key has %d keys, at most 2", len(a.EncodingAESKey))
	}
	for i, key := range a.EncodingAESKey {
		c.key(a.Where.Item("encoding_aes_key", i), key)
	}
}

// key never shows the key, only its length.
func (c *checker) key(at strictyaml.Pos, key secret.Secret) {
	text := key.Reveal()
	switch {
	case text == "":
	case len(text) != aesKeyLength:
		hint := "copy EncodingAESKey again from 接收消息"
		switch len(text) {
		case aesKeyLength - 1:
			hint = "the last character was not copied"
		case aesKeyLength + 1:
			hint = `leave out what follows it, such as a "=" or a space`
		}
		c.report(at, hint, "encoding_aes_key has %d characters, needs %d", len(text), aesKeyLength)
	case !keyChars.MatchString(text):
		c.report(at, "it holds only letters and digits: copy it again", "encoding_aes_key has characters that no key has")
	}
}

func (c *checker) apiBase(a *App) {
	if a.APIBase == "" {
		return
	}
	u, err := url.Parse(a.APIBase)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		c.report(a.Where.Of("api_base"), "write https://qyapi.weixin.qq.com, or the simulator's http://host:port",
			"api_base is not an http or https URL")
	}
	a.APIBase = strings.TrimRight(a.APIBase, "/")
}
