// Package web is the chat page over a simulator: one types as a member, sees what the app answers, and why it did not.
//
//	srv := simulator.New()
//	simulator.Demo(srv)
//	srv.AddApp(simulator.App{Name: "人事", CallbackURL: bot.URL + "/callback/hr"})
//	http.ListenAndServe("127.0.0.1:8787", web.Handler(srv))
//
// The page is plain HTML, CSS and JavaScript, embedded; it loads nothing from another host. Mounted below a prefix it
// works too (http.StripPrefix), as all its addresses are relative.
//
// # JSON API
//
// The page talks to this API, and so does botd chat. Bodies and answers are JSON; an error is {"error": "…"} with a
// status of 400 or more. Users are user ids; app is an agent id; corp may be left out for the home corp.
//
//	GET    api/state                              members, apps with menus, group chats, hints, faults, number of the last event
//	GET    api/conversation?user=U&app=A[&corp=C] {"items": [Item…], "event": N}: oldest first
//	GET    api/conversation?user=U&chat=ID&corp=C the same of a group chat
//	POST   api/say    {"user","app","corp?","text"}                → 202 {"delivery": Item}; it goes on by itself
//	POST   api/event  {"user","app","corp?","event","key?"}        → 202 {"delivery": Item}; also "location" and "link"
//	POST   api/press  {"user","app","corp?","task","key","answers?":[{"question","options"}]} → 202 {"delivery": Item}
//	POST   api/upload multipart user, app, corp, file: a picture, recording or film → 202 {"delivery": Item}
//	GET    api/events[?after=N]                   text/event-stream of Change, from event N on; Last-Event-ID counts too
//	GET    api/wire                               {"deliveries": […], "calls": […]}: the newest of the wire inspector
//	POST   api/fault  {"fault": "message/send:45009@2"}            → {"faults": […]}
//	DELETE api/fault                              takes all faults back
//	GET    api/media?corp=C&id=ID                 the bytes of an upload
//
// Of the stream, each event's id is the number to resume after; its data is a Change.
//
// # Safety
//
// Only names of this machine may stand in the Host header (WithHosts adds others), so that a foreign page cannot
// rebind its name to us; requests that change something must not come from another origin. The page's content policy
// forbids foreign scripts and inline ones. Everything that members and apps wrote is escaped; of secrets the page gets
// none.
package web
