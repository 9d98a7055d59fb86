package crypto

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Sealed is an encrypted reply.
type Sealed struct {
	Ciphertext []byte // base64
	Signature  string
	Timestamp  int64
	Nonce      string
}

// Seal encrypts message for receiver with key number key (Opened.Key; 0 for a new callback). The nonce is visible
// ASCII; that of the request will do.
func (c *Crypter) Seal(message []byte, receiver string, key int, timestamp int64, nonce string) (Sealed, error) {
	switch {
	case key < 0 || key >= len(c.keys):
		return Sealed{}, fmt.Errorf("crypto: seal: no key %d, there are %d", key, len(c.keys))
	case uint64(len(message)) > math.MaxInt32:
		return Sealed{}, errors.New("crypto: seal: message over 2 GiB")
	case nonce == "" || strings.IndexFunc(nonce, invisible) >= 0:
		return Sealed{}, errors.New("crypto: seal: the nonce must be visible ASCII")
	}
	s := c.scratch.Get().(*scratch)
	defer c.release(s)
	return c.seal(s, s.random(), message, receiver, key, timestamp, nonce), nil
}

func invisible(r rune) bool { return r <= ' ' || r > '~' }

func (c *Crypter) seal(s *scratch, noise, message []byte, receiver string, key int, timestamp int64, nonce string) Sealed {
	buf := append(s.buf[:0], noise...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(message))) // fits: checked by Seal
	buf = append(buf, message...)
	buf = append(buf, receiver...)
	buf = appendPadding(buf)
	s.buf = buf
	s.encrypter(key).CryptBlocks(buf, buf)

	out := Sealed{Timestamp: timestamp, Nonce: nonce}
	out.Ciphertext = make([]byte, base64.StdEncoding.EncodedLen(len(buf)))
	base64.StdEncoding.Encode(out.Ciphertext, buf)
	var digits [20]byte
	signed := s.sign(c.token, string(strconv.AppendInt(digits[:0], timestamp, 10)), nonce, out.Ciphertext)
	out.Signature = string(signed[:])
	return out
}

// appendPadding always adds something: 1 to 32 bytes, each the number of them.
func appendPadding(buf []byte) []byte {
	pad := padSize - len(buf)%padSize
	for range pad {
		buf = append(buf, byte(pad))
	}
	return buf
}

// AppendXML appends the reply envelope of doc 90930.
func (s Sealed) AppendXML(dst []byte) []byte {
	dst = append(dst, "<xml><Encrypt><![CDATA["...)
	dst = append(dst, s.Ciphertext...)
	dst = append(dst, "]]></Encrypt><MsgSignature><![CDATA["...)
	dst = append(dst, s.Signature...)
	dst = append(dst, "]]></MsgSignature><TimeStamp>"...)
	dst = strconv.AppendInt(dst, s.Timestamp, 10)
	dst = append(dst, "</TimeStamp><Nonce><![CDATA["...)
	dst = append(dst, strings.ReplaceAll(s.Nonce, "]]>", "]]]]><![CDATA[>")...)
	return append(dst, "]]></Nonce></xml>"...)
}

// AppendJSON appends the JSON edition of the reply envelope.
func (s Sealed) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"encrypt":"`...)
	dst = append(dst, s.Ciphertext...)
	dst = append(dst, `","msgsignature":"`...)
	dst = append(dst, s.Signature...)
	dst = append(dst, `","timestamp":`...)
	dst = strconv.AppendInt(dst, s.Timestamp, 10)
	dst = append(dst, `,"nonce":`...)
	dst = strconv.AppendQuote(dst, s.Nonce) // visible ASCII: Go's quoting is JSON's
	return append(dst, '}')
}
