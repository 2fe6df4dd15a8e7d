#include "policy/tests/support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/document.h"

json_t *parse_document(const char *text, enum document_kind kind)
{
	json_t *root = NULL;
	cleanup_error struct error *error = NULL;
	if (document_parse(text, strlen(text), kind, &root, &error) < 0)
		fail_msg("%s: %s", text, error_message(error));
	return root;
}

json_t *parse_config(const char *text)
{
	return parse_document(text, DOCUMENT_CONFIG);
}

json_t *settings_for_only(const struct control *control, const json_t *changes)
{
	json_t *all = json_object();
	for (size_t i = 0; i < control_count; i++) {
		bool own = controls[i] == control;
		json_t *settings = settings_fallback(own ? action_words[control->action] : "off", controls[i]->keys);
		if (own && changes)
			assert_int_equal(json_object_update_existing(settings, (json_t *)(uintptr_t)changes), 0);
		for (const struct policy_key *key = controls[i]->keys; key->type != KEY_END; key++)
			if (!key_value_fits(key, json_object_get(settings, key->name)))
				fail_msg("%s: setting %s is not of its type", controls[i]->name, key->name);
		assert_int_equal(json_object_set_new(all, controls[i]->name, settings), 0);
	}
	return all;
}

static void assert_owned(const struct finding *finding)
{
	if (finding->edit == EDIT_NONE)
		return;
	for (const char *const *own = finding->control->owns; *own; own++) {
		size_t length = strlen(*own);
		if (text_starts_with(finding->pointer, *own) &&
		    (finding->pointer[length] == '/' || finding->pointer[length] == '\0'))
			return;
	}
	fail_msg("control %s edits %s, which it does not own", finding->control->name, finding->pointer);
}

static void assert_nothing_left(json_t *result, const json_t *settings, const struct facts *facts)
{
	struct decision again;
	cleanup_error struct error *error = NULL;
	if (decide(result, VERB_CREATE, MODE_ENFORCE, settings, facts, &again, &error) < 0)
		fail_msg("second decision: %s", error_message(error));
	for (size_t i = 0; i < again.findings.count; i++)
		if (again.findings.items[i].outcome == OUTCOME_REWRITTEN)
			fail_msg("left after the edits: %s", finding_sentence(&again.findings.items[i]));
	decision_release(&again);
}

struct decision decide_lawfully(json_t *document, const json_t *settings, const struct facts *facts)
{
	struct decision decision;
	cleanup_error struct error *error = NULL;
	if (decide(document, VERB_CREATE, MODE_ENFORCE, settings, facts, &decision, &error) < 0)
		fail_msg("decision: %s", error_message(error));
	for (size_t i = 0; i < decision.findings.count; i++)
		assert_owned(&decision.findings.items[i]);
	assert_nothing_left(decision.result, settings, facts);
	return decision;
}

const struct finding *finding_at(const struct decision *decision, const char *pointer)
{
	for (size_t i = 0; i < decision->findings.count; i++)
		if (strcmp(decision->findings.items[i].pointer, pointer) == 0)
			return &decision->findings.items[i];
	fail_msg("no finding at %s", pointer);
	return NULL;
}

char *make_temporary_directory(void)
{
	char *path = strdup("/tmp/oci-harden-test.XXXXXX");
	assert_non_null(path);
	assert_non_null(mkdtemp(path));
	return path;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	return remove(path);
}

void remove_tree(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
