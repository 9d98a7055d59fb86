package wecom

import (
	"context"
	"net/url"
)

// UsersService is the member API (成员管理).
type UsersService struct{ client *Client }

// User is a member (成员), doc 90196. Fields may be empty for want of permission.
type User struct {
	UserID         string   `json:"userid"`
	Name           string   `json:"name"`
	Department     []int    `json:"department"`
	MainDepartment int      `json:"main_department"`
	Position       string   `json:"position"`
	DirectLeader   []string `json:"direct_leader"`
	IsLeaderInDept []int    `json:"is_leader_in_dept"`
}

// Get reads one member. ErrUserNotFound (60111) when there is none.
//
//wecom:op GET /cgi-bin/user/get 90196
func (s *UsersService) Get(ctx context.Context, id string) (*User, error) {
	u := new(User)
	if err := s.client.Do(ctx, "GET", "/cgi-bin/user/get", url.Values{"userid": {id}}, nil, u); err != nil {
		return nil, err
	}
	return u, nil
}
