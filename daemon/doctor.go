package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// finding is one result of the doctor, in both languages.
type finding struct {
	ID    string `json:"id"`
	Level string `json:"level"` // ok, note or wrong
	App   string `json:"app,omitempty"`
	Zh    string `json:"zh"`
	En    string `json:"en"`
	FixZh string `json:"fix_zh,omitempty"`
	FixEn string `json:"fix_en,omitempty"`
}

// Levels of findings.
const (
	levelOK    = "ok"
	levelNote  = "note"
	levelWrong = "wrong"
)

// doctor examines a configuration from outside, as the platform and the network see it.
type doctor struct {
	cfg      *Config
	url      string // of the callbacks, as the platform calls it; empty: this machine's
	offline  bool
	http     *http.Client
	findings []finding
}

func (d *doctor) add(f finding) { d.findings = append(d.findings, f) }

func (d *doctor) examine(ctx context.Context) []finding {
	d.storage(ctx)
	for _, a := range d.cfg.Apps {
		d.keys(a)
		d.callback(ctx, a)
		if !d.offline {
			d.platform(ctx, a)
		}
	}
	d.add(finding{ID: "GROUP", Level: levelNote,
		Zh: "自建应用不能被拉入普通群聊；群里 @ 机器人请用智能机器人或群机器人。", En: "A self-built app cannot be added to ordinary group chats; for a bot that is mentioned in groups use an AI bot or a group robot."})
	return d.findings
}

// storage looks whether the store can be opened; held by a running daemon is fine.
func (d *doctor) storage(ctx context.Context) {
	store, err := openStore(d.cfg, slog.New(slog.DiscardHandler))
	switch {
	case errors.Is(err, storage.ErrLocked):
		d.add(finding{ID: "STORE", Level: levelOK, Zh: "存储正由运行中的 botd 使用。", En: "The store is in use by a running botd."})
		return
	case err == nil:
		defer store.Close()
		err = store.Ping(ctx)
	}
	if err != nil {
		d.add(finding{ID: "STORE", Level: levelWrong, Zh: "存储不可用：" + err.Error(), En: "The store cannot be used: " + err.Error(),
			FixZh: "检查 storage 的路径、权限和磁盘空间。", FixEn: "Check the path of storage, its permissions and the disk's free space."})
		return
	}
	d.add(finding{ID: "STORE", Level: levelOK, Zh: "存储可以写入。", En: "The store can commit."})
}

// keys looks whether the callback's keys can be used.
func (d *doctor) keys(a App) {
	if _, err := crypto.New(a.Token.Reveal(), reveal(a.EncodingAESKey), a.CorpID); err != nil {
		d.add(finding{ID: "AESKEY", Level: levelWrong, App: a.Name, Zh: "Token 或 EncodingAESKey 不可用：" + err.Error(), En: "Token or EncodingAESKey cannot be used: " + err.Error(),
			FixZh: "从 管理后台 → 应用 → 接收消息 重新复制；EncodingAESKey 应为 43 位。", FixEn: "Copy them again from the app's 接收消息 page; EncodingAESKey has 43 characters."})
		return
	}
	d.add(finding{ID: "AESKEY", Level: levelOK, App: a.Name, Zh: "Token 与 EncodingAESKey 格式正确。", En: "Token and EncodingAESKey are well formed."})
}

// callback does the platform's URL verification.
func (d *doctor) callback(ctx context.Context, a App) {
	base, own := d.url, d.url == ""
	if own {
		base = strings.Replace(adminURL(d.cfg.Server.Listen), "[::]", "127.0.0.1", 1)
	}
	target := strings.TrimSuffix(base, "/") + "/callback/" + a.Name
	err := d.handshake(ctx, a, target)
	if err == nil {
		d.add(finding{ID: "CALLBACK", Level: levelOK, App: a.Name, Zh: "回调地址验证通过：" + target, En: "URL verification passes: " + target})
		return
	}
	f := finding{ID: "CALLBACK", Level: levelWrong, App: a.Name, Zh: fmt.Sprintf("回调地址 %s 验证失败：%v", target, err), En: fmt.Sprintf("URL verification of %s fails: %v", target, err),
		FixZh: "确认 botd 正在运行、反向代理把 /callback/ 原样转发（包括查询串），且配置与后台一致。", FixEn: "See that botd runs, that the reverse proxy passes /callback/ unchanged (query included), and that the keys are those of the console."}
	var net *url.Error
	if own && errors.As(err, &net) {
		f.Level = levelNote
		f.Zh, f.En = "本机没有运行中的 botd，未检查回调地址。", "No botd runs here, so the callback URL was not checked."
		f.FixZh, f.FixEn = "启动 botd run 后再检查，或用 --url https://你的域名 检查公网地址。", "Start botd run and ask again, or check the public address with --url https://your.domain."
	}
	d.add(f)
}

func (d *doctor) handshake(ctx context.Context, a App, target string) error {
	c, err := crypto.New(a.Token.Reveal(), reveal(a.EncodingAESKey), a.CorpID)
	if err != nil {
		return errors.New("unusable keys")
	}
	want := rand.Text()
	s, err := c.Seal([]byte(want), a.CorpID, 0, time.Now().Unix(), rand.Text()[:10])
	if err != nil {
		return err
	}
	q := url.Values{"msg_signature": {s.Signature}, "timestamp": {strconv.FormatInt(s.Timestamp, 10)}, "nonce": {s.Nonce}, "echostr": {string(s.Ciphertext)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	start := time.Now()
	res, err := d.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			return &url.Error{Op: u.Op, URL: target, Err: u.Err} // without the query
		}
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("HTTP %s", res.Status)
	case string(body) != want:
		return errors.New("the answer is not the decrypted echostr")
	case time.Since(start) > time.Second:
		return fmt.Errorf("the answer took %s; the platform waits 1 s", time.Since(start).Round(time.Millisecond))
	}
	return nil
}

// platform asks the API, once for the token and once for the app.
func (d *doctor) platform(ctx context.Context, a App) {
	d.clock(ctx, a)
	client, err := newClient(a, slog.New(slog.DiscardHandler))
	if err != nil {
		d.add(finding{ID: "API", Level: levelWrong, App: a.Name, Zh: err.Error(), En: err.Error()})
		return
	}
	var agent struct {
		Name  string `json:"name"`
		Close int    `json:"close"`
		Users *struct {
			User []struct {
				UserID string `json:"userid"`
			} `json:"user"`
		} `json:"allow_userinfos"`
		Parties struct {
			PartyID []int `json:"partyid"`
		} `json:"allow_partys"`
		Tags struct {
			TagID []int `json:"tagid"`
		} `json:"allow_tags"`
	}
	err = client.Do(ctx, http.MethodGet, "/cgi-bin/agent/get", url.Values{"agentid": {strconv.Itoa(a.AgentID)}}, nil, &agent)
	if err != nil {
		d.add(diagnose(a, err))
		return
	}
	d.add(finding{ID: "TOKEN", Level: levelOK, App: a.Name, Zh: "凭证有效，应用：" + agent.Name, En: "The credentials work; the app is " + agent.Name})
	if agent.Users != nil && len(agent.Users.User)+len(agent.Parties.PartyID)+len(agent.Tags.TagID) == 0 { // an answer without the field says nothing
		d.add(finding{ID: "SCOPE", Level: levelWrong, App: a.Name, Zh: "应用的可见范围为空，没有成员能使用它。", En: "The app's visible scope is empty: nobody can use it.",
			FixZh: "管理后台 → 应用 → 可见范围，添加成员或部门。", FixEn: "Add members or departments under 可见范围 on the app's page."})
	}
}

// clock compares this machine's time with the platform's Date header.
func (d *doctor) clock(ctx context.Context, a App) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, a.APIBase, nil)
	if err != nil {
		return
	}
	res, err := d.http.Do(req)
	if err != nil {
		d.add(finding{ID: "API", Level: levelWrong, App: a.Name, Zh: "连不上 " + a.APIBase, En: "Cannot reach " + a.APIBase,
			FixZh: "检查网络、DNS、代理和防火墙的出站规则。", FixEn: "Check network, DNS, proxy and the firewall's outbound rules."})
		return
	}
	res.Body.Close()
	theirs, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return
	}
	if off := time.Since(theirs).Abs(); off > time.Minute {
		d.add(finding{ID: "CLOCK", Level: levelWrong, App: a.Name, Zh: "本机时间与平台相差 " + off.Round(time.Second).String(), En: "This machine's clock is off by " + off.Round(time.Second).String(),
			FixZh: "启用 NTP 校时。", FixEn: "Set the clock by NTP."})
		return
	}
	d.add(finding{ID: "CLOCK", Level: levelOK, App: a.Name, Zh: "本机时间准确。", En: "The clock is right."})
}

// diagnose turns a failed call into what is wrong and how to mend it.
func diagnose(a App, err error) finding {
	f := finding{ID: "API", Level: levelWrong, App: a.Name, Zh: err.Error(), En: err.Error()}
	var refused *wecom.Error
	if !errors.As(err, &refused) {
		f.FixZh, f.FixEn = "检查网络、DNS、代理，以及 api_base。", "Check network, DNS, proxy, and api_base."
		return f
	}
	f.ID = "WECOM-" + strconv.Itoa(int(refused.Code))
	f.Zh, f.En = fmt.Sprintf("错误码 %d", int(refused.Code)), fmt.Sprintf("errcode %d", int(refused.Code))
	f.FixZh, f.FixEn = refused.Code.Hint("zh-CN"), refused.Code.Hint("en")
	switch refused.Code {
	case 60020:
		ip := "?"
		if addr, ok := wecom.CallerIP(err); ok {
			ip = addr.String()
		}
		f.Zh, f.En = "出口 IP "+ip+" 不在「企业可信IP」。", "The outbound IP "+ip+" is not trusted."
		f.FixZh, f.FixEn = "管理后台 → 应用 → 企业可信IP → 添加 "+ip+"（约 1 分钟后生效）。", "Add "+ip+" under 企业可信IP on the app's page; it takes about a minute."
	case 40001, 40091:
		f.Zh, f.En = "secret 不是这个企业或应用的。", "secret is not this corp's or app's."
		f.FixZh, f.FixEn = "从 管理后台 → 应用 重新复制 Secret，并确认 corp_id。", "Copy the Secret again from the app's page, and check corp_id."
	case 40013:
		f.Zh, f.En = "corp_id 不存在。", "corp_id does not exist."
		f.FixZh, f.FixEn = "管理后台 → 我的企业 → 企业ID。新企业的 ID 约半小时后才生效。", "See 企业ID under 我的企业. A new corp's id takes about half an hour to become valid."
	case 301002, 40056:
		f.Zh, f.En = "agent_id 与 secret 不属于同一个应用。", "agent_id and secret do not belong to the same app."
		f.FixZh, f.FixEn = "从同一个应用页面复制 AgentId 和 Secret。", "Copy AgentId and Secret from the same app's page."
	}
	return f
}
