#include "shim/identity/lasting.h"

#include <errno.h>
#include <stddef.h>

#include "policy/base/cleanup.h"

bool error_is_lasting(int code)
{
	static const int lasting[] = {ENOENT, ENOTDIR, ESRCH, EACCES, EPERM, ELOOP, EINVAL, EFBIG, ENAMETOOLONG};
	for (size_t i = 0; i < ARRAY_SIZE(lasting); i++) {
		if (code == lasting[i])
			return true;
	}
	return false;
}

int sign_is_there(int result)
{
	if (result < 0)
		return error_is_lasting(-result) ? 0 : result;
	return 1;
}
