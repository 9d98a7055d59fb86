package wecom

import (
	"fmt"
	"sort"
	"strings"
)

// Code is an errcode of the global table (doc 90313).
type Code int

func (c Code) Error() string {
	if r := c.row(); r != nil {
		return fmt.Sprintf("errcode %d (%s)", int(c), r.en)
	}
	return fmt.Sprintf("errcode %d", int(c))
}

// Class of the code. An unknown code is permanent.
func (c Code) Class() Class {
	if r := c.row(); r != nil {
		return r.class
	}
	return ClassPermanent
}

// Hint says what to do, in "zh-CN" or "en". It is empty for an unknown code.
func (c Code) Hint(lang string) string {
	r := c.row()
	switch {
	case r == nil:
		return ""
	case strings.HasPrefix(lang, "zh"):
		return r.zh
	}
	return r.en
}

func (c Code) row() *codeRow {
	i := sort.Search(len(codeTable), func(i int) bool { return codeTable[i].last >= c })
	if i == len(codeTable) || codeTable[i].first > c {
		return nil
	}
	return &codeTable[i]
}

// Class is what to do about a code.
type Class int

// Classes of codes.
const (
	ClassPermanent Class = iota // fix the request
	ClassToken                  // refresh the token, once
	ClassBusy                   // back off, retry
	ClassRate                   // stop calling for the ban length
	ClassAdmin                  // an administrator has to act
	ClassExpired                // get a new object, then repeat
	ClassDone                   // treat as done
)

func (c Class) String() string {
	names := [...]string{"permanent", "token", "busy", "rate", "admin", "expired", "done"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("Class(%d)", int(c))
	}
	return names[c]
}

// Codes that a program branches on. Every other code of the table has a class and hints too, but no name.
const (
	ErrBusy                Code = -1
	ErrVersionConflict     Code = 6000
	ErrInvalidSecret       Code = 40001 // of gettoken; elsewhere a bad token
	ErrInvalidUserID       Code = 40003
	ErrInvalidMedia        Code = 40007
	ErrInvalidCorpID       Code = 40013
	ErrInvalidToken        Code = 40014
	ErrInvalidOAuthCode    Code = 40029
	ErrInvalidChatID       Code = 40050
	ErrInvalidAgentID      Code = 40056
	ErrInvalidArgument     Code = 40058
	ErrInvalidSuiteToken   Code = 40082
	ErrInvalidPermanent    Code = 40084 // permanent code
	ErrInvalidSuiteTicket  Code = 40085
	ErrInvalidCustomer     Code = 40096 // external user id
	ErrMissingToken        Code = 41001
	ErrWelcomeExpired      Code = 41050
	ErrChatStarted         Code = 41051 // no welcome words possible
	ErrWelcomeSending      Code = 41096
	ErrTokenExpired        Code = 42001
	ErrOAuthCodeExpired    Code = 42003
	ErrSuiteTokenExpired   Code = 42009
	ErrNoCallbackURL       Code = 43012
	ErrContentTooLong      Code = 45002
	ErrRateLimited         Code = 45009
	ErrTooConcurrent       Code = 45033
	ErrAPIForbidden        Code = 48002
	ErrAuthCancelled       Code = 48004
	ErrInvalidCursor       Code = 50100
	ErrDepartmentNotFound  Code = 60003
	ErrNoPermission        Code = 60011
	ErrUntrustedIP         Code = 60020
	ErrUserOutOfScope      Code = 60021
	ErrUserNotFound        Code = 60111
	ErrResponseCodeUsed    Code = 60140 // of a card
	ErrNoReceiver          Code = 81012
	ErrAllReceiversInvalid Code = 81013
	ErrNotCustomer         Code = 84061
	ErrChatExists          Code = 86215
	ErrInvalidRobot        Code = 93000
	ErrKFCountUsed         Code = 95001 // five messages per customer message
	ErrKFSessionOver       Code = 95002 // 48 hours
	ErrAgentMismatch       Code = 301002
	ErrDuplicateMessage    Code = 95033
)
