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
//		ToUser: u.UserID, AgentID: 1000002, MsgType: "text", Body: wecom.TextBody{Content: "你好，" + u.Name},
//	})
//
// # Credentials
//
// A [Client] acts for one app of one corp, which a secret stands for. A third-party [Suite] makes a Client for each corp
// that installed it ([Suite.Corp]); a [Provider] and an [OfficialAccount] have services of their own, and a [Webhook]
// pushes into one chat. All take the same options.
//
// # Services
//
// The operations of the platform stand in services by area: client.Departments.List, client.ContactWays.Create. A method
// takes what it needs as arguments, or one request whose zero fields are left out. In requests of Update a nil pointer
// leaves a value as it is, and new("") clears it. Times are unix seconds unless a field says otherwise. Lists in pages
// have an iterator beside them:
//
//	for m, err := range client.Users.AllIDs(ctx) {
//		if err != nil {
//			return fmt.Errorf("sync members: %w", err)
//		}
//		seen[m.UserID] = true
//	}
//
// What has no method yet goes through [Client.Do]. docs/api.md lists everything; package spec has it as a table.
//
// # Tokens
//
// An access token belongs to one secret, never to a corp, so its cache key holds a fingerprint of the secret. However
// many calls wait for a token, one request fetches it; a caller that gives up does not take it from the others. The
// token is renewed before it ends while the old one still serves. When the platform refuses it early (40001, 40014,
// 42001), it is renewed and the call repeated once; a refusal that comes late, about a token already replaced, changes
// nothing. A wrong secret is remembered for a minute: asking again and again gets the machine's address banned.
//
// # Retries and limits
//
// Busy answers (-1, 6000, 45033), HTTP 5xx and lost connections are tried again, WithRetry times, as far as the
// context's deadline allows. A call that sends or changes something is not repeated when its outcome is unknown
// ([TransportError].Sent): its caller has to decide, for messages with SendRequest.DuplicateCheck. After 45009 the calls
// of that API fail at once for the length of the ban. Calls of an API with a documented limit per minute wait for their
// turn.
//
// # Errors
//
// [*Error] is a refusal by the platform. It wraps its [Code], so errors.Is(err, ErrUserNotFound) works; Class says what
// to do and Hint tells an operator in Chinese or English. [*TransportError] is a call without a usable answer. Neither
// ever holds a token, a secret or a query.
//
// Clients are safe for concurrent use. Docs: 91039 (token), 90313 (codes), 90312 (limits); each method names its own.
package wecom
