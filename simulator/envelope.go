package simulator

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The envelope is written a second time here, on purpose: a mistake in package crypto must not be agreed with by the
// platform it is tested against (docs 90930, 90968).

const (
	blockSize  = 32 // bytes; PKCS#7 pads to 32 here, not to AES's 16 (doc 90968)
	randomSize = 16 // bytes in front of the length
)

// envelope opens and seals for one app.
type envelope struct {
	token string
	key   []byte
}

func newEnvelope(token, encodingAESKey string) (envelope, error) {
	// Not strict: the 43rd character may carry two surplus bits.
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return envelope{}, fmt.Errorf("EncodingAESKey is not 43 characters of base64 (%d characters)", len(encodingAESKey))
	}
	return envelope{token: token, key: key}, nil
}

// signature of docs 90930 and 90968: the sorted four, joined.
func (e envelope) signature(timestamp, nonce, ciphertext string) string {
	parts := []string{e.token, timestamp, nonce, ciphertext}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// seal encrypts with the given 16 random bytes.
func (e envelope) seal(random, message []byte, receiver string) (string, error) {
	plain := slices.Clone(random)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(message)))
	plain = append(append(plain, message...), receiver...)
	pad := blockSize - len(plain)%blockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(e.key)
	if err != nil {
		return "", err
	}
	cipher.NewCBCEncrypter(block, e.key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// open decrypts what an app answered. It is strict: the length must be a multiple of 32 and every byte of the padding
// right, as some implementations of the platform's clients demand.
func (e envelope) open(ciphertext, receiver string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(ciphertext)
	if err != nil {
		return nil, errors.New("the Encrypt element is not base64")
	}
	if len(data) == 0 || len(data)%blockSize != 0 {
		return nil, fmt.Errorf("ciphertext of %d bytes is not padded to blocks of 32", len(data))
	}
	block, err := aes.NewCipher(e.key)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, e.key[:aes.BlockSize]).CryptBlocks(data, data)
	if data, err = unpad(data); err != nil {
		return nil, err
	}
	return content(data, receiver)
}

func unpad(data []byte) ([]byte, error) {
	pad := int(data[len(data)-1])
	if pad < 1 || pad > blockSize {
		return nil, errors.New("padding is wrong (another EncodingAESKey?)")
	}
	body := data[:len(data)-pad]
	if !bytes.Equal(data[len(body):], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errors.New("padding is wrong")
	}
	return body, nil
}

func content(data []byte, receiver string) ([]byte, error) {
	const head = randomSize + 4
	if len(data) < head {
		return nil, errors.New("decrypted text is too short")
	}
	n := uint64(binary.BigEndian.Uint32(data[randomSize:]))
	rest := data[head:]
	if n > uint64(len(rest)) {
		return nil, errors.New("inner length is beyond the text")
	}
	if got := string(rest[n:]); got != receiver {
		return nil, fmt.Errorf("receiver id is %q, want %q", got, receiver)
	}
	return rest[:n], nil
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// randomText returns n random letters and digits.
func randomText(n int) string {
	const set = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := randomBytes(n)
	for i := range b {
		b[i] = set[int(b[i])%len(set)] // slightly uneven, which matters to nobody here
	}
	return string(b)
}
