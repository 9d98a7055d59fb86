package message_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
)

func TestAs(t *testing.T) {
	t.Parallel()
	m := parse(t, card)
	e, ok := message.As[message.TemplateCardEvent](m)
	if !ok || !slices.Equal(e.Options("q1"), []string{"a", "b"}) || !slices.Equal(e.Options("q2"), []string{"c & d"}) || e.Options("q3") != nil {
		t.Errorf("As = %+v, %v", e, ok)
	}
	if click, ok := message.As[message.MenuClick](m); ok || click != (message.MenuClick{}) {
		t.Errorf("As another type = %+v, %v", click, ok)
	}
}

func TestUnknownKinds(t *testing.T) {
	t.Parallel()
	m := parse(t, `<xml><FromUserName>z</FromUserName><MsgType>event</MsgType><Event>Of_Tomorrow</Event><ChangeType>x</ChangeType><A>1<B> 2 </B></A></xml>`)
	u, ok := message.As[message.Unknown](m)
	if !ok || u.Kind != "event/of_tomorrow/x" || m.Event != "of_tomorrow" || len(u.Elements) != 5 {
		t.Fatalf("Body = %+v", m.Body())
	}
	want := message.Element{Name: "A", Text: "1", Children: []message.Element{{Name: "B", Text: "2"}}}
	if !reflect.DeepEqual(u.Elements[4], want) || m.Field("A/B") != "2" || len(m.Extra()) != 5 {
		t.Errorf("last element %+v, want %+v", u.Elements[4], want)
	}
	if m := parse(t, `<a/>`); m.Kind() != "" {
		t.Errorf("Kind = %q", m.Kind())
	}
	if body := new(message.Message).Body(); !reflect.DeepEqual(body, message.Unknown{}) {
		t.Errorf("body of the zero Message: %+v", body)
	}
}

// A ChangeType of tomorrow has the type of its siblings, unless they differ.
func TestNewChangeTypes(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]any{
		`<xml><MsgType>event</MsgType><Event>meeting_change</Event><ChangeType>new</ChangeType><MeetingId>m</MeetingId></xml>`: message.Meeting{ChangeType: "new", MeetingID: "m"},
		`<xml><InfoType>customer_acquisition</InfoType><ChangeType>new</ChangeType><LinkId>l</LinkId></xml>`:                   message.Acquisition{ChangeType: "new", LinkID: "l"},
		`<xml><InfoType>change_contact</InfoType><ChangeType>new</ChangeType></xml>`: message.Unknown{Kind: "suite/change_contact/new",
			Elements: []message.Element{{Name: "InfoType", Text: "change_contact"}, {Name: "ChangeType", Text: "new"}}},
		`<xml><MsgType>event</MsgType><Event>click</Event><EventKey>k</EventKey><ChangeType>new</ChangeType></xml>`: message.MenuClick{Key: "k"},
	} {
		if got := parse(t, doc).Body(); !reflect.DeepEqual(got, want) {
			t.Errorf("Body of %s = %+v, want %+v", doc, got, want)
		}
	}
}

func TestExtraAndHas(t *testing.T) {
	t.Parallel()
	m := parse(t, `<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>z</UserID><Mobile/>`+
		`<Colour>red</Colour><ExtAttr><Item><Name>n</Name><Smell>s</Smell></Item><Item/></ExtAttr></xml>`)
	want := []message.Element{{Name: "Colour", Text: "red"}, {Name: "ExtAttr", Children: []message.Element{{Name: "Item", Children: []message.Element{{Name: "Smell", Text: "s"}}}}}}
	if got := m.Extra(); !reflect.DeepEqual(got, want) {
		t.Errorf("Extra = %+v, want %+v", got, want)
	}
	if !m.Has("Mobile") || m.Has("Email") || !m.Has("ExtAttr/Item[1]") || m.Has("ExtAttr/Item[2]") {
		t.Error("Has does not tell an empty element from a missing one")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c, ok := message.As[message.ExternalContact](parse(t, `<xml><MsgType>event</MsgType><Event>change_external_contact</Event>`+
		`<ChangeType>add_external_contact</ChangeType><WelcomeCode>CODE</WelcomeCode></xml>`))
	if !ok || string(c.WelcomeCode) != "CODE" {
		t.Fatalf("As = %v, %v", c, ok)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x", c, c, c, c.WelcomeCode, c.WelcomeCode, c.WelcomeCode)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "body", c, "code", c.WelcomeCode)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "body", c, "code", c.WelcomeCode)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "CODE") || strings.Contains(out.String(), "434f4445") || !strings.Contains(out.String(), "***") {
		t.Errorf("printed: %s", out.String())
	}
}

func TestMessageLogsNoText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "message", parse(t, `<xml><ToUserName>ww1</ToUserName><FromUserName>z</FromUserName><MsgType>text</MsgType><Content>private</Content><MsgId>7</MsgId></xml>`))
	if strings.Contains(out.String(), "private") || !strings.Contains(out.String(), `"user":"z","msg_id":7,"msg_type":"text"`) {
		t.Errorf("logged: %s", out.String())
	}
}

func TestUnix(t *testing.T) {
	t.Parallel()
	if !message.Unix(0).Time().IsZero() || !message.Unix(1700000000).Time().Equal(time.Unix(1700000000, 0)) {
		t.Error("Unix.Time is wrong")
	}
}

func TestRobotSchemas(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]header{
		`{"msgid":"M1","aibotid":"AIB1","chatid":"C1","chattype":"group","from":{"userid":"zhangsan"},"msgtype":"text","text":{"content":"@RobotA status"}}`: {
			Type: "text", From: "zhangsan", Text: "@RobotA status"},
		`{"msgid":"M2","create_time":1700000000,"from":{"userid":"zhangsan"},"msgtype":"event","event":{"eventtype":"enter_chat"}}`: {
			Type: "event", From: "zhangsan", Event: "enter_chat"},
		`<xml><From><UserId>zhangsan</UserId><Name>x</Name></From><MsgId>7</MsgId><MsgType>text</MsgType><Text><Content><![CDATA[hi]]></Content></Text></xml>`: {
			Type: "text", From: "zhangsan", Text: "hi", ID: 7},
	} {
		m := parse(t, doc)
		if got := headerOf(m); got != want {
			t.Errorf("Parse(%s)\n = %+v\nwant %+v", doc, got, want)
		}
		if text, ok := message.As[message.Text](m); ok && text.Content != want.Text {
			t.Errorf("body %+v, want %q", text, want.Text)
		}
		if again := parse(t, string(m.XML())); *again != *m {
			t.Errorf("parsed again: %+v, want %+v", again, m)
		}
	}
}

func TestNestedElementsIsBounded(t *testing.T) {
	t.Parallel()
	n := message.MaxDepth - 1
	m := parse(t, "<xml>"+strings.Repeat("<a>", n)+"x"+strings.Repeat("</a>", n)+"</xml>")
	if got := m.Field(strings.TrimSuffix(strings.Repeat("a/", n), "/")); got != "x" {
		t.Errorf("the deepest field is %q", got)
	}
	if len(m.Elements()) != 1 {
		t.Errorf("Elements = %+v", m.Elements())
	}
}

// Every type, filled at random, written as its tags say and decoded again, is what it was.
func TestRoundTripOfEveryType(t *testing.T) {
	t.Parallel()
	for _, e := range message.Table() {
		t.Run(e.Kind, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(1, uint64(len(e.Kind))))
			for range 5 {
				want := reflect.New(e.Body).Elem()
				fill(rnd, want)
				doc := "<xml>" + headerXML(e.Kind) + encode(rnd, want) + "</xml>"
				setChangeType(want, e.Kind)
				m := parse(t, doc)
				if got := m.Body(); !reflect.DeepEqual(got, want.Interface()) {
					t.Fatalf("%s\ndecodes to %#v\nwant        %#v", doc, plain(reflect.ValueOf(got)), plain(want))
				}
				if extra := m.Extra(); extra != nil {
					t.Fatalf("%s\nhas extra %+v", doc, extra)
				}
			}
		})
	}
}

func headerXML(kind string) string {
	parts := strings.Split(kind, "/")
	var b strings.Builder
	switch parts[0] {
	case "event":
		fmt.Fprintf(&b, "<MsgType>event</MsgType><Event>%s</Event>", parts[1])
	case "suite":
		fmt.Fprintf(&b, "<InfoType>%s</InfoType>", parts[1])
	default:
		fmt.Fprintf(&b, "<MsgType>%s</MsgType>", kind)
	}
	if len(parts) == 3 {
		fmt.Fprintf(&b, "<ChangeType>%s</ChangeType>", parts[2])
	}
	return b.String()
}

// setChangeType expects the one of the header, which stands first.
func setChangeType(v reflect.Value, kind string) {
	if parts := strings.Split(kind, "/"); len(parts) == 3 {
		if f := v.FieldByName("ChangeType"); f.IsValid() {
			f.SetString(parts[2])
		}
	}
}

func fill(rnd *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rnd, v.Field(i))
		}
	case reflect.Slice:
		for range rnd.IntN(4) {
			item := reflect.New(v.Type().Elem()).Elem()
			fill(rnd, item)
			v.Set(reflect.Append(v, item))
		}
	case reflect.String:
		v.SetString([]string{"a", "年假", "<b> & ]]> c", "x &amp; y", "]]"}[rnd.IntN(5)])
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + rnd.Int64N(1<<40))
	case reflect.Float64:
		v.SetFloat(float64(1+rnd.IntN(1e6)) / 64)
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 1)
	}
}

// encode writes the fields of a struct in any order, by one of the paths in their tags. It knows nothing of the decoder.
func encode(rnd *rand.Rand, v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		if f.Anonymous {
			parts = append(parts, encode(rnd, value))
			continue
		}
		if f.Name == "ChangeType" && v.Type().Name() != "SchoolChange" {
			continue // stands in the header
		}
		paths, option, _ := strings.Cut(f.Tag.Get("wire"), ",")
		if paths == "" {
			paths = f.Name
		}
		all := strings.Split(paths, "|")
		path := strings.Split(all[rnd.IntN(len(all))], ">")
		parts = append(parts, encodeField(rnd, path, option, value))
	}
	rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return strings.Join(parts, "")
}

func encodeField(rnd *rand.Rand, path []string, option string, v reflect.Value) string {
	name, wrappers := path[len(path)-1], path[:len(path)-1]
	if rnd.IntN(2) == 0 {
		name = strings.ToLower(name)
	}
	var inner string
	switch {
	case v.Kind() == reflect.Slice && option == "list":
		var items []string
		for i := range v.Len() {
			items = append(items, scalar(v.Index(i)))
		}
		inner = element(rnd, name, strings.Join(items, ","))
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			inner += encodeField(rnd, []string{name}, "", v.Index(i))
		}
	case v.Kind() == reflect.Struct:
		inner = "<" + name + ">" + encode(rnd, v) + "</" + name + ">"
	default:
		inner = element(rnd, name, scalar(v))
	}
	for _, w := range slices.Backward(wrappers) {
		inner = "<" + w + ">\n" + inner + "</" + w + ">"
	}
	return inner
}

func scalar(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		if v.Bool() {
			return "1"
		}
		return "0"
	default:
		return fmt.Sprint(v.Interface())
	}
}

func element(rnd *rand.Rand, name, text string) string {
	if rnd.IntN(2) == 0 {
		return "<" + name + "> <![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>\n</" + name + ">"
	}
	return "<" + name + ">" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&#62;").Replace(text) + "</" + name + " >"
}

func FuzzBody(f *testing.F) {
	for _, path := range samples(f) {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := message.Parse(raw)
		if err != nil {
			return
		}
		again, err := message.Parse(m.XML())
		if err != nil || *again != *m {
			t.Fatalf("round trip of %q: %v, %v", raw, again, err)
		}
		if !reflect.DeepEqual(m.Body(), again.Body()) || !reflect.DeepEqual(m.Extra(), again.Extra()) {
			t.Errorf("%q: %+v, then %+v", raw, m.Body(), again.Body())
		}
		if _, unknown := message.As[message.Unknown](m); unknown && len(m.Extra()) != len(m.Elements()) {
			t.Errorf("%q: an unknown body hides elements", raw)
		}
	})
}
