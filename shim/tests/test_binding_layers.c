/* Which layers are mounted: recorded stores, put where root alone can write, and the line
 * of mountinfo that was recorded with them; then each in turn as it must not be. */
#include "policy/tests/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/host/mountinfo.h"
#include "shim/binding/added.h"
#include "shim/binding/binding.h"
#include "shim/binding/overlay.h"
#include "shim/binding/overlay_options.h"
#include "shim/binding/stack.h"
#include "shim/tests/layers.h"
#include "shim/tests/recorded.h"

#define LOWEST "dcb2cf4ecd9020a8845a2b6a0da667a8b60aa20497964316363893141c65b5ae"
#define TOPMOST "cbe5938529a030af21cf8d57719891a79e694bf6a59481c292bc9c9bdc548b61"
#define CHAIN "7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30"

#define DOCKER_ID "704531035ddf3e4443d2a63dd18c1d1fd4d6d388e786d365c0fe31d0a87eb960"
#define DOCKER_OWN "108fc960a19fdc3d45c64e31bc502525cd1f8938b7d73786b8cd7f63e375de58"
#define DOCKER_LOWEST "451bba01ebd88d06ca238b67c2ca1ad20cd8fac8b148fac75979d60972a9d3f6"
#define DOCKER_TOPMOST "d4ff8ffde3a3388897f2becbacd079e4d1a96fe7478bf42bfabc13addeb32be9"
#define OVERLAY2 "/mnt/dk/overlay2/"
#define LAYERDB "/mnt/dk/image/overlay2/layerdb/"

#define PODMAN_OWN "5a4b574fa1b73530792fd962af173773e0b71be7c55b6e8ef16aacd6d575cda0"
#define PODMAN_TOPMOST "3f7e61440b6024677a81103cdcd19160be54bf08010d50007285acb50b545b91"
#define OVERLAY "/mnt/pd/overlay/"

#define SNAPSHOTS "/mnt/cd-root/io.containerd.snapshotter.v1.overlayfs/snapshots/"

static const char *const diff_ids[] = {"sha256:" LOWEST, "sha256:" TOPMOST};

static void make_folders(const char *path)
{
	char part[512];
	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		(void)snprintf(part, sizeof(part), "%.*s", slash ? (int)(slash - path) : (int)strlen(path), path);
		assert_true(mkdir(part, 0755) == 0 || errno == EEXIST);
		if (!slash)
			return;
	}
}

static void copy(const char *name, const char *to)
{
	char from[512];
	size_t length = 0;
	(void)snprintf(from, sizeof(from), BINDING_DATA "%s", name);
	cleanup_free char *bytes = read_bytes(from, &length);
	write_text(to, bytes);
}

static void make_docker(void)
{
	make_folders(OVERLAY2 DOCKER_OWN "/diff");
	make_folders(OVERLAY2 DOCKER_OWN "-init/diff");
	make_folders(OVERLAY2 DOCKER_LOWEST "/diff");
	make_folders(OVERLAY2 DOCKER_TOPMOST "/diff");
	make_folders(OVERLAY2 "l");
	assert_int_equal(symlink("../" DOCKER_OWN "-init/diff", OVERLAY2 "l/YJ7CE7ITFRWCXQXGSWWQ72XTX6"), 0);
	assert_int_equal(symlink("../" DOCKER_TOPMOST "/diff", OVERLAY2 "l/KNFK537UZMAHRKZC35YWYRYK7X"), 0);
	assert_int_equal(symlink("../" DOCKER_LOWEST "/diff", OVERLAY2 "l/NS2QP2Y62ESHIRBORPIF3SVK4G"), 0);
	make_folders(LAYERDB "sha256/" LOWEST);
	make_folders(LAYERDB "sha256/" CHAIN);
	copy("layerdb/" LOWEST "/cache-id", LAYERDB "sha256/" LOWEST "/cache-id");
	copy("layerdb/" CHAIN "/cache-id", LAYERDB "sha256/" CHAIN "/cache-id");
	make_folders(LAYERDB "mounts/" DOCKER_ID);
	write_text(LAYERDB "mounts/" DOCKER_ID "/mount-id", DOCKER_OWN);
	write_text(LAYERDB "mounts/" DOCKER_ID "/init-id", DOCKER_OWN "-init");
	write_text(LAYERDB "mounts/" DOCKER_ID "/parent", "sha256:" CHAIN);
}

static void make_podman(void)
{
	make_folders(OVERLAY PODMAN_OWN "/diff");
	make_folders(OVERLAY LOWEST "/diff");
	make_folders(OVERLAY PODMAN_TOPMOST "/diff");
	make_folders(OVERLAY "l");
	assert_int_equal(symlink("../" PODMAN_TOPMOST "/diff", OVERLAY "l/3YKAWNWGAKLGE4O3G63JACVYTQ"), 0);
	assert_int_equal(symlink("../" LOWEST "/diff", OVERLAY "l/2FR2UJN2GUT4XJL62T5UKJFBRA"), 0);
	make_folders("/mnt/pd/overlay-layers");
	copy("layers.json", "/mnt/pd/overlay-layers/layers.json");
}

static void make_cri(void)
{
	make_folders(SNAPSHOTS "6/fs");
	make_folders(SNAPSHOTS "7/fs");
	make_folders(SNAPSHOTS "10/fs");
}

struct example {
	const char *mountinfo;
	void (*make)(void);
	int (*read)(const struct binding_question *, struct layer_stack *, struct error **);
	struct facts facts; /* texts are literals */
	const char *point;
};

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static struct example docker = {
	.mountinfo = "docker.mountinfo",
	.make = make_docker,
	.read = stack_read_docker,
	.facts = {.engine = ENGINE_DOCKER,
		  .id = TEXT(DOCKER_ID),
		  .storage = TEXT("/mnt/dk/overlay2"),
		  .rootfs = TEXT(OVERLAY2 DOCKER_OWN "/merged")},
	.point = OVERLAY2 DOCKER_OWN "/merged",
};
static struct example podman = {
	.mountinfo = "podman.mountinfo",
	.make = make_podman,
	.read = stack_read_storage,
	.facts = {.engine = ENGINE_PODMAN,
		  .storage = TEXT(OVERLAY PODMAN_OWN),
		  .rootfs = TEXT(OVERLAY PODMAN_OWN "/merged")},
	.point = OVERLAY PODMAN_OWN "/merged",
};
static struct example cri = {
	.mountinfo = "cri.mountinfo",
	.make = make_cri,
	.read = stack_read_snapshots,
	.facts = {.engine = ENGINE_CRI,
		  .chain_id = TEXT("sha256:" CHAIN),
		  .snapshot_lower = TEXT(SNAPSHOTS "7/fs:" SNAPSHOTS "6/fs"),
		  .snapshot_upper = TEXT(SNAPSHOTS "10/fs")},
	.point = "/mnt/cd-state/io.containerd.runtime.v2.task/k8s.io/"
		 "2c1dfe5357fbec7fd10072c48bd928d2d46aff8b9c3e1f46a50dfa764660ecca/rootfs",
};

/* The recorded mount of `point`, `from` in its options replaced by `to`; all text where
 * `from` is NULL. */
static char *change(const char *text, const char *from, const char *to)
{
	const char *found = from ? strstr(text, from) : NULL;
	char *changed = NULL;
	assert_true(!from || found);
	if (!found)
		return strdup(text);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(found - text), text, to, found + strlen(from)) > 0);
	return changed;
}

/* The last entry is the one at the container's root: the recorded line is put behind a
 * mount of its own id, which mountinfo_parse() finds by it. */
static int compare(const struct example *example, const char *text, const struct layer_stack *stack,
		   struct error **error)
{
	cleanup_mountinfo struct mountinfo *info = NULL;
	int result = mountinfo_parse(text, strlen(text), &info, error);
	if (result < 0)
		return result;
	cleanup_free char *options = NULL, *type = NULL;
	const char *line = strstr(text, example->point);
	assert_non_null(line);
	const char *behind = strstr(line, " - ");
	assert_non_null(behind);
	type = strndup(behind + 3, strcspn(behind + 3, " "));
	options = strndup(strrchr(line, ' ') + 1, strcspn(strrchr(line, ' ') + 1, "\n"));
	const struct mount_status mount = {
		.root = strncmp(line - 2, "/ ", 2) == 0 ? "/" : "/below",
		.point = example->point,
		.type = type,
		.options = options,
		.has_below = mountinfo_has_below(info, example->point),
	};
	return overlay_compare(&mount, example->point, stack, error);
}

static int judge(struct example *example, const char *from, const char *to, const char *const *ids, size_t count,
		 const char *cache, struct error **error)
{
	char path[256];
	size_t length = 0;
	(void)snprintf(path, sizeof(path), BINDING_DATA "%s", example->mountinfo);
	cleanup_free char *recorded = read_bytes(path, &length);
	cleanup_free char *text = change(recorded, from, to);
	cleanup_stack struct layer_stack stack = STACK_NONE;
	const struct binding_question question = {
		.binding = BIND_LAYERS, .facts = &example->facts, .diff_ids = ids, .count = count, .cache = cache};
	int result = example->read(&question, &stack, error);
	return result < 0 ? result : compare(example, text, &stack, error);
}

static void assert_bound(struct example *example, const char *from, const char *to)
{
	cleanup_error struct error *error = NULL;
	if (judge(example, from, to, diff_ids, 2, NULL, &error) < 0)
		fail_msg("%s", error_message(error));
}

static void assert_unbound(struct example *example, const char *from, const char *to, const char *why)
{
	cleanup_error struct error *error = NULL;
	assert_true(judge(example, from, to, diff_ids, 2, NULL, &error) < 0);
	if (!strstr(error_message(error), why))
		fail_msg("expected \"%s\" in: %s", why, error_message(error));
}

static void recorded_containers_are_bound(void **state)
{
	(void)state;
	struct example *const all[] = {&docker, &podman, &cri};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		all[i]->make();
		assert_bound(all[i], NULL, NULL);
	}
	/* from the driver's folder, where there are too many for a page */
	assert_bound(&docker, "lowerdir=" OVERLAY2, "lowerdir=");
	assert_bound(&docker, "upperdir=" OVERLAY2, "upperdir=");
	/* by full names, one by one */
	assert_bound(&docker, "lowerdir=" OVERLAY2 "l/YJ7CE7ITFRWCXQXGSWWQ72XTX6:" OVERLAY2 "l/KNFK537UZMAHRKZC35YWYRYK7X:",
		     "lowerdir+=" OVERLAY2 DOCKER_OWN "-init/diff,lowerdir+=" OVERLAY2 DOCKER_TOPMOST "/diff,lowerdir+=");
	assert_bound(&docker, ",upperdir", ",index=off,xino=on,volatile,metacopy=on,context=\"a:b,c:s0\",upperdir");
}

static void other_layers_are_not(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *why;
	} rows[] = {
		{"l/KNFK537UZMAHRKZC35YWYRYK7X:", "l/NS2QP2Y62ESHIRBORPIF3SVK4G:", "layer 2 under"},
		{"/mnt/dk/overlay2/l/KNFK537UZMAHRKZC35YWYRYK7X:", "", "2 layers are mounted"},
		{"lowerdir=", "lowerdir=/mnt/evil:", "4 layers are mounted"},
		{"lowerdir=", "lowerdir=:", "only gives data"},
		{"NS2QP2Y62ESHIRBORPIF3SVK4G", "NS2QP2Y62ESHIRBORPIF3SVK4G::/mnt/data", "only gives data"},
		{"NS2QP2Y62ESHIRBORPIF3SVK4G", "NS2QP2Y62ESHIRBORPIF3SVK4G,datadir+=/mnt/data", "\"datadir+\""},
		{",upperdir", ",lowerdir=/x,upperdir", "twice"},
		{",workdir", ",upperdir=/x,workdir", "twice"},
		{",workdir", ",verity=require,workdir", "\"verity\""},
		{"l/YJ7CE7ITFRWCXQXGSWWQ72XTX6", "l/KNFK537UZMAHRKZC35YWYRYK7X", "the topmost layer"},
		{"l/KNFK537UZMAHRKZC35YWYRYK7X", "l/../" DOCKER_TOPMOST "/diff", "layer 2 under"},
		{"l/KNFK537UZMAHRKZC35YWYRYK7X", "l/MISSING", "layer 2 under"},
		{"upperdir=" OVERLAY2 DOCKER_OWN "/diff", "upperdir=/mnt/evil", "what the container writes"},
		{"/work", "/../evil", "works in"},
		{"- overlay", "- fuse.fuse-overlayfs", "of the type fuse.fuse-overlayfs"},
		{" / /mnt", " /part /mnt", "nothing of its own is mounted"},
		{"\n", "\n56 55 0:44 / " OVERLAY2 DOCKER_OWN "/merged/etc rw - tmpfs t rw\n", "mounted below"},
	};
	make_docker();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_unbound(&docker, rows[i].from, rows[i].to, rows[i].why);
	assert_bound(&docker, NULL, NULL);
}

static void another_stack_of_diff_ids_is_not_bound(void **state)
{
	(void)state;
	static const char *const upside_down[] = {"sha256:" TOPMOST, "sha256:" LOWEST};
	static const char *const odd[] = {"sha256:" LOWEST, "sha256:x"};
	static const char *const more[] = {"sha256:" LOWEST, "sha256:" TOPMOST, "sha256:" TOPMOST};
	struct example *const all[] = {&docker, &podman, &cri};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		all[i]->make();
		assert_true(judge(all[i], NULL, NULL, upside_down, 2, NULL, NULL) < 0);
		assert_true(judge(all[i], NULL, NULL, odd, 2, NULL, NULL) < 0);
		assert_true(judge(all[i], NULL, NULL, more, 3, NULL, NULL) < 0);
		assert_true(judge(all[i], NULL, NULL, diff_ids, 1, NULL, NULL) < 0);
		assert_true(judge(all[i], NULL, NULL, diff_ids + 1, 1, NULL, NULL) < 0);
	}
}

static void a_store_that_others_can_write_proves_nothing(void **state)
{
	(void)state;
	static const struct {
		struct example *example;
		const char *path;
	} rows[] = {
		{&docker, "/mnt/dk"}, {&docker, "/mnt/dk/image"}, {&docker, "/mnt/dk/image/overlay2"},
		{&docker, LAYERDB}, {&docker, LAYERDB "sha256"}, {&docker, LAYERDB "sha256/" CHAIN},
		{&docker, LAYERDB "sha256/" CHAIN "/cache-id"}, {&docker, LAYERDB "mounts/" DOCKER_ID},
		{&docker, LAYERDB "mounts/" DOCKER_ID "/parent"}, {&docker, OVERLAY2 "l"},
		{&docker, OVERLAY2 DOCKER_LOWEST}, {&docker, OVERLAY2 DOCKER_OWN}, {&docker, OVERLAY2 DOCKER_OWN "-init"},
		{&podman, "/mnt/pd/overlay-layers/layers.json"}, {&podman, OVERLAY "l"}, {&podman, OVERLAY LOWEST},
		{&cri, SNAPSHOTS "6"}, {&cri, SNAPSHOTS "10"}, {&cri, SNAPSHOTS},
	};
	make_docker();
	make_podman();
	make_cri();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stat status;
		assert_int_equal(stat(rows[i].path, &status), 0);
		assert_int_equal(chmod(rows[i].path, (status.st_mode & 07777) | 022), 0);
		if (judge(rows[i].example, NULL, NULL, diff_ids, 2, NULL, NULL) == 0)
			fail_msg("%s", rows[i].path);
		assert_int_equal(chmod(rows[i].path, status.st_mode & 07777), 0);
		assert_bound(rows[i].example, NULL, NULL);
	}
}

static void dockers_own_notes_have_to_fit(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text, *good, *why;
	} rows[] = {
		{"mount-id", DOCKER_TOPMOST, DOCKER_OWN, "does not belong"},
		{"mount-id", "../x", DOCKER_OWN, "does not belong"},
		{"init-id", DOCKER_TOPMOST, DOCKER_OWN "-init", "does not belong"},
		{"parent", "sha256:" LOWEST, "sha256:" CHAIN, "Docker's store has this container on the layers"},
		{"parent", "", "sha256:" CHAIN, "Docker's store has this container on the layers"},
	};
	make_docker();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[256];
		(void)snprintf(path, sizeof(path), LAYERDB "mounts/" DOCKER_ID "/%s", rows[i].name);
		write_text(path, rows[i].text);
		assert_unbound(&docker, NULL, NULL, rows[i].why);
		write_text(path, rows[i].good);
		assert_bound(&docker, NULL, NULL);
	}
	write_text(LAYERDB "sha256/" CHAIN "/cache-id", "../../evil");
	assert_unbound(&docker, NULL, NULL, "not one path component");
	write_text(LAYERDB "sha256/" CHAIN "/cache-id", DOCKER_TOPMOST);
	assert_int_equal(rename(LAYERDB "sha256/" CHAIN, LAYERDB "elsewhere"), 0);
	assert_int_equal(symlink("../elsewhere", LAYERDB "sha256/" CHAIN), 0);
	assert_unbound(&docker, NULL, NULL, "is not a folder that root alone can write");
}

static void what_is_remembered_is_compared_with_the_mount(void **state)
{
	(void)state;
	make_docker();
	cleanup_error struct error *error = NULL;
	assert_int_equal(judge(&docker, NULL, NULL, diff_ids, 2, "/mnt/cache", NULL), 0);
	/* asked of the cache, not of the store */
	assert_int_equal(unlink(LAYERDB "sha256/" CHAIN "/cache-id"), 0);
	assert_int_equal(judge(&docker, NULL, NULL, diff_ids, 2, "/mnt/cache", NULL), 0);
	assert_true(judge(&docker, "l/KNFK537UZMAHRKZC35YWYRYK7X:", "l/NS2QP2Y62ESHIRBORPIF3SVK4G:", diff_ids, 2, "/mnt/cache",
			  &error) < 0);
	assert_non_null(strstr(error_message(error), "layer 2 under"));
	/* a cache that others can write is none */
	assert_int_equal(chmod("/mnt/cache", 0777), 0);
	assert_true(judge(&docker, NULL, NULL, diff_ids, 2, "/mnt/cache", NULL) < 0);
}

static void what_containerd_does_not_say_is_not_bound(void **state)
{
	(void)state;
	make_cri();
	struct example changed = cri;
	changed.facts.chain_id = NULL;
	assert_unbound(&changed, NULL, NULL, "containerd does not say");
	changed = cri;
	changed.facts.snapshot_lower = TEXT(SNAPSHOTS "6/fs:" SNAPSHOTS "7/fs");
	assert_unbound(&changed, NULL, NULL, "layer 2 under");
	changed.facts.snapshot_lower = TEXT(SNAPSHOTS "7/fs:/mnt/evil/6/fs");
	assert_unbound(&changed, NULL, NULL, "is not among containerd's other snapshots");
	changed.facts.snapshot_lower = TEXT(SNAPSHOTS "7/fs:" SNAPSHOTS "../6/fs");
	assert_unbound(&changed, NULL, NULL, "is not among containerd's other snapshots");
	changed.facts.snapshot_lower = TEXT("");
	assert_unbound(&changed, NULL, NULL, "containerd has 1 layers");
	/* from the snapshots' folder, where there are too many for a page */
	assert_bound(&cri, "2c1dfe5357fbec7fd10072c48bd928d2d46aff8b9c3e1f46a50dfa764660ecca/rootfs rw,relatime - overlay overlay rw,"
			   "lowerdir=" SNAPSHOTS "7/fs:" SNAPSHOTS "6/fs",
		     "2c1dfe5357fbec7fd10072c48bd928d2d46aff8b9c3e1f46a50dfa764660ecca/rootfs rw,relatime - overlay overlay rw,"
		     "lowerdir=7/fs:6/fs");
}

/* The recorded image is another one, on the same lowest layer. */
static void dockers_snapshots_have_one_layer_more(void **state)
{
	(void)state;
#define DOCKER28 "/mnt/dk2/containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots/"
	static const char *const other[] = {
		"sha256:" LOWEST, "sha256:ef0b9081a0e1b2f499facce865b5103349e25d92ea6b287d002a5c7d749bd4c5"};
	struct example example = {
		.mountinfo = "docker28.mountinfo",
		.read = stack_read_snapshots,
		.facts = {.engine = ENGINE_DOCKER,
			  .chain_id = TEXT("sha256:3be040e5c790bd48162e03522aa5cc7020c0a6ebbc5a3f01481ecd438f62d4d1"),
			  .snapshot_lower = TEXT(DOCKER28 "10/fs:" DOCKER28 "9/fs:" DOCKER28 "1/fs"),
			  .snapshot_upper = TEXT(DOCKER28 "11/fs")},
		.point = "/mnt/dk2/rootfs/overlayfs/481830c4c140436352c5944f9298d435f7d9f808b33ae8c848525272a31664b8",
	};
	make_folders(DOCKER28 "1/fs");
	make_folders(DOCKER28 "9/fs");
	make_folders(DOCKER28 "10/fs");
	make_folders(DOCKER28 "11/fs");
	cleanup_error struct error *error = NULL, *re_tagged = NULL;
	if (judge(&example, NULL, NULL, other, 2, NULL, &error) < 0)
		fail_msg("%s", error_message(error));
	/* the name of this image was moved to the signed one before the start */
	assert_true(judge(&example, NULL, NULL, diff_ids, 2, NULL, &re_tagged) < 0);
	assert_non_null(strstr(error_message(re_tagged), "containerd has the layers"));
	example.facts.engine = ENGINE_CONTAINERD;
	assert_true(judge(&example, NULL, NULL, other, 2, NULL, NULL) < 0);
}

static void escapes_in_options_are_undone(void **state)
{
	(void)state;
	static const char options[] = "rw,lowerdir=/a\\040b\\134:c:/d\\054e,upperdir=/u\\012,workdir=/w\\134x";
	cleanup_overlay_options struct overlay_options parsed = {0};
	assert_int_equal(overlay_options_parse(options, &parsed, NULL), 0);
	assert_int_equal(parsed.lower_count, 2);
	assert_string_equal(parsed.lower[0], "/a b:c");
	assert_string_equal(parsed.lower[1], "/d,e");
	assert_string_equal(parsed.upper, "/u\n");
	assert_string_equal(parsed.work, "/w\\x");
}

static void the_upper_directory_has_to_be_empty(void **state)
{
	(void)state;
	make_docker();
	make_folders(OVERLAY2 DOCKER_LOWEST "/diff/etc");
	write_text(OVERLAY2 DOCKER_LOWEST "/diff/file", "x");
	cleanup_stack struct layer_stack stack = STACK_NONE;
	const struct binding_question question = {.facts = &docker.facts, .diff_ids = diff_ids, .count = 2};
	assert_int_equal(stack_read_docker(&question, &stack, NULL), 0);
	assert_int_equal(added_check_upper(&stack, NULL), 0);
	/* the working directory is the engine's */
	make_folders(OVERLAY2 DOCKER_OWN "/diff/etc/new/deep");
	assert_int_equal(added_check_upper(&stack, NULL), 0);
	assert_int_equal(chmod(OVERLAY2 DOCKER_OWN "/diff/etc", 0777), 0);
	assert_int_equal(added_check_upper(&stack, NULL), -EPERM);
	assert_int_equal(chmod(OVERLAY2 DOCKER_OWN "/diff/etc", 0755), 0);
	assert_int_equal(chmod(OVERLAY2 DOCKER_OWN "/diff/etc/new", 0777), 0);
	assert_int_equal(added_check_upper(&stack, NULL), -EPERM);
	assert_int_equal(chmod(OVERLAY2 DOCKER_OWN "/diff/etc/new", 0755), 0);
	/* a folder in the place of the image's file */
	make_folders(OVERLAY2 DOCKER_OWN "/diff/file");
	assert_int_equal(added_check_upper(&stack, NULL), -EPERM);
	assert_int_equal(rmdir(OVERLAY2 DOCKER_OWN "/diff/file"), 0);
	assert_int_equal(symlink("/proc/mounts", OVERLAY2 DOCKER_OWN "/diff/etc/mtab"), 0);
	assert_int_equal(added_check_upper(&stack, NULL), 0);
	assert_int_equal(symlink("/proc/mounts", OVERLAY2 DOCKER_OWN "/diff/etc/passwd"), 0);
	assert_int_equal(added_check_upper(&stack, NULL), -EPERM);
}

/* Of what merely failed nobody may believe that it is another image. */
static void what_fails_is_told_from_what_is_not_bound(void **state)
{
	(void)state;
	cleanup_json json_t *proof = json_array();
	cleanup_error struct error *unbound = NULL, *failed = NULL;
	const struct binding_question question = {
		.binding = BIND_LAYERS, .facts = &docker.facts, .diff_ids = diff_ids, .count = 2};
	make_docker();
	make_folders(OVERLAY2 DOCKER_OWN "/merged");
	assert_int_equal(binding_check(&question, proof, &unbound), -EPERM);
	assert_non_null(strstr(error_message(unbound), "nothing of its own is mounted"));
	assert_int_equal(unlink(LAYERDB "sha256/" CHAIN "/cache-id"), 0);
	assert_int_equal(binding_check(&question, proof, &failed), -ENOENT);
	assert_int_equal(failed->code, ENOENT);
	assert_ptr_equal(strstr(error_message(failed), "which layers are under the container's root cannot be told: "),
			 error_message(failed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_a_new_host(recorded_containers_are_bound),
		on_a_new_host(other_layers_are_not),
		on_a_new_host(another_stack_of_diff_ids_is_not_bound),
		on_a_new_host(a_store_that_others_can_write_proves_nothing),
		on_a_new_host(dockers_own_notes_have_to_fit),
		on_a_new_host(what_is_remembered_is_compared_with_the_mount),
		on_a_new_host(what_containerd_does_not_say_is_not_bound),
		on_a_new_host(dockers_snapshots_have_one_layer_more),
		cmocka_unit_test(escapes_in_options_are_undone),
		on_a_new_host(the_upper_directory_has_to_be_empty),
		on_a_new_host(what_fails_is_told_from_what_is_not_bound),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
