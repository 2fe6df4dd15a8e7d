#include "shim/hardenctl/registry/frame.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/file.h"

enum { HEADER = 5 };

int frame_write(int descriptor, enum frame_kind kind, const void *head, size_t head_size, const void *data,
		size_t size)
{
	size_t length = head_size + size;
	if (length > FRAME_SIZE)
		return -E2BIG;
	char header[HEADER] = {(char)kind};
	for (unsigned i = 0; i < HEADER - 1; i++)
		header[1 + i] = (char)(length >> (8 * i) & 0xff);
	int result = file_write_all(descriptor, header, sizeof(header));
	if (result == 0 && head_size)
		result = file_write_all(descriptor, head, head_size);
	if (result == 0 && size)
		result = file_write_all(descriptor, data, size);
	return result;
}

int frame_read(int descriptor, int64_t deadline, struct frame *ret_frame)
{
	static const char kinds[] = {FRAME_BLOB, FRAME_PROGRESS, FRAME_REPORT, FRAME_ERROR};
	char header[HEADER];
	int result = deadline_read(descriptor, deadline, header, sizeof(header));
	if (result < 0)
		return result;
	size_t size = 0;
	for (unsigned i = 0; i < HEADER - 1; i++)
		size |= (size_t)(unsigned char)header[1 + i] << (8 * i);
	if (size > FRAME_SIZE || !memchr(kinds, header[0], sizeof(kinds)))
		return -EPROTO;
	cleanup_free char *data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	result = deadline_read(descriptor, deadline, data, size);
	if (result < 0)
		return result;
	data[size] = '\0';
	*ret_frame = (struct frame){.kind = (enum frame_kind)header[0], .data = take_pointer(data), .size = size};
	return 0;
}

void frame_release(struct frame *frame)
{
	free(frame->data);
	*frame = (struct frame){0};
}
