// Package reply is what leaves: the answers of handlers as values, and their forms on the wire.
//
//	func leave(_ context.Context, q *router.Request) (reply.Reply, error) {
//		return reply.Card("出差申请 #1042").
//			Field("预算", "¥2,400").
//			Button("同意", "approve:1042").
//			Button("驳回", "reject:1042"), nil
//	}
//
// # Replies and units
//
// A Reply is what a handler means: Text, Markdown, Image, Voice, Video, File, TextCard, News, MPNews, the template cards
// (Card, Notice, NewsCard, Vote, Select), MiniProgramNotice, or a List of these. Builders are values; each method
// returns a changed copy. Units renders a reply into messages of the wire: a text over 2,048 bytes is several units.
// Every documented limit is checked there, once, and an error names field, limit and size. What the documentation only
// recommends ("about 20 characters") is never an error. Fields that the platform would cut in silence are errors, for
// nobody would notice; Text and Markdown are split instead.
//
// # Passive and active
//
// A Unit always has the JSON body of an active message (doc 90236). When CanPassive says so, it also has the XML of
// an answer in the callback's own response (doc 90241). The bot picks; a handler never knows. A card is changed by
// UpdateButton and UpdateCard, which have both forms, too (see Unit.Update).
//
// # What the sender fills in
//
// A unit may need a file uploaded first, or a task id. It says so, and takes them:
//
//	for u.Media != nil {
//		id := upload(u.Media.Type, u.Media.Source)
//		u = u.WithMediaID(id)
//	}
//	if u.NeedsTaskID {
//		u = u.WithTaskID(newID())
//	}
//
// # Targets
//
// Options.Target says where a reply goes: an app's chat, a group chat, a linked corp, a school, a webhook, an AI bot.
// Types that a target does not carry become text where text can say the same.
//
// # Markdown
//
// Authors write CommonMark. RenderMarkdown makes of it what one of WeCom's two dialects shows, MarkdownText plain text,
// MarkdownHTML safe HTML. WeCom knows no escapes: EscapeMarkdown replaces the marks in text that is inserted.
//
// # Promises
//
// Replies and units are values: they may be rendered any number of times and from several goroutines. Text that
// reaches the wire is valid UTF-8 without the control characters that XML forbids, and with LF line ends; nothing else
// of it is lost. Bytes from outside never panic, and their nesting costs no more than their size.
//
// The package implements docs 90241 (passive; 90377 and 90859 are the same), 90236 (message/send), 94888 and 91579
// (updates), 90248 (appchat), 90250 (linked corps), 92321 (school), 91770 and 99110 (webhook).
package reply
