/* A peer that is no gRPC server, or one that breaks the rules: frames by hand, as RFC 9113
 * has them. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "policy/tests/support.h"
#include "shim/containerd/grpc.h"

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PUSH_PROMISE = 5, PING = 6, GOAWAY = 7, CONTINUATION = 9 };
enum { NO_FLAG = 0, END_STREAM = 1, END_HEADERS = 4 };

#define LIMIT 1000u

static void frame(struct text *bytes, int type, int flags, int stream, const void *payload, size_t size)
{
	const char head[] = {(char)(size >> 16), (char)(size >> 8), (char)size, (char)type, (char)flags,
			     0, 0, 0, (char)stream};
	text_append_bytes(bytes, head, sizeof(head));
	text_append_bytes(bytes, payload, size);
}

/* A literal header field that is not indexed, without Huffman's code. */
static void field(struct text *block, const char *name, const char *value)
{
	assert_true(strlen(name) < 127 && strlen(value) < 127);
	const char name_size[] = {0, (char)strlen(name)}, value_size[] = {(char)strlen(value)};
	text_append_bytes(block, name_size, sizeof(name_size));
	text_append(block, name);
	text_append_bytes(block, value_size, sizeof(value_size));
	text_append(block, value);
}

/* "NAME: VALUE\n…" as one HEADERS frame of the stream 1. */
static void headers(struct text *bytes, int flags, const char *lines)
{
	cleanup_text struct text block = {0};
	cleanup_free char *copy = strdup(lines);
	char *rest = NULL;
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strstr(line, ": ");
		*colon = '\0';
		field(&block, line, colon + 2);
	}
	frame(bytes, HEADERS, flags | END_HEADERS, 1, block.data, block.length);
}

#define GOOD_HEADERS ":status: 200\ncontent-type: application/grpc\n"
#define MESSAGE "\0\0\0\0\3abc"

static struct text start(void)
{
	struct text bytes = {0};
	frame(&bytes, SETTINGS, NO_FLAG, 0, "", 0);
	return bytes;
}

/* Headers, data and trailers of the stream 1. */
static struct text answer(const char *head, const void *data, size_t size, const char *trailers)
{
	struct text bytes = start();
	headers(&bytes, NO_FLAG, head);
	frame(&bytes, DATA, NO_FLAG, 1, data, size);
	headers(&bytes, END_STREAM, trailers);
	return bytes;
}

struct attempt {
	struct grpc_call call;
	struct error *error;
	int result;
};

static struct attempt ask_over(int descriptor, unsigned milliseconds)
{
	static const char *const metadata[] = {"containerd-namespace", "default", NULL};
	struct attempt attempt = {.call = {.path = "/test.Service/Get", .limit = LIMIT}};
	struct grpc *grpc = NULL;
	attempt.call.request = malloc(4);
	memcpy(attempt.call.request, "ask?", 4);
	attempt.call.request_size = 4;
	assert_int_equal(grpc_open(descriptor, metadata, milliseconds, &grpc, NULL), 0);
	attempt.result = grpc_ask(grpc, &attempt.call, 1, &attempt.error);
	assert_int_equal(attempt.result < 0, attempt.error != NULL);
	if (attempt.result < 0) {
		struct grpc_call again = {.path = "/test.Service/Get", .limit = LIMIT};
		assert_true(grpc_ask(grpc, &again, 1, NULL) < 0);
		grpc_call_release(&again);
	}
	grpc_close(grpc);
	return attempt;
}

/* The peer has sent `bytes` and then hangs up. */
static struct attempt ask(struct text *bytes)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(send(ends[1], bytes->data, bytes->length, MSG_DONTWAIT), (ssize_t)bytes->length);
	assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
	struct attempt attempt = ask_over(ends[0], 10000);
	close(ends[1]);
	text_release(bytes);
	return attempt;
}

static void drop(struct attempt *attempt)
{
	grpc_call_release(&attempt->call);
	error_free(attempt->error);
}

/* What was asked fails, or the only message cannot be taken, with these words. */
static void assert_fails(struct text bytes, int code, const char *part)
{
	struct attempt attempt = ask(&bytes);
	struct bytes message;
	int result = attempt.result;
	if (result == 0)
		result = grpc_message(&attempt.call, &message, &attempt.error);
	if (result != -code || !strstr(error_message(attempt.error), part))
		fail_msg("%d with \"%s\", not %d with \"%s\"", result, error_message(attempt.error), -code, part);
	drop(&attempt);
}

static void an_answer(void **state)
{
	(void)state;
	static const char *const types[] = {"application/grpc", "application/grpc+proto", "application/grpc;x"};
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		char head[128];
		(void)snprintf(head, sizeof(head), ":status: 200\ncontent-type: %s\nother: x\n", types[i]);
		struct text bytes = answer(head, MESSAGE, 8, "grpc-status: 0\ngrpc-message: \n");
		struct attempt attempt = ask(&bytes);
		struct bytes message = {0};
		assert_int_equal(attempt.result, 0);
		assert_int_equal(grpc_message(&attempt.call, &message, NULL), 0);
		assert_int_equal(message.size, 3);
		assert_memory_equal(message.data, "abc", 3);
		drop(&attempt);
	}
}

static void refusals(void **state)
{
	(void)state;
	static const struct {
		const char *trailers, *words;
		int code;
	} rows[] = {
		{"grpc-status: 5\ngrpc-message: no %22x%22%3a%0A%e2%82%ac%zz%2\n", "\"no \\\"x\\\":\\x0a\xe2\x82\xac%zz%2\"", ENOENT},
		{"grpc-status: 4\n", "status 4: \"\"", ETIMEDOUT},
		{"grpc-status: 7\n", "status 7", EPERM},
		{"grpc-status: 12\n", "status 12", ENOSYS},
		{"grpc-status: 16\n", "status 16", EPERM},
		{"grpc-status: 14\n", "status 14", EIO},
		{"grpc-status: 1\ngrpc-message: %00%1b[2J\n", "status 1: \"\"", EIO},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_fails(answer(GOOD_HEADERS, "", 0, rows[i].trailers), rows[i].code, rows[i].words);
		/* trailers only */
		char all[256];
		struct text bytes = start();
		(void)snprintf(all, sizeof(all), GOOD_HEADERS "%s", rows[i].trailers);
		headers(&bytes, END_STREAM, all);
		assert_fails(bytes, rows[i].code, rows[i].words);
	}
}

static void statuses_that_are_none(void **state)
{
	(void)state;
	static const char *const values[] = {"17", "99", "100", "-1", "0x0", "a", "4294967296"};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char trailers[64];
		(void)snprintf(trailers, sizeof(trailers), "grpc-status: %s\n", values[i]);
		assert_fails(answer(GOOD_HEADERS, MESSAGE, 8, trailers), EPROTO, "grpc-status");
	}
	assert_fails(answer(GOOD_HEADERS, MESSAGE, 8, "grpc-status: 0\ngrpc-status: 0\n"), EPROTO, "grpc-status");
	assert_fails(answer(GOOD_HEADERS, MESSAGE, 8, "grpc-status: \n"), EPROTO, "grpc-status");
	assert_fails(answer(GOOD_HEADERS "grpc-status: 0\n", MESSAGE, 8, "x: y\n"), EPROTO, "where it ends");
	assert_fails(answer(GOOD_HEADERS, MESSAGE, 8, "x: y\n"), EPROTO, "where it ends");
	assert_fails(answer(GOOD_HEADERS, MESSAGE, 8, "grpc-status: 5\ngrpc-message: a\ngrpc-message: b\n"), EPROTO,
		     "two grpc-messages");
	struct text bytes = start();
	headers(&bytes, NO_FLAG, GOOD_HEADERS);
	frame(&bytes, DATA, END_STREAM, 1, MESSAGE, 8);
	assert_fails(bytes, EPROTO, "without a grpc-status");
}

static void not_grpc(void **state)
{
	(void)state;
	static const char *const heads[] = {
		":status: 404\ncontent-type: application/grpc\n",
		":status: 200\ncontent-type: text/html\n",
		":status: 200\ncontent-type: application/grpcx\n",
		":status: 200\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		assert_fails(answer(heads[i], MESSAGE, 8, "grpc-status: 0\n"), EPROTO, "not gRPC's");
}

static void messages_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *data;
		size_t size;
	} rows[] = {
		{"\1\0\0\0\3abc", 8},	      {"\0\0\0\0\4abc", 8}, {"\0\0\0\0\2abc", 8}, {"\0\xff\xff\xff\xff" "abc", 8},
		{"\0\0\0\0\3abc\0\0\0\0\0", 13}, {"\0\0\0\0", 4},	  {"", 0},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_fails(answer(GOOD_HEADERS, rows[i].data, rows[i].size, "grpc-status: 0\n"), EPROTO, "/test.Service/Get");
}

static void too_much(void **state)
{
	(void)state;
	cleanup_free char *data = calloc(1, LIMIT + 1);
	assert_fails(answer(GOOD_HEADERS, data, LIMIT + 1, "grpc-status: 0\n"), EFBIG, "more than 1000 bytes");
	/* HPACK's bomb: a long field is kept in the table, then named by a byte each time */
	struct text bytes = start();
	cleanup_text struct text block = {0};
	field(&block, ":status", "200");
	field(&block, "content-type", "application/grpc");
	size_t place = block.length;
	field(&block, "many", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567");
	block.data[place] = 0x40;
	for (int i = 0; i < 200; i++)
		text_append_bytes(&block, "\xbe", 1);
	frame(&bytes, HEADERS, END_HEADERS, 1, block.data, block.length);
	assert_fails(bytes, EFBIG, "bytes of headers");
}

static void broken_off(void **state)
{
	(void)state;
	struct text bytes = start();
	assert_fails(bytes, ECONNRESET, "hung up");
	bytes = start();
	frame(&bytes, GOAWAY, NO_FLAG, 0, "\0\0\0\0\0\0\0\2", 8);
	assert_fails(bytes, ECONNRESET, "REFUSED_STREAM");
	bytes = start();
	frame(&bytes, RST_STREAM, NO_FLAG, 1, "\0\0\0\x08", 4);
	assert_fails(bytes, ECONNRESET, "CANCEL");
	bytes = answer(GOOD_HEADERS, MESSAGE, 8, "grpc-status: 0\n");
	bytes.length -= 3;
	assert_fails(bytes, ECONNRESET, "hung up");
	bytes = start();
	headers(&bytes, NO_FLAG, GOOD_HEADERS);
	frame(&bytes, RST_STREAM, NO_FLAG, 1, "\0\0\0\0", 4);
	assert_fails(bytes, EPROTO, "without a grpc-status");
}

static void not_http2(void **state)
{
	(void)state;
	struct text bytes = {0};
	text_append(&bytes, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
	assert_fails(bytes, EPROTO, "HTTP/2");
	bytes = start();
	frame(&bytes, HEADERS, END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff", 6);
	assert_fails(bytes, EPROTO, "HTTP/2");
	bytes = start();
	frame(&bytes, DATA, NO_FLAG, 3, MESSAGE, 8);
	assert_fails(bytes, EPROTO, "HTTP/2");
	bytes = start();
	frame(&bytes, DATA, NO_FLAG, 1, MESSAGE, 8);
	assert_fails(bytes, EPROTO, "HTTP/2");
	/* a promise is passed over, and then there is no answer */
	bytes = start();
	frame(&bytes, PUSH_PROMISE, END_HEADERS, 1, "\0\0\0\2\x82", 5);
	assert_fails(bytes, ECONNRESET, "hung up");
}

/* Cut off and flipped at every byte: an answer, or an error, and never another answer. */
static void damaged(void **state)
{
	(void)state;
	struct text whole = answer(GOOD_HEADERS, MESSAGE, 8, "grpc-status: 0\n");
	for (size_t at = 0; at < 2 * whole.length; at++) {
		struct text bytes = {0};
		text_append_bytes(&bytes, whole.data, at < whole.length ? at : whole.length);
		if (at >= whole.length)
			bytes.data[at - whole.length] ^= 0x11;
		struct attempt attempt = ask(&bytes);
		struct bytes message = {0};
		bool answered = attempt.result == 0 && grpc_message(&attempt.call, &message, NULL) == 0;
		assert_false(answered && at < whole.length);
		assert_true(!answered || message.size == 3);
		drop(&attempt);
	}
	text_release(&whole);
}

static void a_silent_peer(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	struct attempt attempt = ask_over(ends[0], 50);
	assert_int_equal(attempt.result, -ETIMEDOUT);
	assert_non_null(strstr(error_message(attempt.error), "no answer in time"));
	drop(&attempt);
	close(ends[1]);
}

/* Frames without an end that nobody asked for, until nobody reads them. */
static void *ping_forever(void *context)
{
	int descriptor = *(int *)context;
	cleanup_text struct text bytes = {0};
	for (int i = 0; i < 4000; i++)
		frame(&bytes, PING, NO_FLAG, 0, "12345678", 8);
	cleanup_text struct text settings = start();
	(void)send(descriptor, settings.data, settings.length, MSG_NOSIGNAL);
	while (send(descriptor, bytes.data, bytes.length, MSG_NOSIGNAL) > 0)
		continue;
	return NULL;
}

static void an_endless_peer(void **state)
{
	(void)state;
	int ends[2];
	pthread_t thread;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, ping_forever, &ends[1]), 0);
	struct attempt attempt = ask_over(ends[0], 2000);
	/* which bound is met first, nghttp2's of unsent answers, bytes or time, depends on the machine */
	if (attempt.result != -EPROTO && attempt.result != -EFBIG && attempt.result != -ETIMEDOUT)
		fail_msg("%d: %s", attempt.result, error_message(attempt.error));
	drop(&attempt);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(ends[1]);
}

static void metadata_that_is_no_header(void **state)
{
	(void)state;
	static const char *const values[] = {"", "a\r\nb: c", "\x80", "a\x7f"};
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *const metadata[] = {"containerd-namespace", values[i], NULL};
		struct grpc *grpc = NULL;
		int ends[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
		assert_int_equal(grpc_open(ends[0], metadata, 1000, &grpc, NULL), -EINVAL);
		close(ends[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer),
		cmocka_unit_test(refusals),
		cmocka_unit_test(statuses_that_are_none),
		cmocka_unit_test(not_grpc),
		cmocka_unit_test(messages_that_are_none),
		cmocka_unit_test(too_much),
		cmocka_unit_test(broken_off),
		cmocka_unit_test(not_http2),
		cmocka_unit_test(damaged),
		cmocka_unit_test(a_silent_peer),
		cmocka_unit_test(an_endless_peer),
		cmocka_unit_test(metadata_that_is_no_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
