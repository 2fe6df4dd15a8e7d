#include "policy/trust/collect.h"

#include "policy/base/cleanup.h"

int collect_all(const struct collection *collection, struct claims *claims, struct error **error)
{
	static int (*const readers[])(const struct collection *, struct claims *, struct error **) = {
		collect_cosign,
		collect_bundles,
		collect_notation,
	};
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(readers); i++)
		result = readers[i](collection, claims, error);
	return result;
}
