#!/usr/bin/env bats
# What a configuration has the backend do to the host outside the container: kernel
# settings, hooks, control groups, traffic classes, and annotations that are orders.

load attacks.bash

# The policy with these settings, from now on, for this test alone.
apply() {
	printf 'version: 1\ncontrols: {%s}\n' "$1" > "$WORK/policy.yaml"
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	CLEANUP="${CLEANUP:-true}; rm -rf /var/lib/oci-harden/policy"
}

sysctl() {
	edit --argjson sysctl "$1" '.linux.sysctl = $sysctl'
}

@test "F01 sysctl: a setting that the policy does not list" {
	sysctl '{"net.ipv4.conf.all.route_localnet": "1"}'
	script 'cat /proc/sys/net/ipv4/conf/all/route_localnet'
	bare; [ "$output" = 1 ]
	hardened; refused_by sysctl; shows '"1" is a kernel setting'
}

@test "F02 sysctl: the same in slashes, and in a mixture" {
	local name
	for name in net/ipv4/conf/all/route_localnet net.ipv4/conf.all/route_localnet; do
		sysctl "{\"$name\": \"1\"}"
		script 'cat /proc/sys/net/ipv4/conf/all/route_localnet'
		bare; [ "$output" = 1 ]
		hardened; refused_by sysctl
	done
}

@test "F03 sysctl: two spellings of one setting with two values" {
	sysctl '{"net.ipv4.tcp_syncookies": "1", "net/ipv4/tcp_syncookies": "0"}'
	script 'cat /proc/sys/net/ipv4/tcp_syncookies'
	bare; succeeded
	hardened; refused_by sysctl; shows "another spelling"
}

# In a network namespace of the test's own, which stands for the host's.
@test "F04 sysctl: the host's, through a path to its network namespace" {
	needs crun
	edit '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'
	sysctl '{"net.ipv4.tcp_syncookies": "2"}'
	script 'true'
	cat > "$WORK/host" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
"$@"
echo "the host has $(cat /proc/sys/net/ipv4/tcp_syncookies)"
SCRIPT
	run unshare -n -m sh "$WORK/host" crun --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
	shows "the host has 2"
	cp "$BUNDLE/config.json" "$WORK/config.json.before"
	run unshare -n -m sh "$WORK/host" "$OCI_HARDEN" --root "$WORK/shim" run --bundle "$BUNDLE" "$ID"
	shows "(sysctl"; shows "would be written to the host"; shows_not "the host has 2"
}

# make_hook KIND MORE: a script that leaves a mark on the host; MORE is JSON that is added.
make_hook() {
	cat > "$WORK/hook" <<SCRIPT
#!/bin/sh
id -u > "$WORK/mark"
tr '\\0' '\\n' < /proc/self/environ >> "$WORK/mark"
SCRIPT
	chmod 755 "$WORK" "$WORK/hook"
	edit --arg kind "$1" --arg path "$WORK/hook" --argjson more "$2" \
		'.hooks = {($kind): [{path: $path, args: ["hook", "one"]} + $more]}'
}

@test "F05 hooks: a program of the host as root, in every kind that runs there" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		make_hook "$kind" '{}'
		script true
		bare; succeeded
		[ "$(head -n 1 "$WORK/mark")" = 0 ]
		rm "$WORK/mark"
		hardened; refused_by hooks; shows "/hooks/$kind/0/path"
		[ ! -e "$WORK/mark" ]
	done
}

@test "F06 hooks: one of the image's programs before the container's own" {
	printf '#!/bin/sh\ntouch /data/mark\n' > "$BUNDLE/rootfs/bin/start"
	chmod 755 "$BUNDLE/rootfs/bin/start"
	edit '.hooks = {startContainer: [{path: "/bin/start"}]}'
	script true
	bare; succeeded; [ -e "$BUNDLE/rootfs/data/mark" ]
	hardened; refused_by hooks
}

@test "F07 hooks: other arguments than the policy lists" {
	make_hook createRuntime '{}'
	script true
	bare; succeeded; rm "$WORK/mark"
	apply "hooks: {allow: [{path: $WORK/hook, args: [hook, two]}]}"
	hardened; refused_by hooks; [ ! -e "$WORK/mark" ]
	apply "hooks: {allow: [{path: $WORK/hook, args: [hook, one]}]}"
	hardened; succeeded; [ "$(head -n 1 "$WORK/mark")" = 0 ]
}

@test "F08 hooks: one without an environment gets the runtime's" {
	make_hook createRuntime '{}'
	script true
	export FROM_OUTSIDE=1
	bare; succeeded; grep FROM_OUTSIDE "$WORK/mark"
	apply "hooks: {allow: [{path: $WORK/hook, args: [hook], more-args: true}]}"
	hardened; succeeded
	[ "$(sed -n 2p "$WORK/mark")" = PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ]
	! grep FROM_OUTSIDE "$WORK/mark" || return 1
}

@test "F09 hooks: a library of the image, preloaded into a listed hook" {
	gcc -shared -fPIC -o "$BUNDLE/rootfs/evil.so" -x c - <<C
#include <stdio.h>
__attribute__((constructor)) static void run(void) { fclose(fopen("$WORK/loaded", "w")); }
C
	make_hook createContainer "{\"env\": [\"PATH=/usr/bin:/bin\", \"LD_PRELOAD=$BUNDLE/rootfs/evil.so\"]}"
	script true
	bare; succeeded; [ -e "$WORK/loaded" ]; rm "$WORK/loaded"
	apply "hooks: {allow: [{path: $WORK/hook, args: [hook], more-args: true}]}"
	hardened; refused_by hooks; shows '"LD_PRELOAD" is a variable'; shows_not evil.so
	[ ! -e "$WORK/loaded" ]
}

@test "F10 hooks: a listed one whose file or folder another user can write" {
	make_hook createRuntime '{"env": ["PATH=/usr/bin:/bin"]}'
	script true
	apply "hooks: {allow: [{path: $WORK/hook, args: [hook, one]}]}"
	chown 65532 "$WORK/hook"
	bare; succeeded; rm "$WORK/mark"
	hardened; refused_by hooks; shows "is not root's"
	chown 0 "$WORK/hook"; chmod 775 "$WORK/hook"
	hardened; refused_by hooks; shows "is not root's"
	mkdir "$WORK/open"; mv "$WORK/hook" "$WORK/open/hook"; chmod 755 "$WORK/open/hook"; chmod 1777 "$WORK/open"
	edit --arg path "$WORK/open/hook" '.hooks.createRuntime[0].path = $path'
	bare; succeeded; rm "$WORK/mark"
	apply "hooks: {allow: [{path: $WORK/open/hook, args: [hook, one]}]}"
	hardened; refused_by hooks; shows "others than root may write"
	[ ! -e "$WORK/mark" ]
}

# The container's path among the control groups, as the host's hierarchy has it.
group() {
	edit --arg path "$1" '.linux.cgroupsPath = $path | .linux.namespaces |= map(select(.type != "cgroup"))'
	script 'grep pids: /proc/self/cgroup'
}

@test "F11 cgroup: a parent that the policy does not have for containers" {
	group "/oht-parent/$ID"
	CLEANUP='rmdir /sys/fs/cgroup/*/oht-parent 2>/dev/null || true'
	bare; shows "/oht-parent/$ID"
	hardened; refused_by cgroup; shows "outside the control groups"
	apply 'cgroup: {parents: {add: [/oht-parent]}}'
	hardened; succeeded
}

@test "F12 cgroup: out of the parent with .." {
	group "/docker/../oht-$ID/$ID"
	CLEANUP="rmdir /sys/fs/cgroup/*/oht-$ID 2>/dev/null || true"
	bare; shows "/oht-$ID/$ID"
	hardened; refused_by cgroup; shows '..'
}

@test "F13 cgroup: that of another container" {
	CLEANUP="\"$RUNC\" --root $WORK/runc delete --force victim-$ID || true"
	cp -a "$BUNDLE" "$WORK/victim"
	jq -c ".linux.cgroupsPath = \"/victim-$ID-x\" | .process.args = [\"sleep\", \"300\"]" "$BUNDLE/config.json" > "$WORK/victim/config.json"
	"$RUNC" --root "$WORK/runc" run --detach --bundle "$WORK/victim" "victim-$ID" </dev/null >/dev/null 2>&1
	group "/victim-$ID-x"
	ID=other
	bare; shows "/victim-"
	hardened; refused_by cgroup; shows "another container"
}

@test "F14 cgroup: one that counts from wherever the runtime runs" {
	group "oht-relative/$ID"
	CLEANUP='find /sys/fs/cgroup -depth -type d -name oht-relative -exec rmdir {} \; 2>/dev/null || true'
	bare; shows "oht-relative/$ID"
	hardened; refused_by cgroup; shows "is relative"
}

# A hierarchy that is unmounted while a group of it has not quite gone stays with the kernel until
# it is mounted again, and crun cannot start anything beside one that stands nowhere.
leave_hierarchy()
{
	local round wait
	for ((round = 0; round < 10; round++)); do
		umount "/sys/fs/cgroup/$1"
		for ((wait = 0; wait < 30; wait++)); do
			awk -v name="$1" '$1 == name && $2 != 0 { exit 1 }' /proc/cgroups && return
			sleep 0.1
		done
		mount -t cgroup -o "$1" none "/sys/fs/cgroup/$1"
	done
	umount "/sys/fs/cgroup/$1"
}

@test "F15 host-resources: the class by which the host's firewall tells packets apart" {
	local groups=/sys/fs/cgroup/net_cls
	mkdir -p "$groups"
	mountpoint -q "$groups" || {
		mount -t cgroup -o net_cls none "$groups"
		CLEANUP="leave_hierarchy net_cls; rmdir $groups"
	}
	edit '.linux.resources.network = {"classID": 1048577}'
	script 'sleep 300'
	start_detached "$RUNC" "$WORK/runc"
	[ "$(cat "$groups/oht-$ID/net_cls.classid")" = 1048577 ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	[ "$(cat "$groups/oht-$ID/net_cls.classid")" = 0 ]
	"$OCI_HARDEN" --root "$WORK/shim" delete --force "$ID"
}

@test "F16 annotations: a key that is bundle only up to its equals sign" {
	mkdir "$WORK/evil=x"
	jq -c '.process.user = {"uid": 4242, "gid": 0}' "$BUNDLE/config.json" > "$WORK/evil=x/config.json"
	edit --arg key "bundle=$WORK/evil" '.annotations = {($key): "x"}'
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec "$ID" id -u
	[ "$output" = 4242 ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	jq -e '.annotations | keys | map(select(startswith("bundle"))) | length == 0' "$BUNDLE/config.json"
	run "$RUNC" --root "$WORK/shim" exec "$ID" id -u
	[ "$output" = 65532 ]
}
