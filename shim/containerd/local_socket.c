#include "shim/containerd/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

/* The socket itself. Who may connect to it is its owner's affair, who may put another in
 * its place is not. */
static int open_socket(const char *path, int *ret_descriptor, struct error **error)
{
	if (path[0] != '/')
		return error_set(error, EINVAL, "it is not a path from / on, which alone is known to be root's");
	int result = file_check_trusted_parents(path, error);
	if (result < 0)
		return result;
	cleanup_close int socket = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	if (socket < 0 || fstat(socket, &status) < 0)
		return error_set_errno(error, errno, "opening it");
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, EINVAL, "it is not a socket (nor does a symbolic link to one do)");
	if (!file_is_trusted(status.st_uid, 0))
		return error_set(error, EPERM, "it belongs to user %u, not to root", status.st_uid);
	*ret_descriptor = take_descriptor(&socket);
	return 0;
}

static int check_peer(int descriptor, struct error **error)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return error_set_errno(error, errno, "asking who is at its other end");
	if (!file_is_trusted(peer.uid, 0))
		return error_set(error, EPERM, "at its other end is user %u, not root", peer.uid);
	return 0;
}

int local_socket_connect(const char *path, int *ret_descriptor, struct error **error)
{
	cleanup_close int inode = -1;
	int result = open_socket(path, &inode, error);
	if (result < 0)
		return result;
	cleanup_close int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return error_set_errno(error, errno, "making a socket");
	/* the very one that was looked at, and a name that always fits */
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", inode);
	if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set_errno(error, errno, "connecting to it");
	result = check_peer(descriptor, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&descriptor);
	return result;
}
