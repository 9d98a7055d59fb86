package main

import (
	"strings"
	"unicode"
)

// words spells what the platform writes in one word, and abbreviations, as Go does.
var words = map[string]string{
	"acctid": "AcctID", "aeskey": "AESKey", "agentid": "AgentID", "agentlist": "AgentList", "aheadtime": "AheadTime", "ai": "AI",
	"appid": "AppID", "applycheckin": "ApplyCheckin", "approverattr": "ApproverAttr", "assignduration": "AssignDuration",
	"atall": "AtAll", "autoreset": "AutoReset", "begtime": "BegTime", "btntxt": "ButtonText", "chatid": "ChatID",
	"checkindata": "CheckinData", "checkindate": "CheckinDate", "checkintime": "CheckinTime", "commentcontent": "CommentContent",
	"commentid": "CommentID", "commenttime": "CommentTime", "corpid": "CorpID", "createtime": "CreateTime", "datetime": "DateTime",
	"daymonthyear": "DayMonthYear", "daytime": "DayTime", "deviceid": "DeviceID", "encodingaeskey": "EncodingAESKey",
	"endtime": "EndTime", "errcode": "ErrCode", "errmsg": "ErrMsg", "expenseitem": "ExpenseItem", "extattr": "ExtAttr", "groupchat": "GroupChat",
	"groupid": "GroupID", "groupname": "GroupName", "grouptype": "GroupType", "headimgurl": "HeadImageURL",
	"holidayconf": "HolidayConf", "id": "ID", "ids": "IDs", "invalidlist": "InvalidList", "invalidparty": "InvalidParty",
	"invalidtag": "InvalidTag", "invaliduser": "InvalidUser", "ip": "IP", "isreportenter": "IsReportEnter", "jobid": "JobID",
	"keydata": "KeyData", "keyname": "KeyName", "kfid": "KFID", "leftduration": "LeftDuration", "md5": "MD5", "mediaid": "MediaID",
	"mediaids": "MediaIDs", "miniprogram": "MiniProgram", "mpnews": "MPNews", "msgid": "MsgID", "msgmenu": "MsgMenu",
	"msgtype": "MsgType", "newovertime": "NewOvertime", "noneed": "NoNeed", "offtime": "OffTime", "openapi": "OpenAPI",
	"opencheckindatatype": "OpenCheckinDataType", "opengid": "OpenGID", "openid": "OpenID", "otapplyinfo": "OtApplyInfo",
	"otcheckinfo": "OtCheckInfo", "pagepath": "PagePath", "parentid": "ParentID", "partyid": "PartyID", "partyids": "PartyIDs",
	"partylist": "PartyList", "pdf": "PDF", "picurl": "PicURL", "qr": "QR", "qrcode": "QRCode", "reporterinfo": "ReporterInfo",
	"restdayconf": "RestdayConf", "restinfo": "RestInfo", "scheduleid": "ScheduleID", "schedulelist": "ScheduleList",
	"schedulename": "ScheduleName", "sn": "SN", "snapshotuser": "SnapshotUser", "spanday": "SpanDay", "spname": "SpName",
	"spnum": "SpNum", "sptime": "SpTime", "starttime": "StartTime", "tagid": "TagID", "tagids": "TagIDs",
	"taglist": "TagList", "tagname": "TagName", "taskcard": "TaskCard", "templateid": "TemplateID", "textcard": "TextCard",
	"tfa": "TFA", "thirdapp": "ThirdApp", "timerules": "TimeRules", "timeunit": "TimeUnit", "toall": "ToAll", "toparty": "ToParty",
	"totag": "ToTag", "touser": "ToUser", "unionid": "UnionID", "unlicenseduser": "UnlicensedUser", "updatetime": "UpdateTime",
	"uri": "URI", "url": "URL", "usedduration": "UsedDuration", "userface": "UserFace", "userid": "UserID",
	"useridlist": "UserIDList", "userids": "UserIDs", "userinfos": "UserInfos", "userlist": "UserList", "usertype": "UserType",
	"vacationname": "VacationName", "webview": "WebView", "wifimac": "WiFiMAC", "wifiname": "WiFiName", "workdayconf": "WorkdayConf",
	"wxqrcode": "WXQRCode", "yearmonth": "YearMonth",
}

// goName is the exported Go name of a name on the wire: snake_case, camelCase or words run together.
func goName(wire string) string {
	var b strings.Builder
	for _, w := range split(wire) {
		if g, ok := words[strings.ToLower(w)]; ok {
			b.WriteString(g)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// split cuts at underscores and before capitals that follow a small letter.
func split(s string) []string {
	return strings.FieldsFunc(separate(s), func(r rune) bool { return r == '_' })
}

func separate(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte('_')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// name is the field's exported Go name.
func (f *field) name() string {
	if f.Go != "" {
		return f.Go
	}
	return goName(f.Name)
}

// taken are the words that a parameter cannot be called.
var taken = map[string]string{"type": "kind", "range": "scope", "url": "link", "ctx": "value", "map": "mapping"}

// arg is the field's name as a parameter: userID, url.
func (f *field) arg() string {
	n := []rune(f.name())
	end := 1
	for end < len(n) && unicode.IsUpper(n[end]) && (end+1 == len(n) || unicode.IsUpper(n[end+1]) || n[end+1] == 's') {
		end++
	}
	s := strings.ToLower(string(n[:end])) + string(n[end:])
	if t, ok := taken[s]; ok {
		return t
	}
	return s
}

// snake is the file name of a service: ContactWays → contact_ways.
func snake(s string) string {
	s = strings.NewReplacer("OAuth", "Oauth", "IDs", "Ids").Replace(s)
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// upper makes the first letter a capital.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
