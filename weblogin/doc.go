// Package weblogin logs members in to web pages: silently where the page is opened in the WeCom client (网页授权), by QR
// code in any other browser (扫码登录).
//
//	login, err := weblogin.New(client, 1000002, "https://app.example.com", key)
//	if err != nil {
//		return err
//	}
//	mux.Handle("/login/", login.Handler())
//	mux.Handle("/", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//		user, _ := weblogin.UserFrom(r.Context())
//		fmt.Fprintln(w, "你好，", user.UserID)
//	})))
//
// The address's domain must be a trusted domain (可信域名) of the app, and for the QR code a login domain (授权登录) too.
// Requests of pages are the application's own affair from then on: no call of the platform is made for them.
//
// # Echo
//
// [Login.Require] and [Login.Optional] are func(http.Handler) http.Handler, so any router takes them; Echo does by
// e.Use(echo.WrapMiddleware(login.Require)) and e.Any("/login/*", echo.WrapHandler(login.Handler())). In its handlers
// UserFrom(c.Request().Context()) tells who it is.
//
// # The way of a login
//
// /login/start keeps a random secret in a cookie and sends its HMAC as state; /login/callback takes a code only with a
// state that belongs to a cookie of the same browser, once, within ten minutes. So a link with somebody else's code logs
// nobody in, and a link that was seen on the way is of no use without the cookie. The path to return to is in the signed
// cookie and must be one of this site. The cookies are HttpOnly, SameSite=Lax, and with https Secure and bound to the
// host (__Host-).
//
// What remains is a signed session cookie with the member's identity: it cannot be changed, but its owner can read it.
// It is valid for twelve hours (WithSession) and cannot be called back before, except by a new key.
//
// # Several machines
//
// Machines that share a key share logins. Whether a state was used is kept in memory; WithOnce shares it too. Without it
// a state could be used once on each machine, which the platform's code, good for one call, prevents all the same.
//
// A Login is safe for concurrent use. Docs 91022, 91023, 95833, 98152.
package weblogin
