package weblogin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// purpose keeps what is signed for one thing from being taken for another.
type purpose string

const (
	forState     purpose = "state"
	forSession   purpose = "session"
	forChallenge purpose = "challenge"
)

// keys sign; the key itself is never used twice for two purposes.
type keys struct{ root []byte }

func newKeys(key []byte) keys { return keys{append([]byte(nil), key...)} }

func (k keys) mac(p purpose, text string) []byte {
	h := hmac.New(sha256.New, k.root)
	h.Write([]byte("weblogin " + string(p) + "\x00" + text))
	return h.Sum(nil)
}

// challenge is what stands in a link for a secret: letters and digits (doc 91022).
func (k keys) challenge(secret string) string { return hex.EncodeToString(k.mac(forChallenge, secret)) }

// seal signs a value.
func (k keys) seal(p purpose, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own values
	}
	text := base64.RawURLEncoding.EncodeToString(b)
	return text + "." + base64.RawURLEncoding.EncodeToString(k.mac(p, text))
}

// open reads a value that was signed for this purpose.
func (k keys) open(p purpose, sealed string, v any) bool {
	text, sum, ok := strings.Cut(sealed, ".")
	if !ok || !same(sum, base64.RawURLEncoding.EncodeToString(k.mac(p, text))) {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && json.Unmarshal(b, v) == nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// stateCookie is the name of a login under way: each has its own, so that several tabs can log in at once.
func (l *Login) stateCookie(state string) string {
	return l.cookieName("wecom_login_") + state[:min(len(state), 12)]
}

func (l *Login) sessionCookie() string { return l.cookieName("wecom_session") }

// cookieName keeps a name to this host where browsers can: then no other host of the domain can set it.
func (l *Login) cookieName(name string) string {
	if l.secure {
		return "__Host-" + name
	}
	return name
}

func (l *Login) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: l.secure, SameSite: http.SameSiteLaxMode,
	})
}

// tidy takes logins away that were begun and left, where there are many.
func (l *Login) tidy(w http.ResponseWriter, r *http.Request) {
	var old []string
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, l.cookieName("wecom_login_")) {
			old = append(old, c.Name)
		}
	}
	if len(old) >= stateLimit {
		for _, name := range old {
			l.setCookie(w, name, "", -1)
		}
	}
}
