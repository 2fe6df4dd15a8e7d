/* CDI: what root's specification says word for word passes, and nothing near it. */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"
#include "policy/tests/mount_support.h"

#define FOLDER "/mnt/cdi"

static const char *const own_folders[] = {FOLDER, "/mnt/none", NULL};

/* /dev/full is 1:7; the second node leaves everything to the host. */
#define SPECIFICATION                                                                                              \
	"{\"cdiVersion\":\"0.5.0\",\"kind\":\"example.com/gpu\",\"devices\":[{\"name\":\"0\",\"containerEdits\":{"  \
	"\"deviceNodes\":[{\"path\":\"/dev/gpu0\",\"type\":\"c\",\"major\":195,\"minor\":3,\"permissions\":\"rw\"}," \
	"{\"path\":\"/dev/gpuctl\",\"hostPath\":\"/dev/full\"}]}}],\"containerEdits\":{\"mounts\":["                 \
	"{\"hostPath\":\"/mnt/lib\",\"containerPath\":\"/usr/lib/gpu\",\"options\":[\"ro\",\"bind\"]}],"             \
	"\"hooks\":[{\"hookName\":\"createContainer\",\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"]}]}}"

static void write_file(const char *name, const char *text, mode_t mode)
{
	cleanup_free char *path = NULL;
	assert_true(asprintf(&path, FOLDER "/%s", name) > 0);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static json_t *edits_of(const char *class)
{
	cleanup_json json_t *classes = json_pack("[s]", class);
	json_t *edits = cdi_read(classes);
	assert_non_null(edits);
	return edits;
}

/* Behind NEEDS_ROOT(), which made /mnt empty. */
static void make_specification(void)
{
	make_folder(FOLDER);
	make_folder("/mnt/lib");
	write_file("gpu.json", SPECIFICATION, 0644);
	cdi_use_folders(own_folders);
}

static void only_listed_classes_and_roots_files_are_read(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_specification();
	static const struct {
		const char *class;
		size_t edits;
	} rows[] = {{"example.com/gpu", 2}, {"example.com/nic", 0}, {"example.com", 0}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *edits = edits_of(rows[i].class);
		assert_int_equal(json_array_size(edits), rows[i].edits);
	}
	cleanup_json json_t *none = cdi_read(NULL);
	assert_int_equal(json_array_size(none), 0);
	static const struct {
		const char *name, *text;
		mode_t mode;
	} ignored[] = {
		{"others.json", SPECIFICATION, 0666}, {"group.json", SPECIFICATION, 0664}, {"gpu.yaml", SPECIFICATION, 0644},
		{"half.json", "{\"kind\":\"example.com/gpu\",", 0644}, {"twice.json", "{\"kind\":\"a\",\"kind\":\"b\"}", 0644},
	};
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		write_file(ignored[i].name, ignored[i].text, ignored[i].mode);
	make_link("gpu.json", FOLDER "/link.json");
	cleanup_json json_t *edits = edits_of("example.com/gpu");
	assert_int_equal(json_array_size(edits), 2);
	assert_int_equal(chmod(FOLDER, 0777), 0);
	cleanup_json json_t *foreign = edits_of("example.com/gpu");
	assert_int_equal(json_array_size(foreign), 0);
}

static void only_what_stands_there_word_for_word(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_specification();
	cleanup_json json_t *edits = edits_of("example.com/gpu");
	static const struct {
		const char *device;
		bool known;
	} devices[] = {
		{"{\"path\":\"/dev/gpu0\",\"type\":\"c\",\"major\":195,\"minor\":3}", true},
		{"{\"path\":\"/dev/gpu0\",\"type\":\"u\",\"major\":195,\"minor\":3}", true},
		{"{\"path\":\"/dev/gpu1\",\"type\":\"c\",\"major\":195,\"minor\":3}", false},
		{"{\"path\":\"/dev/gpu0\",\"type\":\"b\",\"major\":195,\"minor\":3}", false},
		{"{\"path\":\"/dev/gpu0\",\"type\":\"c\",\"major\":195,\"minor\":4}", false},
		{"{\"path\":\"/dev/gpu0\",\"type\":\"c\",\"major\":8}", false},
		{"{\"path\":\"/dev/gpuctl\",\"type\":\"c\",\"major\":1,\"minor\":7}", true},
		{"{\"path\":\"/dev/gpuctl\",\"type\":\"c\",\"major\":1,\"minor\":1}", false},
		{"{\"path\":\"/dev/full\",\"type\":\"c\",\"major\":1,\"minor\":1}", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		cleanup_json json_t *device = parse_config(devices[i].device);
		if (cdi_has_device(edits, device) != devices[i].known)
			fail_msg("%s", devices[i].device);
	}
	assert_true(cdi_has_mount(edits, "/mnt/lib", "/usr/lib/gpu", true));
	assert_false(cdi_has_mount(edits, "/mnt/lib", "/usr/lib/gpu", false));
	assert_false(cdi_has_mount(edits, "/mnt", "/usr/lib/gpu", true));
	assert_false(cdi_has_mount(edits, "/mnt/lib", "/usr/lib", true));
	assert_false(cdi_has_mount(edits, NULL, NULL, true));
	static const struct {
		const char *name, *hook;
		bool known;
	} hooks[] = {
		{"createContainer", "{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"]}", true},
		{"createContainer", "{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"],\"env\":[]}", true},
		{"prestart", "{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"]}", false},
		{"createContainer", "{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"b\"]}", false},
		{"createContainer", "{\"path\":\"/usr/bin/gpu-hook\"}", false},
		{"createContainer", "{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"],\"env\":[\"LD_PRELOAD=x\"]}",
		 false},
		{"createContainer", "{\"path\":\"/bin/sh\",\"args\":[\"gpu-hook\",\"a\"]}", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		cleanup_json json_t *hook = parse_config(hooks[i].hook);
		if (cdi_has_hook(edits, hooks[i].name, hook) != hooks[i].known)
			fail_msg("%s %s", hooks[i].name, hooks[i].hook);
	}
}

/* `rule` behind a denial of all, judged by devices with the class listed or not. */
static enum verdict judge_rule(const char *rule, bool listed)
{
	cleanup_json json_t *opened = parse_config(rule);
	cleanup_json json_t *config = json_pack("{s:{s:[{s:s,s:s,s:i,s:i}],s:{s:[{s:b,s:s},O]}}}", "linux", "devices", "path",
						"/dev/gpu0", "type", "c", "major", 195, "minor", 3, "resources", "devices",
						"allow", 0, "access", "rwm", opened);
	cleanup_json json_t *changes = json_pack("{s:[s]}", "cdi", listed ? "example.com/gpu" : "example.com/nic");
	cleanup_json json_t *settings = settings_for_only(&control_devices, changes);
	struct facts facts = {0};
	struct decision decision = decide_lawfully(config, settings, &facts);
	enum verdict verdict = decision.verdict;
	decision_release(&decision);
	return verdict;
}

static void controls_let_a_listed_class_pass(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_specification();
#define GPU "\"type\":\"c\",\"major\":195,\"minor\":3"
	assert_int_equal(judge_rule("{\"allow\":true," GPU ",\"access\":\"rw\"}", true), VERDICT_CLEAN);
	assert_int_equal(judge_rule("{\"allow\":true," GPU ",\"access\":\"rw\"}", false), VERDICT_REFUSED);
	assert_int_equal(judge_rule("{\"allow\":true," GPU ",\"access\":\"rwm\"}", true), VERDICT_REWRITTEN);
	assert_int_equal(judge_rule("{\"allow\":true," GPU "}", true), VERDICT_REWRITTEN);
	assert_int_equal(judge_rule("{\"allow\":true,\"type\":\"c\",\"major\":195,\"access\":\"rw\"}", true),
			 VERDICT_REWRITTEN);
	write_file("data.json",
		   "{\"kind\":\"example.com/gpu\",\"containerEdits\":{\"mounts\":[{\"hostPath\":\"/mnt/lib\","
		   "\"containerPath\":\"/data\"}]}}", 0644);
	assert_passes("/mnt/lib", "{\"cdi\":[\"example.com/gpu\"]}", NULL);
	assert_refused("/mnt/lib", "{\"cdi\":[\"example.com/nic\"]}", NULL, "neither the engine nor the policy");
	assert_refused("/mnt/lib/..", "{\"cdi\":[\"example.com/gpu\"]}", NULL, "neither the engine nor the policy");
}

static enum verdict judge_hook(const char *hook, const char *class)
{
	cleanup_json json_t *one = parse_config(hook);
	cleanup_json json_t *config = json_pack("{s:{s:[O]}}", "hooks", "createContainer", one);
	cleanup_json json_t *changes = json_pack("{s:[s]}", "cdi", class);
	cleanup_json json_t *settings = settings_for_only(&control_hooks, changes);
	struct facts facts = {0};
	struct decision decision = decide_lawfully(config, settings, &facts);
	enum verdict verdict = decision.verdict;
	decision_release(&decision);
	return verdict;
}

static void hooks_of_a_listed_class_run(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_specification();
	write_file("hook.json",
		   "{\"kind\":\"example.com/gpu\",\"containerEdits\":{\"hooks\":[{\"hookName\":\"createContainer\","
		   "\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"]}]}}", 0644);
	/* rewritten: it gets an environment of its own */
	assert_int_equal(judge_hook("{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"]}", "example.com/gpu"),
			 VERDICT_REWRITTEN);
	assert_int_equal(judge_hook("{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"]}", "example.com/nic"),
			 VERDICT_REFUSED);
	assert_int_equal(judge_hook("{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"b\"]}", "example.com/gpu"),
			 VERDICT_REFUSED);
	assert_int_equal(judge_hook("{\"path\":\"/usr/bin/env\",\"args\":[\"env\",\"a\"],\"env\":[\"A=b\"]}",
				    "example.com/gpu"), VERDICT_REFUSED);
	/* listed in the specification, but not there: nothing to be judged */
	assert_int_equal(judge_hook("{\"path\":\"/usr/bin/gpu-hook\",\"args\":[\"gpu-hook\",\"a\"]}", "example.com/gpu"),
			 VERDICT_REFUSED);
}

static void classes_have_a_form(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{"nvidia.com/gpu", true}, {"a/b", true}, {"vendor.com/net_1-x", true}, {"", false},
		{"gpu", false}, {"/gpu", false}, {"nvidia.com/", false}, {"nvidia.com/gpu=0", false}, {"a/b/c", false},
		{"nvidia.com/*", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *class = json_string(rows[i].text);
		assert_int_equal(cdi_check_class(class, NULL) == 0, rows[i].valid);
	}
	assert_true(cdi_check_class(NULL, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_listed_classes_and_roots_files_are_read),
		cmocka_unit_test(only_what_stands_there_word_for_word),
		cmocka_unit_test(controls_let_a_listed_class_pass),
		cmocka_unit_test(hooks_of_a_listed_class_run),
		cmocka_unit_test(classes_have_a_form),
	};
	return cmocka_run_group_tests_name("cdi", tests, NULL, NULL);
}
