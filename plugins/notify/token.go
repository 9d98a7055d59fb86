package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// knows reports whether the request shows the hook's token, in one of the ways that senders have. An unknown hook has
// no token, and knows nobody; it is compared all the same, so that time tells nothing.
func (h Hook) knows(r *http.Request, body []byte) bool {
	token := h.Token.Reveal()
	if sum, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256="); ok {
		return signed(token, sum, body)
	}
	shown := r.Header.Get("X-Gitlab-Token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		shown = bearer
	}
	if _, password, ok := r.BasicAuth(); ok {
		shown = password
	}
	if shown == "" {
		shown = r.URL.Query().Get("token")
	}
	return equal(shown, token)
}

// signed checks GitHub's signature: HMAC-SHA-256 of the body with the token as key.
func signed(token, sum string, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	want, err := hex.DecodeString(sum)
	return err == nil && token != "" && hmac.Equal(want, mac.Sum(nil))
}

// equal compares in constant time, of hashes, so that not even the length shows.
func equal(shown, token string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && token != ""
}
