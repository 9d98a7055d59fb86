package crypto

// SealWith is Seal with chosen noise, for vectors.
func (c *Crypter) SealWith(noise, message []byte, receiver string, timestamp int64, nonce string) Sealed {
	return c.seal(newScratch(c.keys), noise, message, receiver, 0, timestamp, nonce)
}

// Signature is the signature that a callback with these values must carry.
func (c *Crypter) Signature(timestamp, nonce string, ciphertext []byte) string {
	signed := newScratch(c.keys).sign(c.token, timestamp, nonce, ciphertext)
	return string(signed[:])
}
