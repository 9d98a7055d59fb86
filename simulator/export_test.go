package simulator

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// OpenForTest plays an app that receives a callback.
func OpenForTest(a App, r *http.Request) (string, error) {
	e, err := newEnvelope(a.Token, a.EncodingAESKey)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	encrypted := r.URL.Query().Get("echostr")
	if encrypted == "" {
		root, err := parseXML(string(body))
		if err != nil {
			return "", err
		}
		encrypted = root.get("Encrypt")
	}
	q := r.URL.Query()
	if e.signature(q.Get("timestamp"), q.Get("nonce"), encrypted) != q.Get("msg_signature") {
		return "", errors.New("signature")
	}
	plain, err := e.open(encrypted, a.CorpID)
	return string(plain), err
}

// SealForTest plays an app that answers.
func SealForTest(a App, plain string) string {
	e, err := newEnvelope(a.Token, a.EncodingAESKey)
	if err != nil {
		panic(err)
	}
	return e.sealReply(plain, a.CorpID)
}

func (e envelope) sealReply(plain, receiver string) string {
	encrypted, err := e.seal(randomBytes(randomSize), []byte(plain), receiver)
	if err != nil {
		panic(err)
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	return document(
		CDATA("Encrypt", encrypted), CDATA("MsgSignature", e.signature(now, "n", encrypted)),
		Element{name: "TimeStamp", text: now, raw: true}, CDATA("Nonce", "n"),
	)
}
