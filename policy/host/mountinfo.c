#include "policy/host/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/host/path.h"

#define MOUNTINFO_SIZE ((size_t)64 << 20) /* bytes */
#define MOUNTINFO_PATH "/proc/self/mountinfo"

struct mountinfo {
	char *text;			 /* the entries point into it */
	struct mountinfo_entry *entries; /* by id */
	const struct mountinfo_entry **by_point;
	const struct mountinfo_entry **by_device; /* among equals: the mount that shows most, first */
	size_t count;
};

void mountinfo_free(struct mountinfo *info)
{
	if (!info)
		return;
	free(info->text);
	free(info->entries);
	free(info->by_point);
	free(info->by_device);
	free(info);
}

/* Space, tab, newline and backslash are written so, and commas within an option's value. */
void mountinfo_unescape(char *field)
{
	char *write = strchr(field, '\\');
	for (const char *read = write; read && *read;) {
		if (read[0] == '\\' && read[1] >= '0' && read[1] <= '3' && read[2] >= '0' && read[2] <= '7' &&
		    read[3] >= '0' && read[3] <= '7') {
			*write++ = (char)((read[1] - '0') * 64 + (read[2] - '0') * 8 + (read[3] - '0'));
			read += 4;
		} else {
			*write++ = *read++;
		}
	}
	if (write)
		*write = '\0';
}

static bool parse_device(char *field, struct mountinfo_entry *entry)
{
	char *colon = strchr(field, ':');
	uint64_t major = 0, minor = 0;
	if (!colon)
		return false;
	*colon = '\0';
	if (number_parse_uint64(field, &major) < 0 || number_parse_uint64(colon + 1, &minor) < 0 ||
	    major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	entry->major = (uint32_t)major;
	entry->minor = (uint32_t)minor;
	return true;
}

/* "36 35 98:0 /root /point options [tags …] - type source super-options" */
static bool parse_line(char *line, struct mountinfo_entry *entry)
{
	char *rest = line, *fields[6] = {0};
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return false;
	}
	const char *tag = strsep(&rest, " ");
	while (tag && strcmp(tag, "-") != 0)
		tag = strsep(&rest, " ");
	char *type = tag ? strsep(&rest, " ") : NULL;
	char *source = type ? strsep(&rest, " ") : NULL;
	if (!source || number_parse_uint64(fields[0], &entry->id) < 0 || !parse_device(fields[2], entry))
		return false;
	char *escaped[] = {fields[3], fields[4], type, source};
	for (size_t i = 0; i < ARRAY_SIZE(escaped); i++)
		mountinfo_unescape(escaped[i]);
	entry->root = fields[3];
	entry->point = fields[4];
	entry->type = type;
	entry->source = source;
	entry->options = rest ? rest : "";
	return true;
}

static int compare_ids(const void *left, const void *right)
{
	uint64_t a = ((const struct mountinfo_entry *)left)->id;
	uint64_t b = ((const struct mountinfo_entry *)right)->id;
	return a < b ? -1 : a > b;
}

static int compare_points(const void *left, const void *right)
{
	return path_compare((*(const struct mountinfo_entry *const *)left)->point,
			    (*(const struct mountinfo_entry *const *)right)->point);
}

static int compare_devices(const void *left, const void *right)
{
	const struct mountinfo_entry *a = *(const struct mountinfo_entry *const *)left;
	const struct mountinfo_entry *b = *(const struct mountinfo_entry *const *)right;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	size_t a_length = strlen(a->root), b_length = strlen(b->root);
	return a_length < b_length ? -1 : a_length > b_length;
}

static int make_indexes(struct mountinfo *info)
{
	qsort(info->entries, info->count, sizeof(*info->entries), compare_ids);
	info->by_point = calloc(info->count + 1, sizeof(struct mountinfo_entry *));
	info->by_device = calloc(info->count + 1, sizeof(struct mountinfo_entry *));
	if (!info->by_point || !info->by_device)
		return -ENOMEM;
	for (size_t i = 0; i < info->count; i++)
		info->by_point[i] = info->by_device[i] = &info->entries[i];
	qsort(info->by_point, info->count, sizeof(struct mountinfo_entry *), compare_points);
	qsort(info->by_device, info->count, sizeof(struct mountinfo_entry *), compare_devices);
	return 0;
}

int mountinfo_parse(const char *text, size_t length, struct mountinfo **ret, struct error **error)
{
	cleanup_mountinfo struct mountinfo *info = calloc(1, sizeof(*info));
	if (!info)
		return error_out_of_memory(error);
	size_t lines = 1;
	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	info->text = strndup(text, length);
	info->entries = calloc(lines, sizeof(*info->entries));
	if (!info->text || !info->entries)
		return error_out_of_memory(error);
	char *rest = info->text;
	for (char *line = strsep(&rest, "\n"); line && (*line || rest); line = strsep(&rest, "\n"))
		if (!parse_line(line, &info->entries[info->count++]))
			return error_set(error, EINVAL, MOUNTINFO_PATH ":%zu is malformed", info->count);
	if (make_indexes(info) < 0)
		return error_out_of_memory(error);
	*ret = take_pointer(info);
	return 0;
}

int mountinfo_read(struct mountinfo **ret, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = file_read(MOUNTINFO_PATH, MOUNTINFO_SIZE, &text, &length, error);
	if (result < 0)
		return result;
	return mountinfo_parse(text, length, ret, error);
}

int mountinfo_id_of_descriptor(int descriptor, uint64_t *ret)
{
	struct statx status;
	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) < 0)
		return -errno;
	if (!(status.stx_mask & STATX_MNT_ID))
		return -ENOSYS; /* before Linux 5.8 */
	*ret = status.stx_mnt_id;
	return 0;
}

const struct mountinfo_entry *mountinfo_of_descriptor(const struct mountinfo *info, int descriptor)
{
	struct mountinfo_entry wanted = {0};
	if (mountinfo_id_of_descriptor(descriptor, &wanted.id) < 0)
		return NULL;
	return bsearch(&wanted, info->entries, info->count, sizeof(wanted), compare_ids);
}

bool mountinfo_has_below(const struct mountinfo *info, const char *path)
{
	/* path_compare() puts everything below a path right behind it */
	size_t low = 0, high = info->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (path_compare(info->by_point[middle]->point, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < info->count && path_is_below(info->by_point[low]->point, path);
}

char *mountinfo_inside(const struct mountinfo_entry *entry, const char *path)
{
	const char *rest = path_rest(path, entry->point);
	return rest ? path_join(entry->root, rest) : NULL;
}

/* The first of the mounts of `entry`'s file system in by_device. */
static size_t first_of_device(const struct mountinfo *info, const struct mountinfo_entry *entry)
{
	struct mountinfo_entry least = {.major = entry->major, .minor = entry->minor, .root = ""};
	const struct mountinfo_entry *wanted = &least;
	size_t low = 0, high = info->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_devices(&info->by_device[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

char *mountinfo_path_elsewhere(const struct mountinfo *info, const struct mountinfo_entry *entry,
			       const char *inside, bool (*skip)(const char *point, const void *context),
			       const void *context, int *ret_result)
{
	*ret_result = 0;
	for (size_t i = first_of_device(info, entry); i < info->count; i++) {
		const struct mountinfo_entry *other = info->by_device[i];
		if (other->major != entry->major || other->minor != entry->minor)
			break;
		const char *rest = path_rest(inside, other->root);
		if (!rest || (skip && skip(other->point, context)))
			continue;
		char *path = path_join(other->point, rest);
		*ret_result = path ? 0 : -ENOMEM;
		return path;
	}
	return NULL;
}
