/* config.json from a stranger, all the way that create goes: parsed, judged by
 * every control, edited, printed. The result reads the same again, and of what was
 * mended nothing is left to find. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/decide.h"
#include "policy/document/document.h"
#include "shim/decision_log.h"
#include "shim/refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static json_t *fallback_settings(void)
{
	static json_t *all;
	if (all)
		return all;
	all = json_object();
	for (size_t i = 0; i < control_count; i++)
		check(json_object_set_new(all, controls[i]->name,
					  settings_fallback(action_words[controls[i]->action],
							    controls[i]->keys)) == 0);
	return all;
}

static json_t *print_and_parse(const json_t *root)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	json_t *again = NULL;
	check(document_print(root, &text, &length, NULL) == 0);
	check(document_parse(text, length, DOCUMENT_CONFIG, &again, NULL) == 0);
	check(json_equal(root, again));
	return again;
}

static void check_nothing_is_left(json_t *hardened, const struct facts *facts)
{
	struct decision again;
	check(decide(hardened, VERB_CREATE, MODE_ENFORCE, fallback_settings(), facts, &again, NULL) == 0);
	for (size_t i = 0; i < again.findings.count; i++)
		check(again.findings.items[i].outcome != OUTCOME_REWRITTEN);
	decision_release(&again);
}

/* The log line and the sentence for whatever was found. */
static void check_words(struct interception *interception)
{
	cleanup_json json_t *record = decision_log_record(interception, NULL);
	check(record != NULL);
	cleanup_free char *line = NULL, *text = refusal_text(interception, NULL);
	size_t length = 0;
	check(document_print(record, &line, &length, NULL) == 0 && !memchr(line, '\n', length));
	check(text && strlen(text) < 8191 && !strchr(text, '\n'));
	check(!strcasestr(text, "permission denied") && !strcasestr(text, "no such file or directory"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_json json_t *config = NULL;
	if (document_parse((const char *)data, size, DOCUMENT_CONFIG, &config, NULL) < 0 || !json_is_object(config))
		return 0;
	struct interception interception;
	interception_start(&interception);
	interception.verb = VERB_CREATE;
	interception.invocation.verb = "create";
	interception.invocation.id = "c1";
	struct facts *facts = &interception.facts;
	facts->id = strdup("c1");
	facts->bundle = strdup("/nowhere/bundle");
	facts->rootfs = strdup("/nowhere/bundle/rootfs");
	cleanup_error struct error *error = NULL;
	int result = decide(config, VERB_CREATE, MODE_ENFORCE, fallback_settings(), facts, &interception.decision,
			    &error);
	check((result < 0) == (error != NULL));
	if (result == 0) {
		interception.resolved = interception.decided = true;
		cleanup_json json_t *again = print_and_parse(interception.decision.result);
		check_nothing_is_left(again, facts);
		check_words(&interception);
	}
	interception_release(&interception);
	return 0;
}
