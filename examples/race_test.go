//go:build race

package examples_test

// sample: with the race detector one mutant of so many is played; all are without it.
const sample = 8
