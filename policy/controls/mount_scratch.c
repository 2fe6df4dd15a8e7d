#include "policy/controls/mount_scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"
#include "policy/host/path.h"

/* A folder, or nothing yet where the backend can make one. */
static int can_be_mounted_over(int root, const char *place, bool *ret)
{
	static const char *const kernel[] = {"/proc", "/sys", "/dev"};
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		if (path_is_at_or_below(place, kernel[i]))
			return 0;
	*ret = root < 0;
	if (root < 0)
		return 0;
	cleanup_close int found = -1;
	struct stat status;
	struct statvfs volume;
	int result = file_open_in_root(root, place, O_PATH, &found);
	if (result == 0 && fstat(found, &status) < 0)
		return -errno;
	if (result == 0)
		*ret = S_ISDIR(status.st_mode);
	if (result == -ENOENT && fstatvfs(root, &volume) < 0)
		return -errno;
	if (result == -ENOENT)
		*ret = !(volume.f_flag & ST_RDONLY);
	/* a file or a loop of links on the way: nothing can be mounted there */
	bool known = result == 0 || result == -ENOENT || result == -ENOTDIR || result == -ELOOP;
	return known ? 0 : result;
}

/* place → index of the first mount there */
static int index_places(struct mount_list *list, json_t *places)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *place = NULL, *other = NULL;
		int result = mount_place(list, &list->items[i], &place, &other);
		if (result < 0)
			return result;
		if (!json_object_get(places, place) &&
		    json_object_set_new(places, place, json_integer((json_int_t)i)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* True where something is mounted at `place` or above it, the root aside. */
static bool is_covered(const json_t *places, const char *place)
{
	char *above = strdup(place);
	bool covered = !above;
	while (!covered && above && *above) {
		covered = json_object_get(places, above) != NULL;
		*strrchr(above, '/') = '\0';
	}
	free(above);
	return covered;
}

static size_t first_below(const struct mount_list *list, const char *place)
{
	for (size_t i = 0; i < list->count; i++)
		if (path_is_below(list->items[i].place, place))
			return i;
	return SIZE_MAX;
}

static int plan_one(struct mount_list *list, json_t *places, const char *wanted, struct scratch_plan *plan,
		    struct error **error)
{
	char *place = NULL;
	int root = mount_list_root(list);
	int result = root >= 0 ? path_resolve(root, wanted, &place, NULL) : root;
	if (mount_fails_for_all(result) && !(place = path_normalise(wanted)))
		result = -ENOMEM;
	if (!place)
		return result;
	plan->owned[plan->owned_count++] = place;
	if (strcmp(place, "/") == 0 || is_covered(places, place))
		return 0;
	bool possible = false;
	result = can_be_mounted_over(root, place, &possible);
	if (result < 0)
		return error_set_errno(error, -result, "the folder \"%s\" of the image", place);
	if (!possible)
		return 0;
	plan->items[plan->count++] = (struct scratch){.place = place, .before = first_below(list, place)};
	return json_object_set_new(places, place, json_true()) < 0 ? -ENOMEM : 0;
}

int scratch_plan_make(struct mount_list *list, const json_t *writable, struct scratch_plan *plan, struct error **error)
{
	size_t wanted = json_array_size(writable), index;
	json_t *path;
	cleanup_json json_t *places = json_object();
	plan->items = calloc(wanted + 1, sizeof(*plan->items));
	plan->owned = calloc(wanted + 1, sizeof(*plan->owned));
	if (!places || !plan->items || !plan->owned)
		return -ENOMEM;
	int result = index_places(list, places);
	json_array_foreach(writable, index, path) {
		if (result == 0)
			result = plan_one(list, places, json_string_value(path), plan, error);
	}
	return result;
}

void scratch_plan_release(struct scratch_plan *plan)
{
	for (size_t i = 0; i < plan->owned_count; i++)
		free(plan->owned[i]);
	free(plan->owned);
	free(plan->items);
	*plan = (struct scratch_plan){0};
}

struct scratch_form scratch_form_for(const json_t *process, int64_t size)
{
	struct scratch_form form = {.size = size};
	const json_t *user = json_object_get(process, "user");
	int64_t id = 0;
	if (document_read_int64(json_object_get(user, "uid"), &id) == 0)
		form.uid = id;
	if (document_read_int64(json_object_get(user, "gid"), &id) == 0)
		form.gid = id;
	return form;
}

json_t *scratch_mount(const char *place, const struct scratch_form *form)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {{"uid", form->uid}, {"gid", form->gid}, {"size", form->size}};
	cleanup_json json_t *mount =
		json_pack("{s:s, s:s, s:s, s:[s,s,s]}", "destination", place, "type", "tmpfs", "source",
			  "tmpfs", "options", "nosuid", "nodev", "mode=1777");
	json_t *options = json_object_get(mount, "options");
	for (size_t i = 0; options && i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].value > 0 &&
		    json_array_append_new(options, json_sprintf("%s=%lld", numbers[i].name,
								(long long)numbers[i].value)) < 0)
			return NULL;
	return json_incref(mount);
}

json_t *scratch_insert(const struct scratch_plan *plan, const json_t *mounts,
		       const struct scratch_form *form)
{
	cleanup_json json_t *all = json_array();
	size_t index;
	json_t *mount;
	json_array_foreach(mounts, index, mount) {
		for (size_t i = 0; i < plan->count; i++)
			if (plan->items[i].before == index &&
			    json_array_append_new(all, scratch_mount(plan->items[i].place, form)) < 0)
				return NULL;
		if (json_array_append(all, mount) < 0)
			return NULL;
	}
	return json_incref(all);
}
