//go:build !race

package examples_test

const sample = 1
