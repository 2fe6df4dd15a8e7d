# What tests are made of. Every policy/tests/test_*.c and shim/tests/test_*.c is
# one cmocka program under ASan and UBSan, every fuzz/fuzz_*.c one libFuzzer
# target: found by wildcard, never registered.

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TEST_CFLAGS = $(filter-out -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr \
	-O2 -Wstack-usage=8192 -Wnull-dereference,$(CFLAGS)) -O1 $(SANITIZE)
TEST_SOURCES := $(sort $(wildcard policy/tests/test_*.c shim/tests/test_*.c))
TEST_SUPPORT := $(sort $(filter-out $(TEST_SOURCES),$(wildcard policy/tests/*.c)))
TEST_PROGRAMS := $(patsubst %.c,$(B)/tests/%,$(notdir $(TEST_SOURCES)))
sanitized = $(patsubst %.c,$(B)/asan/%.o,$(1))

$(B)/asan/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -MMD -MP -c $< -o $@

$(B)/asan/libpolicy.a: $(call sanitized,$(LIBRARY_SOURCES))
	rm -f $@ && $(AR) rcsD $@ $^

# The registry's client is hardenctl's, and read of strangers as the library is.
$(B)/asan/libshim.a: $(call sanitized,$(SHIM_SOURCES) $(REGISTRY_SOURCES))
	rm -f $@ && $(AR) rcsD $@ $^

# The test's own folder may have other sources (support.c, a fake engine), which
# are linked to all of its tests.
define test_program
$(B)/tests/$(basename $(notdir $(1))): $(call sanitized,$(sort $(1) $(TEST_SUPPORT) \
		$(filter-out $(TEST_SOURCES),$(wildcard $(dir $(1))*.c)))) \
		$(B)/generated/restricted.o $(B)/generated/profile_sources.o $(B)/asan/libshim.a $(B)/asan/libpolicy.a
	@mkdir -p $$(@D)
	$$(CC) $$(TEST_CFLAGS) $$(LDFLAGS_DYNAMIC) $$^ -lcmocka $$(LIBS_HARDENCTL) -o $$@
endef
$(foreach source,$(TEST_SOURCES),$(eval $(call test_program,$(source))))

.PHONY: unit-tests
unit-tests: $(TEST_PROGRAMS)

FUZZ_CC ?= clang-14
FUZZ_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_SOURCES := $(sort $(wildcard policy/fuzz/fuzz_*.c shim/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(patsubst %.c,$(B)/fuzz/%,$(notdir $(FUZZ_SOURCES)))
fuzzed = $(patsubst %.c,$(B)/fuzz/obj/%.o,$(1))

$(B)/fuzz/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(B)/fuzz/libproject.a: $(call fuzzed,$(LIBRARY_SOURCES) $(SHIM_SOURCES) $(REGISTRY_SOURCES))
	rm -f $@ && $(AR) rcsD $@ $^

define fuzz_program
$(B)/fuzz/$(basename $(notdir $(1))): $(call fuzzed,$(1)) $(B)/generated/restricted.o \
		$(B)/generated/profile_sources.o $(B)/fuzz/libproject.a
	$$(FUZZ_CC) $$(FUZZ_CFLAGS) -fsanitize=fuzzer $$^ $$(LIBS_HARDENCTL) -o $$@
endef
$(foreach source,$(FUZZ_SOURCES),$(eval $(call fuzz_program,$(source))))

.PHONY: fuzz-targets
fuzz-targets: $(FUZZ_PROGRAMS)

# The document library as a filter, for the comparison with Go's decoder.
$(B)/roundtrip: $(B)/obj/integration/roundtrip/roundtrip.o $(B)/libpolicy.a
	$(CC) $(CFLAGS) $(LDFLAGS_DYNAMIC) $^ $(LIBS_SHIM) -o $@

$(B)/roundtrip-go: $(wildcard integration/roundtrip/*.go)
	@mkdir -p $(@D)
	GO111MODULE=off GOFLAGS= GOPATH=$(abspath $(B))/go GOCACHE=$(abspath $(B))/go-cache go build -trimpath -o $@ $^

# The command line's reader as a filter, and the program of the containers that the
# real backends start from what it wrote.
$(B)/grammar-canonical: $(B)/obj/integration/grammar/canonical.o $(B)/libshim.a $(B)/libpolicy.a \
		$(B)/generated/restricted.o
	$(CC) $(CFLAGS) $(LDFLAGS_DYNAMIC) $^ $(LIBS_SHIM) -o $@

$(B)/grammar-probe: integration/grammar/probe.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CFLAGS) -fno-pie -no-pie -static $< -o $@

# Whether a container's layers are a given image's, asked where an engine calls its runtime.
$(B)/binding-ask: $(B)/obj/integration/binding/ask.o $(B)/libshim.a $(B)/libpolicy.a $(B)/generated/restricted.o
	$(CC) $(CFLAGS) $(LDFLAGS_SHIM) $^ $(LIBS_SHIM) -o $@

# Static and without the sanitizers: what a benchmark compares with must not be
# slower than need be.
BENCH_PROGRAMS := $(patsubst integration/bench/%.c,$(B)/bench/%,$(wildcard integration/bench/*.c))
$(B)/bench/%: integration/bench/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CFLAGS) -fno-pie -no-pie -static $< -o $@

# The store's own code is what this one measures.
$(B)/bench/store: $(B)/obj/integration/bench/store.o $(B)/libpolicy.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS_DYNAMIC) $^ $(LIBS_SHIM) -o $@

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

-include $(shell find $(B)/asan $(B)/fuzz/obj -name '*.d' 2>/dev/null)
