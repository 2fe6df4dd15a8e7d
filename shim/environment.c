#include "shim/environment.h"

#include <stddef.h>

#include "policy/base/cleanup.h"

/* A name that ends in '_' stands for every name that starts with it. */
static const char *const harmful[] = {
	"LD_",           /* the dynamic linker: preloaded libraries, search paths */
	"GLIBC_TUNABLES",
	"GCONV_PATH",    /* the C library's own doors to foreign files, as ld.so(8) */
	"GETCONF_DIR",   /* lists them for set-user-ID programs */
	"HOSTALIASES",
	"LOCALDOMAIN",
	"LOCPATH",
	"MALLOC_",
	"NIS_PATH",
	"NLSPATH",
	"RESOLV_HOST_CONF",
	"RES_OPTIONS",
	"OPENSSL_",      /* OPENSSL_CONF loads a library even into a static program */
	"SSLKEYLOGFILE",
	"_LIBCONTAINER_", /* runc's messages to its own child processes */
	"LIBSECCOMP_",
	"GODEBUG",       /* changes what Go's library checks */
};

static bool matches(const char *variable, const char *name)
{
	size_t i = 0;
	while (name[i] && variable[i] == name[i])
		i++;
	if (name[i])
		return false;
	return name[i - 1] == '_' || variable[i] == '=' || variable[i] == '\0';
}

bool environment_is_harmful(const char *variable)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmful); i++)
		if (matches(variable, harmful[i]))
			return true;
	return false;
}

void environment_clean(char **environment)
{
	char **kept = environment;
	for (char **variable = environment; *variable; variable++)
		if (!environment_is_harmful(*variable))
			*kept++ = *variable;
	*kept = NULL;
}
