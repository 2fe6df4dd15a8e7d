#!/usr/bin/env bats
# Ways round by what the runtime itself is called with: options, open files, variables,
# and words that runc and crun read differently.

load attacks.bash

no_policy() {
	rm -rf /etc/oci-harden/* /var/lib/oci-harden/* /run/oci-harden/*
}

policy() {
	no_policy
	cat > /etc/oci-harden/policy.yaml
	"$HARDENCTL" policy apply >/dev/null 2>&1
	CLEANUP=no_policy
}

# refused by the control, with no container left; the configuration is as it was
refused_for() {
	[ "$status" -ne 0 ] || { echo "was not refused: $output"; return 1; }
	shows "oci-harden: "; shows "refused: "; shows "$1"; shows "(command-line"
	[ ! -e "$WORK/shim/$ID" ]
}

# descriptor 3 is the tests' own: the command gets a secret file of the host there
with_secret() {
	echo secret > "$WORK/secret"
	run timeout 30 bash -c 'exec 3<"$1"; shift; export LISTEN_PID=$$; exec "$@"' - "$WORK/secret" "$@"
}

both() {
	run timeout 30 "$RUNC" --root "$WORK/runc" run "$@" --bundle "$BUNDLE" "$ID"
	local bare_output=$output bare_status=$status
	run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" run "$@" --bundle "$BUNDLE" "$ID"
	[ "$bare_status" -eq 0 ] || { echo "the attack itself fails: $bare_output"; return 1; }
	bare=$bare_output
}

@test "H01 command-line: --no-pivot leaves the host's root within reach" {
	script 'echo started'
	both --no-pivot
	[[ $bare == *started* ]]
	refused_for "--no-pivot"
	policy <<< 'version: 1
controls: {command-line: {no-pivot: true}}'
	run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" run --no-pivot --bundle "$BUNDLE" "$ID"
	succeeded; shows started
}

@test "H02 command-line: --no-new-keyring leaves the caller's keys" {
	edit '.linux.maskedPaths = []'
	script 'cat /proc/keys; echo read'
	# of another name: the kernel keeps a keyring for a while after its last process
	run "$RUNC" --root "$WORK/runc" run --bundle "$BUNDLE" "$ID-first"
	shows "_ses.$ID-first:"
	both --no-new-keyring
	[[ $bare == *read* && $bare != *"_ses.$ID:"* ]]
	refused_for "--no-new-keyring"
}

@test "H03 command-line: --preserve-fds hands an open file of the host in" {
	script 'cat <&3'
	with_secret "$RUNC" --root "$WORK/runc" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	succeeded; shows secret
	with_secret "$OCI_HARDEN" --root "$WORK/shim" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	shows_not secret; refused_for "--preserve-fds"
	policy <<< 'version: 1
controls: {command-line: {descriptors: 1}}'
	with_secret "$OCI_HARDEN" --root "$WORK/shim" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	succeeded; shows secret
}

@test "H04 command-line: LISTEN_FDS hands an open file of the host in" {
	script 'cat <&3'
	LISTEN_FDS=1 with_secret "$RUNC" --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
	succeeded; shows secret
	LISTEN_FDS=1 with_secret "$OCI_HARDEN" --root "$WORK/shim" run --bundle "$BUNDLE" "$ID"
	shows_not secret; refused_for "--preserve-fds"
}

@test "H05 command-line: exec --preserve-fds does it later" {
	edit '.process.user = {"uid": 65532, "gid": 65532} | .process.capabilities = {} | .process.noNewPrivileges = true'
	start_detached "$RUNC" "$WORK/runc"
	with_secret "$RUNC" --root "$WORK/runc" exec --preserve-fds 1 "$ID" sh -c 'cat <&3'
	succeeded; shows secret
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	with_secret "$OCI_HARDEN" --root "$WORK/shim" exec --preserve-fds 1 "$ID" sh -c 'cat <&3'
	[ "$status" -eq 255 ]; shows_not secret; shows "--preserve-fds"; shows "(command-line)"
	run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" exec --no-new-privs "$ID" echo goes
	succeeded; shows goes
}

@test "H06 command-line: NOTIFY_SOCKET mounts a socket that no configuration names" {
	script 'ls /run/notify'
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$WORK/notify"
	NOTIFY_SOCKET=$WORK/notify run timeout 30 "$RUNC" --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
	succeeded; shows notify.sock
	NOTIFY_SOCKET=$WORK/notify run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" run --bundle "$BUNDLE" "$ID"
	refused_for NOTIFY_SOCKET
}

# crun reads the hybrid hierarchy of this host's cgroups as version 2
on_crun() {
	cat > "$WORK/on-crun" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
exec "$@"
SCRIPT
	run timeout 30 unshare -m sh "$WORK/on-crun" "$@"
}

# crun may say first what it thinks of this host's cgroups
is_line() {
	printf '%s\n' "${lines[@]}" | grep -qx "$1" || { echo "no line $1: $output"; return 1; }
}

crun_policy() {
	policy <<< 'version: 1
backend: {name: crun}'
}

@test "H07 command-line: crun's own spellings of the bundle" {
	crun_policy
	local spelling
	for spelling in "-b$BUNDLE" "--bun=$BUNDLE" "--b $BUNDLE" "-b $BUNDLE --"; do
		cp "$BATS_TEST_DIRNAME/docker-config.json" "$BUNDLE/config.json"
		edit ".linux.cgroupsPath = \"/oht-$ID\""
		script 'id -u'
		# shellcheck disable=SC2086
		on_crun crun --root "$WORK/runc" run $spelling "$ID"
		succeeded; is_line 0
		# shellcheck disable=SC2086
		on_crun "$OCI_HARDEN" --root "$WORK/shim" run $spelling "$ID"
		succeeded; is_line 65532
	done
}

@test "H08 command-line: -bundle=X is another folder to crun than to runc" {
	crun_policy
	script 'echo the harmless one'
	cp "$BUNDLE/config.json" "$WORK/harmless.json"
	script 'id -u'
	mv "$BUNDLE" "$WORK/undle=harmless"
	mkdir "$WORK/harmless" "$BUNDLE"
	mv "$WORK/harmless.json" "$WORK/harmless/config.json"
	mv "$WORK/undle=harmless/rootfs" "$WORK/harmless/rootfs"
	cp -a "$WORK/harmless/rootfs" "$WORK/undle=harmless/rootfs"
	cd "$WORK"
	on_crun crun --root "$WORK/runc" run -bundle=harmless "$ID"
	succeeded; is_line 0
	on_crun "$OCI_HARDEN" --root "$WORK/shim" run -bundle=harmless "$ID"
	succeeded; is_line 65532
}

@test "H09 command-line: crun takes another file for the configuration" {
	crun_policy
	script 'id -u'
	cp "$BUNDLE/config.json" "$WORK/other.json"
	script 'echo the harmless one'
	local spelling
	for spelling in "--config=$WORK/other.json" "-f$WORK/other.json" "--conf $WORK/other.json"; do
		# shellcheck disable=SC2086
		on_crun crun --root "$WORK/runc" run $spelling --bundle "$BUNDLE" "$ID"
		succeeded; is_line 0
		# shellcheck disable=SC2086
		on_crun "$OCI_HARDEN" --root "$WORK/shim" run $spelling --bundle "$BUNDLE" "$ID"
		[ "$status" -ne 0 ]; shows "refused: option --config puts another file"
	done
}

@test "H10 command-line: a restored container that is marked as hardened" {
	edit '.annotations = {"org.oci-harden.decision": "forged"}'
	mkdir "$WORK/images"
	# the mark alone makes exec believe
	start_detached "$RUNC" "$WORK/runc"
	run "$OCI_HARDEN" --root "$WORK/runc" exec --user 0 "$ID" id -u
	shows_not "not started through oci-harden"
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	run "$OCI_HARDEN" --root "$WORK/shim" restore -b "$BUNDLE" --image-path "$WORK/images" "$ID"
	refused_for restore
	policy <<< 'version: 1
controls: {command-line: {restore: true}}'
	run timeout 30 strace -f -e trace=execve,execveat -s 300 -o "$WORK/trace" "$OCI_HARDEN" --root "$WORK/shim" \
		restore -no-subreaper -b "$BUNDLE" "$ID" --image-path "$WORK/images"
	[[ $(grep -o '\["runc", .*\]' "$WORK/trace" | head -n 1) == "[\"runc\", \"--root=$WORK/shim\", \"restore\", \"--no-subreaper\", \"--image-path=$WORK/images\", \"--bundle=$BUNDLE\", \"$ID\"]" ]] || {
		grep exec "$WORK/trace"
		return 1
	}
	jq -e '.annotations == {}' "$BUNDLE/config.json"
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -e '.verb == "restore" and (.notes | any(startswith("UNHARDENED")))'
	chmod 0777 "$WORK/images"
	run "$OCI_HARDEN" --root "$WORK/shim" restore -b "$BUNDLE" --image-path "$WORK/images" "$ID"
	[ "$status" -ne 0 ]; shows "writable by group or others"
}

@test "H11 command-line: checkpoint writes a container's memory to the host" {
	edit '.process.user = {"uid": 65532, "gid": 65532}'
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$RUNC" checkpoint --help
	succeeded; shows image-path
	run "$OCI_HARDEN" --root "$WORK/shim" checkpoint --image-path "$WORK/images" "$ID"
	[ "$status" -ne 0 ]; shows "(command-line)"; [ ! -e "$WORK/images" ]
}

@test "the question of Podman and CRI-O about restore goes to the backend" {
	run "$OCI_HARDEN" restore --lsm-mount-context
	[ "$status" -ne 0 ]; shows "flag needs an argument"
}
