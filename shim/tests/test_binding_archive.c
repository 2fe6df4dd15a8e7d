/* What is read of a layer's archive, and of the record that an engine keeps of it. */
#include "policy/tests/support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "shim/binding/content.h"
#include "shim/binding/layer_record.h"
#include "shim/binding/layer_tree.h"
#include "shim/binding/tar.h"
#include "shim/binding/tar_split.h"
#include "shim/tests/layers.h"
#include "shim/tests/recorded.h"

#define SMALL BINDING_DATA "layerdb/7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30/"

/* ---- archives of GNU tar's ---- */

static void list(const char *name, struct text *listed)
{
	char path[256];
	(void)snprintf(path, sizeof(path), BINDING_DATA "archives/%s.tar.gz", name);
	size_t packed_length = 0, length = 0;
	cleanup_free char *packed = read_bytes(path, &packed_length);
	cleanup_free char *archive = unpack(packed, packed_length, &length);
	cleanup_error struct error *error = NULL;
	cleanup_tar struct tar_reader reader = {0};
	for (size_t at = 0; at < length; at++) {
		if (tar_feed(&reader, archive + at, 1, &error) < 0)
			fail_msg("%s: %s", name, error_message(error));
		if (reader.state != TAR_ENTRY)
			continue;
		const struct tar_entry *entry = &reader.entry;
		text_append_format(listed, "%c %o %u:%u %zu %s %s\n", entry->type, entry->mode, entry->uid, entry->gid,
				   (size_t)entry->size, entry->name.data, entry->link.length ? entry->link.data : "-");
		at += entry->payload;
		tar_pass(&reader);
	}
	assert_true(tar_is_whole(&reader));
	assert_int_equal(reader.state, TAR_ENDED);
}

static void repeat(struct text *text, char letter, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_append_bytes(text, &letter, 1);
}

static void expect(struct text *text, unsigned uid, size_t link)
{
	text_append_format(text, "5 755 %u:9 0 ./ -\n5 755 %u:9 0 ./", uid, uid);
	repeat(text, 'd', 60);
	text_append_format(text, "/ -\n0 644 %u:9 4 ./", uid);
	repeat(text, 'd', 60);
	text_append(text, "/");
	repeat(text, 'n', 90);
	text_append_format(text, " -\n0 4755 %u:9 2 ./plain -\n2 777 %u:9 0 ./soft ", uid, uid);
	repeat(text, 't', link);
	text_append_format(text, "\n1 4755 %u:9 0 ./zhard ./plain\n", uid);
}

static void every_form_of_header_says_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned uid;
		size_t link;
	} rows[] = {{"ustar", 7, 95}, {"gnu", 7, 95}, {"pax", 7, 95}, {"gnu-large", 3000000, 150}, {"pax-large", 3000000, 150}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_text struct text listed = {0}, expected = {0};
		list(rows[i].name, &listed);
		expect(&expected, rows[i].uid, rows[i].link);
		assert_string_equal(listed.data, expected.data);
	}
}

/* ---- single headers ---- */

struct change {
	size_t at;
	const char *bytes;
	size_t length;
};

/* A header of an empty file "a", changed, with a new checksum; -EINVAL or 0. */
static int feed_changed(const struct change *change, bool sum, struct tar_reader *reader)
{
	char block[TAR_BLOCK] = "a";
	strcpy(block + 100, "0000644");
	strcpy(block + 108, "0000000");
	strcpy(block + 116, "0000000");
	strcpy(block + 124, "00000000000");
	block[156] = '0';
	memcpy(block + 257, "ustar\0" "00", 8);
	if (change)
		memcpy(block + change->at, change->bytes, change->length);
	unsigned total = 8 * ' ';
	for (size_t i = 0; i < TAR_BLOCK; i++)
		total += i >= 148 && i < 156 ? 0 : (unsigned char)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum ? total : total + 1);
	return tar_feed(reader, block, sizeof(block), NULL);
}

static void what_is_not_known_of_a_header_is_refused(void **state)
{
	(void)state;
	static const struct change changes[] = {
		{100, "00x0644", 7}, {108, "9", 1}, {124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
		{156, "7", 1}, {156, "S", 1}, {156, "D", 1}, {156, "A", 1},
		{108, "\x80\xff\xff\xff\xff\xff\xff\xff", 8},
	};
	cleanup_tar struct tar_reader plain = {0};
	assert_int_equal(feed_changed(NULL, true, &plain), 0);
	assert_int_equal(plain.state, TAR_ENTRY);
	assert_int_equal(tar_feed(&plain, "x", 1, NULL), -EINVAL); /* a file's bytes do not come this way */
	cleanup_tar struct tar_reader wrong_sum = {0};
	assert_int_equal(feed_changed(NULL, false, &wrong_sum), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		cleanup_tar struct tar_reader reader = {0};
		assert_int_equal(feed_changed(&changes[i], true, &reader), -EINVAL);
	}
}

static int feed_extended(const char *records, size_t length, struct tar_reader *reader)
{
	char size[12], padding[TAR_BLOCK] = "";
	(void)snprintf(size, sizeof(size), "%011zo", length);
	char both[33];
	memcpy(both, size, 12);
	memset(both + 12, 0, 20);
	memcpy(both + 24, size + 3, 8);
	int result = feed_changed(&(struct change){124, size, 12}, true, reader);
	assert_true(result == 0 || result == -EINVAL);
	tar_release(reader);
	*reader = (struct tar_reader){.state = TAR_EXTENDING, .extension = 'x', .left = length};
	result = tar_feed(reader, records, length, NULL);
	return result < 0 ? result : tar_feed(reader, padding, (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK, NULL);
}

static void malformed_pax_records_are_refused(void **state)
{
	(void)state;
	static const char *const broken[] = {
		"5 a=\nx",      "06 a=b\n",  "6 a=bc\n", "7 a=b\n",	 "6 =ab\n", "6 aab\n", "a=b\n", "99 a=b\n",
		"9 size=x\n", "9 uid=-1\n", "23 GNU.sparse.major=1\n", "99999999999999999999 a=b\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		cleanup_tar struct tar_reader reader = {0};
		assert_int_equal(feed_extended(broken[i], strlen(broken[i]), &reader), -EINVAL);
	}
	cleanup_tar struct tar_reader reader = {0};
	static const char good[] = "8 uid=77\n" "9 path=b\n" "26 SCHILY.xattr.user.a=v\0w\n";
	/* the first record is 9 bytes: its length is wrong */
	assert_int_equal(feed_extended(good, sizeof(good) - 1, &reader), -EINVAL);
	cleanup_tar struct tar_reader second = {0};
	static const char right[] = "9 uid=77\n" "10 path=b\n" "28 SCHILY.xattr.user.ab=v\0w\n";
	assert_int_equal(feed_extended(right, sizeof(right) - 1, &second), 0);
	assert_int_equal(feed_changed(NULL, true, &second), 0);
	assert_int_equal(second.entry.uid, 77);
	assert_string_equal(second.entry.name.data, "b");
	assert_true(second.entry.attributes.length > 0);
}

/* ---- tar-split's record ---- */

static struct layer layer_at(const char *folder)
{
	struct layer layer = {.folder = strdup(folder)};
	size_t length = 0;
	cleanup_free char *diff = read_bytes(SMALL "diff", &length);
	memcpy(layer.diff_id, diff, sizeof(layer.diff_id));
	return layer;
}

static void make_small_layer(void)
{
	assert_int_equal(mkdir("/mnt/layer", 0755), 0);
	write_text("/mnt/layer/hello.txt", "hello amd64\n");
}

static char *small_lines(size_t *ret_length)
{
	size_t length = 0;
	cleanup_free char *packed = read_bytes(SMALL "tar-split.json.gz", &length);
	return unpack(packed, length, ret_length);
}

/* Does the record give the layer's archive back, and its description the folder? */
static int judge(const char *lines, size_t length, const struct layer *layer, struct error **error)
{
	cleanup_text struct text record = {0};
	cleanup_layer_tree struct layer_tree tree = {0};
	uint8_t fingerprint[SHA256_SIZE];
	int64_t newest = 0;
	int result = read_lines(lines, length, &record, error);
	if (result == 0)
		result = layer_tree_make(record.data, record.length, &tree, error);
	if (result == 0)
		result = layer_walk(layer->folder, &tree, fingerprint, &newest, error);
	return result < 0 ? result : content_rebuild(layer, record.data, record.length, error);
}

static void a_layer_is_rebuilt(void **state)
{
	(void)state;
	make_small_layer();
	struct layer layer = layer_at("/mnt/layer");
	size_t length = 0;
	cleanup_free char *lines = small_lines(&length);
	cleanup_error struct error *error = NULL, *edited = NULL, *added = NULL;
	if (judge(lines, length, &layer, &error) < 0)
		fail_msg("%s", error_message(error));
	write_text("/mnt/layer/hello.txt", "hellO amd64\n");
	assert_int_equal(judge(lines, length, &layer, &edited), -EPERM);
	assert_non_null(strstr(error_message(edited), "hello.txt\" has other bytes"));
	write_text("/mnt/layer/hello.txt", "hello amd64\n");
	write_text("/mnt/layer/more", "");
	assert_int_equal(judge(lines, length, &layer, &added), -EPERM);
	assert_non_null(strstr(error_message(added), "more\" is not in the layer"));
	free(layer.folder);
}

static void a_record_cut_anywhere_gives_nothing(void **state)
{
	(void)state;
	make_small_layer();
	struct layer layer = layer_at("/mnt/layer");
	size_t length = 0, packed_length = 0;
	cleanup_free char *lines = small_lines(&length);
	cleanup_free char *packed = read_bytes(SMALL "tar-split.json.gz", &packed_length);
	assert_int_equal(judge(lines, length, &layer, NULL), 0);
	/* the last line has no bytes: without it the archive is the same */
	size_t last = (size_t)(strstr(lines, "{\"type\":2,\"payload\":\"\"") - lines);
	for (size_t i = 0; i < length; i++)
		assert_true(judge(lines, i, &layer, NULL) < 0 || i == last);
	for (size_t i = 0; i < packed_length; i++) {
		cleanup_text struct text record = {0};
		struct tar_split split = {.compressed = packed, .size = i};
		assert_int_equal(tar_split_read(&split, &record, NULL), -EINVAL);
	}
	free(layer.folder);
}

/* Of the lines only the checksum may be another: it names a file and proves nothing. Of the
 * packed form, time and system in gzip's own header. */
static void a_record_changed_anywhere_gives_nothing(void **state)
{
	(void)state;
	make_small_layer();
	struct layer layer = layer_at("/mnt/layer");
	size_t length = 0, packed_length = 0;
	cleanup_free char *lines = small_lines(&length);
	cleanup_free char *packed = read_bytes(SMALL "tar-split.json.gz", &packed_length);
	const char *checksum = strstr(lines, "\"size\":12,\"payload\":\"");
	assert_non_null(checksum);
	size_t from = (size_t)(checksum - lines) + strlen("\"size\":12,\"payload\":\""), to = from + 12;
	assert_int_equal(judge(lines, length, &layer, NULL), 0);
	for (size_t i = 0; i < length; i++) {
		bool free_to_change = i >= from && i < to;
		lines[i] ^= 1;
		assert_true(judge(lines, length, &layer, NULL) < 0 || free_to_change);
		lines[i] ^= 1;
	}
	for (size_t i = 0; i < packed_length; i++) {
		cleanup_text struct text record = {0};
		struct tar_split split = {.compressed = packed, .size = packed_length};
		packed[i] ^= 1;
		assert_true(tar_split_read(&split, &record, NULL) < 0 || (i >= 4 && i < 10) || i == 3);
		packed[i] ^= 1;
	}
	free(layer.folder);
}

static void lines_that_tar_split_does_not_write_are_refused(void **state)
{
	(void)state;
	static const char *const broken[] = {
		"",
		"\n",
		"{}\n",
		"[]\n",
		"{\"type\":2}\n",
		"{\"type\":3,\"payload\":\"AAAA\"}\n",
		"{\"type\":2,\"payload\":\"AAAA\",\"position\":1}\n",
		"{\"type\":2,\"payload\":\"AAAA\"}",
		"{\"type\":2,\"payload\":\"AAA\"}\n",
		"{\"type\":2,\"payload\":\"AAAA\",\"other\":1}\n",
		"{\"type\":2,\"payload\":\"\",\"payload\":\"\"}\n",
		"{\"type\":1,\"name\":\"a\",\"size\":0,\"payload\":null}\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		cleanup_text struct text record = {0};
		int result = read_lines(broken[i], strlen(broken[i]), &record, NULL);
		/* nothing at all is an empty archive, whose digest tells */
		assert_int_equal(result, i == 0 ? 0 : -EINVAL);
	}
}

/* ---- what the child wrote down ---- */

static int make_tree(const struct layer_file *files, size_t count, struct layer_tree *tree)
{
	cleanup_text struct text record = {0};
	for (size_t i = 0; i < count; i++)
		layer_record_add_file(&record, &files[i]);
	int result = layer_tree_make(record.data, record.length, tree, NULL);
	if (result == 0)
		layer_tree_release(tree);
	return result;
}

static void paths_that_lead_elsewhere_or_stand_twice_are_refused(void **state)
{
	(void)state;
	static const char *const paths[] = {"../x", "a/../b", "/a", "a//b", "a/", ".", "a/./b", ".."};
	struct layer_tree tree = {0};
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct layer_file file = {.kind = LAYER_REGULAR, .path = paths[i]};
		assert_int_equal(make_tree(&file, 1, &tree), -EINVAL);
		const struct layer_file link = {.kind = LAYER_HARD_LINK, .path = "a", .link = paths[i]};
		assert_int_equal(make_tree(&link, 1, &tree), -EINVAL);
	}
	const struct layer_file twice[] = {{.kind = LAYER_REGULAR, .path = "a"}, {.kind = LAYER_DIRECTORY, .path = "a"}};
	assert_int_equal(make_tree(twice, 2, &tree), -EINVAL);
	const struct layer_file replaced[] = {{.kind = LAYER_WHITEOUT, .path = "a"}, {.kind = LAYER_DIRECTORY, .path = "a"}};
	assert_int_equal(make_tree(replaced, 2, &tree), 0);
	const struct layer_file removed[] = {{.kind = LAYER_REGULAR, .path = "a"}, {.kind = LAYER_WHITEOUT, .path = "a"}};
	assert_int_equal(make_tree(removed, 2, &tree), -EINVAL);
}

static void a_broken_answer_of_the_child_is_refused(void **state)
{
	(void)state;
	cleanup_text struct text record = {0}, attributes = {0};
	layer_record_add_attribute(&attributes, "user.a", "value", 5);
	const struct layer_file file = {
		.kind = LAYER_REGULAR, .path = "a", .attributes = attributes.data, .attributes_size = attributes.length};
	layer_record_add_bytes(&record, "bytes", 5);
	layer_record_add_file(&record, &file);
	layer_record_add_payload(&record);
	size_t whole = 0;
	for (size_t i = 1; i < record.length; i++) {
		cleanup_layer_tree struct layer_tree tree = {0};
		cleanup_free char *part = malloc(i);
		assert_non_null(part);
		memcpy(part, record.data, i);
		whole += layer_tree_make(part, i, &tree, NULL) == 0;
	}
	assert_int_equal(whole, 2); /* behind the bytes, and behind the file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_header_says_the_same),
		cmocka_unit_test(what_is_not_known_of_a_header_is_refused),
		cmocka_unit_test(malformed_pax_records_are_refused),
		on_a_new_host(a_layer_is_rebuilt),
		on_a_new_host(a_record_cut_anywhere_gives_nothing),
		on_a_new_host(a_record_changed_anywhere_gives_nothing),
		cmocka_unit_test(lines_that_tar_split_does_not_write_are_refused),
		cmocka_unit_test(paths_that_lead_elsewhere_or_stand_twice_are_refused),
		cmocka_unit_test(a_broken_answer_of_the_child_is_refused),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
