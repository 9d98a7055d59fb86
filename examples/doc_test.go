// Package examples holds bots to read, run and copy. Its tests check and play every one of them.
package examples_test
