package wecom_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/wecombot/wecombot/wecom"
)

// answers is a platform that knows three departments and no members.
func answers() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cgi-bin/gettoken":
			fmt.Fprint(w, `{"errcode":0,"access_token":"t0ken","expires_in":7200}`)
		case "/cgi-bin/user/get":
			fmt.Fprint(w, `{"errcode":60111,"errmsg":"userid not found"}`)
		case "/cgi-bin/user/list_id":
			if r.ContentLength < int64(len(`{"cursor":"x"}`)) {
				fmt.Fprint(w, `{"errcode":0,"next_cursor":"more","dept_user":[{"userid":"zhangsan","department":1}]}`)
			} else {
				fmt.Fprint(w, `{"errcode":0,"dept_user":[{"userid":"lisi","department":2}]}`)
			}
		}
	}))
}

func Example() {
	srv := answers()
	defer srv.Close()
	client, err := wecom.NewClient("ww0123456789abcdef", "secret", wecom.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_, err = client.Users.Get(context.Background(), "nobody")
	fmt.Println(errors.Is(err, wecom.ErrUserNotFound))

	var refused *wecom.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Class(), "·", refused.Code.Hint("zh-CN"))
	}
	// Output:
	// true
	// permanent · 成员不存在（已离职、已删除、不可见，或 ID 升级后误用明文）
}

func ExampleUsersService_AllIDs() {
	srv := answers()
	defer srv.Close()
	client, err := wecom.NewClient("ww0123456789abcdef", "secret", wecom.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for m, err := range client.Users.AllIDs(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.UserID, m.Department)
	}
	// Output:
	// zhangsan 1
	// lisi 2
}

func ExampleOAuthService_LoginURL() {
	client, err := wecom.NewClient("ww0123456789abcdef", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.OAuth.LoginURL(&wecom.OAuthLoginURLRequest{
		LoginType: "CorpApp", AgentID: 1000002, RedirectURI: "https://hr.example.com/in", State: "r4nd0m",
	}))
	// Output:
	// https://login.work.weixin.qq.com/wwlogin/sso/login?agentid=1000002&appid=ww0123456789abcdef&login_type=CorpApp&redirect_uri=https%3A%2F%2Fhr.example.com%2Fin&state=r4nd0m
}
