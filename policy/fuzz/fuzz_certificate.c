/* A certificate from outside: its extensions, its SCTs, a path that it may stand in. What
 * is read is written as it was; nothing that is not pinned is trusted. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/certificate.h"
#include "policy/trust/certificate_identity.h"
#include "policy/trust/sct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_for_names(const X509 *certificate)
{
	cleanup_free char *identity = NULL, *issuer = NULL;
	if (certificate_identity(certificate, &identity, NULL) == 0)
		check(*identity && !strpbrk(identity, " \n\t"));
	if (certificate_issuer(certificate, &issuer, NULL) == 0)
		check(*issuer && !strpbrk(issuer, " \n\t"));
}

static void look_for_a_path(X509 *certificate, const struct bytes *der)
{
	struct certificate_set *set = certificate_set_new();
	check(set != NULL);
	int64_t time = 0;
	(void)certificate_time(X509_get0_notBefore(certificate), &time);
	const struct certificate_path_question question = {
		.set = set, .leaf = certificate, .hints = der, .hint_count = 1, .time = time, .use = CERTIFICATE_SIGNS_CODE};
	check(certificate_path_check(&question, NULL, NULL) == -EPERM);
	X509_up_ref(certificate);
	check(certificate_set_add(set, certificate, NULL) == 0);
	check(certificate_path_check(&question, NULL, NULL) == -EPERM);
	certificate_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes der = {data, size};
	cleanup_certificate X509 *certificate = NULL;
	cleanup_error struct error *error = NULL;
	int result = certificate_read_der(&der, "it", &certificate, &error);
	check((result == 0) == (certificate != NULL) && (result < 0) == (error != NULL));
	if (result < 0)
		return 0;
	look_for_names(certificate);
	look_for_a_path(certificate, &der);
	/* as if its log was known: of a kind that cannot be verified */
	struct log_key log = {.details = "none", .valid = {0, INT64_MAX}};
	check(sct_check(certificate, certificate, &log, 1, NULL) == -EPERM);
	return 0;
}
