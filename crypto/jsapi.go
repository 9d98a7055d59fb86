package crypto

import (
	"crypto/sha1" // the platform signs with it
	"encoding/hex"
	"strconv"
	"strings"
)

// SignJSAPI is the signature for wx.config and wx.agentConfig (doc 90506). The ticket is the corp's jsapi_ticket or
// the app's; what follows a "#" in the page's URL is no part of it.
func SignJSAPI(ticket, nonce string, timestamp int64, url string) string {
	url, _, _ = strings.Cut(url, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce +
		"&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + url))
	return hex.EncodeToString(sum[:])
}
