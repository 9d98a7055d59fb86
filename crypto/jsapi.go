package crypto

import (
	"crypto/sha1" //nolint:gosec // the platform signs with SHA-1
	"encoding/hex"
	"strconv"
	"strings"
)

// SignJSAPI is the signature for wx.config and wx.agentConfig (doc 90506). The ticket is the corp's jsapi_ticket or
// the app's; what follows a "#" in the page's URL is no part of it.
func SignJSAPI(ticket, nonce string, timestamp int64, url string) string {
	url, _, _ = strings.Cut(url, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + //nolint:gosec // see above
		"&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + url))
	return hex.EncodeToString(sum[:])
}
