# Compiler and linker flags. integration/build/check-elf proves on the linked
# files that the hardening ones took effect.

CPPFLAGS := -I. -I$(B) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(sysconfdir)/oci-harden"' \
	-DSTATEDIR='"$(localstatedir)/lib/oci-harden"' \
	-DLOGDIR='"$(localstatedir)/log/oci-harden"'

MACHINE := $(shell $(CC) -dumpmachine)
ifneq ($(filter aarch64%,$(MACHINE)),)
CONTROL_FLOW := -mbranch-protection=standard
else
CONTROL_FLOW := -fcf-protection=full
# the linker of Debian 12 packs for this machine only
PACK_RELOCATIONS := -Wl,-z,pack-relative-relocs
# shim/processor_features.c
PROCESSOR_FEATURES := -Wl,--wrap=OPENSSL_cpuid_setup,--undefined=__wrap_OPENSSL_cpuid_setup,--undefined=OPENSSL_cpuid_setup
endif

WARNINGS := -Wall -Wextra -Wformat=2 -Wformat-signedness -Wconversion -Wsign-conversion -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wnull-dereference \
	-Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wvla -Walloca -Wcast-qual \
	-Wcast-align=strict -Wwrite-strings -Wpointer-arith -Wundef -Wswitch-enum \
	-Wimplicit-fallthrough -Wstack-usage=8192 -Wdate-time -Wbidi-chars=any $(WERROR)
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection $(CONTROL_FLOW) -ftrivial-auto-var-init=zero \
	-fzero-call-used-regs=used-gpr -fno-delete-null-pointer-checks -fno-strict-overflow \
	-fno-strict-aliasing
CFLAGS := -std=gnu11 -O2 -g -fPIE $(HARDENING) -fno-common -fvisibility=hidden \
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS)

LDFLAGS := -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed,--build-id=sha1
LDFLAGS_DYNAMIC := $(LDFLAGS) -pie
ifeq ($(LINK),static)
# relocations in a tenth of the space, which are read at every start
LDFLAGS_SHIM := $(LDFLAGS) -static-pie $(PACK_RELOCATIONS) $(PROCESSOR_FEATURES)
else
LDFLAGS_SHIM := $(LDFLAGS_DYNAMIC)
endif
LIBS_SHIM := -lseccomp -lapparmor -ljansson -lcrypto -lnghttp2 -lprotobuf-c -lz
LIBS_HARDENCTL := $(LIBS_SHIM) -lyaml -lcurl
