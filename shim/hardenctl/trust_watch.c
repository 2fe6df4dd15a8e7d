/* hardenctl trust watch: what engines pull, signatures are fetched for. One loop; it
 * listens to Docker's events, goes through containerd's images every few seconds, and has
 * one image at a time fetched. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"
#include "shim/hardenctl/watch_containerd.h"
#include "shim/hardenctl/watch_docker.h"
#include "shim/hardenctl/watch_job.h"
#include "shim/hardenctl/watch_queue.h"

enum {
	POLL_MILLISECONDS = 5000,    /* how often containerd is asked */
	FIRST_MILLISECONDS = 1000,   /* until Docker is asked again, doubled up to: */
	MOST_MILLISECONDS = 5000,
	ENDING_MILLISECONDS = 60000, /* how long a dockerd may take to end, which waits for its containers */
};

struct watch {
	const char *store, *docker, *containerd;
	bool once;
	CURLM *multi;
	struct watch_docker_stream stream;
	struct watch_containerd images;
	int signals;             /* descriptor */
	int64_t docker_due;      /* when Docker is to be asked; clock_milliseconds() */
	int64_t containerd_due;
	int64_t docker_instance; /* that was asked last: watch_docker_instance() */
	int64_t docker_lost;     /* when it answered no longer */
	unsigned docker_failures;
	pid_t process;           /* that fetches `item`; 0: none */
	struct watch_item item;
	bool ending;
};

/* Too large for the stack. */
static struct watch_queue queue;

static void say(const char *what)
{
	(void)fprintf(stderr, "%s\n", what);
}

static void on_listed(void *context, const char *name)
{
	(void)context;
	watch_queue_add(&queue, name, false);
}

/* It is signed since, perhaps. */
static void on_changed(void *context, const char *name)
{
	(void)context;
	watch_queue_add(&queue, name, true);
}

static void on_named(void *context, const char *name)
{
	*(size_t *)context += 1;
	watch_queue_add(&queue, name, true);
}

static void on_event(void *context, const char *action, const char *image)
{
	const struct watch *watch = context;
	cleanup_error struct error *error = NULL;
	size_t names = 0;
	if (watch_docker_inspect(watch->docker, image, on_named, &names, &error) < 0)
		say(error_message(error));
	else if (names == 0 && strcmp(action, "load") == 0)
		(void)fprintf(stderr, "an image was loaded that is of no registry: hardenctl trust import brings its "
			      "signatures\n");
}

/* Says it the first time, and then not until it went well in between. */
static void docker_failed(struct watch *watch, const char *why)
{
	watch_docker_close(&watch->stream);
	int64_t wait = FIRST_MILLISECONDS;
	for (unsigned i = 0; i < watch->docker_failures && wait < MOST_MILLISECONDS; i++)
		wait *= 2;
	if (watch->docker_failures++ == 0) {
		(void)fprintf(stderr, "%s%s\n", why, watch->once ? "" : "; asked again from time to time");
		watch->docker_lost = clock_milliseconds();
	}
	watch->docker_due = clock_milliseconds() + (wait < MOST_MILLISECONDS ? wait : MOST_MILLISECONDS);
}

/* First the events, then the list: what is pulled in between is seen twice, never not. */
static void ask_docker(struct watch *watch)
{
	cleanup_error struct error *error = NULL;
	int result = watch->once ? 0 : watch_docker_open(&watch->stream, watch->multi, &error);
	if (result == 0 && !watch->once)
		(void)watch_docker_read(&watch->stream);
	if (result == 0)
		result = watch_docker_list(watch->docker, on_listed, NULL, &error);
	if (result < 0) {
		queue.failed = queue.failed || result != -ENOENT;
		docker_failed(watch, error_message(error));
		return;
	}
	if (watch->docker_failures)
		say("Docker answers again");
	watch->docker_failures = 0;
	watch->docker_instance = watch_docker_instance(watch->docker);
}

/* A Docker that was stopped is not asked, nor one that may be about to end: where systemd
 * listens in its place (docker.socket), whoever connects has it started again. */
static bool docker_may_be_asked(const struct watch *watch)
{
	int64_t now = clock_milliseconds(), instance = watch_docker_instance(watch->docker);
	if (now < watch->docker_due || watch->ending)
		return false;
	if (watch->docker_instance == 0 || (instance && instance != watch->docker_instance))
		return true;
	return instance && now >= watch->docker_lost + ENDING_MILLISECONDS;
}

static void listen_to_docker(struct watch *watch)
{
	if (watch->stream.curl && !watch_docker_read(&watch->stream))
		docker_failed(watch, "Docker's events ended");
	if (!watch->stream.curl && docker_may_be_asked(watch))
		ask_docker(watch);
}

static void ask_containerd(struct watch *watch)
{
	if (clock_milliseconds() < watch->containerd_due)
		return;
	cleanup_error struct error *error = NULL;
	bool was_failing = watch->images.failing;
	int result = watch_containerd_list(&watch->images, watch->containerd,
					   watch->images.seen ? on_changed : on_listed, NULL, &error);
	if (result < 0 && !was_failing)
		(void)fprintf(stderr, "%s%s\n", error_message(error), watch->once ? "" : "; asked again from time to time");
	if (result < 0 && result != -ENOENT)
		queue.failed = true;
	if (result == 0 && was_failing)
		say("containerd answers again");
	watch->containerd_due = clock_milliseconds() + POLL_MILLISECONDS;
}

static void start_next(struct watch *watch)
{
	cleanup_error struct error *error = NULL;
	if (watch->process || !watch_queue_next(&queue, &watch->item))
		return;
	if (watch_job_start(watch->store, watch->item.name, &watch->process, &error) == 0)
		return;
	say(error_message(error));
	(void)watch_queue_again(&queue, &watch->item);
}

static void reap(struct watch *watch)
{
	int status = 0;
	if (!watch->process || waitpid(watch->process, &status, WNOHANG) != watch->process)
		return;
	watch->process = 0;
	enum watch_outcome outcome = watch_job_outcome(status);
	if (outcome == WATCH_AGAIN && !watch->once) {
		cleanup_free char *name = strdup(watch->item.name);
		unsigned seconds = watch_queue_again(&queue, &watch->item);
		if (seconds)
			(void)fprintf(stderr, "%s: tried again in %u seconds\n", name ? name : "it", seconds);
		else
			(void)fprintf(stderr, "%s: given up\n", name ? name : "it");
		return;
	}
	queue.failed = queue.failed || outcome != WATCH_FETCHED;
	watch_queue_done(&queue, &watch->item);
}

static void take_signals(struct watch *watch)
{
	struct signalfd_siginfo signal;
	while (read(watch->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal))
		if (signal.ssi_signo != SIGCHLD)
			watch->ending = true;
	reap(watch);
}

/* What did not fit into the queue is found again in the lists. */
static void go_through_again(struct watch *watch)
{
	if (!queue.overflowed || queue.count || watch->process)
		return;
	queue.overflowed = false;
	watch_docker_close(&watch->stream);
	watch->docker_due = watch->containerd_due = 0;
	watch->docker_instance = 0;
	watch_containerd_forget(&watch->images);
}

static void run(struct watch *watch)
{
	bool asked = false;
	while (!watch->ending) {
		if (!watch->once || !asked) {
			listen_to_docker(watch);
			ask_containerd(watch);
		}
		asked = true;
		start_next(watch);
		if (watch->once && !watch->process && queue.overflowed) {
			asked = false;
			go_through_again(watch);
			continue;
		}
		if (watch->once && !watch->process)
			return;
		struct curl_waitfd signals = {.fd = watch->signals, .events = CURL_WAIT_POLLIN};
		int64_t wait = watch->process ? POLL_MILLISECONDS : watch_queue_wait(&queue, FIRST_MILLISECONDS);
		(void)curl_multi_poll(watch->multi, &signals, 1, (int)wait, NULL);
		take_signals(watch);
		go_through_again(watch);
	}
}

static int prepare(struct watch *watch, struct error **error)
{
	sigset_t wanted;
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGTERM);
	(void)sigaddset(&wanted, SIGINT);
	(void)sigaddset(&wanted, SIGCHLD);
	if (geteuid() != 0)
		return error_set(error, EPERM, "only root can watch engines and fetch into the store");
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) < 0 ||
	    (watch->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return error_set_errno(error, errno, "signals");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	queue.done = json_object();
	watch->multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
	if (!queue.done || !watch->multi)
		return error_out_of_memory(error);
	watch->stream = (struct watch_docker_stream){.socket = watch->docker, .event = on_event, .context = watch};
	return 0;
}

static void finish(struct watch *watch)
{
	if (watch->process)
		watch_job_stop(watch->process);
	watch_docker_close(&watch->stream);
	watch_containerd_forget(&watch->images);
	if (watch->multi)
		(void)curl_multi_cleanup(watch->multi);
	watch_queue_release(&queue);
	free(watch->item.name);
	if (watch->signals >= 0)
		(void)close(watch->signals);
}

int trust_watch(int argc, char **argv)
{
	struct watch watch = {
		.docker = TRUST_DOCKER_SOCKET,
		.containerd = TRUST_CONTAINERD_SOCKET,
		.signals = -1,
	};
	const struct trust_option options[] = {
		{"--docker", &watch.docker, NULL},
		{"--containerd", &watch.containerd, NULL},
		{"--once", NULL, &watch.once},
	};
	cleanup_error struct error *error = NULL;
	if (trust_arguments("watch", argc, argv, options, ARRAY_SIZE(options), NULL, 0, &watch.store) < 0)
		return EXIT_UNABLE;
	int result = prepare(&watch, &error);
	if (result == 0)
		run(&watch);
	bool failed = queue.failed;
	finish(&watch);
	if (result < 0)
		return output_failure(EXIT_UNABLE, error);
	return watch.once && failed ? EXIT_UNABLE : EXIT_CLEAN;
}
