package crypto_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/wecombot/wecombot/crypto"
)

func TestNewRefusesWithTheCauseAndWithoutTheValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		token     string
		keys      []string
		receivers []string
		want      string
	}{
		{"no token", " ", []string{aesKey}, []string{corp}, "Token is not set"},
		{"key as token", aesKey, []string{aesKey}, []string{corp}, "is this the EncodingAESKey?"},
		{"long token", strings.Repeat("t", 33), []string{aesKey}, []string{corp}, "Token has 33 characters, at most 32"},
		{"no key", token, nil, []string{corp}, "no EncodingAESKey"},
		{"empty key", token, []string{""}, []string{corp}, "it is not set"},
		{"token as key", token, []string{token}, []string{corp}, "is this the Token?"},
		{"key cut off", token, []string{aesKey[:42]}, []string{corp}, "has 42 characters, want 43 (was the end cut off"},
		{"key with =", token, []string{aesKey + "="}, []string{corp}, `leave out the "="`},
		{"key too long", token, []string{aesKey + aesKey}, []string{corp}, "has 86 characters, want 43"},
		{"key not base64", token, []string{strings.Replace(aesKey, "m", "-", 1)}, []string{corp}, "not base64"},
		{"second key", token, []string{aesKey, "x"}, []string{corp}, "key 2: EncodingAESKey has 1 characters"},
		{"no receiver", token, []string{aesKey}, nil, "no receiver id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := crypto.New(tt.token, tt.keys, tt.receivers...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("New: %v, want %q in it", err, tt.want)
			}
			for _, secret := range append([]string{token}, tt.keys...) {
				if len(secret) > 1 && strings.Contains(err.Error(), secret) {
					t.Errorf("New: %v shows a secret", err)
				}
			}
		})
	}
}

func TestSettingsMayHaveWhiteSpaceAround(t *testing.T) {
	t.Parallel()
	c, err := crypto.New(" "+token+"\n", []string{"\t" + aesKey + "\r\n"}, corp)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := c.Seal([]byte("m"), corp, 0, 1, "n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newCrypter(t, aesKey).Open(sealed.Signature, "1", "n", sealed.Ciphertext); err != nil {
		t.Errorf("Open: %v", err)
	}
}

func TestCrypterDoesNotPrintItsSecrets(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, c); s != "crypto.Crypter" {
			t.Errorf("%s prints %q", verb, s)
		}
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	before, during := newCrypter(t, otherKey), newCrypter(t, aesKey, otherKey)
	for range 300 { // a wrong key yields valid padding once in 256 times
		sealed, err := before.Seal([]byte("old"), corp, 0, 1, "n")
		if err != nil {
			t.Fatal(err)
		}
		opened, err := during.Open(sealed.Signature, "1", "n", sealed.Ciphertext)
		if err != nil || opened.Key != 1 || string(opened.Message) != "old" {
			t.Fatalf("Open of the old key's callback = %+v, %v", opened, err)
		}
		reply, err := during.Seal([]byte("answer"), opened.Receiver, opened.Key, 2, "n")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := before.Open(reply.Signature, "2", "n", reply.Ciphertext); err != nil || string(got.Message) != "answer" {
			t.Fatalf("the old key opens the reply: %q, %v", got.Message, err)
		}
	}
	fresh, err := during.Seal([]byte("new"), corp, 0, 1, "n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.Open(fresh.Signature, "1", "n", fresh.Ciphertext); !errors.Is(err, crypto.ErrRefused) {
		t.Errorf("the old key opens what the first key sealed: %v", err)
	}
}

func TestAcceptedReceiversAreASet(t *testing.T) {
	t.Parallel()
	c, err := crypto.New(token, []string{aesKey}, corp, "dk1", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, receiver := range []string{corp, "dk1", ""} {
		sealed, err := c.Seal([]byte("m"), receiver, 0, 1, "n")
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := c.Open(sealed.Signature, "1", "n", sealed.Ciphertext); err != nil || opened.Receiver != receiver {
			t.Errorf("Open for %q = %q, %v", receiver, opened.Receiver, err)
		}
	}
}

func TestSignatureIsCheckedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey)
	for _, ciphertext := range []string{"", "!!!", "AAAA", strings.Repeat("A", 64)} {
		for _, signature := range []string{"", "0", strings.Repeat("0", 40), strings.ToUpper(c.Signature("1", "n", []byte(ciphertext)))} {
			_, err := c.Open(signature, "1", "n", []byte(ciphertext))
			wantRefusal(t, err, crypto.ReasonSignature)
		}
	}
	good := []byte("AAAA")
	_, err := c.Open(c.Signature("", "n", good), "", "n", good)
	wantRefusal(t, err, crypto.ReasonSignature)
	_, err = c.Open(c.Signature("1", "", good), "1", "", good)
	wantRefusal(t, err, crypto.ReasonSignature)
}

func TestSpacesOfAnEchostrReadAsPlus(t *testing.T) {
	t.Parallel()
	v := load(t).Positive[0]
	if !strings.Contains(v.Cipher, "+") {
		t.Fatal("the vector has no + any more")
	}
	c, err := crypto.New(v.Token, []string{v.AESKey}, v.Receiver)
	if err != nil {
		t.Fatal(err)
	}
	in := []byte(strings.ReplaceAll(v.Cipher, "+", " "))
	opened, err := c.Open(v.Signature, v.Timestamp, v.Nonce, in)
	if err != nil || string(opened.Message) != v.Answer {
		t.Errorf("Open = %q, %v, want %q", opened.Message, err, v.Answer)
	}
	if !bytes.Contains(in, []byte(" ")) {
		t.Error("Open changed its argument")
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey)
	for _, tt := range []struct {
		key   int
		nonce string
	}{{1, "n"}, {-1, "n"}, {0, ""}, {0, "a b"}, {0, "a\x01"}, {0, "é"}} {
		if _, err := c.Seal(nil, corp, tt.key, 1, tt.nonce); err == nil {
			t.Errorf("Seal with key %d and nonce %q: no error", tt.key, tt.nonce)
		}
	}
}

func TestEnvelopesSurviveAnyNonce(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey)
	for _, nonce := range []string{"1372623149", "]]>", `a"b\c`, "<&>'", "]]]]>>"} {
		sealed, err := c.Seal([]byte("m"), corp, 0, 1409659813, nonce)
		if err != nil {
			t.Fatal(err)
		}
		var x, j struct {
			Encrypt      string `json:"encrypt"`
			MsgSignature string `json:"msgsignature"`
			TimeStamp    int64  `json:"timestamp"`
			Nonce        string `json:"nonce"`
		}
		if err := errors.Join(xml.Unmarshal(sealed.AppendXML(nil), &x), json.Unmarshal(sealed.AppendJSON(nil), &j)); err != nil {
			t.Fatal(err)
		}
		if x != j || x.Nonce != nonce || x.TimeStamp != 1409659813 || x.MsgSignature != sealed.Signature || x.Encrypt != string(sealed.Ciphertext) {
			t.Errorf("nonce %q: XML reads %+v, JSON reads %+v", nonce, x, j)
		}
	}
}

func TestGenerated(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		token, key := crypto.GenerateToken(), crypto.GenerateAESKey()
		if len(token) != 32 || len(key) != 43 || strings.ContainsAny(token+key, "+/=") || seen[token] || seen[key] {
			t.Fatalf("generated %q and %q", token, key)
		}
		seen[token], seen[key] = true, true
		if _, err := base64.RawStdEncoding.Strict().DecodeString(key); err != nil {
			t.Errorf("a strict decoder refuses %q: %v", key, err)
		}
		if _, err := crypto.New(token, []string{key}, corp); err != nil {
			t.Error(err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey, otherKey)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				message := fmt.Sprintf("%d/%d", i, j)
				sealed, err := c.Seal([]byte(message), corp, j%2, int64(j), "n")
				if err != nil {
					t.Error(err)
					return
				}
				opened, err := c.Open(sealed.Signature, fmt.Sprint(j), "n", sealed.Ciphertext)
				if err != nil || string(opened.Message) != message || opened.Key != j%2 {
					t.Errorf("Open = %q with key %d, %v", opened.Message, opened.Key, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoiseIsNeverRepeated(t *testing.T) {
	t.Parallel()
	c := newCrypter(t, aesKey)
	seen := map[string]bool{}
	for range 500 {
		sealed, err := c.Seal([]byte("same"), corp, 0, 1, "n")
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(sealed.Ciphertext[:22])] {
			t.Fatal("two callbacks begin alike: their noise is the same")
		}
		seen[string(sealed.Ciphertext[:22])] = true
	}
}

func TestMediaReader(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 15, 16, 31, 32, 33, 4064, 4095, 4096, 4097, 4128, 10000} {
		data := bytes.Repeat([]byte("media\x01\x20"), n/7+1)[:n]
		sealed, err := crypto.EncryptMedia(aesKey, data)
		if err != nil {
			t.Fatal(err)
		}
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"plain": func(r io.Reader) io.Reader { return r }, "one byte": iotest.OneByteReader,
			"half": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
		} {
			r, err := crypto.NewMediaReader(aesKey, wrap(bytes.NewReader(sealed)))
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, data); err != nil {
				t.Errorf("%d bytes, %s: %v", n, name, err)
			}
		}
	}
}

func TestMediaRefusals(t *testing.T) {
	t.Parallel()
	sealed, err := crypto.EncryptMedia(aesKey, bytes.Repeat([]byte("x"), 100))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "cut in a block": sealed[:len(sealed)-1], "cut between blocks": sealed[:len(sealed)-32], "less than a block": sealed[:7],
	} {
		if got, err := crypto.DecryptMedia(aesKey, data); !errors.Is(err, crypto.ErrMedia) {
			t.Errorf("%s: %q, %v, want ErrMedia", name, got, err)
		}
	}
	if _, err := crypto.DecryptMedia(otherKey, sealed); !errors.Is(err, crypto.ErrMedia) {
		t.Errorf("other key: %v, want ErrMedia", err)
	}
	if _, err := crypto.DecryptMedia("short", sealed); err == nil || strings.Contains(err.Error(), `"short"`) {
		t.Errorf("bad key: %v", err)
	}
	r, err := crypto.NewMediaReader(aesKey, io.MultiReader(bytes.NewReader(sealed[:64]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken connection: %v, want io.ErrUnexpectedEOF", err)
	}
}

func FuzzOpen(f *testing.F) {
	c := newCrypter(f, aesKey, otherKey)
	for _, v := range load(f).Positive {
		f.Add(v.Timestamp, v.Nonce, []byte(v.Cipher))
	}
	f.Fuzz(func(t *testing.T, timestamp, nonce string, ciphertext []byte) {
		if _, err := c.Open("0", timestamp, nonce, ciphertext); !errors.Is(err, crypto.ErrRefused) {
			t.Errorf("unsigned: %v", err)
		}
		plus := bytes.ReplaceAll(ciphertext, []byte(" "), []byte("+"))
		opened, err := c.Open(c.Signature(timestamp, nonce, plus), timestamp, nonce, ciphertext)
		if err != nil {
			if !errors.Is(err, crypto.ErrRefused) {
				t.Errorf("signed: %v", err)
			}
			return
		}
		sealed, err := c.Seal(opened.Message, opened.Receiver, opened.Key, 1, "n")
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Open(sealed.Signature, "1", "n", sealed.Ciphertext)
		if err != nil || !bytes.Equal(again.Message, opened.Message) || again.Key != opened.Key {
			t.Errorf("round trip of %q: %q, %v", opened.Message, again.Message, err)
		}
	})
}
