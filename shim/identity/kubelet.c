#include "shim/identity/kubelet.h"

#include "policy/base/cleanup.h"
#include "shim/identity/store.h"

#define KUBELET_PODS "/var/lib/kubelet/pods"

/* The kubelet puts subpaths of volumes through bind mounts of its own, so that no link
 * in a volume leads out of it. */
static const struct own_path files[] = {
	{"volumes", "a volume that the kubelet mounted for this pod", true},
	{"volume-subpaths", "a part of a volume that the kubelet mounted for this pod", true},
	{"containers", "the kubelet's termination log", true},
	{"etc-hosts", "the kubelet's hosts", false},
};

int kubelet_add_files(const char *uid, struct facts *facts)
{
	cleanup_store struct store pods = STORE_CLOSED;
	cleanup_store struct store folder = STORE_CLOSED;
	if (!store_is_name(uid) || store_open(KUBELET_PODS, &pods, NULL) < 0 ||
	    store_open_below(&pods, uid, &folder, NULL) < 0)
		return 0;
	return store_add_paths(facts, &folder, files, ARRAY_SIZE(files));
}
