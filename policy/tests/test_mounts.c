/* The controls of mounts against a real image and real binds, against random
 * configurations, and against many mounts. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/tests/mount_support.h"
#include "policy/tests/random_config.h"

#define ROUNDS 1500

/* A bundle with an image in it, below a temporary folder. */
struct image {
	char *bundle;
	struct facts facts;
};

static void make_image(struct image *image)
{
	image->bundle = make_temporary_directory();
	image->facts = (struct facts){.bundle = realpath(image->bundle, NULL)};
	assert_non_null(image->facts.bundle);
	assert_true(asprintf(&image->facts.rootfs, "%s/rootfs", image->facts.bundle) > 0);
	assert_int_equal(chdir(image->bundle), 0);
	static const char *const folders[] = {"rootfs/proc", "rootfs/sys", "rootfs/dev",
					      "rootfs/run",  "rootfs/var", "rootfs/etc"};
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		make_folder(folders[i]);
	make_link("/run", "rootfs/var/run");
	make_link("../proc", "rootfs/var/hidden");
	make_link("/", "rootfs/etc/top");
}

static void remove_image(struct image *image)
{
	assert_int_equal(chdir("/"), 0);
	remove_tree(image->bundle);
	free(image->bundle);
	facts_release(&image->facts);
}

static struct decision decide_for(const struct control *control, const char *config,
				  const struct facts *facts)
{
	cleanup_json json_t *document = parse_config(config);
	cleanup_json json_t *settings = settings_for_only(control, NULL);
	return decide_lawfully(document, settings, facts);
}

static void assert_found(const struct decision *decision, const char *pointer, const char *said)
{
	const struct finding *finding = finding_at(decision, pointer);
	if (!strstr(finding->why, said))
		fail_msg("%s: \"%s\" does not say \"%s\"", pointer, finding->why, said);
}

static void symlinks_of_the_image_are_no_way_into_proc(void **state)
{
	(void)state;
	struct image image;
	make_image(&image);
	struct decision decision =
		decide_for(&control_mount_destinations,
			   "{\"mounts\":[{\"destination\":\"/var/hidden\",\"type\":\"tmpfs\"},"
			   "{\"destination\":\"/var/hidden/sys\",\"type\":\"tmpfs\"},"
			   "{\"destination\":\"/etc/top\",\"type\":\"tmpfs\"},"
			   "{\"destination\":\"/var/run/x\",\"type\":\"tmpfs\"},"
			   "{\"destination\":\"/var/hidden/../sys/y\",\"type\":\"tmpfs\"},"
			   "{\"destination\":\"/etc/top/etc/top/proc/1\",\"type\":\"tmpfs\"}]}",
			   &image.facts);
	assert_int_equal(decision.verdict, VERDICT_REFUSED);
	assert_int_equal(decision.findings.count, 5);
	assert_found(&decision, "/mounts/0/destination", "leads to \"/proc\"");
	assert_found(&decision, "/mounts/1/destination", "leads to \"/proc/sys\"");
	assert_found(&decision, "/mounts/2/destination", "replaces the container's root");
	assert_found(&decision, "/mounts/4/destination", "leads to \"/sys/y\"");
	assert_found(&decision, "/mounts/5/destination", "leads to \"/proc/1\"");
	decision_release(&decision);
	remove_image(&image);
}

static void symlinks_of_a_volume_are_no_way_into_proc(void **state)
{
	(void)state;
	struct image image;
	make_image(&image);
	make_folder("volume/plain");
	make_link("/proc", "volume/link");
	struct decision decision = decide_for(
		&control_mount_destinations,
		"{\"mounts\":[{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"volume\",\"options\":[\"bind\"]},"
		"{\"destination\":\"/data/link/sys\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/data/link\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/data/plain/new\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/other/link\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/copied\",\"type\":\"bind\",\"source\":\"volume/link\",\"options\":[\"bind\",\"copy-symlink\"]},"
		"{\"destination\":\"/copied/sys\",\"type\":\"tmpfs\"}]}",
		&image.facts);
	assert_int_equal(decision.findings.count, 3);
	assert_found(&decision, "/mounts/1/destination", "symbolic link that the mount at \"/data\" brings");
	assert_found(&decision, "/mounts/2/destination", "symbolic link");
	assert_found(&decision, "/mounts/6/destination", "symbolic link");
	decision_release(&decision);
	remove_image(&image);
}

static void proc_through_a_symlink_is_a_second_proc(void **state)
{
	(void)state;
	struct image image;
	make_image(&image);
	struct decision decision = decide_for(
		&control_mount_types,
		"{\"mounts\":[{\"destination\":\"/var/run/p\",\"type\":\"proc\"},{\"destination\":\"/proc\",\"type\":\"proc\"},"
		"{\"destination\":\"/var/hidden\",\"type\":\"proc\"}]}",
		&image.facts);
	assert_int_equal(decision.findings.count, 2);
	assert_found(&decision, "/mounts/0/destination", "second proc");
	assert_found(&decision, "/mounts/2/destination", "second proc");
	decision_release(&decision);
	assert_int_equal(rmdir("rootfs/proc"), 0);
	make_link("/etc", "rootfs/proc");
	decision = decide_for(&control_mount_types,
			      "{\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"}]}", &image.facts);
	assert_found(&decision, "/mounts/0/destination", "second proc");
	decision_release(&decision);
	remove_image(&image);
}

static void images_with_links_for_kernel_folders_are_refused(void **state)
{
	(void)state;
	static const char config[] = "{\"root\":{\"path\":\"rootfs\",\"readonly\":true}}";
	struct image image;
	make_image(&image);
	struct decision decision = decide_for(&control_root_filesystem, config, &image.facts);
	assert_int_equal(decision.verdict, VERDICT_CLEAN);
	decision_release(&decision);
	assert_int_equal(rmdir("rootfs/proc") | rmdir("rootfs/dev") | rmdir("rootfs/sys"), 0);
	make_link("/tmp", "rootfs/proc");
	make_file("rootfs/dev");
	decision = decide_for(&control_root_filesystem, config, &image.facts);
	assert_int_equal(decision.verdict, VERDICT_REFUSED);
	assert_int_equal(decision.findings.count, 2);
	assert_non_null(strstr(decision.findings.items[0].why, "/proc is a symbolic link"));
	assert_string_equal(decision.findings.items[0].reference, "CVE-2023-27561");
	assert_non_null(strstr(decision.findings.items[1].why, "/dev is not a folder"));
	decision_release(&decision);
	remove_image(&image);
}

static void a_root_elsewhere_is_refused(void **state)
{
	(void)state;
	static const char config[] = "{\"root\":{\"path\":\"x\",\"readonly\":true}}";
	struct image image;
	make_image(&image);
	make_link("rootfs", "link");
	make_link("/usr", "escape");
	make_file("file");
	const struct {
		const char *rootfs, *storage, *said; /* said NULL: passes */
	} rows[] = {
		{"link", NULL, "symbolic link"},
		{"link/", NULL, "symbolic link"},
		{"escape", NULL, "symbolic link"},
		{"file", NULL, "not a folder"},
		{"missing", NULL, "does not exist"},
		{"rootfs", NULL, NULL},
		{"/usr", NULL, "neither in the bundle"},
		{"/usr/bin", "/usr", NULL},
		{"/usr", "/usr", "neither in the bundle"},
		{"/", "/usr", "host's own root"},
		{"escape/bin", NULL, "neither in the bundle"},
		{".", NULL, "neither in the bundle"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *rootfs = NULL;
		assert_true(asprintf(&rootfs, "%s%s%s", rows[i].rootfs[0] == '/' ? "" : image.facts.bundle,
				     rows[i].rootfs[0] == '/' ? "" : "/", rows[i].rootfs) > 0);
		struct facts facts = image.facts;
		facts.rootfs = rootfs;
		facts.storage = (char *)(uintptr_t)rows[i].storage;
		struct decision decision = decide_for(&control_root_filesystem, config, &facts);
		if ((decision.findings.count > 0) != (rows[i].said != NULL))
			fail_msg("%s: %zu findings", rows[i].rootfs, decision.findings.count);
		if (rows[i].said)
			assert_found(&decision, "/root/path", rows[i].said);
		decision_release(&decision);
	}
	remove_image(&image);
}

static void scratch_space_follows_the_image(void **state)
{
	(void)state;
	struct image image;
	make_image(&image);
	make_file("rootfs/file");
	make_link("/proc/x", "rootfs/into-proc");
	cleanup_json json_t *changes = parse_config(
		"{\"writable\":[\"/var/run\",\"/run\",\"/file\",\"/into-proc\",\"/new\",\"/etc/top\",\"/covered/x\"]}");
	cleanup_json json_t *settings = settings_for_only(&control_root_filesystem, changes);
	cleanup_json json_t *config = parse_config(
		"{\"root\":{\"path\":\"rootfs\"},\"mounts\":[{\"destination\":\"/covered\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/var/run/secrets\",\"type\":\"tmpfs\"}]}");
	struct decision decision = decide_lawfully(config, settings, &image.facts);
	static const char *const expected[] = {"/covered", "/run", "/var/run/secrets", "/new"};
	assert_int_equal(json_array_size(document_get(config, "/mounts")), ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(
			json_string_value(json_object_get(json_array_get(document_get(config, "/mounts"), i),
							  "destination")),
			expected[i]);
	decision_release(&decision);
	remove_image(&image);
}

static void recursive_binds_are_made_recursively_safe(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/tree/sub");
	make_folder("/mnt/flat");
	bind_mount("/mnt/flat", "/mnt/tree/sub");
	static const char config[] =
		"{\"mounts\":[{\"destination\":\"/a\",\"source\":\"/mnt/tree\",\"options\":[\"rbind\",\"ro\"]},"
		"{\"destination\":\"/b\",\"source\":\"/mnt/tree\",\"options\":[\"bind\",\"ro\"]},"
		"{\"destination\":\"/c\",\"source\":\"/mnt/flat\",\"options\":[\"rbind\",\"ro\"]},"
		"{\"destination\":\"/d\",\"source\":\"/mnt/tree\",\"options\":[\"rbind\"]}]}";
	static const char *const expected[] = {
		"[\"rbind\",\"ro\",\"nosuid\",\"nodev\",\"rnosuid\",\"rnodev\",\"rro\"]",
		"[\"bind\",\"ro\",\"nosuid\",\"nodev\"]",
		"[\"rbind\",\"ro\",\"nosuid\",\"nodev\"]",
		"[\"rbind\",\"nosuid\",\"nodev\",\"rnosuid\",\"rnodev\"]",
	};
	struct facts facts = {0};
	struct decision decision = decide_for(&control_mount_options, config, &facts);
	assert_int_equal(decision.verdict, VERDICT_REWRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		char pointer[64];
		(void)snprintf(pointer, sizeof(pointer), "/mounts/%zu/options", i);
		cleanup_json json_t *wanted = json_loads(expected[i], 0, NULL);
		cleanup_free char *got = json_dumps(document_get(decision.result, pointer), 0);
		if (!json_equal(document_get(decision.result, pointer), wanted))
			fail_msg("%s: %s", pointer, got);
	}
	decision_release(&decision);
	struct facts old = {.backend_name = (char *)(uintptr_t) "runc",
			    .backend_version = (char *)(uintptr_t) "1.0.3"};
	decision = decide_for(&control_mount_options, config, &old);
	assert_int_equal(decision.verdict, VERDICT_REFUSED);
	assert_found(&decision, "/mounts/0/options", "this runc is too old");
	decision_release(&decision);
}

static char *random_mount(uint64_t *state)
{
	static const char *const destinations[] = {"\"/\"",
						   "\"\"",
						   "\"/proc\"",
						   "\"/sys\"",
						   "\"/dev\"",
						   "\"/dev/pts\"",
						   "\"/sys/fs/cgroup\"",
						   "\"/data\"",
						   "\"data/x\"",
						   "\"/a/../proc\"",
						   "\"/tmp\"",
						   "\"/run/x\"",
						   "\"/var//run/\"",
						   "null"};
	static const char *const types[] = {"\"bind\"",	  "\"tmpfs\"",	 "\"proc\"",   "\"sysfs\"",
					    "\"cgroup\"", "\"cgroup2\"", "\"devpts\"", "\"ext4\"",
					    "\"\"",	  "null",	 "\"Bind\""};
	static const char *const sources[] = {
		"\"/etc\"", "\"/\"",	    "\"/usr/share\"",	   "\"tmpfs\"",	    "\"\"",
		"null",	    "\"/nowhere\"", "\"/proc/self/root\"", "\"/dev/null\"", "\"relative\""};
	static const char *const options[] = {
		"\"bind\"",	"\"rbind\"",   "\"ro\"",       "\"rw\"",      "\"rro\"",     "\"rrw\"",
		"\"nosuid\"",	"\"suid\"",    "\"rsuid\"",    "\"nodev\"",   "\"dev\"",     "\"rdev\"",
		"\"exec\"",	"\"noexec\"",  "\"rexec\"",    "\"shared\"",  "\"rshared\"", "\"rslave\"",
		"\"rprivate\"", "\"size=1m\"", "\"mode=755\"", "\"remount\"", "\"RO\"",	     "\"\""};
	cleanup_free char *list = random_list(state, options, ARRAY_SIZE(options), 8);
	char *mount = NULL;
	assert_true(asprintf(&mount,
			     "{\"destination\":%s,\"type\":%s,\"source\":%s,\"options\":%s,\"kept\":[1]}",
			     destinations[random_next(state) % ARRAY_SIZE(destinations)],
			     types[random_next(state) % ARRAY_SIZE(types)],
			     sources[random_next(state) % ARRAY_SIZE(sources)],
			     random_next(state) % 8 ? list : "null") > 0);
	return mount;
}

static json_t *random_mounts(uint64_t *state)
{
	const struct random_field fields[] = {
		{"/root/path", {"\"rootfs\"", "\"/\"", "7", "\"\""}},
		{"/root/readonly", {"true", "false", "null", "\"true\""}},
		{"/linux/rootfsPropagation",
		 {"\"shared\"", "\"rshared\"", "\"rslave\"", "null", "\"private\""}},
		{"/linux/maskedPaths", {"[]", "null", "[\"/proc/kcore\"]", "[\"/proc/kcore\",\"/x\"]"}},
		{"/linux/readonlyPaths", {"[]", "null", "[\"/proc/sys\"]"}},
	};
	json_t *config = random_config(state, fields, ARRAY_SIZE(fields));
	cleanup_free char *first = random_mount(state), *second = random_mount(state),
			  *third = random_mount(state);
	const char *const all[] = {first, second, third};
	cleanup_free char *list = random_list(state, all, ARRAY_SIZE(all), 5);
	cleanup_json json_t *parsed =
		json_loads(random_next(state) % 10 ? list : "null", JSON_DECODE_ANY, NULL);
	assert_int_equal(json_object_set(config, "mounts", parsed), 0);
	return config;
}

static void random_mounts_obey_the_laws(void **state)
{
	(void)state;
	static const struct control *const judged[] = {
		&control_mount_types,	  &control_mount_sources, &control_mount_destinations,
		&control_root_filesystem, &control_mount_options, &control_hidden_paths,
	};
	cleanup_json json_t *noexec = parse_config("{\"noexec\":true}");
	size_t verdicts[ARRAY_SIZE(judged)][4] = {0};
	uint64_t seed = 0x6d6f756e74;
	struct facts facts = {0};
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_mounts(&seed);
		for (size_t c = 0; c < ARRAY_SIZE(judged); c++) {
			bool strict = judged[c] == &control_mount_options && i % 2;
			struct decision decision =
				decide_on_random(config, judged[c], strict ? noexec : NULL, &facts);
			verdicts[c][decision.verdict]++;
			decision_release(&decision);
		}
	}
	for (size_t c = 0; c < ARRAY_SIZE(judged); c++) {
		bool rewrites = judged[c] != &control_mount_sources;
		bool refuses = judged[c] != &control_hidden_paths;
		assert_true(!rewrites || verdicts[c][VERDICT_REWRITTEN] > 0);
		assert_true(!refuses || verdicts[c][VERDICT_REFUSED] > 0);
		assert_true(judged[c] == &control_hidden_paths || verdicts[c][VERDICT_CLEAN] > 0);
	}
}

static void the_whole_pipeline_settles_at_once(void **state)
{
	(void)state;
	static const char config[] =
		"{\"root\":{\"path\":\"rootfs\"},\"mounts\":[{\"destination\":\"/run/x/../y\",\"type\":\"tmpfs\"},"
		"{\"destination\":\"/sys\",\"type\":\"sysfs\"},{\"destination\":\"data\",\"type\":\"tmpfs\",\"options\":[\"suid\",\"rshared\"]}]}";
	static const char *const names[] = {"mount-types",     "mount-sources", "mount-destinations",
					    "root-filesystem", "mount-options", "hidden-paths"};
	struct facts facts = {0};
	cleanup_json json_t *document = parse_config(config);
	cleanup_json json_t *settings = settings_for_only(&control_mount_types, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
			json_object_set_new(settings, names[i],
					    settings_fallback("rewrite", control_by_name(names[i])->keys)),
			0);
	assert_int_equal(
		json_object_set_new(json_object_get(settings, "mount-options"), "noexec", json_true()), 0);
	struct decision decision = decide_lawfully(document, settings, &facts);
	assert_int_equal(decision.verdict, VERDICT_REWRITTEN);
	assert_string_equal(json_string_value(document_get(document, "/mounts/0/destination")), "/run");
	decision_release(&decision);
}

static double seconds_for(size_t count, const struct facts *facts)
{
	cleanup_json json_t *config = parse_config("{\"root\":{\"path\":\"rootfs\"},\"mounts\":[]}");
	json_t *mounts = json_object_get(config, "mounts");
	for (size_t i = 0; i < count; i++)
		assert_int_equal(json_array_append_new(
					 mounts, json_pack("{s:o, s:s, s:s, s:[s]}", "destination",
							   json_sprintf("/data/%zu/x", i), "type", "bind",
							   "source", "/usr/share", "options", "rbind")),
				 0);
	static const char *const names[] = {"mount-types", "mount-sources", "mount-destinations",
					    "root-filesystem", "mount-options"};
	cleanup_json json_t *settings = settings_for_only(&control_mount_types, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
			json_object_set_new(settings, names[i],
					    settings_fallback("rewrite", control_by_name(names[i])->keys)),
			0);
	struct timespec start, end;
	struct decision decision;
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start), 0);
	assert_int_equal(decide(config, VERB_CREATE, MODE_ENFORCE, settings, facts, &decision, NULL), 0);
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
	assert_true(decision.findings.count >= count);
	decision_release(&decision);
	return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/* Eight times the mounts would take sixty-four times as long were it quadratic. */
static void many_mounts_take_linear_time(void **state)
{
	(void)state;
	struct image image;
	make_image(&image);
	(void)seconds_for(100, &image.facts);
	double few = seconds_for(500, &image.facts), many = seconds_for(4000, &image.facts);
	print_message("500 mounts %.1f ms, 4000 mounts %.1f ms\n", few * 1e3, many * 1e3);
	assert_true(many < few * 24);
	remove_image(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symlinks_of_the_image_are_no_way_into_proc),
		cmocka_unit_test(symlinks_of_a_volume_are_no_way_into_proc),
		cmocka_unit_test(proc_through_a_symlink_is_a_second_proc),
		cmocka_unit_test(images_with_links_for_kernel_folders_are_refused),
		cmocka_unit_test(a_root_elsewhere_is_refused),
		cmocka_unit_test(scratch_space_follows_the_image),
		cmocka_unit_test(recursive_binds_are_made_recursively_safe),
		cmocka_unit_test(random_mounts_obey_the_laws),
		cmocka_unit_test(the_whole_pipeline_settles_at_once),
		cmocka_unit_test(many_mounts_take_linear_time),
	};
	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
