#include "shim/hardenctl/explain_trust.h"

#include <stddef.h>
#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/rules/order.h"
#include "shim/hardenctl/key_text.h"
#include "shim/hardenctl/output.h"

struct row {
	const char *name, *help;
};

static const struct row lists[] = {
	{"registries", "Where images may come from: registries, or patterns. Default: anywhere"},
	{"deny", "Digests of images (index, manifest or configuration) that never run. Scopes may add some"},
	{"signers", "Names for those who are trusted: key FILE or a list of them; identity, issuer and trusted-root FILE "
		    "(Sigstore without keys); identity and certificate-authority FILE; notation-store or "
		    "notation-authority-store FILE and subject. "
		    "Each may have valid-from and valid-until. The files are read when the policy is applied"},
	{"images", "A list of entries: which names are meant, and what is demanded of such an image. Every entry that "
		   "fits a name has to be satisfied"},
};

static const struct row entry[] = {
	{"match", "A pattern of image names, or a list: * for a part of one component, ** for any number of them"},
	{"signed-by", "A signer; a list, of which one is enough; or {at-least: 2, of: [a, b, c]}"},
	{"match-repository", "The repository that the signature names has to be the image's own. Default false"},
	{"annotations", "What the signature has to say besides"},
	{"max-age", "How long ago the image may have been made, by its configuration"},
	{"attestations", "A list of {type: URI, signed-by}: statements that have to be there, such as provenance"},
	{"vulnerabilities", "The gate: scanner (a signer of its own), max-cvss or max-severity, max-age of the scan, "
			    "fixable-only, unknown (refuse or allow), vex (a signer), ignore (id, reason, expires)"},
};

static const struct row references[] = {
	{"CIS Docker Benchmark 1.6", "4.2 trusted base images, 4.4 images scanned, 4.5 content trust"},
	{"NIST SP 800-190", "4.1.1 vulnerabilities of images, 4.1.5 untrusted images, 4.2.2 stale images"},
	{"NIST SP 800-218 (SSDF)", "PS.2 verifying a release's integrity, PS.3 provenance"},
	{"SLSA 1.0", "verification of artifacts and their provenance (attestations)"},
};

static void print_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		printf("  %s%s%s\n", style_on(stdout, STYLE_BOLD), rows[i].name, style_off(stdout));
		output_wrapped(rows[i].help, 6);
	}
}

static void print_keys(void)
{
	for (const struct policy_key *key = order_trust_keys; key->type != KEY_END; key++) {
		cleanup_free char *fallback = key_fallback_text(key);
		const char *name = key == &order_trust_keys[ORDER_TRUST_EMPTY_UPPER] ? "empty-upper-directory" : key->name;
		printf("  %s%s%s: %s (default %s)\n", style_on(stdout, STYLE_BOLD), name, style_off(stdout),
		       key_type_text(key), fallback ? fallback : "?");
		output_wrapped(key->help, 6);
	}
}

void explain_trust(void)
{
	printf("%strust%s\n", style_on(stdout, STYLE_BOLD), style_off(stdout));
	output_wrapped("Only images run that somebody whom the policy names has signed. What runs is identified by "
		       "digests that the engine's own store proves, never by its name; signatures are read from the local "
		       "store (hardenctl trust), without a network, and what was signed is bound to the layers that are "
		       "really mounted.", 2);
	printf("\nRisk\n");
	output_wrapped("Whoever can push to a registry, re-tag an image on the host or write into its layers decides what "
		       "runs under a trusted name.", 2);
	printf("\nSettings, in a policy or, but for signers, in a scope: {trust: …}\n");
	print_keys();
	print_rows(lists, ARRAY_SIZE(lists));
	printf("\nAn entry of images\n");
	print_rows(entry, ARRAY_SIZE(entry));
	printf("\nIn an exception: {trust: {action: audit}} logs what would refuse the image that it is bound to.\n");
	printf("\nReferences\n");
	for (size_t i = 0; i < ARRAY_SIZE(references); i++)
		printf("  %-24s %s\n", references[i].name, references[i].help);
}
