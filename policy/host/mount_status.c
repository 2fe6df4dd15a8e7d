#include "policy/host/mount_status.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/base/cleanup.h"

/* linux/mount.h and linux/stat.h, which may be older than the kernel that this runs on. */
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif
#define UNIQUE_ID 0x4000u /* STATX_MNT_ID_UNIQUE: never given a second time */
#define ROOT 0x8u
#define POINT 0x10u
#define TYPE 0x20u
#define OPTIONS 0x80u

struct request {
	uint32_t size, spare;
	uint64_t id, wanted;
};

struct answer {
	uint32_t size;
	uint32_t options; /* these are places in `texts` */
	uint64_t mask;    /* which of the wanted there are */
	uint32_t device[2];
	uint64_t magic;
	uint32_t flags, type;
	uint64_t id, parent;
	uint32_t old_id, old_parent;
	uint64_t attributes, propagation, peer_group, master, from;
	uint32_t root, point;
	uint64_t rest[50];
	char texts[((size_t)64 << 10) - 512];
};
_Static_assert(offsetof(struct answer, texts) == 512, "struct statmount");

void mount_status_release(struct mount_status *status)
{
	mountinfo_free(status->info);
	free(status->memory);
	*status = (struct mount_status){0};
}

/* False where the kernel cannot say, or not all of it. */
static bool ask_kernel(int descriptor, struct mount_status *ret)
{
	struct statx file;
	uint64_t below = 0;
	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, UNIQUE_ID, &file) < 0 ||
	    !(file.stx_mask & UNIQUE_ID))
		return false;
	struct request request = {
		.size = sizeof(request), .id = file.stx_mnt_id, .wanted = ROOT | POINT | TYPE | OPTIONS};
	cleanup_free struct answer *answer = malloc(sizeof(*answer));
	if (!answer || syscall(SYS_statmount, &request, answer, sizeof(*answer), 0) < 0 ||
	    (answer->mask & request.wanted) != request.wanted)
		return false;
	request.wanted = 0;
	long count = syscall(SYS_listmount, &request, &below, 1, 0);
	if (count < 0)
		return false;
	*ret = (struct mount_status){
		.root = answer->texts + answer->root,
		.point = answer->texts + answer->point,
		.type = answer->texts + answer->type,
		.options = answer->texts + answer->options,
		.has_below = count > 0,
		.memory = (char *)answer,
	};
	answer = NULL;
	return true;
}

int mount_status_by_mountinfo(int descriptor, struct mount_status *ret, struct error **error)
{
	cleanup_mountinfo struct mountinfo *info = NULL;
	int result = mountinfo_read(&info, error);
	if (result < 0)
		return result;
	*ret = (struct mount_status){0};
	const struct mountinfo_entry *entry = mountinfo_of_descriptor(info, descriptor);
	if (!entry)
		return 0;
	*ret = (struct mount_status){
		.root = entry->root,
		.point = entry->point,
		.type = entry->type,
		.options = entry->options,
		.has_below = mountinfo_has_below(info, entry->point),
		.info = info,
	};
	info = NULL;
	return 0;
}

int mount_status_read(int descriptor, struct mount_status *ret, struct error **error)
{
	return ask_kernel(descriptor, ret) ? 0 : mount_status_by_mountinfo(descriptor, ret, error);
}
