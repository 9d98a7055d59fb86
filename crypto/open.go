package crypto

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

const (
	padSize    = 32     // bytes; PKCS#7 pads to 32 here, not to AES's 16 (doc 90968)
	randomSize = 16     // bytes of noise before the length
	headerSize = 16 + 4 // bytes before the message: noise, length
)

// Opened is a verified, decrypted callback.
type Opened struct {
	Message  []byte // the inner XML or JSON
	Receiver string // the accepted receiver id; a reply is sealed for the same one
	Key      int    // index of the key that opened it; a reply is sealed with the same one
}

// Open verifies the signature in constant time, then decrypts (docs 90930, 90968). Only the four values are signed;
// other query parameters of the callback URL are not. The error is a *Refusal.
func (c *Crypter) Open(signature, timestamp, nonce string, ciphertext []byte) (Opened, error) {
	s := c.scratch.Get().(*scratch)
	defer c.release(s)
	ciphertext = restorePlus(ciphertext)
	if r := c.verify(s, signature, timestamp, nonce, ciphertext); r != nil {
		return Opened{}, r
	}
	n, err := base64.StdEncoding.Decode(s.grow(base64.StdEncoding.DecodedLen(len(ciphertext))), ciphertext)
	if err != nil {
		return Opened{}, refuse(ReasonEncoding, "the ciphertext is not base64")
	}
	if n == 0 || n%aes.BlockSize != 0 {
		return Opened{}, refuse(ReasonCipher, fmt.Sprintf("%d cipher bytes are not a positive multiple of 16", n))
	}
	opened, r := c.decrypt(s, s.buf[:n])
	if r != nil {
		return Opened{}, r
	}
	return opened, nil
}

func (c *Crypter) verify(s *scratch, signature, timestamp, nonce string, ciphertext []byte) *Refusal {
	switch {
	case signature == "":
		return refuse(ReasonSignature, "msg_signature is missing")
	case timestamp == "":
		return refuse(ReasonSignature, "timestamp is missing")
	case nonce == "":
		return refuse(ReasonSignature, "nonce is missing")
	}
	want := s.sign(c.token, timestamp, nonce, ciphertext)
	s.given = append(s.given[:0], signature...)
	if subtle.ConstantTimeCompare(s.given, want[:]) != 1 {
		return refuse(ReasonSignature, "msg_signature does not match: another Token, or not from the platform")
	}
	return nil
}

// decrypt tries one key after the other. When none fits, the refusal is that of the key that came furthest.
func (c *Crypter) decrypt(s *scratch, cipherBytes []byte) (Opened, *Refusal) {
	clear := make([]byte, len(cipherBytes))
	var worst *Refusal
	for i := range c.keys {
		s.decrypter(i).CryptBlocks(clear, cipherBytes)
		message, id, problem := split(clear)
		if problem == "" {
			if receiver, ok := c.accepted(id); ok {
				return Opened{Message: message, Receiver: receiver, Key: i}, nil
			}
			worst = refuse(ReasonReceiver, fmt.Sprintf("meant for %.80q, which is not a receiver id of this endpoint", id))
		} else if worst == nil {
			worst = refuse(ReasonCipher, problem)
		}
	}
	return Opened{}, worst
}

// split takes noise, length, message, receiver id and padding apart.
func split(clear []byte) (message, receiver []byte, problem string) {
	pad := int(clear[len(clear)-1])
	if pad < 1 || pad > padSize || pad > len(clear) {
		return nil, nil, "the padding is wrong: another EncodingAESKey?"
	}
	var differ byte
	for _, b := range clear[len(clear)-pad:] {
		differ |= b ^ byte(pad)
	}
	clear = clear[:len(clear)-pad]
	switch {
	case differ != 0:
		return nil, nil, "the padding is wrong: another EncodingAESKey?"
	case len(clear) < headerSize:
		return nil, nil, "shorter than its own header"
	}
	n := binary.BigEndian.Uint32(clear[randomSize:])
	rest := clear[headerSize:]
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, "the inner length is longer than the message"
	}
	return rest[:n:n], rest[n:], ""
}
