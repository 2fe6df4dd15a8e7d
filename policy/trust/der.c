#include "policy/trust/der.h"

/* How many bytes tag and length take; 0 where the length is not in the shortest form. */
static size_t read_header(const struct bytes *bytes, size_t *ret_length)
{
	const uint8_t *data = bytes->data;
	if (bytes->size < 2)
		return 0;
	if (data[1] < 0x80) {
		*ret_length = data[1];
		return 2;
	}
	if (data[1] == 0x81 && bytes->size >= 3 && data[2] >= 0x80) {
		*ret_length = data[2];
		return 3;
	}
	if (data[1] == 0x82 && bytes->size >= 4 && data[2] > 0) {
		*ret_length = (size_t)data[2] << 8 | data[3];
		return 4;
	}
	return 0;
}

bool der_unwrap(struct bytes *bytes, uint8_t tag)
{
	size_t length = 0, header = read_header(bytes, &length);
	if (header == 0 || bytes->data[0] != tag || bytes->size - header != length)
		return false;
	*bytes = (struct bytes){bytes->data + header, length};
	return true;
}
