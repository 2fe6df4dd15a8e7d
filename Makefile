# oci-harden: build, checks, tests. `make help` lists the targets.
#
# The build is plain: every .c below policy/ goes into libpolicy.a, every .c below
# shim/ (main.c and hardenctl/ aside) into libshim.a; sources are found by
# wildcard, never registered. Everything made stands in build/.

VERSION := 0.1.0
prefix ?= /usr/local
sbindir ?= $(prefix)/sbin
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
datadir ?= $(prefix)/share
sysconfdir ?= /etc
localstatedir ?= /var
DESTDIR ?=
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
# static (static-pie, the default) or dynamic (for distributions)
LINK ?= static
# set to -Werror by developers and CI
WERROR ?=
B := build

# make V=1 shows every command
ifndef V
.SILENT:
endif

include integration/build/flags.mk

LIBRARY_SOURCES := $(sort $(wildcard policy/*.c policy/base/*.c policy/document/*.c policy/host/*.c \
	policy/rules/*.c policy/controls/*.c policy/trust/*.c))
SHIM_SOURCES := $(sort $(filter-out shim/main.c,$(wildcard shim/*.c shim/identity/*.c shim/binding/*.c \
	shim/containerd/*.c))) $(B)/generated/containerd_api.pb-c.c
REGISTRY_SOURCES := $(sort $(wildcard shim/hardenctl/registry/*.c))
HARDENCTL_SOURCES := $(sort $(wildcard shim/hardenctl/*.c)) $(REGISTRY_SOURCES)
PROFILES := $(sort $(wildcard profiles/*.yaml))

object = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIBRARY_OBJECTS := $(call object,$(LIBRARY_SOURCES))
SHIM_OBJECTS := $(call object,$(SHIM_SOURCES))
HARDENCTL_OBJECTS := $(call object,$(HARDENCTL_SOURCES))

.PHONY: all
all: $(B)/oci-harden $(B)/oci-harden-verify $(B)/hardenctl

# Whatever was compiled with other flags is compiled anew.
FLAGS_IN_USE = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_SHIM)
$(B)/flags: always
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS_IN_USE))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS_IN_USE))' > $@
.PHONY: always
always:

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/libpolicy.a: $(LIBRARY_OBJECTS)
	rm -f $@ && $(AR) rcsD $@ $^

$(B)/libshim.a: $(SHIM_OBJECTS)
	rm -f $@ && $(AR) rcsD $@ $^

# The built-in profiles: their YAML goes into hardenctl, and `restricted`, which
# holds where nothing was applied, goes into both programs as compiled policy, so
# that no YAML is parsed on a container's way.
$(B)/generated/profile_sources.c: $(PROFILES) integration/build/embed
	@mkdir -p $(@D)
	integration/build/embed $(PROFILES) > $@.new && mv $@.new $@

# containerd's messages
$(B)/generated/containerd_api.pb-c.c: shim/containerd/api.proto
	@mkdir -p $(@D)/protocol
	cp $< $(@D)/protocol/containerd_api.proto
	protoc-c --c_out=$(@D) --proto_path=$(@D)/protocol containerd_api.proto
API_USERS := $(wildcard shim/containerd/*.c shim/tests/*containerd*.c)
$(foreach kind,obj asan fuzz/obj,$(patsubst %.c,$(B)/$(kind)/%.o,$(API_USERS))): | $(B)/generated/containerd_api.pb-c.c

$(B)/generated/%.o: $(B)/generated/%.c $(B)/flags
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/compile-profile: $(B)/obj/integration/build/compile_profile.o $(B)/generated/profile_sources.o $(B)/libpolicy.a
	$(CC) $(CFLAGS) $(LDFLAGS_DYNAMIC) $^ $(LIBS_HARDENCTL) -o $@

$(B)/generated/restricted.c: $(B)/compile-profile
	$(B)/compile-profile restricted > $@.new && mv $@.new $@

$(B)/oci-harden: $(B)/obj/shim/main.o $(B)/libshim.a $(B)/libpolicy.a $(B)/generated/restricted.o
	$(CC) $(CFLAGS) $(LDFLAGS_SHIM) $(filter %.o,$^) $(filter %.a,$^) $(LIBS_SHIM) -o $@

# What reads signatures is a program of its own: shim/verifier.h. The linker warns of what
# libcrypto could load and look up; that child can do neither.
$(B)/oci-harden-verify: $(B)/obj/shim/verifier/main.o $(B)/obj/shim/processor_features.o $(B)/libpolicy.a
	$(CC) $(CFLAGS) $(LDFLAGS_SHIM) -Wl,--no-warnings $(filter %.o,$^) $(filter %.a,$^) $(LIBS_SHIM) -o $@

$(B)/hardenctl: $(HARDENCTL_OBJECTS) $(B)/libshim.a $(B)/libpolicy.a $(B)/generated/restricted.o $(B)/generated/profile_sources.o
	$(CC) $(CFLAGS) $(LDFLAGS_DYNAMIC) $(filter %.o,$^) $(filter %.a,$^) $(LIBS_HARDENCTL) -o $@

.PHONY: clean
clean:
	rm -rf $(B)

-include $(shell find $(B)/obj $(B)/generated -name "*.d" 2>/dev/null)

include integration/build/install.mk
include integration/build/tests.mk
include integration/build/checks.mk
include integration/man/man.mk
