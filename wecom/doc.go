// Package wecom is a typed client for the HTTP API of WeCom (企业微信).
//
//	client, err := wecom.NewClient(corpID, secret)
//	if err != nil {
//		return err
//	}
//	u, err := client.Users.Get(ctx, "zhangsan")
//	switch {
//	case errors.Is(err, wecom.ErrUserNotFound):
//		return nil
//	case err != nil:
//		return fmt.Errorf("greet: %w", err)
//	}
//	_, err = client.Messages.Send(ctx, &wecom.SendRequest{
//		ToUser: u.UserID, AgentID: 1000002, MsgType: "text",
//		Body: map[string]string{"content": "你好，" + u.Name},
//	})
//
// # Tokens
//
// An access token belongs to one secret, never to a corp, so its cache key holds a fingerprint of the secret. However
// many calls wait for a token, one request fetches it; a caller that gives up does not take it from the others. The
// token is renewed before it ends while the old one still serves. When the platform refuses it early (40001, 40014,
// 42001), it is renewed and the call repeated once; a refusal that comes late, about a token already replaced, changes
// nothing. A wrong secret is remembered for a minute: asking again and again gets the machine's address banned.
//
// # Retries
//
// Busy answers (-1, 6000, 45033), HTTP 5xx and lost connections are tried again, WithRetry times, as far as the
// context's deadline allows. A call that sends or creates something is not repeated when its outcome is unknown
// ([TransportError].Sent): its caller has to decide, for messages with SendRequest.DuplicateCheck. After 45009 the calls
// of that API fail at once for the length of the ban.
//
// # Errors
//
// [*Error] is a refusal by the platform. It wraps its [Code], so errors.Is(err, ErrUserNotFound) works; Class says what
// to do and Hint tells an operator in Chinese or English. [*TransportError] is a call without a usable answer. Neither
// ever holds a token, a secret or a query.
//
// A Client is safe for concurrent use. Docs: 91039 (token), 90313 (codes), 90312 (limits).
package wecom
