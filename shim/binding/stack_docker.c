/* Docker's classic store: DATA-ROOT/image/overlay2/layerdb/sha256/CHAIN-ID/cache-id names
 * the folder below DATA-ROOT/overlay2 that has the layer's files. layerdb/mounts/ID has the
 * same for the container's own layer, the one below it that dockerd fills with mount points
 * (NAME-init), and the chain id below both. A chain id stands for all the diff ids up to a
 * layer, so that the folder's name is all that has to be believed of layerdb/sha256. */
#include "shim/binding/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

#define WORD 160u /* bytes: a name or a digest */
#define STARTED_NEVER "0001-01-01T00:00:00Z"

/* The file FOLDER/NAME below `store`, which holds one word and nothing else. */
static int read_word(const struct store *store, const char *folder, const char *name, char word[WORD],
		     struct error **error)
{
	char path[2 * WORD];
	cleanup_close int descriptor = -1;
	struct stat status;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	int result = file_open_plain_in_root(store->descriptor, path, O_RDONLY | O_NONBLOCK, &descriptor);
	if (result < 0)
		return error_set(error, -result, "\"%s/%s\" cannot be opened (error %d)", store->path, path, -result);
	ssize_t length = fstat(descriptor, &status) < 0 ? -1 : read(descriptor, word, WORD - 1);
	if (length < 0)
		return error_set(error, errno, "\"%s/%s\" cannot be read (error %d)", store->path, path, errno);
	if (!S_ISREG(status.st_mode) || !file_is_trusted(status.st_uid, status.st_mode))
		return error_set(error, EPERM, "\"%s/%s\" is not a file that root alone can write", store->path, path);
	word[length] = '\0';
	return 0;
}

static int check_folder(const struct store *store, const char *name, struct error **error)
{
	struct stat status;
	if (fstatat(store->descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(error, errno, "\"%s/%s\" cannot be looked at (error %d)", store->path, name, errno);
	if (!S_ISDIR(status.st_mode) || !file_is_trusted(status.st_uid, status.st_mode))
		return error_set(error, EPERM, "\"%s/%s\" is not a folder that root alone can write", store->path, name);
	return 0;
}

/* A folder below others, all of them root's alone. */
static int open_deep(const struct store *store, const char *const *names, size_t count, struct store *ret_store,
		     struct error **error)
{
	cleanup_store struct store folder = STORE_CLOSED;
	int result = store_open_below(store, names[0], &folder, error);
	for (size_t i = 1; i < count && result == 0; i++) {
		struct store below = STORE_CLOSED;
		result = store_open_below(&folder, names[i], &below, error);
		if (result == 0) {
			store_close(&folder);
			folder = below;
		}
	}
	if (result < 0)
		return result;
	*ret_store = folder;
	folder = (struct store)STORE_CLOSED;
	return 0;
}

static int find_layer(const struct store *layers, struct layer_stack *stack, size_t i, struct error **error)
{
	char name[WORD];
	const struct layer *layer = &stack->layers[i];
	const char *folder = layer->chain_id + strlen("sha256:");
	int result = check_folder(layers, folder, error);
	if (result == 0)
		result = read_word(layers, folder, "cache-id", name, error);
	if (result == 0)
		result = stack_place(stack, i, name, "diff", error);
	return result < 0 ? error_prefix(error, "layer %zu of the image (%s) is not in Docker's store", i + 1,
					 layer->diff_id)
			  : 0;
}

static int find_layers(const struct binding_question *question, const struct store *layerdb,
		       struct layer_stack *stack, struct error **error)
{
	cleanup_store struct store layers = STORE_CLOSED;
	if (stack_recall(question->cache, stack, "diff"))
		return 0;
	int result = store_open_below(layerdb, "sha256", &layers, error);
	for (size_t i = 0; i < stack->count && result == 0; i++)
		result = find_layer(&layers, stack, i, error);
	if (result == 0)
		stack_remember(question->cache, stack, "diff");
	return result;
}

static int name_records(const struct store *layerdb, struct layer_stack *stack, struct error **error)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct layer *layer = &stack->layers[i];
		if (asprintf(&layer->tar_split, "%s/sha256/%s/tar-split.json.gz", layerdb->path,
			     layer->chain_id + strlen("sha256:")) < 0) {
			layer->tar_split = NULL;
			return error_out_of_memory(error);
		}
	}
	return 0;
}

/* The container's own folders, by what layerdb has of it and by the place of its root. */
static int read_mount(const struct store *layerdb, const struct facts *facts, struct layer_stack *stack,
		      struct error **error)
{
	const char *chain_id = stack->layers[stack->count - 1].chain_id;
	char folder[2 * WORD], name[WORD], init[WORD], parent[WORD];
	if (!store_is_name(facts->id) || strlen(facts->id) >= WORD)
		return error_set(error, EPERM, "the container's id is not one path component");
	(void)snprintf(folder, sizeof(folder), "mounts/%s", facts->id);
	int result = check_folder(layerdb, folder, error);
	if (result == 0)
		result = read_word(layerdb, folder, "mount-id", name, error);
	if (result == 0)
		result = read_word(layerdb, folder, "init-id", init, error);
	if (result == 0)
		result = read_word(layerdb, folder, "parent", parent, error);
	if (result < 0)
		return error_prefix(error, "Docker's store does not show this container's own layer");
	if (!text_equal(parent, chain_id))
		return error_set(error, EPERM,
				 "Docker's store has this container on the layers %s, and the trusted image's are %s; "
				 "create the container anew from the trusted image",
				 parent, chain_id);
	if (strlen(init) != strlen(name) + strlen("-init") || !text_starts_with(init, name) ||
	    !text_ends_with(init, "-init"))
		return error_set(error, EPERM, "\"%s/%s/init-id\" does not belong to the container's layer",
				 layerdb->path, folder);
	cleanup_free char *tail = NULL;
	if (asprintf(&tail, "/%s/merged", name) < 0)
		return error_out_of_memory(error);
	if (!text_ends_with(facts->rootfs, tail))
		return error_set(error, EPERM, "/root/path is not where Docker's store has this container's root");
	stack->spelled = strndup(facts->rootfs, strlen(facts->rootfs) - strlen(tail));
	if (!stack->spelled)
		return error_out_of_memory(error);
	result = stack_folder(stack, init, "diff", &stack->init, error);
	return result < 0 ? result : stack_place_own(stack, name, "diff", error);
}

static int read_started(const struct store *root, const struct facts *facts, bool *ret_started,
			struct error **error)
{
	const char *const names[] = {"containers", facts->id};
	cleanup_store struct store folder = STORE_CLOSED;
	cleanup_json json_t *container = NULL;
	int result = open_deep(root, names, ARRAY_SIZE(names), &folder, error);
	if (result == 0)
		result = store_read_json(&folder, "config.v2.json", DOCUMENT_PLAIN, &container, error);
	if (result < 0)
		return result;
	const char *started =
		document_text(json_object_get(json_object_get(container, "State"), "StartedAt"));
	*ret_started = started && !text_equal(started, STARTED_NEVER);
	return 0;
}

/* dockerd --userns-remap keeps all in DATA-ROOT/UID.GID, and there each file has another owner
 * than the layer's archive says, by a map that the store does not tell. */
static int check_owners(const struct binding_question *question, const char *path, struct error **error)
{
	static const char digits[] = "0123456789";
	const char *name = strrchr(path, '/');
	size_t user = name ? strspn(name + 1, digits) : 0;
	const char *dot = name ? name + 1 + user : "";
	if (question->binding != BIND_CONTENT || user == 0 || *dot != '.' || !dot[1] || dot[1 + strspn(dot + 1, digits)])
		return 0;
	return error_set(error, EPERM, "Docker runs with userns-remap, which gives the layers' files other owners than the "
				       "image says, so that they cannot be compared; let the policy's bind be layers");
}

int stack_read_docker(const struct binding_question *question, struct layer_stack *stack, struct error **error)
{
	static const char *const layerdb_names[] = {"image", "overlay2", "layerdb"};
	const struct facts *facts = question->facts;
	stack->engine = "Docker";
	cleanup_free char *path = strndup(facts->storage, strlen(facts->storage) - strlen("/overlay2"));
	cleanup_store struct store root = STORE_CLOSED, layerdb = STORE_CLOSED;
	if (!path)
		return error_out_of_memory(error);
	int result = check_owners(question, path, error);
	if (result == 0)
		result = stack_fill(stack, question, error);
	if (result == 0)
		result = store_open(path, &root, error);
	if (result == 0)
		result = store_open_below(&root, "overlay2", &stack->home, error);
	if (result == 0)
		result = check_folder(&stack->home, "l", error);
	if (result == 0)
		result = open_deep(&root, layerdb_names, ARRAY_SIZE(layerdb_names), &layerdb, error);
	if (result == 0)
		result = find_layers(question, &layerdb, stack, error);
	if (result == 0)
		result = read_mount(&layerdb, facts, stack, error);
	if (result == 0 && question->binding == BIND_CONTENT)
		result = name_records(&layerdb, stack, error);
	if (result == 0 && question->empty_upper)
		result = read_started(&root, facts, &stack->started, error);
	return result;
}
