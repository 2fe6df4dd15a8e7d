#include "policy/controls/mount_dangers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/mount.h"
#include "policy/host/path.h"

/* Compared by path and, since a socket has but one inode, by inode: another name
 * of it is no way round. */
static const struct {
	const char *path;
	enum danger is, holds;
	const char *what_it_is, *what_holds_it, *reference;
} known[] = {
	{SYSCONFDIR, DANGER_OWN, DANGER_HOLDS_OWN,
	 "is part of oci-harden's own policy, which no container may see",
	 "holds oci-harden's own policy, which no container may write", "CIS 5.6"},
	{STATEDIR, DANGER_OWN, DANGER_HOLDS_OWN,
	 "is part of oci-harden's own store, which no container may see",
	 "holds oci-harden's own store, which no container may write", "CIS 5.6"},
	{LOGDIR, DANGER_OWN, DANGER_HOLDS_OWN, "is part of oci-harden's own log, which no container may see",
	 "holds oci-harden's own log, which no container may write", "CIS 5.6"},
	{"/proc/self/exe", DANGER_OWN, DANGER_HOLDS_OWN, "is oci-harden itself, which no container may touch",
	 "holds oci-harden itself, which no container may write", "CIS 5.6"},
#define SOCKET(path, name)                                                                                   \
	{                                                                                                    \
		path, DANGER_SOCKET, DANGER_HOLDS_SOCKET,                                                    \
			"is " name ": whoever reaches it is the host's root",                                \
			"holds " name ": whoever reaches it is the host's root", "CIS 5.32"                  \
	}
	SOCKET("/run/docker.sock", "the Docker socket"),
	SOCKET("/run/docker/containerd/containerd.sock", "Docker's containerd socket"),
	SOCKET("/run/containerd/containerd.sock", "the containerd socket"),
	SOCKET("/run/containerd/containerd.sock.ttrpc", "the containerd socket"),
	SOCKET("/run/k3s/containerd/containerd.sock", "the containerd socket"),
	SOCKET("/run/podman/podman.sock", "the Podman socket"),
	SOCKET("/run/crio/crio.sock", "the CRI-O socket"),
	SOCKET("/run/cri-dockerd.sock", "the cri-dockerd socket"),
	SOCKET("/run/buildkit/buildkitd.sock", "the BuildKit socket"),
	SOCKET("/run/libvirt/libvirt-sock", "the libvirt socket"),
	SOCKET("/run/snapd.socket", "the snapd socket"),
	SOCKET("/run/systemd/private", "systemd's own socket"),
	SOCKET("/run/dbus/system_bus_socket", "the system bus"),
#undef SOCKET
};

/* The longest match counts: they stand in that order. */
static const struct {
	const char *path;
	bool below;
	const char *what;
} folders[] = {
	{"/", false, "is the host's root file system"},
	{"/proc", true, "is in the host's /proc, where no path is hidden or read-only"},
	{"/sys", true, "is in the host's /sys, where no path is hidden or read-only"},
	{"/dev", true, "is in the host's /dev"},
	{"/etc", false, "is the host's /etc, with its passwords and keys"},
	{"/etc", true, "is configuration of the host"},
	{"/boot", true, "is in the host's /boot"},
	{"/root", true, "is in the home of the host's root"},
	{"/usr", true, "holds programs or libraries of the host"},
	{"/run", false, "is the host's /run, with its sockets"},
	{"/var/lib/kubelet", true, "is the kubelet's, with the secrets of every pod"},
	{"/var/lib/docker", true, "is Docker's own store, with every container's files"},
	{"/var/lib/containerd", true, "is containerd's own store, with every container's files"},
	{"/var/lib/containers", true, "is Podman's own store, with every container's files"},
};

struct place {
	char *path; /* resolved */
	dev_t device;
	ino_t inode;
	bool exists;
};

struct mount_dangers {
	struct place places[ARRAY_SIZE(known)];
};

/* /proc/self/exe is a magic link: its text is the path. */
static const char *text_of(const char *path, char target[4096])
{
	ssize_t length = strcmp(path, "/proc/self/exe") == 0 ? readlink(path, target, 4095) : -1;
	if (length < 0)
		return path;
	target[length] = '\0';
	return target;
}

static int find_place(int host, const char *known_path, struct place *place)
{
	char target[4096];
	const char *path = text_of(known_path, target);
	cleanup_close int found = -1;
	struct stat status;
	if (path_open_plain(host, path, &found, &place->path) < 0) {
		int result = path_resolve(host, path, &place->path, NULL);
		if (mount_fails_for_all(result)) {
			place->path = path_normalise(path);
			result = place->path ? 0 : -ENOMEM;
		}
		if (result == 0)
			result = file_open_in_root(host, place->path, O_PATH, &found);
		if (result < 0 && !mount_fails_for_all(result))
			return result;
	}
	place->exists = found >= 0;
	if (place->exists && fstat(found, &status) < 0)
		return -errno;
	if (place->exists) {
		place->device = status.st_dev;
		place->inode = status.st_ino;
	}
	return 0;
}

int mount_dangers_make(int host, struct mount_dangers **ret)
{
	struct mount_dangers *dangers = calloc(1, sizeof(*dangers));
	int result = dangers ? 0 : -ENOMEM;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(known); i++)
		result = find_place(host, known[i].path, &dangers->places[i]);
	if (result == 0)
		*ret = dangers;
	else
		mount_dangers_free(dangers);
	return result;
}

void mount_dangers_free(struct mount_dangers *dangers)
{
	for (size_t i = 0; dangers && i < ARRAY_SIZE(known); i++)
		free(dangers->places[i].path);
	free(dangers);
}

static bool is_place(const struct place *place, size_t row, const char *path, const struct stat *status)
{
	if (place->exists && place->device == status->st_dev && place->inode == status->st_ino)
		return true;
	return known[row].is == DANGER_OWN ? path_is_at_or_below(path, place->path)
					   : strcmp(path, place->path) == 0;
}

/* Own files need not be there yet to be protected; a socket that is not there can
 * not be reached. */
static bool holds_place(const struct place *place, size_t row, const char *path)
{
	return (place->exists || known[row].is == DANGER_OWN) && path_is_below(place->path, path);
}

static struct danger_found find_known(const struct mount_dangers *dangers, const char *path,
				      const struct stat *status)
{
	struct danger_found holder = {0};
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct place *place = &dangers->places[i];
		if (is_place(place, i, path, status))
			return (struct danger_found){.kind = known[i].is,
						     .what = known[i].what_it_is,
						     .reference = known[i].reference};
		if (!holds_place(place, i, path))
			continue;
		holder.holds_own |= known[i].holds == DANGER_HOLDS_OWN;
		/* the socket counts: it can be reached on a read-only mount too */
		if (holder.kind != DANGER_HOLDS_SOCKET) {
			holder.kind = known[i].holds;
			holder.what = known[i].what_holds_it;
			holder.reference = known[i].reference;
		}
	}
	return holder;
}

struct danger_found mount_dangers_of(const struct mount_dangers *dangers, const char *path,
				     const struct stat *status)
{
	struct danger_found found = find_known(dangers, path, status);
	if (found.kind == DANGER_OWN || found.kind == DANGER_SOCKET)
		return found;
	if (S_ISSOCK(status->st_mode))
		return (struct danger_found){.kind = DANGER_SOCKET,
					     .what = "is a UNIX socket of the host",
					     .reference = "CIS 5.32"};
	if (S_ISBLK(status->st_mode))
		return (struct danger_found){.kind = DANGER_DEVICE,
					     .what = "is a block device of the host",
					     .reference = "CIS 5.18"};
	if (S_ISCHR(status->st_mode))
		return (struct danger_found){.kind = DANGER_DEVICE,
					     .what = "is a character device of the host",
					     .reference = "CIS 5.18"};
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		bool matches = strcmp(path, folders[i].path) == 0 ||
			       (folders[i].below && path_is_below(path, folders[i].path));
		if (!matches)
			continue;
		if (found.kind == DANGER_NONE)
			found.kind = DANGER_FOLDER;
		found.what = folders[i].what;
		found.reference = "CIS 5.6";
		break;
	}
	return found;
}
