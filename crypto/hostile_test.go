package crypto_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/crypto"
)

const (
	token    = "QDG6eK"
	aesKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	otherKey = "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP"
	corp     = "ww0123456789abcdef"
)

func newCrypter(t testing.TB, keys ...string) *crypto.Crypter {
	t.Helper()
	c, err := crypto.New(token, keys, corp)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// encrypt is an independent AES-256-CBC without any padding of its own.
func encrypt(t testing.TB, encodingKey string, clear []byte) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(encodingKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(clear))
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(out, clear)
	return []byte(base64.StdEncoding.EncodeToString(out))
}

func clearText(length uint32, message, receiver string) []byte {
	clear := binary.BigEndian.AppendUint32([]byte("0123456789abcdef"), length)
	clear = append(append(clear, message...), receiver...)
	pad := 32 - len(clear)%32
	return append(clear, bytes.Repeat([]byte{byte(pad)}, pad)...)
}

// The columns are those of a comparison of SDKs, in which every one of them failed somewhere.
func TestHostileButCorrectlySigned(t *testing.T) {
	t.Parallel()
	padding255 := clearText(5, "hello", corp)
	padding255[len(padding255)-1] = 255
	tests := []struct {
		name       string
		ciphertext []byte
		want       crypto.Reason
	}{
		{"wrong receiveid", encrypt(t, aesKey, clearText(5, "hello", "wwOTHER")), crypto.ReasonReceiver},
		{"receiveid is a prefix of ours", encrypt(t, aesKey, clearText(5, "hello", corp[:5])), crypto.ReasonReceiver},
		{"no receiveid", encrypt(t, aesKey, clearText(5, "hello", "")), crypto.ReasonReceiver},
		{"wrong AES key", encrypt(t, otherKey, clearText(5, "hello", corp)), crypto.ReasonCipher},
		{"cipher not x16", []byte(base64.StdEncoding.EncodeToString(make([]byte, 33))), crypto.ReasonCipher},
		{"msg_len overflow", encrypt(t, aesKey, clearText(0x7fffffff, "hello", corp)), crypto.ReasonCipher},
		{"msg_len negative", encrypt(t, aesKey, clearText(0xffffffff, "hello", corp)), crypto.ReasonCipher},
		{"msg_len one too long", encrypt(t, aesKey, clearText(5+18+1, "hello", corp)), crypto.ReasonCipher},
		{"padding 255", encrypt(t, aesKey, padding255), crypto.ReasonCipher},
		{"padding only", encrypt(t, aesKey, bytes.Repeat([]byte{32}, 32)), crypto.ReasonCipher},
		{"padding longer than the text", encrypt(t, aesKey, bytes.Repeat([]byte{17}, 16)), crypto.ReasonCipher},
		{"empty Encrypt", nil, crypto.ReasonCipher},
		{"line breaks only", []byte("\r\n\n"), crypto.ReasonCipher},
	}
	c := newCrypter(t, aesKey)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Open(c.Signature("1", "n", tt.ciphertext), "1", "n", tt.ciphertext)
			wantRefusal(t, err, tt.want)
		})
	}
}

// Some SDKs sign every query parameter; an administrator's URL may have its own (?tenant=1).
func TestOnlyFourValuesAreSigned(t *testing.T) {
	t.Parallel()
	v := load(t).Positive[0]
	q, err := url.ParseQuery(v.Query + "&tenant=1&a=b")
	if err != nil {
		t.Fatal(err)
	}
	c, err := crypto.New(v.Token, []string{v.AESKey}, v.Receiver)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), []byte(q.Get("echostr")))
	if err != nil || string(opened.Message) != v.Answer {
		t.Errorf("Open = %q, %v, want %q", opened.Message, err, v.Answer)
	}
}

func TestReplyIsStrictPKCS7To32(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	c := newCrypter(t, aesKey)
	for n := range 96 {
		message := strings.Repeat("m", n)
		sealed, err := c.Seal([]byte(message), corp, 0, 1409659813, "1372623149")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(string(sealed.Ciphertext))
		if err != nil || len(raw)%32 != 0 {
			t.Fatalf("length %d: %d cipher bytes, %v", n, len(raw), err)
		}
		cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(raw, raw)
		if want := clearText(uint32(n), message, corp)[16:]; !bytes.Equal(raw[16:], want) {
			t.Errorf("length %d: clear text %q, want %q", n, raw[16:], want)
		}
		opened, err := c.Open(sealed.Signature, "1409659813", sealed.Nonce, sealed.Ciphertext)
		if err != nil || string(opened.Message) != message {
			t.Errorf("length %d: Open = %q, %v", n, opened.Message, err)
		}
	}
}
