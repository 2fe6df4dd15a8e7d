/* What an engine opens to the network, and how often it starts the container again.
 * Nothing of it stands in config.json, so there is nothing to edit: the pointers name
 * the place in the engine's own file ("/hostconfig.json/PortBindings/80~1tcp/0"). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

enum { FIRST_UNPRIVILEGED_PORT = 1024 };

struct run {
	const struct exposure *exposure;
	const json_t *settings;
	struct findings *findings;
};

/* True where only one address is bound: anything that is not one is every address. */
static bool is_one_address(const char *text)
{
	struct in_addr four;
	struct in6_addr six;
	if (!text)
		return false;
	if (inet_pton(AF_INET, text, &four) == 1)
		return four.s_addr != htonl(INADDR_ANY);
	if (inet_pton(AF_INET6, text, &six) != 1)
		return false;
	/* ::ffff:0.0.0.0 is 0.0.0.0 */
	bool mapped_any = IN6_IS_ADDR_V4MAPPED(&six) && memcmp(&six.s6_addr[12], "\0\0\0\0", 4) == 0;
	return !IN6_IS_ADDR_UNSPECIFIED(&six) && !mapped_any;
}

/* True for "80" and "80-90"; not where the engine chooses, which it does far above. A
 * text that is no number counts as privileged. */
static bool is_privileged(const char *port)
{
	uint64_t number = 0;
	char first[8];
	size_t length = port ? strcspn(port, "-") : 0;
	if (length == 0 && (!port || !*port))
		return false;
	if (length == 0 || length >= sizeof(first))
		return true;
	memcpy(first, port, length);
	first[length] = '\0';
	return number_parse_uint64(first, &number) < 0 ||
	       (number < FIRST_UNPRIVILEGED_PORT && !(number == 0 && !port[length]));
}

/* "8080/tcp": how the policy names a port of the host; NULL where the engine chooses. */
static char *name_of(const struct published_port *port)
{
	const char *protocol = strchr(port->container, '/');
	char *name = NULL;
	if (!port->host_port || !*port->host_port || strcmp(port->host_port, "0") == 0)
		return NULL;
	return asprintf(&name, "%s%s", port->host_port, protocol ? protocol : "/tcp") < 0 ? NULL : name;
}

static int report_port(const struct run *run, const struct published_port *port, const char *field,
		       const char *value, const char *reference, const char *why)
{
	cleanup_free char *token = document_pointer_token(port->container);
	cleanup_free char *pointer = NULL, *name = name_of(port);
	cleanup_json json_t *before = value ? json_string(value) : NULL;
	if (!token || asprintf(&pointer, "/%s/PortBindings/%s/%zu/%s", run->exposure->store, token, port->index,
			       field) < 0)
		return -ENOMEM;
	struct finding_spec spec = {
		.pointer = pointer,
		.before = before,
		.reference = reference,
		.remedy = name ? json_pack("{s:[s]}", "add", name) : NULL,
	};
	return finding_add(run->findings, spec, "publishes the container's port %s as the host's port %s%s",
			   port->container, name ? name : "of the engine's choice", why);
}

static int judge_port(const struct run *run, const struct published_port *port)
{
	cleanup_free char *name = name_of(port);
	if (name && setting_list_has(run->settings, "allow", name))
		return 0;
	int result = 0;
	if (!is_one_address(port->host_address))
		result = report_port(run, port, "HostIp", port->host_address ? port->host_address : "", "CIS 5.14",
				     " on every address of the host; name one, such as 127.0.0.1");
	if (result == 0 && is_privileged(port->host_port))
		result = report_port(run, port, "HostPort", port->host_port, "CIS 5.8",
				     ", one of those below 1024, which are for the host's own services");
	return result;
}

static int judge_restarts(const struct run *run)
{
	const struct exposure *exposure = run->exposure;
	const char *policy = exposure->restart_policy;
	int64_t most = 0;
	if (!policy || !*policy || strcmp(policy, "no") == 0 ||
	    !setting_number(run->settings, "restart-maximum", &most))
		return 0;
	bool bounded = strcmp(policy, "on-failure") == 0 && exposure->restart_maximum > 0;
	if (bounded && exposure->restart_maximum <= most)
		return 0;
	char pointer[96];
	(void)snprintf(pointer, sizeof(pointer), "/%s/RestartPolicy", exposure->store);
	struct finding_spec spec = {
		.pointer = pointer,
		.reference = "CIS 5.15",
		.remedy = json_pack("{s:n}", "restart-maximum"),
	};
	if (bounded)
		return finding_add(run->findings, spec,
				   "starts the container again up to %" JSON_INTEGER_FORMAT " times after a failure, and "
				   "the policy's restart-maximum is %" JSON_INTEGER_FORMAT,
				   (json_int_t)exposure->restart_maximum, (json_int_t)most);
	return finding_add(run->findings, spec,
			   "(%.32s) starts the container again without end, so that one that fails, or is attacked, "
			   "keeps trying; give on-failure:%" JSON_INTEGER_FORMAT,
			   policy, (json_int_t)most);
}

static int judge_flags(const struct run *run)
{
	const struct {
		const char *pointer, *reference, *why;
	} flags[] = {
		{run->exposure->publishes_all, "CIS 5.14",
		 "publishes every port that the image names on every address of the host"},
		{run->exposure->privileged, "CIS 5.5",
		 "asks for a privileged container; what that opens in the configuration is judged by the other "
		 "controls"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!flags[i].pointer)
			continue;
		struct finding_spec spec = {.pointer = flags[i].pointer, .reference = flags[i].reference};
		int result = finding_add(run->findings, spec, "%s", flags[i].why);
		if (result < 0)
			return result;
	}
	return 0;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)view, (void)error;
	struct run run = {.exposure = &facts->exposure, .settings = settings, .findings = findings};
	int result = 0;
	for (size_t i = 0; result == 0 && i < run.exposure->port_count; i++)
		result = judge_port(&run, &run.exposure->ports[i]);
	if (result == 0)
		result = judge_restarts(&run);
	return result < 0 ? result : judge_flags(&run);
}

static int check_port(const json_t *value, struct error **error)
{
	const char *text = json_string_value(value);
	size_t length = text ? strcspn(text, "/") : 0;
	if (length > 0 && text[length] == '/' && text[length + 1] && strspn(text, "0123456789-") == length)
		return 0;
	return error_set(error, EINVAL, "expected a port of the host and its protocol, such as 8080/tcp");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Ports of the host that may be published on any address, also those below 1024 (443/tcp)",
		.check = check_port,
	},
	{
		.name = "restart-maximum",
		.type = KEY_INTEGER,
		.order = ORDER_LOWER,
		.fallback = "5",
		.help = "How often an engine may start a container again after failures; null for without end",
	},
	{.type = KEY_END},
};

const struct control control_exposure = {
	.name = "exposure",
	.summary = "Judges published ports, restarts without end and the privileged flag, as Docker's store and "
		   "Podman's annotations have them",
	.risk = "A port that was meant for the host alone stands open to the network, past the host's own firewall "
		"rules; a container that is restarted for ever gives an attack as many tries as it needs. The engine "
		"does both beside the configuration, so they are told, or refused, but cannot be rewritten. Ports of "
		"pods, Podman's ports and its restarts are not seen.",
	.cis = "5.5, 5.8, 5.14, 5.15",
	.pss = "baseline",
	.nist = "4.4.2",
	.verbs = VERB_CREATE,
	.action = ACTION_AUDIT,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
