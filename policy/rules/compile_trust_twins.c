#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/rules/compile_parts.h"

/* What makes a signer another one than the next. */
static const char *const identifying[] = {"kind", "identity", "issuer", "subject", "authorities", "trusted-root"};

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

static bool is_same(const json_t *left, const json_t *right)
{
	if (json_object_get(left, "keys") || json_object_get(right, "keys"))
		return shares_key(left, right);
	for (size_t i = 0; i < ARRAY_SIZE(identifying); i++) {
		const json_t *one = json_object_get(left, identifying[i]), *other = json_object_get(right, identifying[i]);
		if (one != other && !json_equal(one, other))
			return false;
	}
	return true;
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
