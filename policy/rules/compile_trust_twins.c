#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/rules/compile_parts.h"
#include "policy/trust/distinguished_name.h"

/* Wherever its lines are broken, and whether the last one is: all else of a key was read
 * strictly, so that there is one way to write it. */
static bool is_same_key(const char *left, const char *right)
{
	for (;;) {
		left += strspn(left, "\n");
		right += strspn(right, "\n");
		if (*left != *right)
			return false;
		if (!*left)
			return true;
		left++;
		right++;
	}
}

static bool shares_key(const json_t *left, const json_t *right)
{
	size_t i, j;
	json_t *key, *other;
	json_array_foreach(json_object_get(left, "keys"), i, key)
		json_array_foreach(json_object_get(right, "keys"), j, other)
			if (is_same_key(json_string_value(key), json_string_value(other)))
				return true;
	return false;
}

static bool shares_text(const json_t *left, const json_t *right, const char *key)
{
	const char *text = json_string_value(json_object_get(left, key));
	return text && text_equal(text, json_string_value(json_object_get(right, key)));
}

/* One certificate is made out to both, whichever authorities and logs vouch for it; a signer
 * without an issuer takes any. */
static bool shares_identity(const json_t *left, const json_t *right)
{
	return shares_text(left, right, "identity") &&
	       (shares_text(left, right, "issuer") || !json_is_string(json_object_get(left, "issuer")) ||
		!json_is_string(json_object_get(right, "issuer")));
}

/* In whatever order and however it is spelled. */
static bool shares_subject(const json_t *left, const json_t *right)
{
	cleanup_distinguished_name struct distinguished_name one = {0}, other = {0};
	const char *subject = json_string_value(json_object_get(left, "subject"));
	const char *second = json_string_value(json_object_get(right, "subject"));
	return subject && second && distinguished_name_parse(subject, &one, NULL) == 0 &&
	       distinguished_name_parse(second, &other, NULL) == 0 && distinguished_name_same(&one, &other);
}

static bool is_same(const json_t *left, const json_t *right)
{
	return shares_key(left, right) || shares_identity(left, right) || shares_subject(left, right);
}

static struct place place_of(const struct layer *layer, const char *name)
{
	for (; layer; layer = layer->below) {
		const struct node *trust = check_member(tree_root(layer->tree), "trust");
		const struct node *signer = check_member(check_member(trust, "signers"), name);
		if (signer)
			return signer->place;
	}
	return (struct place){0};
}

/* The later place of the two is where it is told, so that it does not depend on the order
 * in which they are looked at. */
static bool comes_later(struct place place, struct place than)
{
	return place.line > than.line || (place.line == than.line && place.column > than.column);
}

void compile_trust_twins(const struct layer *layer, const json_t *signers, struct problems *problems)
{
	const char *name, *other;
	json_t *signer, *twin;
	json_object_foreach((json_t *)(uintptr_t)signers, name, signer)
		json_object_foreach((json_t *)(uintptr_t)signers, other, twin)
		{
			struct place place = place_of(layer, name);
			if (strcmp(name, other) == 0 || !is_same(signer, twin) || !comes_later(place, place_of(layer, other)))
				continue;
			problem_add(problems, place, "signer %s is the same as signer %s, expected another key or identity: "
				    "signers are counted, and a scanner is not who built", name, other);
			break;
		}
}
