package weblogin

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/wecombot/wecombot/wecom"
)

var failed = template.Must(template.New("failed").Parse(`<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>登录失败 Login failed</title>
<style>body{font:16px/1.6 system-ui;margin:4em auto;max-width:28em;padding:0 1em}</style>
<h1>登录失败</h1><p>{{.Zh}}<p lang="en">{{.En}}
<p><a href="{{.Again}}">重新登录 Log in again</a>
`))

// errorPage says what happened, in both languages, and offers another try. It quotes nothing of the request.
func (l *Login) errorPage(w http.ResponseWriter, _ *http.Request, err error) {
	var refused *wecom.Error
	page := struct{ Zh, En, Again string }{"暂时无法登录，请稍后重试。", "Logging in does not work at present. Please try again later.", l.URL("/")}
	status := http.StatusBadGateway
	switch {
	case errors.Is(err, ErrState), errors.Is(err, ErrUsed), errors.Is(err, wecom.ErrInvalidOAuthCode), errors.Is(err, wecom.ErrOAuthCodeExpired):
		page.Zh, page.En = "登录链接已失效，请重新登录。", "This login is no longer valid. Please log in again."
		status = http.StatusBadRequest
	case errors.Is(err, ErrMember), errors.Is(err, wecom.ErrUserNotFound), errors.Is(err, wecom.ErrUserOutOfScope):
		page.Zh, page.En = "您不是本企业的成员，或不在应用的可见范围内。", "You are not a member of this corp, or may not see this app."
		status = http.StatusForbidden
	case errors.As(err, &refused) && refused.Class() == wecom.ClassAdmin:
		page.Zh, page.En = "应用的配置有误，请联系管理员。", "The app is not set up correctly. Please tell its administrator."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = failed.Execute(w, page) // the visitor may be gone
}
