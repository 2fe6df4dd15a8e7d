# The manual: pages for the folders of this build; the tables of controls and keys
# in oci-harden-policy(5) are what hardenctl says of itself.

MANUALS := $(addprefix $(B)/man/,oci-harden.8 hardenctl.1 oci-harden-policy.5)

.PHONY: manuals
manuals: $(MANUALS)
all: manuals

fill_in_page = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@SYSCONFDIR@|$(sysconfdir)|g' \
	-e 's|@STATEDIR@|$(localstatedir)/lib|g' -e 's|@LOGDIR@|$(localstatedir)/log|g' -e 's|@DATADIR@|$(datadir)|g'

$(B)/man/%: integration/man/% $(B)/flags
	@mkdir -p $(@D)
	$(fill_in_page) $< > $@.new && mv $@.new $@

$(B)/man/reference.roff: $(B)/hardenctl
	@mkdir -p $(@D)
	$(B)/hardenctl reference > $@.all
	sed 's/","/", "/g' $@.all > $@.new && rm $@.all && mv $@.new $@

$(B)/man/oci-harden-policy.5: integration/man/oci-harden-policy.5.in $(B)/man/reference.roff
	$(fill_in_page) -e '/^@REFERENCE@$$/{r $(B)/man/reference.roff' -e 'd' -e '}' $< > $@.new && mv $@.new $@
