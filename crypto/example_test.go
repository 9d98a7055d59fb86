package crypto_test

import (
	"errors"
	"fmt"

	"github.com/wecombot/wecombot/crypto"
)

func Example() {
	c, err := crypto.New("QDG6eK", []string{"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}, "wx5823bf96d3bd56c7")
	if err != nil {
		fmt.Println(err)
		return
	}
	// The values of a URL verification; those of a message come from the query and the envelope's Encrypt.
	echo := []byte("P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==")
	opened, err := c.Open("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", echo)
	fmt.Println(string(opened.Message), err)

	_, err = c.Open("0000000000000000000000000000000000000000", "1409659589", "263014780", echo)
	fmt.Println(errors.Is(err, crypto.ErrRefused))
	// Output:
	// 1616140317555161061 <nil>
	// true
}
