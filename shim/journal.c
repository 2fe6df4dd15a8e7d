#include "shim/journal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static const struct sockaddr_un journal = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

/* syslog(3)'s levels */
static const struct {
	const char *verdict;
	char level;
} levels[] = {{"refused", '4'}, {"error", '3'}, {"audited", '5'}, {"rewritten", '6'}, {"clean", '6'}};

static char level_of(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (text_equal(levels[i].verdict, verdict))
			return levels[i].level;
	return '3';
}

static const char *member(const json_t *record, const char *key)
{
	const char *value = json_string_value(json_object_get(record, key));
	return value ? value : "-";
}

/* All values are printable(): none has a newline that could start a field. */
static void append_fields(struct text *message, const json_t *record)
{
	const char *name = json_string_value(json_object_get(record, "name"));
	text_append_format(message, "MESSAGE=%s of container %s: %s (decision %s, %zu findings)\n",
			   member(record, "verb"), name ? name : member(record, "container"),
			   member(record, "verdict"), member(record, "id"),
			   json_array_size(json_object_get(record, "findings")));
	text_append_format(message, "PRIORITY=%c\nSYSLOG_IDENTIFIER=oci-harden\n", level_of(member(record, "verdict")));
	text_append_format(message, "OCI_HARDEN_DECISION=%s\nOCI_HARDEN_CONTAINER=%s\nOCI_HARDEN_VERDICT=%s\n",
			   member(record, "id"), member(record, "container"), member(record, "verdict"));
}

void journal_send(const json_t *record)
{
	cleanup_close int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return;
	cleanup_text struct text message = {0};
	append_fields(&message, record);
	if (!message.failed)
		(void)sendto(descriptor, message.data, message.length, MSG_NOSIGNAL,
			     (const struct sockaddr *)&journal, sizeof(journal));
}
