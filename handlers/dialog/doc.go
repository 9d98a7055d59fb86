// Package dialog runs conversations of several messages that are written as straight code and survive a restart.
//
//	engine := dialog.New(kv)
//	leave := engine.Define("leave", func(d *dialog.D) (reply.Reply, error) {
//		days, err := d.AskInt("请几天假？", dialog.Between(1, 15))
//		if err != nil {
//			return nil, err
//		}
//		if err := d.Confirm(fmt.Sprintf("请 %d 天，提交吗？", days)); err != nil {
//			return nil, err
//		}
//		id, err := dialog.Do(d, "submit", func(ctx context.Context) (string, error) {
//			return hr.Submit(ctx, d.From(), days, d.Key("submit"))
//		})
//		if err != nil {
//			return nil, err
//		}
//		return reply.Text("已提交：" + id), nil
//	})
//	r.Add(engine.Rule(table))                // before every other rule: the answers
//	r.Handle(router.Keyword("请假"), leave)   // the start
//
// # How it works
//
// An Ask whose answer is not known yet returns ErrSuspended, and the function returns with it. At the next message the
// function is run from its beginning, every step that was taken before returns what was recorded, and so it comes to
// the same Ask, now with an answer. So all that has to be kept of a dialog is the list of its steps: one small record
// per member and app, which any process that has the same function can go on with.
//
// So the function must be deterministic: everything it learns comes from D. Now is the time of the last answer, Fetch
// reads from the outside, Do changes the outside. Text, wording and order may change while dialogs are running: a step
// that is not the recorded one any more is noticed, and the dialog ends with a sentence instead of a wrong act. A step
// with a Name may change its wording.
//
// # What a member can say
//
// At every question 取消 or cancel ends the dialog, 返回 or back asks the last question again, 帮助 or help explains. An
// answer that does not fit is explained with an example. After a silence (Timeout) the dialog is put aside with a
// message, and 继续 or continue takes it up. A command in between follows the OnCommand policy. A click on a menu item or a
// button whose key is the dialog's name and ".cancel" ends it too.
//
// # What a crash does
//
// An answer is durable before anything that depends on it can be seen: before a Do runs and before the next question
// leaves. Between the two a crash forgets it, and the message, delivered again, is taken as if for the first time. A message
// that was taken already gives the same reply again and changes nothing. The intent of a Do is recorded before it runs
// and its result after it; one that a crash interrupted runs again with the same Key, or, marked AtMostOnce,
// returns ErrInterrupted. An effect may thus happen twice only if the receiver ignores the key.
//
// # Promises
//
// Engine and Definition are safe for concurrent use, D belongs to one turn. Two messages that arrive at once cannot fork a
// dialog: the record is written by revision, and the later one is handled with what the earlier one left. A function
// that returns an error leaves its dialog at the step that failed; 继续 runs it again from there.
package dialog
