// Package failpoint names the places where the kill test ends the process.
//
//	failpoint.Hit(failpoint.BeforeAck)
//
// In a normal build Hit does nothing and costs nothing. Built with the tag failpoint (Unix only), it ends the process by
// SIGKILL when the environment variable WECOMBOT_CRASH_AT names its point: "before-ack" at the first time it is reached,
// "before-ack@3" at the third. Nothing is flushed, nobody is told, as when a machine loses its power.
package failpoint

// Point is a place on the way of a message.
type Point string

// The points, in the order in which a message meets them.
const (
	CallbackOpened    Point = "callback-opened" // an attempt is decrypted and parsed
	ClaimMade         Point = "claim-made"      // its message is known as being handled
	HandlerBegun      Point = "handler-begun"
	HandlerEnded      Point = "handler-ended"
	BeforeInboxCommit Point = "before-inbox-commit" // the deadline has come
	AfterInboxCommit  Point = "after-inbox-commit"
	BeforeEarly200    Point = "before-early-200"
	BeforePush        Point = "before-push" // the answer goes to the outbox
	AfterPush         Point = "after-push"
	BeforePassive     Point = "before-passive" // the answer goes into the callback's response
	AfterPassive      Point = "after-passive"
	LedgerWritten     Point = "ledger-written" // some answered messages are noted as such
	OutboxPulled      Point = "outbox-pulled"
	BeforeSend        Point = "before-send"
	AfterSend         Point = "after-send" // the platform accepted a part
	ProgressSaved     Point = "progress-saved"
	BeforeAck         Point = "before-ack" // all parts were accepted
	AfterAck          Point = "after-ack"
	BeforeInboxAck    Point = "before-inbox-ack" // the answer of an accepted message is in the outbox
	AfterInboxAck     Point = "after-inbox-ack"
)

// Points lists them all.
func Points() []Point {
	return []Point{
		CallbackOpened, ClaimMade, HandlerBegun, HandlerEnded, BeforeInboxCommit, AfterInboxCommit, BeforeEarly200, BeforePush, AfterPush,
		BeforePassive, AfterPassive, LedgerWritten, OutboxPulled, BeforeSend, AfterSend, ProgressSaved, BeforeAck, AfterAck,
		BeforeInboxAck, AfterInboxAck,
	}
}
