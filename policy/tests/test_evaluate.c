/* The policy's demands against claims that are given as data: who counts, how often, for
 * which name, and until when. */
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/tests/support.h"
#include "policy/trust/evaluate.h"
#include "policy/trust/reference.h"

#define NOW 1800000000
#define MANIFEST "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define CONFIG "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define PULLED "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define OTHER "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"

/* "KIND SIGNER [REFERENCE|-] [KEY=VALUE|-] [EXPIRES] [PUBLIC-KEY] [IDENTITY]"; by itself each
 * signer has a key of its own. */
static void add_claim(struct claims *claims, const char *line)
{
	char kind[96] = "", signer[32] = "", reference[128] = "-", annotation[64] = "-", key[32] = "", identity[32] = "";
	long long expires = 0;
	assert_true(sscanf(line, "%95s %31s %127s %63s %lld %31s %31s", kind, signer, reference, annotation, &expires, key,
			   identity) >= 2);
	bool signature = strcmp(kind, "signature") == 0;
	struct claim claim = {
		.kind = signature ? CLAIM_SIGNATURE : CLAIM_ATTESTATION,
		.signer = strdup(signer),
		.key = strdup(*key ? key : signer),
		.identity = *identity ? strdup(identity) : NULL,
		.subject = strdup(MANIFEST),
		.source = strdup(OTHER),
		.reference = strcmp(reference, "-") == 0 ? NULL : strdup(reference),
		.predicate_type = signature ? NULL : strdup(kind),
		.expires = expires,
	};
	char *equals = strchr(annotation, '=');
	if (equals) {
		*equals = '\0';
		claim.annotations = json_pack("{s:s}", annotation, equals + 1);
	}
	assert_int_equal(claims_add(claims, &claim), 0);
}

struct row {
	const char *title;
	const char *settings; /* what differs from `base` */
	const char *name;
	const char *claims[6];
	bool matched;
	const char *reason; /* a part of it; NULL: trusted */
	int64_t expires;
	const char *created;
};

static const char base[] = "{'unmatched':'refuse','registries':null,'require-digest':false,'deny':[],'images':[]}";

#define ONE "'images':[[{'match':['registry.example/**'],'signed-by':{'at-least':1,'of':['a','b']}}]]"
#define TWO "'images':[[{'match':['registry.example/**'],'signed-by':{'at-least':2,'of':['a','b','c']}}]]"
#define APP "registry.example/app:1"

static const struct row rows[] = {
	{"nothing named: refused", "", APP, {"signature a"}, false, "no entry of trust/images names registry.example/app:1", 0,
	 NULL},
	{"nothing named: audited", "'unmatched':'audit'", APP, {NULL}, false, NULL, 0, NULL},
	{"nothing named: allowed", "'unmatched':'allow'", APP, {NULL}, false, NULL, 0, NULL},
	{"an unknown word is refuse", "'unmatched':'Audit'", APP, {NULL}, false, "trust/unmatched is refuse", 0, NULL},
	{"signed", ONE, APP, {"signature b"}, true, NULL, 0, NULL},
	{"not signed", ONE, APP, {NULL}, true, "asks for a signature by 1 of a, b, and 0 are there", 0, NULL},
	{"signed by another", ONE, APP, {"signature c"}, true, "by 1 of a, b", 0, NULL},
	{"an attestation is no signature", ONE, APP, {"https://slsa.dev/provenance/v1 a"}, true, "by 1 of a, b", 0, NULL},
	{"another name is unmatched", ONE, "other.example/app", {"signature a"}, false, "no entry of trust/images", 0, NULL},
	{"a name that is none is unmatched", ONE, "Registry.Example//App", {"signature a"}, false, "start it by its name", 0,
	 NULL},
	{"one signer twice is one", TWO, APP, {"signature a", "signature a"}, true, "and 1 is there", 0, NULL},
	{"two of three", TWO, APP, {"signature a", "signature c"}, true, NULL, 0, NULL},
	{"one key under two names is one", TWO, APP, {"signature a - - 0 K1", "signature b - - 0 K1"}, true,
	 "and 1 is there; signatures by one key or one identity count once", 0, NULL},
	{"so it is of a certificate's key", TWO, APP, {"signature a - - 0 K1", "signature b - - 0 K1 ann"}, true,
	 "and 1 is there", 0, NULL},
	{"one identity with two keys is one", TWO, APP, {"signature a - - 0 K1 ann", "signature b - - 0 K2 ann"}, true,
	 "and 1 is there; signatures by one key or one identity count once", 0, NULL},
	{"over a third that they have in common, too", TWO, APP,
	 {"signature a - - 0 K1 ann", "signature b - - 0 K2 ben", "signature c - - 0 K1 ben"}, true, "and 1 is there", 0, NULL},
	{"two identities with two keys are two", TWO, APP, {"signature a - - 0 K1 ann", "signature b - - 0 K2 ben"}, true, NULL,
	 0, NULL},
	{"somebody and anybody else: who could be both leaves room", TWO, APP,
	 {"signature a - - 0 K1 ann", "signature b - - 0 K1 ann", "signature b - - 0 K2 ben"}, true, NULL, 0, NULL},
	{"in whatever order", TWO, APP,
	 {"signature b - - 0 K1 ann", "signature b - - 0 K2 ben", "signature a - - 0 K1 ann"}, true, NULL, 0, NULL},
	{"also where two have to make room", "'images':[[{'match':['**'],'signed-by':{'at-least':3,'of':['a','b','c']}}]]", APP,
	 {"signature a - - 0 K1", "signature a - - 0 K2", "signature b - - 0 K2", "signature b - - 0 K3", "signature c - - 0 K1"},
	 true, NULL, 0, NULL},
	{"with more names than hands", "'images':[[{'match':['**'],'signed-by':{'at-least':3,'of':['a','b','c']}}]]", APP,
	 {"signature a - - 0 K1", "signature a - - 0 K2", "signature a - - 0 K3", "signature b - - 0 K1", "signature c - - 0 K1"},
	 true, "and 2 are there", 0, NULL},
	{"it holds until the hand that counts expires", TWO, APP,
	 {"signature a - - 1800000009 K1", "signature b - - 1800000005 K2", "signature b - - 1800000007 K1"}, true, NULL,
	 1800000005, NULL},
	{"one key has attested once",
	 "'images':[[{'match':['**'],'attestations':[{'type':'https://slsa.dev/provenance/v1','signed-by':{'at-least':2,"
	 "'of':['a','b']}}]}]]", APP, {"https://slsa.dev/provenance/v1 a - - 0 K1", "https://slsa.dev/provenance/v1 b - - 0 K1"},
	 true, "and 1 is there", 0, NULL},
	{"expired", ONE, APP, {"signature a - - 1799999999"}, true, "its signature has expired", 0, NULL},
	{"expires now", ONE, APP, {"signature a - - 1800000000"}, true, "its signature has expired", 0, NULL},
	{"expires later", ONE, APP, {"signature a - - 1800000001"}, true, NULL, 1800000001, NULL},
	{"the longest counts", ONE, APP, {"signature a - - 1800000001", "signature a - - 1800000009"}, true, NULL, 1800000009,
	 NULL},
	{"without end counts", ONE, APP, {"signature a - - 1800000001", "signature a"}, true, NULL, 0, NULL},
	{"a zero count is not enough", "'images':[[{'match':['**'],'signed-by':{'at-least':0,'of':['a']}}]]", APP, {NULL}, true,
	 "by 0 of a", 0, NULL},
	{"id: the signature's name counts", ONE, "sha256:27bcf0", {"signature a registry.example/app"}, true, NULL, 0, NULL},
	{"id: not another's", ONE, NULL, {"signature c registry.example/app"}, true, "by 1 of a, b", 0, NULL},
	{"id: an entry for a scan alone is meant, too",
	 "'images':[[{'match':['registry.example/**'],'signed-by':{'at-least':1,'of':['a']}},"
	 "{'match':['registry.example/**'],'attestations':[{'type':'https://slsa.dev/provenance/v1','signed-by':{'at-least':1,"
	 "'of':['b']}}]}]]", "sha256:27bcf0", {"signature a registry.example/app"}, true, "asks for an attestation", 0, NULL},
	{"id: and one for other signers",
	 "'images':[[{'match':['registry.example/**'],'signed-by':{'at-least':1,'of':['b']}},"
	 "{'match':['registry.example/app'],'signed-by':{'at-least':1,'of':['a']}}]]", "sha256:27bcf0",
	 {"signature a registry.example/app"}, true, "by 1 of b", 0, NULL},
	{"id: not another name", ONE, NULL, {"signature a other.example/app"}, false, "start it by its name", 0, NULL},
	{"id: every image is meant", "'unmatched':'allow','images':[[{'match':['**'],'signed-by':{'at-least':1,'of':['a']}}]]",
	 "sha256:27bcf0", {NULL}, true, "by 1 of a", 0, NULL},
	{"match-repository",
	 "'images':[[{'match':['**'],'match-repository':true,'signed-by':{'at-least':1,'of':['a']}}]]", APP,
	 {"signature a registry.example/app"}, true, NULL, 0, NULL},
	{"match-repository: another",
	 "'images':[[{'match':['**'],'match-repository':true,'signed-by':{'at-least':1,'of':['a']}}]]", APP,
	 {"signature a registry.example/other"}, true, "names another repository", 0, NULL},
	{"match-repository: none",
	 "'images':[[{'match':['**'],'match-repository':true,'signed-by':{'at-least':1,'of':['a']}}]]", APP,
	 {"signature a"}, true, "names another repository", 0, NULL},
	{"annotation", "'images':[[{'match':['**'],'annotations':{'env':'prod'},'signed-by':{'at-least':1,'of':['a']}}]]", APP,
	 {"signature a - env=prod"}, true, NULL, 0, NULL},
	{"annotation: another value",
	 "'images':[[{'match':['**'],'annotations':{'env':'prod'},'signed-by':{'at-least':1,'of':['a']}}]]", APP,
	 {"signature a - env=test"}, true, "annotations that the policy asks for", 0, NULL},
	{"all entries that match hold",
	 "'images':[[{'match':['**'],'signed-by':{'at-least':1,'of':['a']}},"
	 "{'match':['registry.example/app'],'signed-by':{'at-least':1,'of':['b']}}]]", APP, {"signature a"}, true, "by 1 of b",
	 0, NULL},
	{"every group has to be satisfied",
	 "'images':[[{'match':['**'],'signed-by':{'at-least':1,'of':['a']}}],"
	 "[{'match':['other.example/**'],'signed-by':{'at-least':1,'of':['a']}}]]", APP, {"signature a"}, true,
	 "no entry of trust/images names", 0, NULL},
	{"a group that names it is enough to be meant, whatever another lets run",
	 "'unmatched':'audit','images':[[{'match':['**'],'signed-by':{'at-least':1,'of':['a']}}],"
	 "[{'match':['other.example/**'],'signed-by':{'at-least':1,'of':['a']}}]]", APP, {"signature a"}, true, NULL, 0,
	 NULL},
	{"attestation",
	 "'images':[[{'match':['**'],'attestations':[{'type':'https://slsa.dev/provenance/v1','signed-by':{'at-least':1,"
	 "'of':['a']}}]}]]", APP, {"https://slsa.dev/provenance/v1 a"}, true, NULL, 0, NULL},
	{"attestation of another type",
	 "'images':[[{'match':['**'],'attestations':[{'type':'https://slsa.dev/provenance/v1','signed-by':{'at-least':1,"
	 "'of':['a']}}]}]]", APP, {"https://slsa.dev/provenance/v0.2 a", "signature a"}, true,
	 "asks for an attestation https://slsa.dev/provenance/v1", 0, NULL},
	{"deny by configuration", "'unmatched':'allow','deny':['" CONFIG "']", APP, {NULL}, false, "trust/deny names", 0, NULL},
	{"deny by the digest that it was pulled by", "'unmatched':'allow','deny':['" PULLED "']", APP, {NULL}, false,
	 "trust/deny names " PULLED ", by which the image was asked for or pulled", 0, NULL},
	{"deny by the digest that was typed", "'unmatched':'allow','deny':['" OTHER "']", "registry.example/app@" OTHER, {NULL},
	 false, "trust/deny names " OTHER ", by which the image was asked for", 0, NULL},
	{"what is claimed lets nothing run", "'unmatched':'allow','require-digest':true", "registry.example/app@" PULLED, {NULL},
	 false, "names a digest that what runs does not have", 0, NULL},
	{"deny another", "'unmatched':'allow','deny':['" OTHER "']", APP, {NULL}, false, NULL, 0, NULL},
	{"registry allowed", "'unmatched':'allow','registries':['registry.example/**']", APP, {NULL}, false, NULL, 0, NULL},
	{"registry not allowed", "'unmatched':'allow','registries':['other.example/**']", APP, {NULL}, false,
	 "from no registry that trust/registries allows", 0, NULL},
	{"registry of an id", "'unmatched':'allow','registries':['**']", "sha256:27bcf0", {NULL}, false,
	 "trust/registries allows; start it by its name", 0, NULL},
	{"no registry at all", "'unmatched':'allow','registries':[]", APP, {NULL}, false, "trust/registries", 0, NULL},
	{"pinned", "'unmatched':'allow','require-digest':true", "registry.example/app@" MANIFEST, {NULL}, false, NULL, 0, NULL},
	{"pinned by id", "'unmatched':'allow','require-digest':true", CONFIG, {NULL}, false, NULL, 0, NULL},
	{"not pinned", "'unmatched':'allow','require-digest':true", APP, {NULL}, false, "not named by its digest", 0, NULL},
	{"pinned to another", "'unmatched':'allow','require-digest':true", "registry.example/app@" OTHER, {NULL}, false,
	 "names a digest that what runs does not have", 0, NULL},
	{"young enough", "'images':[[{'match':['**'],'max-age':86400}]]", APP, {NULL}, true, NULL, 1800076400,
	 "2027-01-15T05:13:20Z"},
	{"too old", "'images':[[{'match':['**'],'max-age':3600}]]", APP, {NULL}, true, "longer ago than max-age", 0,
	 "2027-01-15T05:13:20Z"},
	{"of the future", "'images':[[{'match':['**'],'max-age':3600}]]", APP, {NULL}, true, "in the future", 0,
	 "2037-01-15T05:13:20Z"},
	{"no date", "'images':[[{'match':['**'],'max-age':3600}]]", APP, {NULL}, true, "does not say when", 0, NULL},
	{"the epoch is no date", "'images':[[{'match':['**'],'max-age':3600}]]", APP, {NULL}, true, "does not say when", 0,
	 "1970-01-01T00:00:00Z"},
};

static json_t *settings_of(const char *differs)
{
	json_error_t where;
	char text[2048];
	assert_true((size_t)snprintf(text, sizeof(text), "{%s}", differs) < sizeof(text));
	for (char *quote = text; (quote = strchr(quote, '\''));)
		*quote = '"';
	json_t *more = json_loads(text, 0, &where);
	char whole[sizeof(base)];
	memcpy(whole, base, sizeof(base));
	for (char *quote = whole; (quote = strchr(quote, '\''));)
		*quote = '"';
	json_t *settings = json_loads(whole, 0, &where);
	assert_non_null(more);
	assert_int_equal(json_object_update(settings, more), 0);
	json_decref(more);
	return settings;
}

static void check_row(const struct row *row)
{
	cleanup_claims struct claims claims = {0};
	cleanup_assessment struct assessment assessment = {0};
	cleanup_reference struct reference name = {0};
	json_t *settings = settings_of(row->settings);
	for (size_t i = 0; i < ARRAY_SIZE(row->claims) && row->claims[i]; i++)
		add_claim(&claims, row->claims[i]);
	bool named = row->name && reference_parse(row->name, &name, NULL) == 0, matched = false;
	const char *const digests[] = {CONFIG, MANIFEST};
	const struct image image = {
		.typed = row->name,
		.name = named ? &name : NULL,
		.digests = digests,
		.digest_count = ARRAY_SIZE(digests),
		.claimed = CONFIG " " PULLED,
		.created = row->created,
		.claims = &claims,
		.now = NOW,
	};
	assert_int_equal(evaluate(settings, &image, &assessment, &matched, NULL), 0);
	const char *reason = json_string_value(json_array_get(assessment.reasons, 0));
	if (!row->reason != !reason || (reason && !strstr(reason, row->reason)))
		fail_msg("%s: %s", row->title, reason ? reason : "trusted");
	assert_int_equal(assessment.denied, row->reason && strstr(row->reason, "trust/deny") != NULL);
	if (matched != row->matched || (!reason && assessment.expires != row->expires))
		fail_msg("%s: matched %d, expires %lld", row->title, matched, (long long)assessment.expires);
	json_decref(settings);
}

static void demands_are_weighed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(demands_are_weighed)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
