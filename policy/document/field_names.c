#include "policy/document/field_names.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

/* Every JSON field of the runtime specification 1.2 (specs-go/config.go),
 * without regard to which struct it stands in, sorted without regard to case. */
static const char *const fields[] = {
	"access", "action", "additionalGids", "allow", "ambient", "annotations", "apparmorProfile",
	"architectures", "args", "average", "blockIO", "bounding", "burst", "capabilities", "cgroupsPath",
	"checkBeforeUpdate", "class", "classID", "closID", "commandLine", "consoleSize", "containerID",
	"cpu", "cpus", "createContainer", "createRuntime", "cwd", "deadline", "defaultAction",
	"defaultErrnoRet", "destination", "devices", "disableOOMKiller", "domain", "domainname",
	"effective", "enableCMT", "enableMBM", "enableMonitoring", "env", "errnoRet", "execCPUAffinity",
	"fileMode", "filters", "final", "flags", "freebsd", "gid", "gidMappings", "hard", "hcaHandles",
	"hcaObjects", "height", "hooks", "hostID", "hostname", "hugepageLimits", "idle", "index",
	"inheritable", "initial", "intelRdt", "ioPriority", "kernel", "kernelTCP", "l3CacheSchema",
	"leafWeight", "limit", "linux", "listenerMetadata", "listenerPath", "major", "maskedPaths",
	"memBwSchema", "memory", "memoryPolicy", "mems", "minor", "mode", "mountLabel", "mounts", "name",
	"names", "namespaces", "nanosecs", "netDevices", "network", "nice", "nodes", "noNewPrivileges",
	"ociVersion", "oomScoreAdj", "op", "options", "pageSize", "path", "period", "permitted",
	"personality", "pids", "policy", "poststart", "poststop", "prestart", "priorities", "priority",
	"process", "propagation", "quota", "rate", "rdma", "readonly", "readonlyPaths", "realtimePeriod",
	"realtimeRuntime", "reservation", "resources", "rlimits", "root", "rootfsPropagation", "runtime",
	"scheduler", "schemata", "seccomp", "secs", "selinuxLabel", "shares", "size", "soft", "solaris",
	"source", "startContainer", "swap", "swappiness", "syscalls", "sysctl", "terminal",
	"throttleReadBpsDevice", "throttleReadIOPSDevice", "throttleWriteBpsDevice",
	"throttleWriteIOPSDevice", "timeOffsets", "timeout", "type", "uid", "uidMappings", "umask",
	"unified", "useHierarchy", "user", "username", "value", "valueTwo", "vm", "weight", "weightDevice",
	"width", "windows", "zos",
};

/* Objects whose keys are names that a user chooses, not fields. */
static const char *const free_keys_in_config[] = {
	"/annotations", "/linux/sysctl", "/linux/resources/unified", "/linux/resources/rdma",
	"/linux/timeOffsets", "/linux/netDevices", NULL,
};
static const char *const free_keys_in_resources[] = {"/unified", "/rdma", NULL};
static const char *const no_free_keys[] = {NULL};

/* The key as Go's encoding/json folds it: ASCII letters to lower case, U+017F
 * (long s) to s, U+212A (Kelvin sign) to k. The caller frees it. */
static char *fold(const char *key)
{
	char *folded = malloc(strlen(key) + 1), *write = folded;
	if (!folded)
		return NULL;
	for (const char *read = key; *read;) {
		if (strncmp(read, "\xc5\xbf", 2) == 0) {
			*write++ = 's';
			read += 2;
		} else if (strncmp(read, "\xe2\x84\xaa", 3) == 0) {
			*write++ = 'k';
			read += 3;
		} else {
			char byte = *read++;
			*write++ = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
		}
	}
	*write = '\0';
	return folded;
}

static int compare_folded(const void *key, const void *field)
{
	return strcasecmp(key, *(const char *const *)field);
}

/* The field that a Go decoder takes `folded` for, or NULL. */
static const char *field_of(const char *folded)
{
	const char *const *found =
		bsearch(folded, fields, ARRAY_SIZE(fields), sizeof(fields[0]), compare_folded);
	return found ? *found : NULL;
}

/* What `key` collides with: a field, or an earlier unknown key in `*unknown`
 * (folded → as spelled), which is made when first needed. *ret_other is NULL
 * where it collides with nothing. */
static int find_collision(const char *key, json_t **unknown, const char **ret_other)
{
	/* the ordinary key: folding changes none of its letters but their case */
	const char *field = field_of(key);
	if (field) {
		*ret_other = strcmp(field, key) == 0 ? NULL : field;
		return 0;
	}
	cleanup_free char *folded = fold(key);
	if (!folded)
		return -ENOMEM;
	field = field_of(folded);
	if (field) {
		*ret_other = strcmp(field, key) == 0 ? NULL : field;
		return 0;
	}
	if (!*unknown)
		*unknown = json_object();
	*ret_other = json_string_value(json_object_get(*unknown, folded));
	if (!*ret_other && json_object_set_new(*unknown, folded, json_string(key)) < 0)
		return -ENOMEM;
	return 0;
}

static int check_keys(const json_t *object, const char *pointer, struct error **error)
{
	cleanup_json json_t *unknown = NULL;
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		const char *other = NULL;
		if (find_collision(key, &unknown, &other) < 0)
			return error_out_of_memory(error);
		if (other)
			return error_set(error, EINVAL,
					 "%s has the key \"%s\", which a Go decoder takes for \"%s\"; spell keys exactly and once",
					 *pointer ? pointer : "the document", key, other);
	}
	return 0;
}

static bool has_free_keys(const char *pointer, const char *const *free_keys)
{
	for (; *free_keys; free_keys++)
		if (strcmp(pointer, *free_keys) == 0)
			return true;
	return false;
}

/* `pointer` names `value` and is extended for its children; depth is bounded by
 * DOCUMENT_DEPTH. */
static int check_value(const json_t *value, struct text *pointer, const char *const *free_keys,
		       struct error **error)
{
	size_t length = pointer->length, index;
	int result = 0;
	const char *key;
	json_t *child;
	if (json_is_array(value)) {
		json_array_foreach(value, index, child) {
			if (!json_is_array(child) && !json_is_object(child))
				continue;
			text_append_format(pointer, "/%zu", index);
			result = check_value(child, pointer, free_keys, error);
			pointer->length = length;
			if (result < 0)
				return result;
		}
		return 0;
	}
	if (!json_is_object(value))
		return 0;
	if (!has_free_keys(pointer->data ? pointer->data : "", free_keys))
		result = check_keys(value, pointer->data ? pointer->data : "", error);
	json_object_foreach((json_t *)(uintptr_t)value, key, child) {
		if (result < 0)
			return result;
		if (!json_is_array(child) && !json_is_object(child))
			continue;
		cleanup_free char *token = document_pointer_token(key);
		text_append(pointer, "/");
		text_append(pointer, token ? token : "?");
		result = check_value(child, pointer, free_keys, error);
		pointer->length = length;
		if (pointer->data)
			pointer->data[length] = '\0';
	}
	return result;
}

int field_names_check(const json_t *root, enum document_kind kind, struct error **error)
{
	static const char *const *const free_keys[] = {
		[DOCUMENT_PLAIN] = no_free_keys,
		[DOCUMENT_CONFIG] = free_keys_in_config,
		[DOCUMENT_PROCESS] = no_free_keys,
		[DOCUMENT_RESOURCES] = free_keys_in_resources,
	};
	if (kind == DOCUMENT_PLAIN || kind == DOCUMENT_LIST)
		return 0;
	cleanup_text struct text pointer = {0};
	text_append(&pointer, "");
	int result = check_value(root, &pointer, free_keys[kind], error);
	if (result == 0 && pointer.failed)
		return error_out_of_memory(error);
	return result;
}
