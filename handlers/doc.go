// Package handlers holds handlers and middleware that many bots need, one per file.
//
//	staff := handlers.Roles{"hr": {Users: []string{"zhangsan"}, Departments: []int{2}}}
//	r := router.New()
//	r.Use(handlers.Recover(log), handlers.Log(log))
//	r.Handle(router.Exact("在吗"), handlers.Text("在的"))
//	hr := r.Group(handlers.Allow(staff.Role("hr"), reply.Text("请联系人事部")))
//	hr.HandleFunc(router.Prefix("入职"), onboard)
//
// Middleware works on every handler: on a route in code and on a rule of a file. What it says to a member is an argument,
// in the language of its caller; nil is silence.
//
// Everything here is safe for concurrent use. Commands are in handlers/command, conversations of several messages in
// handlers/dialog.
package handlers
