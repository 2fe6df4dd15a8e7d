#include "policy/trust/question_wire.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"

/* The question's JSON, then the blobs, each behind its head. */
struct wire_head {
	uint32_t question, blobs;
};

struct wire_blob {
	char digest[DIGEST_LENGTH + 1];
	uint32_t size;
};

static const struct wire_text {
	const char *key;
	size_t place;
} texts[] = {
	{"store", offsetof(struct trust_question, store)},
	{"image", offsetof(struct trust_question, image)},
	{"config", offsetof(struct trust_question, config_digest)},
	{"manifest", offsetof(struct trust_question, manifest_digest)},
	{"index", offsetof(struct trust_question, index_digest)},
	{"claimed", offsetof(struct trust_question, claimed)},
	{"chain-id", offsetof(struct trust_question, chain_id)},
};

static const char **text_at(struct trust_question *question, const struct wire_text *text)
{
	return (const char **)(void *)((char *)question + text->place);
}

void question_wire_write(const struct trust_question *question, const struct evidence *evidence, struct text *bytes)
{
	struct trust_question copy = *question;
	cleanup_json json_t *object = json_pack("{s:O,s:I}", "settings", question->settings, "now",
						(json_int_t)question->now);
	cleanup_free char *text = NULL;
	size_t length = 0;
	for (size_t i = 0; object && i < ARRAY_SIZE(texts); i++) {
		const char *value = *text_at(&copy, &texts[i]);
		/* a name that is not UTF-8 is none */
		if (value && json_object_set_new(object, texts[i].key, json_string(value)) < 0)
			(void)json_object_del(object, texts[i].key);
	}
	if (!object || document_print(object, &text, &length, NULL) < 0) {
		bytes->failed = true;
		return;
	}
	const struct wire_head head = {.question = (uint32_t)length, .blobs = (uint32_t)evidence->count};
	text_append_bytes(bytes, (const char *)&head, sizeof(head));
	text_append_bytes(bytes, text, length);
	for (size_t i = 0; i < evidence->count; i++) {
		const struct blob *blob = &evidence->blobs[i];
		struct wire_blob own = {.size = (uint32_t)blob->size};
		memcpy(own.digest, blob->digest, sizeof(own.digest));
		text_append_bytes(bytes, (const char *)&own, sizeof(own));
		text_append_bytes(bytes, (const char *)blob->data, blob->size);
	}
}

/* Copies the next `size` bytes; false where there are not that many. */
static bool take(const char **bytes, size_t *left, void *ret, size_t size)
{
	if (*left < size)
		return false;
	memcpy(ret, *bytes, size);
	*bytes += size;
	*left -= size;
	return true;
}

static int take_blob(const char **bytes, size_t *left, struct evidence *evidence)
{
	struct wire_blob head;
	if (!take(bytes, left, &head, sizeof(head)) || *left < head.size ||
	    head.digest[DIGEST_LENGTH] != '\0')
		return -EINVAL;
	uint8_t *data = malloc((size_t)head.size + 1);
	if (!data)
		return -ENOMEM;
	data[head.size] = '\0';
	(void)take(bytes, left, data, head.size);
	int result = evidence_add(evidence, head.digest, data, head.size);
	if (result < 0)
		free(data);
	return result;
}

static int read_all(const char *bytes, size_t left, struct trust_question *question, struct evidence *evidence,
		    json_t **ret_memory)
{
	struct wire_head head;
	cleanup_json json_t *object = NULL;
	if (!take(&bytes, &left, &head, sizeof(head)) || left < head.question ||
	    document_parse(bytes, head.question, DOCUMENT_PLAIN, &object, NULL) < 0)
		return -EINVAL;
	bytes += head.question;
	left -= head.question;
	for (uint32_t i = 0; i < head.blobs; i++) {
		int result = take_blob(&bytes, &left, evidence);
		if (result < 0)
			return result;
	}
	question->settings = json_object_get(object, "settings");
	question->now = json_integer_value(json_object_get(object, "now"));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*text_at(question, &texts[i]) = document_text(json_object_get(object, texts[i].key));
	if (left > 0 || !json_is_object(question->settings) || !question->store)
		return -EINVAL;
	*ret_memory = json_incref(object);
	return 0;
}

int question_wire_read(const char *bytes, size_t length, struct trust_question *ret_question,
		       struct evidence *ret_evidence, json_t **ret_memory, struct error **error)
{
	struct trust_question question = {0};
	struct evidence evidence = {0};
	int result = read_all(bytes, length, &question, &evidence, ret_memory);
	if (result < 0) {
		evidence_release(&evidence);
		return result == -ENOMEM ? error_out_of_memory(error)
					 : error_set(error, EINVAL, "these bytes are no question; the two programs are of "
						     "different builds: install them together");
	}
	*ret_question = question;
	*ret_evidence = evidence;
	return 0;
}
