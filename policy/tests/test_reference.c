#include "policy/trust/reference.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/support.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX
#define TEN "aaaaaaaaaa"
#define FIFTY TEN TEN TEN TEN TEN

static void assert_text(const char *text, const char *expected)
{
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

static void names_get_their_defaults(void **state)
{
	(void)state;
	static const struct {
		const char *name, *registry, *repository, *tag, *digest;
	} rows[] = {
		{"nginx", "docker.io", "library/nginx", "latest", NULL},
		{"nginx:1.27", "docker.io", "library/nginx", "1.27", NULL},
		{"nginx@" DIGEST, "docker.io", "library/nginx", NULL, DIGEST},
		{"nginx:1.27@" DIGEST, "docker.io", "library/nginx", "1.27", DIGEST},
		{"acme/app", "docker.io", "acme/app", "latest", NULL},
		{"docker.io/nginx", "docker.io", "library/nginx", "latest", NULL},
		{"index.docker.io/nginx", "docker.io", "library/nginx", "latest", NULL},
		{"index.docker.io/acme/app:v1", "docker.io", "acme/app", "v1", NULL},
		{"localhost/tiny", "localhost", "tiny", "latest", NULL},
		{"localhost:5000", "docker.io", "library/localhost", "5000", NULL},
		{"localhost:5000/tiny", "localhost:5000", "tiny", "latest", NULL},
		{"127.0.0.1:5055/a/b/c:x", "127.0.0.1:5055", "a/b/c", "x", NULL},
		{"[::1]:5000/tiny", "[::1]:5000", "tiny", "latest", NULL},
		{"[fe80::A]/tiny", "[fe80::a]", "tiny", "latest", NULL},
		{"Registry.Example/app", "registry.example", "app", "latest", NULL},
		{"registry.example/a__b/c.d/e--f/g-h_i", "registry.example", "a__b/c.d/e--f/g-h_i", "latest", NULL},
		{"registry.example/a:_x.-Y", "registry.example", "a", "_x.-Y", NULL},
		{"sha256", "docker.io", "library/sha256", "latest", NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_reference struct reference reference = {0};
		assert_int_equal(reference_parse(rows[i].name, &reference, NULL), 0);
		assert_string_equal(reference.registry, rows[i].registry);
		assert_string_equal(reference.repository, rows[i].repository);
		assert_text(reference.tag, rows[i].tag);
		assert_text(reference.digest, rows[i].digest);
	}
}

static void what_is_no_name_is_refused(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "/", ":", "@", "a/", "/a", "a//b", ":tag", "a:", "a:b:c", "a:.b", "a:-b", "a:b c", "a@", "a@sha256:",
		"a@sha256:" "0123", "a@" DIGEST "0", "a@sha512:" HEX HEX, "a@" DIGEST "@" DIGEST,
		DIGEST, HEX, "sha256:abc", "Nginx", "docker.io/Nginx", "REGISTRY/app", "LOCALHOST/app", "a b", "a\n", "a\tb", " a", "a ", "\xc3\xa4",
		"-a", "a-", "_a", "a_", ".a", "a.", "a..b", "a___b", "a._b", "a_-b", "acme/-a", "a/b./c",
		"-r.example/a", "r-.example/a", "r..example/a", "r.example./a", "r.example:/a", "r.example:x/a",
		"r.example:123456/a", "r_x.example/a", "[::1/a", "[]/a", "[::1]x/a", "[::1]:/a", "[::g]/a", "[a/b", "]/a",
		"https://r.example/a", "r.example/a?b", "a*", "**", "r.example/*", "../a", "./a",
		"r.example/" FIFTY FIFTY FIFTY FIFTY FIFTY,
		"a:" FIFTY FIFTY TEN TEN TEN,
		FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY,
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_error struct error *error = NULL;
		struct reference reference = {0};
		assert_int_equal(reference_parse(names[i], &reference, &error), -EINVAL);
		assert_null(reference.registry);
		assert_non_null(strstr(error_message(error), " is not an image's name: "));
		assert_null(strchr(error_message(error), '\n'));
	}
}

static const struct {
	const char *pattern, *name;
	bool matches;
} matches[] = {
	{"**", "nginx", true},
	{"**", "registry.example/a/b/c:v1", true},
	{"**", "nginx@" DIGEST, true},
	{"**:v1", "registry.example/a:v1", true},
	{"**:v1", "registry.example/a:v2", false},
	{"nginx", "nginx", true},
	{"nginx", "docker.io/library/nginx:1.27", true},
	{"nginx", "index.docker.io/library/nginx", true},
	{"nginx", "nginx@" DIGEST, true},
	{"nginx", "acme/nginx", false},
	{"nginx", "registry.example/nginx", false},
	{"index.docker.io/nginx", "nginx", true},
	{"docker.io/**", "nginx", true},
	{"docker.io/**", "acme/app", true},
	{"docker.io/*", "nginx", true},
	{"docker.io/*", "acme/app", false},
	{"docker.io/*/*", "nginx", true},
	{"docker.io/acme/**", "acme/app/x", true},
	{"nginx*", "nginx-debug", true},
	{"nginx*", "acme/nginx", false},
	{"acme/*", "acme/app", true},
	{"acme/*", "acme/app/x", false},
	{"registry.example/**", "registry.example/a", true},
	{"registry.example/**", "registry.example/a/b/c", true},
	{"registry.example/**", "REGISTRY.example/a", true},
	{"registry.example/**", "registry.example:5000/a", false},
	{"registry.example/**", "registry.example.evil/a", false},
	{"registry.example/**", "evil/registry.example/a", false},
	{"registry.example/**", "x.registry.example/a", false},
	{"*.registry.example/**", "x.registry.example/a", true},
	{"*.registry.example/**", "x.y.registry.example/a", true},
	{"*.registry.example/**", "registry.example/a", false},
	{"*.*/team/**", "registry.example/team/a", true},
	{"*:5000/**", "localhost:5000/a", true},
	{"*:5000/**", "localhost:50001/a", false},
	{"[::1]:5000/**", "[::1]:5000/a", true},
	{"registry.example/team/**", "registry.example/team", true},
	{"registry.example/team/**", "registry.example/teams/a", false},
	{"registry.example/team/**/app", "registry.example/team/app", true},
	{"registry.example/team/**/app", "registry.example/team/a/b/app", true},
	{"registry.example/team/**/app", "registry.example/team/app/x", false},
	{"registry.example/**/db/**", "registry.example/a/db/b/db/c", true},
	{"registry.example/**/db/*", "registry.example/db/a/db/c", true},
	{"registry.example/**/db/*/x", "registry.example/db/a/db/c", false},
	{"**/nginx", "nginx", true},
	{"**/nginx", "registry.example/a/nginx", true},
	{"**/nginx", "registry.example/a/nginx/x", false},
	{"**/*/**", "nginx", true},
	{"registry.example/a-*-z", "registry.example/a-b-c-z", true},
	{"registry.example/a-*-z", "registry.example/a-z", false},
	{"registry.example/*a*b*c", "registry.example/xaxbxabc", true},
	{"registry.example/*a*b*c", "registry.example/xaxbxab", false},
	{"registry.example/app:v1", "registry.example/app:v1", true},
	{"registry.example/app:v1", "registry.example/app:v1@" DIGEST, true},
	{"registry.example/app:v1", "registry.example/app@" DIGEST, false},
	{"registry.example/app:latest", "registry.example/app", true},
	{"registry.example/app:v*", "registry.example/app:v10", true},
	{"registry.example/app:v*", "registry.example/app:x10", false},
	{"localhost:5000/app:*-rc", "localhost:5000/app:v1-rc", true},
};

static void patterns_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		cleanup_reference struct reference reference = {0};
		assert_int_equal(reference_parse(matches[i].name, &reference, NULL), 0);
		assert_true(reference_pattern_is_valid(matches[i].pattern));
		if (reference_matches(&reference, matches[i].pattern) != matches[i].matches)
			fail_msg("pattern %s and name %s", matches[i].pattern, matches[i].name);
	}
}

static void what_is_no_pattern_is_refused(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"", "*", "*/app", "*/**", "*:v1", "/", "/a", "a/", "a//b", "a**", "**a", "a/***", "a/b**/c", "r.example/",
		"r.example//a", "Nginx", "R.example/a", "a:", "a:**", "a:b:c", "a:b c", "a@" DIGEST, "a b", "a\n", "a?",
		"[ab]*", "r.example/[ab]", "r_x.example/a", "a:b/c:", "a/\xc3\xa4",
		"r.example/" FIFTY FIFTY FIFTY FIFTY FIFTY, "a:" FIFTY FIFTY TEN TEN TEN,
	};
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (reference_pattern_is_valid(patterns[i]))
			fail_msg("pattern %s", patterns[i]);
}

/* A name that was parsed is its own pattern. */
static void a_name_matches_itself(void **state)
{
	(void)state;
	static const char *const names[] = {"nginx", "acme/app:v1", "localhost:5000/a/b", "[::1]/a:b", "r.example/a__b"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_reference struct reference reference = {0};
		assert_int_equal(reference_parse(names[i], &reference, NULL), 0);
		assert_true(reference_pattern_is_valid(names[i]));
		assert_true(reference_matches(&reference, names[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_get_their_defaults),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(what_is_no_pattern_is_refused),
		cmocka_unit_test(a_name_matches_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
