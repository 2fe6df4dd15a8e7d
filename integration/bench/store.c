/* store FOLDER IMAGES ROUNDS
 *
 * Fills two stores of signatures below FOLDER, one with ten images and one with IMAGES,
 * and prints what a look-up (state and blobs, as a container's start needs them) costs in
 * the large one over the small one, measured in turn. Most of an image's files are links to
 * those of the first one, which is added as any image is; a look-up reads them all the same. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"
#include "policy/trust/store_parts.h"

#define ASKED 10u
#define LINKS 50000u /* a file system allows so many of one file */
#define BLOBS 6u

struct store {
	char path[512];
	int folder;
	char asked[ASKED][DIGEST_LENGTH + 1]; /* configurations, as Docker's store proves them */
	double *microseconds;
};

static _Noreturn void give_up(const char *what, const struct error *error)
{
	if (error)
		(void)fprintf(stderr, "store: %s: %s\n", what, error_message(error));
	else
		perror(what);
	exit(1);
}

static void require(bool good, const char *what)
{
	if (!good)
		give_up(what, NULL);
}

static void add_text(struct evidence *evidence, const char *text, char ret_digest[DIGEST_LENGTH + 1])
{
	digest_of(text, strlen(text), ret_digest);
	require(evidence_add(evidence, ret_digest, (uint8_t *)strdup(text), strlen(text)) == 0, "evidence");
}

/* An image with a few signatures' worth of bytes. */
static void add_first(const struct store *store, unsigned number, char ret_digest[DIGEST_LENGTH + 1])
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_error struct error *error = NULL;
	char text[1024], configuration[DIGEST_LENGTH + 1], other[DIGEST_LENGTH + 1];
	(void)snprintf(text, sizeof(text), "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
		       "\"diff_ids\":[]},\"number\":%u}", number);
	add_text(&evidence, text, configuration);
	(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" MEDIA_TYPE_CONFIGURATION
		       "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[]}", configuration, evidence.blobs[0].size);
	add_text(&evidence, text, ret_digest);
	for (unsigned i = 2; i < BLOBS; i++) {
		(void)snprintf(text, sizeof(text), "blob %u of %u %0700u", i, number, 0u);
		add_text(&evidence, text, other);
	}
	if (trust_store_add(store->path, ret_digest, NULL, &evidence, &error) < 0)
		give_up("adding an image", error);
}

static void made(int result)
{
	require(result == 0, "making a file");
}

/* The image `digest` as a twin of `first`: its folders are its own. */
static void link_image(const struct store *store, const struct evidence *blobs, const char *first, const char *digest)
{
	static const char *const folders[] = {"", "/blobs", "/blobs/sha256"}, *const files[] = {"oci-layout", "index.json"};
	struct store_path from = store_path_of(STORE_IMAGES, first), to = store_path_of(STORE_IMAGES, digest);
	char old[256], new[256];
	(void)snprintf(new, sizeof(new), "%.*s", (int)to.parent_length, to.text);
	(void)mkdirat(store->folder, new, 0755);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		(void)snprintf(new, sizeof(new), "%s%s", to.text, folders[i]);
		made(mkdirat(store->folder, new, 0755));
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(old, sizeof(old), "%s/%s", from.text, files[i]);
		(void)snprintf(new, sizeof(new), "%s/%s", to.text, files[i]);
		made(linkat(store->folder, old, store->folder, new, 0));
	}
	for (size_t i = 0; i < blobs->count; i++) {
		const char *name = blobs->blobs[i].digest + strlen("sha256:");
		(void)snprintf(old, sizeof(old), "%s/" STORE_BLOBS "/%s", from.text, name);
		(void)snprintf(new, sizeof(new), "%s/" STORE_BLOBS "/%s", to.text, name);
		made(linkat(store->folder, old, store->folder, new, 0));
	}
}

static void write_lookup(const struct store *store, const char *digest, const char *image)
{
	struct store_path path = store_path_of(STORE_LOOKUPS, digest);
	char text[128], shard[128];
	(void)snprintf(shard, sizeof(shard), "%.*s", (int)path.parent_length, path.text);
	(void)mkdirat(store->folder, shard, 0755);
	int length = snprintf(text, sizeof(text), "%016u\n%s\n", 0u, image);
	made(file_create_at(store->folder, path.text, text, (size_t)length, 0644, false));
}

static void fill(struct store *store, unsigned images)
{
	char first[DIGEST_LENGTH + 1] = "", image[DIGEST_LENGTH + 1], configuration[DIGEST_LENGTH + 1], name[64];
	cleanup_evidence struct evidence blobs = {0};
	for (unsigned i = 0; i < images; i++) {
		if (i % LINKS == 0) {
			add_first(store, i, first);
			store->folder = store->folder < 0 ? open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : store->folder;
			evidence_release(&blobs);
			require(store_image_read(store->folder, first, &blobs, NULL, NULL) == 0, "reading the first image");
		}
		(void)snprintf(name, sizeof(name), "image %u", i);
		digest_of(name, strlen(name), image);
		(void)snprintf(name, sizeof(name), "configuration %u", i);
		digest_of(name, strlen(name), configuration);
		link_image(store, &blobs, first, image);
		write_lookup(store, image, image);
		write_lookup(store, configuration, image);
		if (i % (images / ASKED) == 0 && i / (images / ASKED) < ASKED)
			memcpy(store->asked[i / (images / ASKED)], configuration, sizeof(configuration));
	}
}

static double now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double look_up(const struct store *store, const char *digest)
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_text struct text state = {0};
	cleanup_error struct error *error = NULL;
	double start = now();
	if (trust_store_state(store->path, &digest, 1, &state, &error) < 0 ||
	    trust_store_read(store->path, &digest, 1, &evidence, &error) < 0)
		give_up("looking up", error);
	double end = now();
	require(evidence.count == BLOBS, "what was found");
	return end - start;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static double median(double *times, size_t count)
{
	qsort(times, count, sizeof(*times), ascending);
	return times[count / 2];
}

static void start(struct store *store, const char *folder, const char *name, unsigned images, size_t rounds)
{
	store->folder = -1;
	store->microseconds = calloc(rounds, sizeof(*store->microseconds));
	require(store->microseconds && images >= ASKED && snprintf(store->path, sizeof(store->path), "%s/%s", folder, name) <
		(int)sizeof(store->path), "arguments");
	fill(store, images);
}

int main(int argc, char **argv)
{
	static struct store small, large;
	uint64_t images = 0, rounds = 0;
	if (argc != 4 || number_parse_uint64(argv[2], &images) < 0 || number_parse_uint64(argv[3], &rounds) < 0 ||
	    images > 1000000 || rounds == 0) {
		(void)fprintf(stderr, "usage: store FOLDER IMAGES ROUNDS\n");
		return 2;
	}
	start(&small, argv[1], "small", ASKED, rounds);
	start(&large, argv[1], "large", (unsigned)images, rounds);
	for (size_t i = 0; i < rounds; i++) {
		small.microseconds[i] = look_up(&small, small.asked[i % ASKED]);
		large.microseconds[i] = look_up(&large, large.asked[i % ASKED]);
	}
	double few = median(small.microseconds, rounds), many = median(large.microseconds, rounds);
	char what[128];
	(void)snprintf(what, sizeof(what), "look-up in a store of %ju images %.1f us, of %u %.1f us", (uintmax_t)images, many,
		       ASKED, few);
	(void)printf("%-62s ratio %.2f (aim: at most 1.10)\n", what, many / few);
	free(small.microseconds);
	free(large.microseconds);
	return 0;
}
