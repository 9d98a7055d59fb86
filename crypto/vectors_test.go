package crypto_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/crypto"
)

// vector is one entry of testdata/vectors.json; "about" in that file says where they come from.
type vector struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Token     string `json:"token"`
	AESKey    string `json:"encodingAESKey"`
	Receiver  string `json:"receiveid"`
	Timestamp string `json:"timestamp"`
	Nonce     string `json:"nonce"`
	Signature string `json:"signature"`
	Cipher    string `json:"ciphertext"`
	Noise     string `json:"random16_hex"`
	Plain     string `json:"plaintext"`
	Query     string `json:"http_query"`
	Answer    string `json:"http_response_body"`
	Expected  string `json:"expected_error"`
}

type vectors struct {
	Positive []vector            `json:"vectors"`
	Negative []vector            `json:"negative"`
	Media    []map[string]any    `json:"media"`
	JSAPI    []map[string]string `json:"jsapi"`
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Positive) != 18 || len(v.Negative) != 14 || len(v.Media) != 2 || len(v.JSAPI) != 1 {
		t.Fatal("vectors.json is not complete")
	}
	return v
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range load(t).Positive {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			c, err := crypto.New(v.Token, []string{v.AESKey}, v.Receiver)
			if err != nil {
				t.Fatal(err)
			}
			checkOpen(t, c, v)
			checkSeal(t, c, v)
		})
	}
}

func checkOpen(t *testing.T, c *crypto.Crypter, v vector) {
	t.Helper()
	opened, err := c.Open(v.Signature, v.Timestamp, v.Nonce, []byte(v.Cipher))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if string(opened.Message) != v.Plain || opened.Receiver != v.Receiver || opened.Key != 0 {
		t.Errorf("Open = %q for %q with key %d, want %q for %q", opened.Message, opened.Receiver, opened.Key, v.Plain, v.Receiver)
	}
}

func checkSeal(t *testing.T, c *crypto.Crypter, v vector) {
	t.Helper()
	noise, err := hex.DecodeString(v.Noise)
	if err != nil {
		t.Fatal(err)
	}
	timestamp, err := strconv.ParseInt(v.Timestamp, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	sealed := c.SealWith(noise, []byte(v.Plain), v.Receiver, timestamp, v.Nonce)
	if string(sealed.Ciphertext) != v.Cipher || sealed.Signature != v.Signature {
		t.Errorf("Seal = %s, signed %s; want %s, signed %s", sealed.Ciphertext, sealed.Signature, v.Cipher, v.Signature)
	}
	switch v.Kind {
	case "encrypt_xml":
		sameEnvelope(t, string(sealed.AppendXML(nil)), v.Answer)
	case "encrypt_json":
		var got, want any
		if err := errors.Join(json.Unmarshal(sealed.AppendJSON(nil), &got), json.Unmarshal([]byte(v.Answer), &want)); err != nil {
			t.Fatal(err)
		}
		sameEnvelope(t, mustJSON(t, got), mustJSON(t, want))
	}
}

func sameEnvelope(t *testing.T, got, want string) {
	t.Helper()
	if strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(want), "") {
		t.Errorf("envelope = %s, want %s", got, want)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestNegativeVectors(t *testing.T) {
	t.Parallel()
	reasons := map[string]crypto.Reason{
		"signature_mismatch":       crypto.ReasonSignature,
		"receiveid_mismatch":       crypto.ReasonReceiver,
		"bad_padding":              crypto.ReasonCipher,
		"bad_length":               crypto.ReasonCipher,
		"too_short_or_bad_padding": crypto.ReasonCipher,
		"bad_ciphertext_length":    crypto.ReasonCipher,
		"empty_ciphertext":         crypto.ReasonCipher,
		"bad_base64":               crypto.ReasonEncoding,
	}
	for _, v := range load(t).Negative {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			if v.Expected == "bad_key" {
				if _, err := crypto.New("token", []string{v.AESKey}, v.Receiver); err == nil || strings.Contains(err.Error(), v.AESKey) {
					t.Errorf("New with a key of %d characters: %v", len(v.AESKey), err)
				}
				return
			}
			c, err := crypto.New(v.Token, []string{v.AESKey}, v.Receiver)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Open(v.Signature, v.Timestamp, v.Nonce, []byte(v.Cipher))
			wantRefusal(t, err, reasons[v.Expected])
		})
	}
}

func wantRefusal(t *testing.T, err error, want crypto.Reason) {
	t.Helper()
	var refusal *crypto.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, crypto.ErrRefused) || refusal.Reason != want || want == "" {
		t.Errorf("Open: %v, want a refusal for its %s", err, want)
	}
}

func TestMediaVectors(t *testing.T) {
	t.Parallel()
	for _, v := range load(t).Media {
		field := func(name string) []byte {
			raw, err := hex.DecodeString(v[name].(string))
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		key := v["key_base64_43"].(string)
		for _, k := range []string{key, key + "=", " " + key + "\n"} {
			if got, err := crypto.DecryptMedia(k, field("encrypted_hex")); err != nil || !bytes.Equal(got, field("plain_hex")) {
				t.Errorf("%s: DecryptMedia = %x, %v, want %x", v["id"], got, err, field("plain_hex"))
			}
		}
		if got, err := crypto.EncryptMedia(key, field("plain_hex")); err != nil || !bytes.Equal(got, field("encrypted_hex")) {
			t.Errorf("%s: EncryptMedia = %x, %v, want %x", v["id"], got, err, field("encrypted_hex"))
		}
	}
}

func TestJSAPIVector(t *testing.T) {
	t.Parallel()
	for _, v := range load(t).JSAPI {
		timestamp, err := strconv.ParseInt(v["timestamp"], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range []string{v["url"], v["url"] + "#top"} {
			if got := crypto.SignJSAPI(v["jsapi_ticket"], v["noncestr"], timestamp, url); got != v["signature"] {
				t.Errorf("SignJSAPI(%s) = %s, want %s", url, got, v["signature"])
			}
		}
	}
}
