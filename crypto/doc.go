// Package crypto opens and seals WeCom callbacks: the signature and the AES envelope, bytes in, bytes out.
//
//	c, err := crypto.New(token, []string{encodingAESKey}, corpID)
//	if err != nil {
//		return err // names the setting that is wrong and the usual cause, never its value
//	}
//	opened, err := c.Open(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), envelope.Encrypt)
//	if err != nil {
//		http.Error(w, "refused", http.StatusForbidden) // one answer for every refusal
//		return
//	}
//	sealed, err := c.Seal(answer, opened.Receiver, opened.Key, now.Unix(), q.Get("nonce"))
//	w.Write(sealed.AppendXML(nil))
//
// # Verifying a URL
//
// The GET request of doc 90930 is opened in the same way, with echostr as the ciphertext. The HTTP answer is
// [Opened].Message and nothing else.
//
// # Keys and receivers
//
// While an EncodingAESKey is being changed, callbacks under the old and the new key overlap: give both, and a reply
// leaves under the key of its request. What the platform calls receiveid differs by endpoint and even between GET
// and POST (a corp id, a suite id, the provider's corp id, empty for AI bots), so it is a set.
//
// # Refusals
//
// Every refusal is an [ErrRefused]; which one it was says [Refusal], for the log only. The signature is compared in
// constant time and before anything is decrypted, so nobody without the token reaches the padding.
//
// # Promises
//
// A [Crypter] is safe for concurrent use. No input panics. Tokens, keys and plaintext appear in no error. Beyond the
// signature, the package implements docs 90930, 90968 and 91144 (callbacks), 100719 (media of AI bots) and 90506
// (JS-SDK signature).
package crypto
