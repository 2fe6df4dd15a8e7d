/* What a registry client reads of strangers: headers, URLs and addresses, credentials,
 * tokens, frames. */
#include "policy/base/deadline.h"
#include "policy/tests/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/hardenctl/registry/address.h"
#include "shim/hardenctl/registry/challenge.h"
#include "shim/hardenctl/registry/credential.h"
#include "shim/hardenctl/registry/frame.h"
#include "shim/hardenctl/registry/link.h"
#include "shim/hardenctl/registry/redirect.h"
#include "shim/hardenctl/registry/token.h"

static void same(const char *what, const char *got, const char *expected)
{
	if ((got == NULL) != (expected == NULL) || (got && strcmp(got, expected) != 0))
		fail_msg("%s: %s, not %s", what, got ? got : "(none)", expected ? expected : "(none)");
}

static void challenges(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		bool basic, bearer;
		const char *realm, *service, *scope;
	} rows[] = {
		{"Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\"",
		 false, true, "https://auth.example/token", "registry.example", "repository:a/b:pull,push"},
		{"Basic realm=\"x\"", true, false, NULL, NULL, NULL},
		{"basic", true, false, NULL, NULL, NULL},
		{"BEARER Realm = abc , SERVICE=\"a\\\"b\\\\\"", false, true, "abc", "a\"b\\", NULL},
		{"Negotiate YWJj==, Bearer realm=\"https://a/\", Basic realm=\"y\"", true, true, "https://a/", NULL, NULL},
		{"Digest realm=\"other\", nonce=\"1\", Bearer error=\"invalid_token\",realm=\"r\"", false, true, "r", NULL, NULL},
		{"Bearer", false, true, NULL, NULL, NULL},
		{"Bearer realm=", false, true, NULL, NULL, NULL}, /* by the grammar a token68 */
		{"Bearer realm=\"\"", false, true, "", NULL, NULL},
		{"", false, false, NULL, NULL, NULL},
		{" , ,Basic , ", true, false, NULL, NULL, NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_challenge struct challenge challenge = {0};
		cleanup_error struct error *error = NULL;
		if (challenge_parse(rows[i].header, &challenge, &error) < 0)
			fail_msg("%s: %s", rows[i].header, error_message(error));
		assert_int_equal(challenge.basic, rows[i].basic);
		assert_int_equal(challenge.bearer, rows[i].bearer);
		same(rows[i].header, challenge.realm, rows[i].realm);
		same(rows[i].header, challenge.service, rows[i].service);
		same(rows[i].header, challenge.scope, rows[i].scope);
	}
}

static void challenges_that_are_none(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"Bearer realm=\"open", "Bearer realm=\"a\\", "Bearer realm=\"a\" service=\"b\"", "Bearer realm=a,realm=b",
		"Bearer realm=a, Bearer realm=b", "Bearer realm=\"a\x01\"", "Bearer realm=\"\xc3\xa9\"", "\"Bearer\"",
		"Bearer=", "Bearer realm=,service=b", "Basic @", "@", "Bearer realm=\"a\"x",
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct challenge challenge = {.basic = true};
		cleanup_error struct error *error = NULL;
		if (challenge_parse(rows[i], &challenge, &error) != -EINVAL || !error)
			fail_msg("taken: %s", rows[i]);
		assert_true(challenge.basic && !challenge.realm);
	}
	cleanup_free char *longest = calloc(1, 20000);
	struct challenge challenge = {0};
	memset(longest, ',', 19999);
	assert_int_equal(challenge_parse(longest, &challenge, NULL), -EINVAL);
}

static void links(void **state)
{
	(void)state;
	static const struct {
		const char *header, *target;
	} rows[] = {
		{"</v2/a/referrers/b?n=1>; rel=\"next\"", "/v2/a/referrers/b?n=1"},
		{"<https://a/b,c;d>;rel=next", "https://a/b,c;d"},
		{"</x>; rel=\"prev\", </y>; title=\"a,>;\\\"b\"; REL=\"NEXT\"", "/y"},
		{"</x>; rel=prev", NULL},
		{"</x>", NULL},
		{"</x>; nofollow; rel=next", "/x"},
		{"", NULL},
		{"<>; rel=next", ""},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *target = NULL;
		if (link_next(rows[i].header, &target, NULL) < 0)
			fail_msg("refused: %s", rows[i].header);
		same(rows[i].header, target, rows[i].target);
	}
	static const char *const broken[] = {
		"/x; rel=next", "</x; rel=next", "</x>; rel=\"next", "</x> rel=next", "</x>; rel=",
		"</x>;; rel=next", "</x>; rel=next, </y>; rel=next", "</x>; rel=next \"", "</x>; title=\"\\",
	};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		char *target = NULL;
		if (link_next(broken[i], &target, NULL) != -EINVAL || target)
			fail_msg("taken: %s", broken[i]);
	}
}

static void addresses(void **state)
{
	(void)state;
	static const char *const internal[] = {
		"127.0.0.1", "127.255.255.255", "0.0.0.0", "169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1",
		"255.255.255.255", "[::]", "[::1]", "::1", "[fe80::1]", "[febf::1]", "[ff02::1]", "[fd00:ec2::254]",
		"[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[::127.0.0.1]", "localhost",
		"a.localhost", "localhost.", "127.0.0.1.", "[::1].",
	};
	static const char *const outside[] = {
		"203.0.113.5", "10.0.0.1", "192.168.1.1", "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0",
		"[2001:db8::1]", "[fec0::1]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]", "registry.example", "localhost.example",
	};
	for (size_t i = 0; i < ARRAY_SIZE(internal); i++)
		if (!address_is_internal_name(internal[i]))
			fail_msg("%s is not internal", internal[i]);
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
		if (address_is_internal_name(outside[i]))
			fail_msg("%s is internal", outside[i]);
	struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr unknown = {.sa_family = AF_UNIX};
	assert_true(address_is_internal((struct sockaddr *)&ipv4, sizeof(ipv4)));
	assert_true(address_is_internal((struct sockaddr *)&ipv4, 3));
	assert_true(address_is_internal(&unknown, sizeof(unknown)));
	ipv4.sin_addr.s_addr = htonl(0xcb007105);
	assert_false(address_is_internal((struct sockaddr *)&ipv4, sizeof(ipv4)));
	assert_true(address_is_loopback_name("localhost") && address_is_loopback_name("[::1]") &&
		    address_is_loopback_name("127.9.9.9"));
	assert_false(address_is_loopback_name("localhost.example") || address_is_loopback_name("169.254.1.1"));
}

static void redirects(void **state)
{
	(void)state;
	static const struct {
		const char *registry, *url;
		int result;
		bool own, outside;
	} rows[] = {
		{"https://r.example/", "https://r.example/v2/", 0, true, false},
		{"https://r.example/", "https://R.EXAMPLE:443/x", 0, true, false},
		{"https://r.example/", "https://r.example:444/x", 0, false, true},
		{"https://r.example/", "https://s.example/x", 0, false, true},
		{"https://r.example/", "http://r.example/x", -EPERM, false, false},
		{"http://r.example/", "http://r.example/x", 0, true, false},
		{"http://r.example/", "http://s.example/x", -EPERM, false, false},
		{"https://r.example/", "https://127.0.0.1/x", -EPERM, false, false},
		{"https://r.example/", "https://2852039166/x", -EPERM, false, false},
		{"https://r.example/", "https://0x7f.1/x", -EPERM, false, false},
		{"https://r.example/", "https://[::ffff:169.254.169.254]/x", -EPERM, false, false},
		{"http://127.0.0.1:5000/", "http://127.0.0.1:6000/x", 0, false, false},
		{"http://127.0.0.1:5000/", "http://169.254.169.254/x", -EPERM, false, false},
		{"https://127.0.0.1:5000/", "http://127.0.0.1:6000/x", -EPERM, false, false},
		{"https://r.example/", "file:///etc/passwd", -EINVAL, false, false},
		{"https://r.example/", "ftp://s.example/", -EINVAL, false, false},
		{"https://r.example/", "https://u:p@s.example/", -EINVAL, false, false},
		{"https://r.example/", "//s.example/", -EINVAL, false, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_origin struct origin registry = {0};
		struct direction direction = {0};
		assert_int_equal(origin_of_url(rows[i].registry, &registry, NULL), 0);
		int result = redirect_check(&registry, rows[i].url, &direction, NULL);
		if (result != rows[i].result || direction.own != rows[i].own || direction.outside != rows[i].outside)
			fail_msg("%s → %s: %d", rows[i].registry, rows[i].url, result);
	}
}

static void relative_locations(void **state)
{
	(void)state;
	static const struct {
		const char *location, *url;
	} rows[] = {
		{"/x", "https://r.example/x"}, {"?n=1", "https://r.example/v2/a?n=1"}, {"//s.example/y", "https://s.example/y"},
		{"http://s.example/z#part", "http://s.example/z"}, {"b", "https://r.example/v2/b"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *url = NULL;
		assert_int_equal(address_resolve("https://r.example/v2/a", rows[i].location, &url, NULL), 0);
		same(rows[i].location, url, rows[i].url);
	}
}

struct credential_row {
	const char *config, *registry, *repository;
	int result;
	enum credential_kind kind;
	const char *user, *secret, *helper, *server;
};

/* dTpw: "u:p" */
static const struct credential_row credential_rows[] = {
	{"{}", "r.example", "a", 0, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}}", "r.example", "a", 0, CREDENTIAL_PASSWORD, "u", "p", NULL, NULL},
	{"{\"auths\":{\"https://r.example/v1/\":{\"auth\":\"dTpw\"}}}", "r.example", "a", 0, CREDENTIAL_PASSWORD, "u", "p",
	 NULL, NULL},
	{"{\"auths\":{\"r.example.evil\":{\"auth\":\"dTpw\"}}}", "r.example", "a", 0, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}}", "r.example:444", "a", 0, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTpw\"},\"r.example/a\":{\"auth\":\"djpx\"}}}", "r.example", "a/b", 0,
	 CREDENTIAL_PASSWORD, "v", "q", NULL, NULL},
	{"{\"auths\":{\"r.example/a\":{\"auth\":\"djpx\"}}}", "r.example", "ab", 0, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}", "docker.io", "library/x", 0,
	 CREDENTIAL_PASSWORD, "u", "p", NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"username\":\"u\",\"password\":\"p\"}}}", "r.example", "a", 0, CREDENTIAL_PASSWORD, "u",
	 "p", NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTpw\",\"identitytoken\":\"t\"}}}", "r.example", "a", 0,
	 CREDENTIAL_IDENTITY_TOKEN, "", "t", NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"registrytoken\":\"t\"}}}", "r.example", "a", 0, CREDENTIAL_REGISTRY_TOKEN, "", "t",
	 NULL, NULL},
	{"{\"credHelpers\":{\"r.example\":\"x\"},\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}}", "r.example", "a", 0,
	 CREDENTIAL_NONE, NULL, NULL, "x", "r.example"},
	{"{\"credsStore\":\"y\",\"auths\":{\"r.example\":{}}}", "r.example", "a", 0, CREDENTIAL_NONE, NULL, NULL, "y",
	 "r.example"},
	{"{\"credsStore\":\"y\"}", "docker.io", "a", 0, CREDENTIAL_NONE, NULL, NULL, "y", "https://index.docker.io/v1/"},
	{"{\"credsStore\":\"y\",\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}}", "r.example", "a", 0, CREDENTIAL_PASSWORD, "u",
	 "p", NULL, NULL},
	{"{\"credsStore\":\"../y\"}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"credsStore\":\"y z\"}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"credsStore\":1}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":[]}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":1}}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTp\"}}}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dXA=\"}}}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL, NULL},
	{"{\"auths\":{\"r.example\":{\"auth\":\"dTpwAHg=\"}}}", "r.example", "a", -EINVAL, CREDENTIAL_NONE, NULL, NULL, NULL,
	 NULL},
};

static void credentials(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(credential_rows); i++) {
		const struct credential_row *row = &credential_rows[i];
		cleanup_json json_t *config = NULL;
		cleanup_credential struct credential credential = {0};
		cleanup_free char *helper = NULL, *server = NULL;
		assert_int_equal(document_parse(row->config, strlen(row->config), DOCUMENT_PLAIN, &config, NULL), 0);
		int result = credential_from_config(config, row->registry, row->repository, &credential, &helper, &server, NULL);
		if (result != row->result || credential.kind != row->kind)
			fail_msg("%s: %d, kind %d", row->config, result, (int)credential.kind);
		same(row->config, credential.user, row->user);
		same(row->config, credential.secret, row->secret);
		same(row->config, helper, row->helper);
		same(row->config, server, row->server);
	}
}

static void no_message_shows_a_secret(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"{\"Username\":\"u\",\"Secret\":\"canary", "{\"Username\":1,\"Secret\":\"canary\"}", "canary",
	};
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		cleanup_credential struct credential credential = {0};
		cleanup_error struct error *error = NULL;
		cleanup_free char *token = NULL;
		assert_int_equal(credential_from_helper(answers[i], strlen(answers[i]), &credential, &error), -EINVAL);
		assert_null(strstr(error_message(error), "canary"));
		error_free(error);
		error = NULL;
		assert_int_equal(token_read(answers[i], strlen(answers[i]), &token, &error), -EINVAL);
		assert_null(strstr(error_message(error), "canary"));
	}
	const char *good = "{\"ServerURL\":\"r\",\"Username\":\"<token>\",\"Secret\":\"s\"}";
	cleanup_credential struct credential credential = {0};
	assert_int_equal(credential_from_helper(good, strlen(good), &credential, NULL), 0);
	assert_int_equal(credential.kind, CREDENTIAL_IDENTITY_TOKEN);
}

static void tokens(void **state)
{
	(void)state;
	static const struct {
		const char *answer, *token;
	} rows[] = {
		{"{\"token\":\"a.b-c\"}", "a.b-c"}, {"{\"access_token\":\"t\"}", "t"}, {"{\"token\":\"x\",\"access_token\":\"y\"}", "x"},
		{"{\"token\":\"\"}", NULL}, {"{\"token\":\"a b\"}", NULL}, {"{\"token\":\"a\\r\\nb\"}", NULL},
		{"{\"token\":\"a\\u0000b\"}", NULL}, {"{\"token\":\"\xc3\xa9\"}", NULL}, {"{}", NULL}, {"[]", NULL}, {"", NULL},
		{"{\"token\":\"a\",\"token\":\"b\"}", NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *token = NULL;
		int result = token_read(rows[i].answer, strlen(rows[i].answer), &token, NULL);
		assert_int_equal(result, rows[i].token ? 0 : -EINVAL);
		same(rows[i].answer, token, rows[i].token);
	}
}

static void frames(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(frame_write(ends[1], FRAME_PROGRESS, "ab", 2, "cd", 2), 0);
	cleanup_frame struct frame frame = {0};
	assert_int_equal(frame_read(ends[0], clock_milliseconds() + 1000, &frame), 0);
	assert_int_equal(frame.kind, FRAME_PROGRESS);
	assert_string_equal(frame.data, "abcd");
	assert_int_equal(frame_read(ends[0], clock_milliseconds() + 20, &frame), -ETIMEDOUT);
	assert_int_equal(frame_write(ends[1], FRAME_BLOB, NULL, 0, "", FRAME_SIZE + 1), -E2BIG);
	static const char *const broken[] = {"X\1\0\0\0a", "B\xff\xff\xff\xff", "\0\0\0\0\0"};
	static const size_t lengths[] = {6, 5, 5};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		int pair[2];
		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		assert_int_equal(write(pair[1], broken[i], lengths[i]), (ssize_t)lengths[i]);
		close(pair[1]);
		assert_int_equal(frame_read(pair[0], clock_milliseconds() + 1000, &frame), -EPROTO);
		close(pair[0]);
	}
	/* ends in the middle of one */
	assert_int_equal(write(ends[1], "B\4\0\0\0ab", 7), 7);
	close(ends[1]);
	assert_int_equal(frame_read(ends[0], clock_milliseconds() + 1000, &frame), -EPIPE);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges),
		cmocka_unit_test(challenges_that_are_none),
		cmocka_unit_test(links),
		cmocka_unit_test(addresses),
		cmocka_unit_test(redirects),
		cmocka_unit_test(relative_locations),
		cmocka_unit_test(credentials),
		cmocka_unit_test(no_message_shows_a_secret),
		cmocka_unit_test(tokens),
		cmocka_unit_test(frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
