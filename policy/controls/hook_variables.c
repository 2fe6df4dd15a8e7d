#include "policy/controls/hook_variables.h"

#include <stdbool.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

/* Variables by which a program is made to load or run something else. One that ends
 * in '_' stands for all that start with it. */
static const char *const harmful[] = {
	"LD_",	      "GLIBC_TUNABLES", "GCONV_PATH",	 "LOCPATH",	 "NLSPATH",	   "OPENSSL_",
	"BASH_ENV",   "BASH_FUNC_",	"ENV",		 "SHELLOPTS",	 "PS4",		   "IFS",
	"PYTHONPATH", "PYTHONHOME",	"PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE", "PERL5LIB",
	"PERL5OPT",   "PERL5DB",	"PERLLIB",	 "RUBYLIB",	 "RUBYOPT",	   "NODE_OPTIONS",
	"NODE_PATH",  "LUA_PATH",	"LUA_CPATH",	 "LUA_INIT",	 "JAVA_TOOL_OPTIONS", "_LIBCONTAINER_",
	"GIO_MODULE_DIR", "GTK_PATH",	"XTABLES_LIBDIR", "GODEBUG",	  "CNI_PATH",	   "NETCONFPATH",
	"NERDCTL_TOML",
};

static bool is_harmful(const char *variable)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmful); i++) {
		size_t length = strlen(harmful[i]);
		if (strncmp(variable, harmful[i], length) == 0 &&
		    (harmful[i][length - 1] == '_' || variable[length] == '='))
			return true;
	}
	return false;
}

/* Each folder of a search path is absolute: createContainer's working directory is the
 * container's root, where a relative one would find the image's programs. */
static bool is_absolute_search_path(const char *value)
{
	for (;; value++) {
		if (*value != '/')
			return false;
		value += strcspn(value, ":");
		if (!*value)
			return true;
	}
}

const char *hook_variable_danger(const char *variable)
{
	if (!variable || !strchr(variable, '=') || *variable == '=')
		return "is no variable (NAME=value)";
	if (is_harmful(variable))
		return "is a variable by which the hook's program loads or runs something else";
	if (text_starts_with(variable, "PATH=") && !is_absolute_search_path(variable + strlen("PATH=")))
		return "is a search path with a folder that is not absolute, which would be the container's";
	return NULL;
}
