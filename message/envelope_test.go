package message_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/wecombot/wecombot/message"
)

func TestParseEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body         string
		to, agent, encrypt string
		json               bool
	}{
		{"app", `<xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID><Encrypt><![CDATA[QUJD+/==]]></Encrypt></xml>`, "ww1", "1000002", "QUJD+/==", false},
		{"corp, other order, white space", "\uFEFF<?xml version='1.0'?>\n<xml>\n <Encrypt>\n <![CDATA[QUJD]]>\n </Encrypt> <AgentID></AgentID><ToUserName>ww1</ToUserName>\n</xml>", "ww1", "", "QUJD", false},
		{"other case", `<xml><encrypt>QUJD</encrypt><AgentId>7</AgentId><tousername>ww1</tousername></xml>`, "ww1", "7", "QUJD", false},
		{"entities and pieces", `<xml><Encrypt>QU&#74;<![CDATA[D]]></Encrypt></xml>`, "", "", "QUJD", false},
		{"nested and later ones do not count", `<xml><A><Encrypt>no</Encrypt></A><Encrypt>QUJD</Encrypt><Encrypt>no</Encrypt></xml>`, "", "", "QUJD", false},
		{"JSON", ` {"tousername":"ww1","encrypt":"QU\/D","agentid":"218"}`, "ww1", "218", "QU/D", true},
		{"JSON, other case, number", "\uFEFF" + `{"ToUserName":"ww1","Encrypt":"QUJD","AgentID":218,"x":{}}`, "ww1", "218", "QUJD", true},
		{"AI bot", `{"encrypt":"QUJD"}`, "", "", "QUJD", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := message.ParseEnvelope([]byte(tt.body))
			if err != nil {
				t.Fatalf("ParseEnvelope: %v", err)
			}
			if string(e.ToUserName) != tt.to || string(e.AgentID) != tt.agent || string(e.Encrypt) != tt.encrypt || e.JSON != tt.json {
				t.Errorf("ParseEnvelope = %q %q %q %v", e.ToUserName, e.AgentID, e.Encrypt, e.JSON)
			}
		})
	}
}

func TestParseEnvelopeRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		"": message.ErrMalformed, "hello": message.ErrMalformed, "<xml>": message.ErrMalformed, "{": message.ErrMalformed, `{"encrypt":"a"}x`: message.ErrMalformed,
		"<xml><Encrypt>QUJD</Encrypt>": message.ErrMalformed,
		"<xml/>":                       message.ErrNoEncrypt, "<xml><Encrypt/></xml>": message.ErrNoEncrypt, "<xml><Encrypt> <![CDATA[]]> </Encrypt></xml>": message.ErrNoEncrypt,
		"{}": message.ErrNoEncrypt, `{"encrypt":null}`: message.ErrNoEncrypt, `{"encrypt":{"a":1}}`: message.ErrNoEncrypt,
	} {
		if e, err := message.ParseEnvelope([]byte(body)); !errors.Is(err, want) || e.Encrypt != nil {
			t.Errorf("ParseEnvelope(%q) = %+v, %v, want %v", body, e, err, want)
		}
	}
}

// Not parallel: counting allocations needs the process for itself.
func TestEnvelopeAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		if _, err := message.ParseEnvelope([]byte(aliased)); err != nil {
			t.Error(err)
		}
	}); n > 1 { // the conversion above
		t.Errorf("ParseEnvelope allocates %v times", n-1)
	}
}

const aliased = `<xml><ToUserName>ww1</ToUserName><Encrypt><![CDATA[QUJD]]></Encrypt></xml>`

func TestEnvelopeAliasesItsInput(t *testing.T) {
	t.Parallel()
	body := []byte(aliased)
	e, err := message.ParseEnvelope(body)
	if err != nil {
		t.Fatal(err)
	}
	copy(body[bytes.Index(body, []byte("QUJD")):], "XXXX")
	if string(e.Encrypt) != "XXXX" {
		t.Errorf("Encrypt = %q, not a part of the body", e.Encrypt)
	}
	if _ = append(e.Encrypt, '!'); bytes.Contains(body, []byte("XXXX!")) {
		t.Error("appending to Encrypt writes into the body")
	}
}
