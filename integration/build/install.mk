# `make install` and `make uninstall`. Honours DESTDIR; installs no policy (the
# built-in `restricted` holds until one is applied) and starts nothing. The log's folder
# is made with the first record, for root and the group adm.

MANUALS = $(sort $(wildcard docs/man/*.[158] shim/hardenctl/man/*.[158] $(B)/man/*.[158]))
APPARMOR_PROFILES := $(sort $(wildcard profiles/apparmor/*))
READABLE_PROFILES := $(sort $(wildcard profiles/*.yaml))
# systemd looks below both /usr/lib and /usr/local/lib
unitdir ?= $(prefix)/lib/systemd/system
UNITS = $(patsubst integration/systemd/%.in,$(B)/systemd/%,$(sort $(wildcard integration/systemd/*.in)))

$(B)/systemd/%: integration/systemd/%.in $(B)/flags
	@mkdir -p $(@D)
	sed -e 's|@bindir@|$(bindir)|g' -e 's|@localstatedir@|$(localstatedir)|g' $< > $@.new && mv $@.new $@

installed_data := $(DESTDIR)$(datadir)/oci-harden
installed_manual = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

.PHONY: install
install: all $(UNITS)
	install -D -m 0755 $(B)/oci-harden $(DESTDIR)$(sbindir)/oci-harden
	install -D -m 0755 $(B)/oci-harden-verify $(DESTDIR)$(sbindir)/oci-harden-verify
	install -D -m 0755 $(B)/hardenctl $(DESTDIR)$(bindir)/hardenctl
	$(foreach manual,$(MANUALS),install -D -m 0644 $(manual) $(call installed_manual,$(manual)) &&) :
	$(foreach unit,$(UNITS),install -D -m 0644 $(unit) $(DESTDIR)$(unitdir)/$(notdir $(unit)) &&) :
	install -d -m 0755 $(installed_data)/profiles $(installed_data)/apparmor $(DESTDIR)$(sysconfdir)/apparmor.d
	install -m 0644 $(READABLE_PROFILES) $(installed_data)/profiles
	$(if $(APPARMOR_PROFILES),install -m 0644 $(APPARMOR_PROFILES) $(installed_data)/apparmor)
	$(if $(APPARMOR_PROFILES),install -m 0644 $(APPARMOR_PROFILES) $(DESTDIR)$(sysconfdir)/apparmor.d)
	install -d -m 0755 $(DESTDIR)$(sysconfdir)/oci-harden $(DESTDIR)$(localstatedir)/lib/oci-harden

# What an administrator wrote stays: /etc/oci-harden, generations and the log.
.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(sbindir)/oci-harden $(DESTDIR)$(sbindir)/oci-harden-verify $(DESTDIR)$(bindir)/hardenctl
	$(foreach manual,$(MANUALS),rm -f $(call installed_manual,$(manual)) &&) :
	$(foreach unit,$(notdir $(UNITS)),rm -f $(DESTDIR)$(unitdir)/$(unit) &&) :
	$(foreach profile,$(notdir $(APPARMOR_PROFILES)),rm -f $(DESTDIR)$(sysconfdir)/apparmor.d/$(profile) &&) :
	rm -rf $(installed_data)
	-rmdir $(DESTDIR)$(sysconfdir)/oci-harden $(DESTDIR)$(localstatedir)/lib/oci-harden \
		$(DESTDIR)$(localstatedir)/log/oci-harden 2>/dev/null
