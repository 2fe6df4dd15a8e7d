#include "shim/identity/nerdctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/base/sha256.h"
#include "shim/identity/store.h"

/* nerdctl's own default, also where /etc/nerdctl/nerdctl.toml says nothing else */
#define DATA_ROOT "/var/lib/nerdctl"
#define HASH_DIGITS 8

static const char *const programs[] = {"/usr/local/bin/nerdctl", "/usr/bin/nerdctl"};

/* DATA-ROOT/HASH, HASH being the first digits of the SHA-256 of containerd's socket. */
static char *data_store_of(const struct parent *parent)
{
	const char *address = parent_option(parent, "-address");
	if (!address)
		return NULL;
	if (text_starts_with(address, "unix://"))
		address += strlen("unix://");
	cleanup_free char *real = realpath(address, NULL);
	const char *socket = real ? real : address;
	uint8_t digest[SHA256_SIZE];
	char digits[HASH_DIGITS + 1], *path = NULL;
	sha256(socket, strlen(socket), digest);
	for (size_t i = 0; i < HASH_DIGITS / 2; i++)
		(void)snprintf(&digits[2 * i], 3, "%02x", digest[i]);
	return asprintf(&path, DATA_ROOT "/%s", digits) < 0 ? NULL : path;
}

/* STORE/KIND/NAMESPACE/ID */
static int open_own(const char *store, const char *kind, const struct circumstances *circumstances,
		    struct store *ret_folder)
{
	cleanup_free char *path = NULL;
	if (asprintf(&path, "%s/%s/%s/%s", store, kind, circumstances->task->namespace,
		     circumstances->invocation->id) < 0)
		return -ENOMEM;
	return store_open(path, ret_folder, NULL);
}

static int add_volumes(const char *store, const struct circumstances *circumstances, struct facts *facts)
{
	cleanup_free char *path = NULL;
	if (asprintf(&path, "%s/volumes/%s", store, circumstances->task->namespace) < 0)
		return -ENOMEM;
	return store_add_mounted_volumes(facts, circumstances->config, path, "a named volume of nerdctl");
}

static int add_hooks(struct facts *facts)
{
	int result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(programs) && result == 0; i++) {
		cleanup_free char *real = realpath(programs[i], NULL);
		if (real)
			result = facts_add_hook(facts, real, "nerdctl's own hook");
	}
	return result;
}

int nerdctl_add_files(const struct circumstances *circumstances, struct facts *facts)
{
	static const struct own_path of_container[] = {
		{"resolv.conf", "nerdctl's resolv.conf", false},
		{"hostname", "nerdctl's hostname", false},
	};
	static const struct own_path of_hosts[] = {{"hosts", "nerdctl's hosts", false}};
	cleanup_free char *store = data_store_of(circumstances->parent);
	cleanup_store struct store folder = STORE_CLOSED, hosts = STORE_CLOSED;
	if (!store || open_own(store, "containers", circumstances, &folder) < 0)
		return 0;
	int result = store_add_paths(facts, &folder, of_container, ARRAY_SIZE(of_container));
	if (result == 0 && open_own(store, "etchosts", circumstances, &hosts) == 0)
		result = store_add_paths(facts, &hosts, of_hosts, ARRAY_SIZE(of_hosts));
	if (result == 0)
		result = add_volumes(store, circumstances, facts);
	return result < 0 ? result : add_hooks(facts);
}
