#include "policy/controls/mount_sources.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/table.h"
#include "policy/host/cdi.h"

static int judge(struct source_run *run, const struct mount *mount)
{
	cleanup_mount_source struct mount_source source = MOUNT_SOURCE_EMPTY;
	const char *why = NULL;
	int result = mount_source_open(mount, run->facts, run->host, &source, &why);
	if (result < 0)
		return result;
	if (why)
		return source_refuse(run, mount, (struct source_refusal){.what = why, .reference = "CIS 5.6"});
	run->resolved = source.path;
	const struct engine_path *engine = mount_grants_engine(&run->grants, source.path);
	if (engine)
		return source_judge_engine(run, mount, &source, engine);
	if (mount_grants_is_volume(&run->grants, source.path))
		return source_refuse(run, mount,
			      (struct source_refusal){
				      .what = "is a named volume, and the policy lets none in",
				      .reference = "CIS 5.6",
				      .remedy = json_pack("{s:b}", "volumes", 1),
			      });
	cleanup_free char *origin = NULL;
	const char *type = NULL;
	result = source_need_mountinfo(run);
	if (result == 0)
		result = mount_source_origin(&source, run->mountinfo, NULL, &origin, &type);
	return result < 0 ? result : source_judge_host_path(run, mount, source.path, origin, &source.status);
}

static int judge_all(struct source_run *run, const struct mount_list *list)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < list->count; i++)
		if (list->items[i].bind)
			result = judge(run, &list->items[i]);
	return result;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	cleanup_close int host = -1;
	int result = mount_list_read(view, facts, &list, error);
	if (result == 0)
		result = file_open_directory("/", &host, error);
	if (result < 0)
		return result;
	struct source_run run = {
		.facts = facts,
		.settings = settings,
		.findings = findings,
		.error = error,
		.host = host,
	};
	result = mount_grants_make(facts, settings, host, &run.grants);
	if (result == 0)
		result = judge_all(&run, &list);
	mount_grants_release(&run.grants);
	mount_dangers_free(run.dangers);
	mountinfo_free(run.mountinfo);
	json_decref(run.cdi);
	free(run.trusted_folder);
	return result;
}

static int check_record(const json_t *value, struct error **error)
{
	const char *source = json_string_value(json_object_get(value, "source"));
	if (source && strcmp(source, "/") == 0)
		return 0; /* it says itself what it is; a folder above everything does not */
	return mount_check_path(source, true, error);
}

static const struct policy_key record_fields[] = {
	{
		.name = "source",
		.type = KEY_TEXT,
		.help = "Absolute path of the host; /srv/data/** is that folder and all below it. Where it "
			"leads to "
			"another place by a symbolic link, that place counts",
	},
	{
		.name = "read-only",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "Only for mounts that are read-only",
	},
	{
		.name = "socket",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "false",
		.help = "It may be a UNIX socket, or a folder that holds an engine's",
	},
	{
		.name = "device",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "false",
		.help = "It may be a device node",
	},
	{.type = KEY_END},
};

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_RECORDS,
		.order = ORDER_FEWER,
		.help = "Paths of the host that may be mounted besides the engine's own",
		.fields = record_fields,
		.check = check_record,
	},
	{
		.name = "volumes",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "true",
		.help = "Lets the engine's named volumes in, judged by what is really behind them",
	},
	{
		.name = "cdi",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Classes of CDI devices (nvidia.com/gpu): mounts pass that stand so in a specification of root's, "
			"in JSON, in /etc/cdi or /run/cdi",
		.check = cdi_check_class,
	},
	{.type = KEY_END},
};

const struct control control_mount_sources = {
	.name = "mount-sources",
	.summary = "Lets only the engine's own files, named volumes and listed paths of the host be mounted; "
		   "sockets "
		   "and device nodes have to be listed as such, and what belongs to oci-harden never is",
	.risk = "With the Docker socket, /etc, a disk or the host's root inside, whoever breaks into the "
		"container "
		"owns the host. The path as written says little: symbolic links, another name for the "
		"socket, "
		"/proc/1/root and a volume that is a bind of /root all look harmless.",
	.cis = "5.6, 5.18, 5.32",
	.pss = "baseline",
	.verbs = VERB_CREATE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
