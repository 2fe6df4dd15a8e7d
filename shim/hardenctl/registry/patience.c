#include "shim/hardenctl/registry/patience.h"

#include <errno.h>
#include <time.h>

#include "policy/base/deadline.h"
#include "policy/base/number.h"

enum { FIRST_MILLISECONDS = 500 };

static bool is_temporary(long status)
{
	static const long temporary[] = {429, 500, 502, 503, 504};
	for (size_t i = 0; i < ARRAY_SIZE(temporary); i++)
		if (temporary[i] == status)
			return true;
	return false;
}

/* What the registry asks for in seconds; 0 where it does not, or names a date. */
static int64_t asked_seconds(const struct http_response *response)
{
	int64_t seconds = 0;
	if (response->retry_after && number_parse_int64(response->retry_after, &seconds) < 0)
		return 0;
	return seconds < 0 ? 0 : seconds;
}

static void wait_milliseconds(const struct http *http, int64_t milliseconds)
{
	int64_t left = http->deadline - clock_milliseconds();
	if (milliseconds > left)
		milliseconds = left > 0 ? left : 0;
	const struct timespec duration = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
	(void)nanosleep(&duration, NULL);
}

int http_perform_patiently(struct http *http, const struct http_request *request,
			   struct http_response *ret_response, struct error **error)
{
	for (unsigned attempt = 1;; attempt++) {
		cleanup_http_response struct http_response response = {0};
		cleanup_error struct error *failure = NULL;
		bool again = false, last = attempt >= PATIENCE_ATTEMPTS;
		int result = http_perform(http, request, &response, &again, &failure);
		if (result < 0 && (!again || last)) {
			if (error)
				*error = take_pointer(failure);
			return result;
		}
		if (result == 0 && (!is_temporary(response.status) || last)) {
			*ret_response = response;
			response = (struct http_response){0};
			return 0;
		}
		int64_t seconds = result == 0 ? asked_seconds(&response) : 0;
		if (seconds > PATIENCE_SECONDS)
			return error_set(error, EAGAIN, "the registry is busy (status %ld) and asks to come back in %lld seconds",
					 response.status, (long long)seconds);
		wait_milliseconds(http, seconds ? seconds * 1000 : (int64_t)FIRST_MILLISECONDS << (attempt - 1));
	}
}
