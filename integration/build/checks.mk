# The targets for people and CI.

FUZZ_SECONDS ?= 30
RUNNER = integration/test-runner --build $(B) --fuzz-seconds $(FUZZ_SECONDS)
LAST_LINE_OF_NO_START := 0 passed, 1 failed, 0 skipped

.PHONY: deps
deps:
	integration/build/deps build test demo

.PHONY: check
check:
	$(RUNNER) build unit elf layers style coverage

# Everything. Root; installs what Debian 12 lacks.
.PHONY: test
test:
	@integration/build/deps build test || { echo '$(LAST_LINE_OF_NO_START)'; exit 1; }
	@$(RUNNER) all

.PHONY: check-elf
check-elf: all
	integration/build/check-elf $(B)/oci-harden $(B)/oci-harden-verify $(B)/hardenctl

.PHONY: check-layers
check-layers:
	integration/build/check-layers --self-test
	integration/build/check-layers

.PHONY: check-style
check-style:
	integration/build/check-style

.PHONY: check-coverage
check-coverage:
	integration/coverage/check-coverage

.PHONY: reproducible
reproducible:
	integration/build/reproducible

.PHONY: bench
bench: all bench-programs
	integration/bench/run $(B)

.PHONY: demo
demo:
	@integration/build/deps build demo
	$(MAKE) all
	integration/demo/run $(B)

.PHONY: help
help:
	@sed -n 's/^## //p' integration/build/help
