package bot_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform signs with SHA-1
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
	"github.com/wecombot/wecombot/storage/memstore"
)

const (
	benchCorp  = "ww0123456789abcdef"
	benchToken = "QDG6eKQDG6eKQDG6eK"
	benchKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
)

// benchText is a text callback of 600 bytes, the n-th of its kind.
func benchText(n int) []byte {
	head := fmt.Sprintf(`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[user%d]]></FromUserName><CreateTime>1409659813</CreateTime>`+
		`<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[请问 question 57 怎么办 `, benchCorp, n%200)
	tail := fmt.Sprintf(`]]></Content><MsgId>%d</MsgId><AgentID>1000002</AgentID></xml>`, 4561255354251345929+n)
	return []byte(head + strings.Repeat(".", 600-len(head)-len(tail)) + tail)
}

// hundred are 100 rules; benchText meets the 58th.
func hundred(r *router.Router) {
	for i := range 100 {
		answer := reply.Text(fmt.Sprintf("第 %d 条规则的回答：请在系统里提交申请，主管会在两个工作日内处理。", i))
		r.HandleFunc(router.Keyword(fmt.Sprint("question ", i)), func(context.Context, *router.Request) (reply.Reply, error) { return answer, nil })
	}
}

// posted is one callback, ready to be sent.
type posted struct {
	query string
	body  []byte
}

func benchCallbacks(b *testing.B, n int) []posted {
	b.Helper()
	key, err := crypto.New(benchToken, []string{benchKey}, benchCorp)
	must2(b, err)
	out := make([]posted, n)
	for i := range out {
		s, err := key.Seal(benchText(i), benchCorp, 0, 1409659813, "1372623149")
		must2(b, err)
		q := url.Values{"msg_signature": {s.Signature}, "timestamp": {strconv.FormatInt(s.Timestamp, 10)}, "nonce": {s.Nonce}}
		out[i] = posted{"?" + q.Encode(), []byte("<xml><ToUserName><![CDATA[" + benchCorp + "]]></ToUserName><Encrypt><![CDATA[" +
			string(s.Ciphertext) + "]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>")}
	}
	return out
}

func must2(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// bare is the endpoint that no implementation can be faster than: it cuts the ciphertext out, and does the raw
// cryptography both ways, with nothing parsed, checked, remembered or routed.
type bare struct {
	block cipher.Block
	iv    []byte
	reply []byte
}

func newBare(b *testing.B) *bare {
	b.Helper()
	key, err := base64.StdEncoding.DecodeString(benchKey + "=")
	must2(b, err)
	block, err := aes.NewCipher(key)
	must2(b, err)
	return &bare{block: block, iv: key[:16], reply: fmt.Appendf(nil, `<xml><ToUserName><![CDATA[user1]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>`+
		`<CreateTime>1409659813</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[第 57 条规则的回答：请在系统里提交申请，主管会在两个工作日内处理。]]></Content></xml>`, benchCorp)}
}

func (s *bare) sign(timestamp, nonce string, ciphertext []byte) string {
	parts := []string{benchToken, timestamp, nonce, string(ciphertext)}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func (s *bare) work(signature, timestamp, nonce string, body []byte) ([]byte, bool) {
	i := bytes.Index(body, []byte("<Encrypt><![CDATA["))
	j := bytes.Index(body, []byte("]]></Encrypt>"))
	ciphertext := body[i+len("<Encrypt><![CDATA[") : j]
	if s.sign(timestamp, nonce, ciphertext) != signature {
		return nil, false
	}
	clear := make([]byte, base64.StdEncoding.DecodedLen(len(ciphertext)))
	n, err := base64.StdEncoding.Decode(clear, ciphertext)
	if err != nil {
		return nil, false
	}
	clear = clear[:n]
	cipher.NewCBCDecrypter(s.block, s.iv).CryptBlocks(clear, clear)
	if !bytes.Contains(clear, []byte("<Content>")) {
		return nil, false
	}
	out := make([]byte, 20, 1024)
	_, _ = rand.Read(out[:16])
	binary.BigEndian.PutUint32(out[16:], uint32(len(s.reply)))
	out = append(append(out, s.reply...), benchCorp...)
	pad := 32 - len(out)%32
	out = append(out, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(s.block, s.iv).CryptBlocks(out, out)
	sealed := make([]byte, base64.StdEncoding.EncodedLen(len(out)))
	base64.StdEncoding.Encode(sealed, out)
	return fmt.Appendf(nil, "<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature><![CDATA[%s]]></MsgSignature><TimeStamp>%s</TimeStamp><Nonce><![CDATA[%s]]></Nonce></xml>",
		sealed, s.sign(timestamp, nonce, sealed), timestamp, nonce), true
}

// ServeHTTP implements http.Handler.
func (s *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	q := r.URL.Query()
	out, ok := s.work(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), body)
	if err != nil || !ok {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = w.Write(out)
}

// BenchmarkExchange is a callback over HTTP, connection kept alive, answered passively by one of 100 rules, next to the
// bare endpoint. x-floor is the ratio of the two.
func BenchmarkExchange(b *testing.B) {
	var floor float64
	b.Run("floor", func(b *testing.B) { floor = exchange(b, newBare(b)) })
	for name, open := range map[string]func(b *testing.B) storage.Store{
		"memstore": func(*testing.B) storage.Store { return memstore.New() },
		"boltstore": func(b *testing.B) storage.Store {
			s, err := boltstore.Open(filepath.Join(b.TempDir(), "bot.db"))
			must2(b, err)
			return s
		},
	} {
		b.Run(name, func(b *testing.B) {
			store := open(b)
			defer store.Close()
			box, err := outbox.New(store)
			must2(b, err)
			bo, err := bot.New(store, box)
			must2(b, err)
			defer bo.Close(context.Background())
			key, err := crypto.New(benchToken, []string{benchKey}, benchCorp)
			must2(b, err)
			must2(b, bo.SetApp(bot.App{Name: "hr", CorpID: benchCorp, AgentID: 1000002, Crypter: key}))
			r := router.New()
			r.Use(bo.Guard())
			hundred(r)
			table, err := r.Build()
			must2(b, err)
			must2(b, bo.SetTable("hr", table, "r1"))
			bo.Start()
			b.ReportMetric(exchange(b, bo.Handler())/floor, "x-floor")
		})
	}
}

// exchange sends b.N callbacks from as many clients as there are processors, and returns the nanoseconds of each.
func exchange(b *testing.B, h http.Handler) float64 {
	b.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	callbacks := benchCallbacks(b, b.N)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c := callbacks[next.Add(1)-1]
			res, err := client.Post(srv.URL+"/callback/hr"+c.query, "text/xml", bytes.NewReader(c.body))
			if err != nil {
				b.Error(err)
				return
			}
			out, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != http.StatusOK || len(out) < 100 {
				b.Errorf("status %d, %d bytes, %v", res.StatusCode, len(out), err)
				return
			}
		}
	})
	b.StopTimer()
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// BenchmarkInProcess is one callback without HTTP and without a bot: outer document, signature, decryption, parsing,
// one of 100 rules, and the sealed text reply, next to the raw SHA-1, AES and base64 of both ways.
func BenchmarkInProcess(b *testing.B) {
	c := benchCallbacks(b, 1)[0]
	q, err := url.ParseQuery(c.query[1:])
	must2(b, err)
	signature, timestamp, nonce := q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce")
	var floor float64
	b.Run("floor", func(b *testing.B) {
		s := newBare(b)
		env, err := message.ParseEnvelope(c.body)
		must2(b, err)
		raw := make([]byte, 2048)
		sealed := make([]byte, 4096)
		answer := make([]byte, (20+len(s.reply)+len(benchCorp)+31)/32*32)
		b.ReportAllocs()
		for b.Loop() {
			sum := sha1.Sum(env.Encrypt)
			n, _ := base64.StdEncoding.Decode(raw, env.Encrypt)
			cipher.NewCBCDecrypter(s.block, s.iv).CryptBlocks(raw[:n], raw[:n])
			cipher.NewCBCEncrypter(s.block, s.iv).CryptBlocks(answer, answer)
			base64.StdEncoding.Encode(sealed, answer)
			sum2 := sha1.Sum(sealed[:base64.StdEncoding.EncodedLen(len(answer))])
			sealed[0] = sum[0] ^ sum2[0]
		}
		floor = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	})
	b.Run("ours", func(b *testing.B) {
		key, err := crypto.New(benchToken, []string{benchKey}, benchCorp)
		must2(b, err)
		r := router.New()
		hundred(r)
		table, err := r.Build()
		must2(b, err)
		ctx := context.Background()
		b.ReportAllocs()
		for b.Loop() {
			env, err := message.ParseEnvelope(c.body)
			must2(b, err)
			opened, err := key.Open(signature, timestamp, nonce, env.Encrypt)
			must2(b, err)
			m, err := message.Parse(opened.Message)
			must2(b, err)
			rep, _, err := table.Handle(ctx, &router.Request{Message: m, App: "hr"})
			must2(b, err)
			units, err := rep.Units(reply.Options{})
			must2(b, err)
			doc := units[0].AppendPassive(nil, reply.Header{To: m.From, From: m.To, CreateTime: 1409659813})
			sealed, err := key.Seal(doc, opened.Receiver, opened.Key, 1409659813, nonce)
			must2(b, err)
			if len(sealed.AppendXML(nil)) < 100 {
				b.Fatal("no answer")
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/floor, "x-floor")
	})
}

// BenchmarkSlowConversations is n conversations at once with a handler of 50 ms, in units of that: 1 is perfect.
func BenchmarkSlowConversations(b *testing.B) {
	for _, n := range []int{1, 60} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			const wait = 50 * time.Millisecond
			sim := simulator.New()
			defer sim.Close()
			app := sim.AddApp(simulator.App{})
			for i := range n {
				sim.AddMember(simulator.Member{UserID: fmt.Sprint("m", i)})
			}
			store := memstore.New()
			defer store.Close()
			box, err := outbox.New(store)
			must2(b, err)
			bo, err := bot.New(store, box)
			must2(b, err)
			defer bo.Close(context.Background())
			key, err := crypto.New(app.Token, []string{app.EncodingAESKey}, app.CorpID)
			must2(b, err)
			must2(b, bo.SetApp(bot.App{Name: "hr", CorpID: app.CorpID, AgentID: app.AgentID, Crypter: key}))
			r := router.New()
			r.HandleFunc(router.Any(), func(context.Context, *router.Request) (reply.Reply, error) {
				time.Sleep(wait)
				return reply.Text("done"), nil
			})
			table, err := r.Build()
			must2(b, err)
			must2(b, bo.SetTable("hr", table, "r1"))
			bo.Start()
			srv := httptest.NewServer(bo.Handler())
			defer srv.Close()
			sim.SetCallbackURL(app, srv.URL+"/callback/hr")
			b.ResetTimer()
			for range b.N {
				done := make(chan struct{}, n)
				for i := range n {
					go func() {
						sim.Say(context.Background(), app, fmt.Sprint("m", i), "slow")
						done <- struct{}{}
					}()
				}
				for range n {
					<-done
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/wait.Seconds(), "x-handler")
		})
	}
}
