# make help lists the targets. The steps of check and fuzz are those of .ci/run, which needs no make.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
BENCHTIME   ?= 1s
COUNT       ?= 1
BENCH       ?= .
FUZZTIME    ?= 10s

.DEFAULT_GOAL := help
.PHONY: help build test check generate golden bench fuzz torture

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./botd
	$(GO) build -o botd ./cmd/botd

test: ## run the tests
	$(GO) test ./...

check: ## what a merge needs: format, vet, tidy, generated files, lint, tests with -race
	@.ci/run format vet tidy generated lint test

generate: ## write generated code and pages again
	$(GO) generate ./...

golden: ## rewrite the golden files; review the diff
	$(GO) test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u) -update

bench: ## run all benchmarks, print one table with ratios (BENCH=. BENCHTIME=1s COUNT=1)
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) ./... | $(GO) run ./internal/benchtable

fuzz: ## run every fuzz target for a while (FUZZTIME=10s)
	@FUZZTIME=$(FUZZTIME) .ci/run fuzz

torture: ## kill, overload and starve a running botd for a while
	$(GO) test -count 1 -timeout 30m -run Torture ./cmd/botd -torture
