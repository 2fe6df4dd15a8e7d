#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/compile_parts.h"
#include "policy/trust/signer.h"

/* A file that a signer names, and what has to stand in it. */
static const struct material {
	const char *written;  /* the signer's key in the policy's file */
	const char *paths;    /* the key that has the path, or a list of them */
	const char *embedded; /* the key that gets the content, a list where there is a list of paths */
	size_t limit;         /* bytes */
	const char *mark;     /* what such a file has in it */
	const char *expected;
} materials[] = {
	{"key", "key-files", "keys", (size_t)64 << 10, "-----BEGIN PUBLIC KEY-----",
	 "a public key in PEM (-----BEGIN PUBLIC KEY-----), as cosign.pub is and `openssl pkey -pubout` writes it"},
	{"trusted-root", "trusted-root-file", "trusted-root", (size_t)512 << 10, "{",
	 "the JSON of a Sigstore trusted root (trusted_root.json)"},
	{"certificate-authority", "authorities-file", "authorities", (size_t)256 << 10, "-----BEGIN CERTIFICATE-----",
	 "certificates in PEM (-----BEGIN CERTIFICATE-----)"},
	{"notation-store", "authorities-file", "authorities", (size_t)256 << 10, "-----BEGIN CERTIFICATE-----",
	 "certificates in PEM (-----BEGIN CERTIFICATE-----)"},
	{"notation-authority-store", "authorities-file", "authorities", (size_t)256 << 10, "-----BEGIN CERTIFICATE-----",
	 "certificates in PEM (-----BEGIN CERTIFICATE-----)"},
};

/* The generation, which everybody can read, has the content in it. */
static json_t *read_file(const struct layer *layer, bool trusted, const struct material *material, const char *path,
			 const struct node *node, struct problems *problems)
{
	cleanup_free char *text = NULL;
	cleanup_error struct error *error = NULL;
	size_t length = 0;
	if (layer_read_beside(layer, path, trusted, material->limit, &text, &length, &error) < 0) {
		problem_add(problems, node->place, "%s: %s, expected %s", check_found(node), error_message(error),
			    material->expected);
		return NULL;
	}
	const char *wrong = NULL;
	if (strlen(text) != length || !text_is_utf8(text, length))
		wrong = "is not text";
	else if (strstr(text, "PRIVATE KEY-----"))
		wrong = "has a private key in it, which belongs on no host that only verifies";
	else if (!strstr(text, material->mark))
		wrong = "is something else";
	if (wrong) {
		problem_add(problems, node->place, "%s %s, expected %s", check_found(node), wrong, material->expected);
		return NULL;
	}
	json_t *content = json_string(text);
	return content ? content : check_out_of_memory(problems);
}

/* One path, or a list of them as long as the node's. */
static json_t *read_files(const struct layer *layer, bool trusted, const struct material *material,
			  const json_t *paths, const struct node *node, struct problems *problems)
{
	if (json_is_string(paths))
		return read_file(layer, trusted, material, json_string_value(paths), node, problems);
	cleanup_json json_t *contents = json_array();
	bool whole = contents != NULL;
	size_t index;
	json_t *path;
	json_array_foreach((json_t *)(uintptr_t)paths, index, path)
	{
		const struct node *own = check_item(node, index);
		json_t *content = read_file(layer, trusted, material, json_string_value(path), own ? own : node, problems);
		whole &= content && json_array_append_new(contents, content) == 0;
	}
	return whole ? take_pointer(contents) : NULL;
}

/* By what verifies with it later: a file that only looks right is found out now. */
static void try_signer(const char *name, json_t *signer, const struct node *node, const struct material *material,
		       struct problems *problems)
{
	cleanup_json json_t *alone = json_pack("{s:O}", name, signer);
	cleanup_signers struct signers signers = {0};
	cleanup_error struct error *error = NULL;
	int result = alone ? signers_load(alone, &signers, &error) : -ENOMEM;
	if (result == -ENOMEM)
		(void)check_out_of_memory(problems);
	else if (result < 0)
		problem_add(problems, node->place, "%s: %s, expected %s", check_found(node), error_message(error),
			    material->expected);
}

static void embed(const struct layer *layer, bool trusted, const char *name, const struct node *node, json_t *signer,
		  struct problems *problems)
{
	for (size_t i = 0; i < ARRAY_SIZE(materials); i++) {
		const struct material *material = &materials[i];
		const struct node *own = check_member(node, material->written);
		const json_t *paths = json_object_get(signer, material->paths);
		json_t *content = own && paths ? read_files(layer, trusted, material, paths, own, problems) : NULL;
		if (content && json_object_set_new(signer, material->embedded, content) < 0)
			(void)check_out_of_memory(problems);
		if (own)
			(void)json_object_del(signer, material->paths);
		if (content)
			try_signer(name, signer, own, material, problems);
	}
}

void compile_trust_files(struct layer *layer, bool trusted, struct problems *problems)
{
	json_t *signers = json_object_get(json_object_get(layer->checked, "trust"), "signers");
	const struct node *node = check_member(check_member(tree_root(layer->tree), "trust"), "signers");
	const char *name;
	json_t *signer;
	json_object_foreach(signers, name, signer)
		embed(layer, trusted, name, check_member(node, name), signer, problems);
}
