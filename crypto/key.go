package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	keyLen      = 43 // characters of an EncodingAESKey: base64 of 32 bytes without its "="
	maxTokenLen = 32 // characters of a callback Token
)

// key is one AES key ready for use. The IV is the same for every message: the first half of the key (doc 90968).
type key struct {
	block cipher.Block
	iv    [aes.BlockSize]byte
}

// parseKey reads an EncodingAESKey. Its 43rd character carries two surplus bits which the platform's own generator
// leaves set at times, so the decoder is not the strict one.
func parseKey(text string) (key, error) {
	text = strings.TrimSpace(text)
	if len(text) != keyLen {
		return key{}, fmt.Errorf("EncodingAESKey has %d characters, want %d (%s)", len(text), keyLen, keyHint(text))
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil { // the decoder's own error shows characters of the key
		return key{}, errors.New("EncodingAESKey is not base64: it consists of letters and digits only")
	}
	return newKey(raw)
}

func keyHint(text string) string {
	switch {
	case text == "":
		return "it is not set"
	case len(text) == keyLen+1 && strings.HasSuffix(text, "="):
		return `leave out the "=" at its end`
	case len(text) <= maxTokenLen:
		return "is this the Token?"
	case len(text) < keyLen:
		return "was the end cut off when it was copied?"
	default:
		return "was something else copied with it?"
	}
}

func newKey(raw []byte) (key, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return key{}, err
	}
	return key{block: block, iv: [aes.BlockSize]byte(raw[:aes.BlockSize])}, nil
}

// GenerateToken returns a fresh callback Token of 32 letters and digits.
func GenerateToken() string { return randomText(maxTokenLen, alphabet) }

// GenerateAESKey returns a fresh EncodingAESKey of 43 letters and digits. Unlike some of the platform's own it has no
// surplus bits set, so strict decoders read it too.
func GenerateAESKey() string { return randomText(keyLen-1, alphabet) + randomText(1, evenAlphabet) }

const (
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	evenAlphabet = "AEIMQUYcgkosw048" // the characters whose two low bits are zero in base64
)

func randomText(n int, letters string) string {
	limit := 256 - 256%len(letters) // bytes from here on would favour the first letters
	out := make([]byte, 0, n)
	for buf := make([]byte, 2*n); len(out) < n; {
		_, _ = rand.Read(buf) // never fails: it ends the process instead
		for _, b := range buf {
			if int(b) < limit && len(out) < n {
				out = append(out, letters[int(b)%len(letters)])
			}
		}
	}
	return string(out)
}
