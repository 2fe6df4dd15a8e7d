#include "policy/trust/der.h"

/* The length behind the tag, and how many bytes it takes itself; 0 where it is not DER.
 * Two bytes of length are enough for everything that is read here. */
static size_t read_length(const uint8_t *data, size_t size, size_t *ret_length)
{
	if (size >= 1 && data[0] < 0x80) {
		*ret_length = data[0];
		return 1;
	}
	if (size >= 2 && data[0] == 0x81 && data[1] >= 0x80) {
		*ret_length = data[1];
		return 2;
	}
	if (size >= 3 && data[0] == 0x82 && data[1] != 0) {
		*ret_length = (size_t)data[1] << 8 | data[2];
		return 3;
	}
	return 0;
}

bool der_take(struct bytes *rest, uint8_t tag, struct bytes *ret_contents)
{
	if (rest->size < 2 || rest->data[0] != tag)
		return false;
	size_t length = 0;
	size_t header = read_length(rest->data + 1, rest->size - 1, &length);
	if (header == 0 || length > rest->size - 1 - header)
		return false;
	*ret_contents = (struct bytes){rest->data + 1 + header, length};
	rest->data += 1 + header + length;
	rest->size -= 1 + header + length;
	return true;
}

bool der_take_positive(struct bytes *rest, struct bytes *ret_magnitude)
{
	struct bytes after = *rest, value = {0};
	if (!der_take(&after, DER_INTEGER, &value) || value.size == 0 || value.data[0] >= 0x80)
		return false;
	if (value.data[0] == 0) {
		/* zero itself, or a zero that nothing calls for */
		if (value.size == 1 || value.data[1] < 0x80)
			return false;
		value.data++;
		value.size--;
	}
	*rest = after;
	*ret_magnitude = value;
	return true;
}

bool der_take_bits(struct bytes *rest, struct bytes *ret_bits)
{
	struct bytes after = *rest, value = {0};
	/* the first byte says how many bits of the last one are unused */
	if (!der_take(&after, DER_BIT_STRING, &value) || value.size < 2 || value.data[0] != 0)
		return false;
	*rest = after;
	*ret_bits = (struct bytes){value.data + 1, value.size - 1};
	return true;
}
