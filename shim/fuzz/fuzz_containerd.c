/* What a hostile process behind containerd's socket sends, from HTTP/2's frames to the
 * image's documents. The input is a list of packets, each behind its length in two bytes,
 * of which the client reads one at a time: so that one may answer what was asked after the
 * one before. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/trust/digest.h"
#include "shim/containerd/containerd.h"

#define PACKET_SIZE 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void send_packets(int descriptor, const uint8_t *data, size_t size)
{
	while (size > 2) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;
		data += 2;
		size -= 2;
		length = length % (PACKET_SIZE + 1) < size ? length % (PACKET_SIZE + 1) : size;
		if (length > 0 && send(descriptor, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return;
		data += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct containerd_question question = {.namespace = "default", .container = "c", .snapshotter = "overlayfs"};
	struct containerd_container container = {0};
	struct error *error = NULL;
	int ends[2];
	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	send_packets(ends[1], data, size);
	check(shutdown(ends[1], SHUT_WR) == 0);
	int result = containerd_ask_over(ends[0], &question, 1000, &container, &error);
	close(ends[1]);
	check((result < 0) == (error != NULL));
	const char *const proven[] = {container.proven_config, container.proven_manifest, container.proven_index};
	for (size_t i = 0; i < sizeof(proven) / sizeof(*proven); i++)
		check(!proven[i] || (digest_is_valid(proven[i]) && container.chain_id));
	containerd_container_release(&container);
	error_free(error);
	return 0;
}
