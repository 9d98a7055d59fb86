// Package wecombot is the front page of a chatbot framework for WeCom (企业微信) apps. It holds no code; start with
//
//	go run ./cmd/botd dev      // a bot on a simulated platform, with a chat page: no account, no configuration
//
// # Where things are
//
//	crypto     callback signature and AES envelope
//	message    what arrives: messages and events
//	reply      what leaves: texts, markdown, cards, media
//	router     who answers: matchers, handlers, expressions, the index
//	handlers   ready-made handlers and middleware; command and dialog below it
//	plugins    what a plugin is, and those that ship
//	rules      bots in YAML, without code
//	bot        the callback endpoint: open, route, answer in time
//	outbox     active messages: durable, in order, at the platform's pace
//	wecom      typed client of the platform's HTTP API
//	weblogin   logs members in to web pages
//	storage    the contract of stores, and the stores
//	trace      why a message was or was not answered
//	simulator  the platform in memory, with a chat page
//	daemon     botd: configuration, commands, life cycle; importable for a main of your own
//
// docs/architecture.md follows a message through them, and says what is promised and where it is kept.
package wecombot
