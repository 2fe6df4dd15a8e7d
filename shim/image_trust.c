#include "shim/image_trust.h"

#include <errno.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/document/printable.h"
#include "policy/trust/store.h"
#include "policy/trust/verdict.h"
#include "shim/binding/binding.h"
#include "shim/identity/claims.h"

static const char *proven(const struct fact *fact)
{
	return fact->provenance == PROVENANCE_ENGINE ? fact->value : NULL;
}

static int ask(const struct policy *policy, const struct facts *facts, struct trust_question *question,
	       json_t **ret_verdict, struct error **error)
{
	cleanup_json json_t *settings = NULL;
	int result = policy_trust(policy, facts, &settings, error);
	if (result < 0)
		return result;
	question->settings = settings;
	/* where it is missing nothing is kept: best effort */
	(void)mkdir(TRUST_CACHES, 0755);
	return trust_ask(question, ret_verdict, error);
}

static int find_verdict(const struct image_trust_question *asked, const char *identity, const struct facts *facts,
			struct image_trust *trust, struct error **error)
{
	struct trust_question question = {
		.make = asked->make,
		.store = TRUST_STORE,
		.cache = TRUST_VERDICTS,
		.identity = identity,
		.image = facts->image.value,
		.config_digest = proven(&facts->config_digest),
		.manifest_digest = proven(&facts->manifest_digest),
		.index_digest = proven(&facts->index_digest),
		.claimed = facts->claimed_digests,
		.chain_id = facts->chain_id,
		.now = asked->now,
	};
	int result = asked->anew ? 0 : trust_recall(&question, &trust->verdict, error);
	trust->cached = trust->verdict != NULL;
	if (result == 0 && !trust->verdict)
		result = ask(asked->policy, facts, &question, &trust->verdict, error);
	return result;
}

static int check_binding(const struct image_trust *trust, enum image_trust_purpose purpose, const struct facts *facts,
			 struct error **error)
{
	static const struct {
		const char *word;
		enum binding binding;
	} words[] = {{"digest", BIND_DIGEST}, {"layers", BIND_LAYERS}, {"content", BIND_CONTENT}};
	const json_t *verdict = trust->verdict, *ids = json_object_get(verdict, "diff-ids");
	size_t count = json_array_size(ids);
	cleanup_free const char **diff_ids = calloc(count + 1, sizeof(*diff_ids));
	if (!diff_ids)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++)
		diff_ids[i] = json_string_value(json_array_get(ids, i));
	struct binding_question question = {
		.empty_upper = purpose == IMAGE_TRUST_START && json_is_true(json_object_get(verdict, "empty-upper")),
		.facts = facts,
		.diff_ids = diff_ids,
		.count = count,
		.cache = TRUST_CONTENTS,
	};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_equal(words[i].word, json_string_value(json_object_get(verdict, "bind"))))
			question.binding = words[i].binding;
	return binding_check(&question, trust->proof, error);
}

/* What is not bound to the mounted layers proves nothing of this container: where the image
 * was meant by the policy it may not run, and nobody has signed it either way. Where that could
 * not be looked at, somebody may have, whose exception is a tighter one. */
static int bind_verdict(struct image_trust *trust, enum image_trust_purpose purpose, const struct facts *facts,
			bool *ret_bound, struct error **error)
{
	const json_t *verdict = trust->verdict;
	bool matched = json_is_true(json_object_get(verdict, "matched"));
	bool demanded = matched && json_is_true(json_object_get(verdict, "trusted"));
	*ret_bound = false;
	/* an exception may be bound to who signed, though the policy demands more than that */
	if (purpose == IMAGE_TRUST_IMAGE || (!demanded && json_array_size(json_object_get(verdict, "signers")) == 0))
		return 0;
	cleanup_error struct error *why = NULL;
	int result = check_binding(trust, purpose, facts, &why);
	if (result == -ENOMEM || (result < 0 && result != -EPERM && (purpose == IMAGE_TRUST_RUNNING || !matched)))
		return error_set(error, -result, "%s", error_message(why));
	*ret_bound = result == 0;
	if (result == 0)
		return 0;
	json_t *list = matched ? trust->reasons : trust->proof;
	return json_array_append_new(list, printable_json(error_message(why))) < 0 ? error_out_of_memory(error) : 0;
}

static int take_digest(const json_t *verdict, const char *key, struct fact *fact)
{
	const char *digest = json_string_value(json_object_get(verdict, key));
	return digest && !proven(fact) ? fact_set(fact, digest, PROVENANCE_ENGINE) : 0;
}

static int take_proof(const json_t *verdict, struct facts *facts, struct error **error)
{
	json_decref(facts->signers);
	facts->signers = json_incref(json_object_get(verdict, "signers"));
	json_decref(facts->named_by);
	facts->named_by = json_incref(json_object_get(verdict, "named-by"));
	json_decref(facts->one_hand);
	facts->one_hand = json_incref(json_object_get(verdict, "one-hand"));
	if (take_digest(verdict, "config", &facts->config_digest) < 0 ||
	    take_digest(verdict, "manifest", &facts->manifest_digest) < 0 ||
	    take_digest(verdict, "index", &facts->index_digest) < 0)
		return error_out_of_memory(error);
	return 0;
}

static int judge(const struct image_trust_question *question, const char *identity, struct facts *facts,
		 struct image_trust *trust, struct error **error)
{
	bool bound = false;
	int result = find_verdict(question, identity, facts, trust, error);
	if (result < 0)
		return result;
	trust->reasons = json_copy(json_object_get(trust->verdict, "reasons"));
	trust->proof = json_copy(json_object_get(trust->verdict, "proof"));
	if (!trust->reasons || !trust->proof)
		return error_out_of_memory(error);
	result = bind_verdict(trust, question->purpose, facts, &bound, error);
	return result == 0 && bound ? take_proof(trust->verdict, facts, error) : result;
}

int image_trust_judge(const struct image_trust_question *question, struct facts *facts,
		      struct image_trust *ret_trust, struct error **error)
{
	struct policy_trust outline;
	struct image_trust trust = {0};
	int result = policy_trust_outline(question->policy, facts, &outline, error);
	if (result < 0 || !outline.ask)
		return result;
	result = outline.others ? identity_read_claims(facts, error) : 0;
	if (result == 0)
		result = judge(question, outline.identity, facts, &trust, error);
	if (result < 0)
		image_trust_release(&trust);
	else
		*ret_trust = trust;
	return result;
}

static bool all_digests_proven(const struct facts *facts)
{
	return proven(&facts->config_digest) && proven(&facts->manifest_digest) && proven(&facts->index_digest);
}

int image_trust_matters(const struct policy *policy, const struct facts *facts, bool *ret_matters,
			struct error **error)
{
	cleanup_json json_t *settings = NULL;
	bool binds_digests = false;
	int result = policy_trust(policy, facts, &settings, error);
	if (result == 0)
		result = policy_binds_digests(policy, &binds_digests, error);
	if (result == 0)
		*ret_matters = json_array_size(json_object_get(settings, "deny")) > 0 ||
			       json_is_true(json_object_get(settings, "wanted")) ||
			       (binds_digests && !all_digests_proven(facts));
	return result;
}

void image_trust_release(struct image_trust *trust)
{
	json_decref(trust->verdict);
	json_decref(trust->reasons);
	json_decref(trust->proof);
	*trust = (struct image_trust){0};
}
