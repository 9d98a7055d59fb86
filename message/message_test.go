package message_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
)

func parse(t testing.TB, doc string) *message.Message {
	t.Helper()
	m, err := message.Parse([]byte(doc))
	if err != nil {
		t.Fatalf("Parse(%q): %v", doc, err)
	}
	return m
}

// header is what a test expects of a Message, without its document.
type header struct {
	To, From                       string
	CreateTime                     int64
	Type                           message.Type
	ID                             uint64
	AgentID                        int64
	Event, Key, ChangeType, TaskID string
	InfoType, Text                 string
}

func headerOf(m *message.Message) header {
	return header{m.To, m.From, m.CreateTime, m.Type, m.ID, m.AgentID, m.Event, m.Key, m.ChangeType, m.TaskID, m.InfoType, m.Text}
}

var textHeader = header{To: "ww1", From: "zhangsan", CreateTime: 1700000000, Type: "text", ID: 7000000000000000001, AgentID: 1000002, Text: "help"}

func TestParseHeader(t *testing.T) {
	t.Parallel()
	const fields = `<ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>` +
		`<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[help]]></Content>` +
		`<MsgId>7000000000000000001</MsgId><AgentID>1000002</AgentID>`
	tests := []struct {
		name, doc string
		want      header
	}{
		{"as documented", `<xml>` + fields + `</xml>`, textHeader},
		{"no CDATA, CDATA around numbers", `<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName>` +
			`<CreateTime><![CDATA[1700000000]]></CreateTime><MsgType>text</MsgType><Content>help</Content>` +
			`<MsgId><![CDATA[7000000000000000001]]></MsgId><AgentID><![CDATA[1000002]]></AgentID></xml>`, textHeader},
		{"white space, other order, other case", "\n <xml>\n\t<agentid> 1000002 </agentid>\r\n <MsgID>\n7000000000000000001</MsgID>" +
			" <Content>\n help </Content><MsgType> <![CDATA[ text ]]> </MsgType><CREATETIME>1700000000</CREATETIME>" +
			"<FromUserName> <![CDATA[zhangsan]]>\n</FromUserName><ToUserName>ww1</ToUserName></xml>\n", textHeader},
		{"mark, declaration, comments, attributes", "\uFEFF<?xml version=\"1.0\"?><!-- a > b --><xml a='>' b=\"/\"><!----><?pi?>" +
			strings.ReplaceAll(fields, "<MsgType>", `<MsgType x="1" y='<'>`[:17]+">") + "</xml ><!-- end -->", textHeader},
		{"unknown elements before, between, after", `<xml><New/><New></New><Deep><Er><MsgType>image</MsgType></Er></Deep>` + fields + `<Z>1</Z></xml>`, textHeader},
		{"nested elements of the same name", `<xml><A><FromUserName>boss</FromUserName><Content>no</Content></A>` + fields + `<B><MsgId>1</MsgId></B></xml>`, textHeader},
		{"first of its name", `<xml>` + fields + `<FromUserName>boss</FromUserName><Content>no</Content></xml>`, textHeader},
		{"empty and strange numbers are absent", `<xml><MsgType>text</MsgType><MsgId></MsgId><AgentID/><CreateTime>soon</CreateTime></xml>`, header{Type: "text"}},
		{"JSON edition", ` {"ToUserName":"ww1","FromUserName":"zhangsan","CreateTime":1700000000,"MsgType":"text","Content":"help","MsgId":7000000000000000001,"AgentID":1000002}`, textHeader},
		{"event", `<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>` +
			`<Event>LOCATION</Event><EventKey> k </EventKey><TaskId>t-1</TaskId><ChangeType>create_user</ChangeType><AgentID>2</AgentID></xml>`,
			header{To: "ww1", From: "zhangsan", CreateTime: 1, Type: "event", Event: "location", Key: "k", TaskID: "t-1", ChangeType: "create_user", AgentID: 2}},
		{"suite event", `<xml><SuiteId><![CDATA[dk1]]></SuiteId><InfoType> <![CDATA[suite_ticket]]></InfoType><TimeStamp>1700000000</TimeStamp></xml>`,
			header{InfoType: "suite_ticket", CreateTime: 1700000000}},
		{"content of another type is no text", `<xml><MsgType>link</MsgType><Content>x</Content></xml>`, header{Type: "link"}},
		{"nothing known", `<html><body>hello</body></html>`, header{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := headerOf(parse(t, tt.doc)); got != tt.want {
				t.Errorf("Parse(%s)\n = %+v\nwant %+v", tt.doc, got, tt.want)
			}
		})
	}
}

func TestTextSurvives(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, content, want string }{
		{"markup in CDATA", `<![CDATA[a <b> & "c" &lt;]]>`, `a <b> & "c" &lt;`},
		{"white space in CDATA", "\n<![CDATA[ a\n ]]> ", " a\n "},
		{"split CDATA", `<![CDATA[a]]]]><![CDATA[>b]]>`, "a]]>b"},
		{"pieces", `a <![CDATA[ b ]]> c&#32; `, "a  b  c "},
		{"white space at both ends of pieces", " \n <![CDATA[a]]> <!-- x --> <![CDATA[b]]> \n <!-- y --> ", "a  b"},
		{"entities", `&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#X43;`, `<>&"'ABC`},
		{"what is no entity", `a & b &nbsp; &; &#; &#x; &#zz; &toolongtobeone; &`, `a & b &nbsp; &; &#; &#x; &#zz; &toolongtobeone; &`},
		{"forbidden references", `a&#20;b&#0;c&#xFFFE;d&#xD800;e&#1114112;f&#x9;g`, "a b c\uFFFDd\uFFFDe\uFFFDf\tg"},
		{"control characters", "<![CDATA[a\x00b\x1dc\td]]>", "a b c\td"},
		{"a control character cannot end CDATA", "<![CDATA[x]]\x1d></Content><FromUserName>boss</FromUserName>]]>", "x]] ></Content><FromUserName>boss</FromUserName>"},
		{"not UTF-8", "<![CDATA[a\xff\xc3b]]>", "a\uFFFD\uFFFDb"},
		{"noncharacters", "<![CDATA[a\uFFFEb\uFFFFc\uFFFD]]>", "a\uFFFDb\uFFFDc\uFFFD"},
		{"Chinese and emoji", "<![CDATA[年假 [微笑] 😀]]>", "年假 [微笑] 😀"},
		{"children are not text", `a<x>b</x>c`, "ac"},
		{"empty", ``, ""},
		{"empty CDATA", `<![CDATA[]]>`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := parse(t, `<xml><FromUserName>zhangsan</FromUserName><MsgType>text</MsgType><Content>`+tt.content+`</Content></xml>`)
			if m.Text != tt.want || m.Field("content") != tt.want || m.From != "zhangsan" {
				t.Errorf("text %q, field %q, from %q; want %q from zhangsan", m.Text, m.Field("content"), m.From, tt.want)
			}
			if again := parse(t, string(m.XML())); *again != *m {
				t.Errorf("parsed again: %+v, want %+v", again, m)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	docs := map[string]string{
		"empty": "", "mark": "\uFEFF", "white space": " \n", "text": "hello", "text before": "x<xml/>", "text after": "<xml/>x",
		"open root": "<xml>", "open child": "<xml><A></xml>", "wrong end": "<xml></A>", "end first": "</xml>", "two roots": "<xml/><xml/>",
		"open tag": "<xml", "open tag at the end": "<xml><", "open attribute": `<xml a=">`, "no name": "<xml>< a/></xml>", "empty name": "<xml><></xml>",
		"tag in tag": "<xml><a <b/></xml>", "open comment": "<xml><!-- </xml>", "open CDATA": "<xml><![CDATA[</xml>", "CDATA outside": "<![CDATA[a]]><xml/>",
		"doctype": `<!DOCTYPE xml [<!ENTITY a "b">]><xml/>`, "open instruction": "<?xml", "slip of the samples": "<xml><A>![CDATA[a]]></A</xml>",
		"too deep":    strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33),
		"JSON syntax": `{"a":`, "JSON tail": `{"a":1} x`, "JSON deep": strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
		"JSON lists deep": `{"a":` + strings.Repeat("[", 100000), "JSON string": `"a"`, "JSON key": `{1:2}`, "JSON list end": `{"a":[1}`,
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m, err := message.Parse([]byte(doc)); !errors.Is(err, message.ErrMalformed) {
				t.Errorf("Parse = %v, %v, want ErrMalformed", m, err)
			}
		})
	}
}

func TestErrorsDoNotShowTheDocument(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{`<xml><Content>secret</Content></secret>`, `{"Content":"secret" secret`, `secret`} {
		if _, err := message.Parse([]byte(doc)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse: %v", err)
		}
		if _, err := message.ParseEnvelope([]byte(doc)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseEnvelope: %v", err)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	if got := parse(t, `<xml><CreateTime>1700000000</CreateTime></xml>`).Time(); !got.Equal(time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC)) {
		t.Errorf("Time = %v", got)
	}
}

const card = `<xml><MsgType>event</MsgType><Event>template_card_event</Event><SelectedItems><Note/>
 <SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>a</OptionId><OptionId>b</OptionId></OptionIds></SelectedItem>
 <SelectedItem><QuestionKey><![CDATA[q2]]></QuestionKey><OptionIds><OptionId>c &amp; d</OptionId></OptionIds><Only>here</Only></SelectedItem>
</SelectedItems></xml>`

func TestField(t *testing.T) {
	t.Parallel()
	m := parse(t, card)
	for path, want := range map[string]string{
		"Event":                                                        "template_card_event",
		"SelectedItems/SelectedItem/QuestionKey":                       "q1",
		"selecteditems/SELECTEDITEM/questionkey":                       "q1",
		"SelectedItems/SelectedItem[0]/QuestionKey":                    "q1",
		"SelectedItems/SelectedItem[1]/QuestionKey":                    "q2",
		"SelectedItems/SelectedItem[1]/OptionIds/OptionId":             "c & d",
		"SelectedItems/SelectedItem[0]/OptionIds/OptionId[1]":          "b",
		"SelectedItems[0]/SelectedItem/Only":                           "here",
		"SelectedItems/SelectedItem[2]/QuestionKey":                    "",
		"SelectedItems/SelectedItem[-1]/QuestionKey":                   "",
		"SelectedItems/SelectedItem[x]/QuestionKey":                    "",
		"SelectedItems/SelectedItem[99999999999999999999]/QuestionKey": "",
		"SelectedItems": "", "SelectedItem": "", "": "", "/": "", "Event/": "", "/Event": "", "[0]": "", "xml": "", "Event/x/y/z": "",
	} {
		if got := m.Field(path); got != want {
			t.Errorf("Field(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	m := parse(t, card)
	for path, want := range map[string]string{
		"SelectedItems/SelectedItem/QuestionKey":           "q1|q2",
		"SelectedItems/SelectedItem/OptionIds/OptionId":    "a|b|c & d",
		"SelectedItems/SelectedItem/OptionIds/OptionId[0]": "a|c & d",
		"Nothing": "",
	} {
		if got := strings.Join(m.Fields(path), "|"); got != want {
			t.Errorf("Fields(%q) = %q, want %q", path, got, want)
		}
	}
	if (&message.Message{}).Field("a") != "" {
		t.Error("the zero Message has fields")
	}
}

func TestJSONEdition(t *testing.T) {
	t.Parallel()
	m := parse(t, `{"MsgType":"event","Event":"X","Flag":true,"Nil":null,"List":["a",["b"],{"K":" c "}],"F":1.50,"a/b <c>":{"":"]]>\u001d<"}}`)
	for path, want := range map[string]string{
		"Flag": "true", "Nil": "", "List[0]": "a", "List[1]": "b", "List/K": " c ", "F": "1.50", "a_b__c_/_": "]]> <",
	} {
		if got := m.Field(path); got != want {
			t.Errorf("Field(%q) = %q, want %q in %s", path, got, want, m.XML())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("<xml><MsgType>text</MsgType></xml>"))
	f.Add([]byte(card))
	f.Add([]byte(`{"MsgType":"text","Content":"]]>","List":[1,{"a":"b"}]}`))
	f.Add([]byte("<xml> <MsgType> <![CDATA[text]]>\x1d&#20;</MsgType><Content>a&amp;<!-- -->b </Content></xml>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = message.ParseEnvelope(raw)
		m, err := message.Parse(raw)
		if err != nil {
			if !errors.Is(err, message.ErrMalformed) {
				t.Errorf("Parse(%q): %v", raw, err)
			}
			return
		}
		if again, err := message.Parse(m.XML()); err != nil || *again != *m {
			t.Errorf("round trip of %q: %v, %v", raw, again, err)
		}
		if m.Type == message.TypeText && m.Field("Content") != m.Text {
			t.Errorf("%q: Content is %q, Text %q", raw, m.Field("Content"), m.Text)
		}
	})
}
