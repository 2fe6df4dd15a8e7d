/* Shared by the unit tests. */
#ifndef OCI_HARDEN_TESTS_SUPPORT_H
#define OCI_HARDEN_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "policy/controls/decide.h"
#include "policy/document/document.h"

/* JSON text → tree, by document_parse(); fails the test where it does not parse. The
 * second one for a config.json. */
json_t *parse_document(const char *text, enum document_kind kind);
json_t *parse_config(const char *text);

/* Every control's fallback settings with action "off", except for `control`,
 * which has its own action and, where not NULL, `changes` merged in. */
json_t *settings_for_only(const struct control *control, const json_t *changes);

/* Runs decide() on `document` for create and checks the two laws: after the
 * edits no finding but notes is left, and every edit stands at or below a pointer
 * that its control owns. */
struct decision decide_lawfully(json_t *document, const json_t *settings, const struct facts *facts);

/* The finding of `decision` at `pointer`; fails the test where there is none. */
const struct finding *finding_at(const struct decision *decision, const char *pointer);

/* A temporary directory, removed with all below it by remove_tree(). */
char *make_temporary_directory(void);
void remove_tree(const char *path);

#endif
