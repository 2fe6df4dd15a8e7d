#!/usr/bin/env bats
# Ways round by how the configuration or the command line is written.

load attacks.bash

with_text() {
	python3 - "$BUNDLE/config.json" "$1" "$2" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path, encoding="utf-8").read()
assert text.count(old) == 1, text.count(old)
open(path, "w", encoding="utf-8").write(text.replace(old, new))
PY
}

# refused before any control could judge, with the place and a way out
refused_because() {
	[ "$status" -ne 0 ] || { echo "was not refused: $output"; return 1; }
	shows "oci-harden: container"; shows "refused: "; shows "$1"
	[ ! -e "$WORK/shim/$ID" ]
}

@test "D01 document: a duplicate key, of which the last wins" {
	script 'id -u'
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	with_text '"uid":1000' '"uid":1000,"uid":0'
	bare; [ "$output" = 0 ]
	hardened; refused_because duplicate
}

@test "D02 document: a key that differs in case overrides the one judged" {
	script 'id -u'
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	with_text '"uid":1000' '"uid":1000,"UID":0'
	bare; [ "$output" = 0 ]
	hardened; refused_because '"UID"'
}

@test "D03 document: a key with the long s, which Go folds to s" {
	script 'id -u'
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	with_text '"user":{"uid":1000,"gid":1000}' '"user":{"uid":1000,"gid":1000},"uſer":{"uid":0,"gid":0}'
	bare; [ "$output" = 0 ]
	hardened; refused_because 'uſer'
}

spelled() {
	script 'id -u'
	run timeout 30 "$RUNC" --root "$WORK/runc" "$@"
	succeeded; [ "${lines[0]}" = 0 ]
	run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" "$@"
	if [ "$status" -eq 0 ]; then
		[ "${lines[0]}" = 65532 ]
	else
		shows "refused: "
	fi
}

@test "D04 command-line: -b BUNDLE" {
	spelled run -b "$BUNDLE" "$ID"
}

@test "D05 command-line: -bundle BUNDLE with one dash" {
	spelled run -bundle "$BUNDLE" "$ID"
}

@test "D06 command-line: --bundle=BUNDLE" {
	spelled run "--bundle=$BUNDLE" "$ID"
}

@test "D07 command-line: the bundle behind the ID" {
	spelled run "$ID" --bundle "$BUNDLE"
}

@test "D08 command-line: the last of two bundles wins" {
	spelled run --bundle /nonexistent --bundle "$BUNDLE" "$ID"
}

@test "D09 command-line: the bundle is the working directory" {
	cd "$BUNDLE"
	spelled run "$ID"
}

@test "D10 command-line: -- before the ID" {
	spelled run --bundle "$BUNDLE" -- "$ID"
}

@test "D11 command-line: create and start instead of run" {
	script 'id -u > /tmp/uid; sleep 60'
	edit '.mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]}]'
	local runtime root expected
	for runtime in "$RUNC" "$OCI_HARDEN"; do
		[ "$runtime" = "$RUNC" ] && root=$WORK/runc expected=0 || root=$WORK/shim expected=65532
		"$runtime" --root "$root" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/log" || cat "$WORK/log"
		"$runtime" --root "$root" start "$ID"
		local pid; pid=$("$runtime" --root "$root" state "$ID" | jq .pid)
		[ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" = "$expected" ]
		"$runtime" --root "$root" delete --force "$ID"
	done
}

@test "D12 command-line: restore brings back unhardened credentials" {
	run "$RUNC" restore --help
	succeeded; shows image-path
	run "$OCI_HARDEN" --root "$WORK/shim" restore --bundle "$BUNDLE" --image-path "$WORK" "$ID"
	[ "$status" -ne 0 ]; shows "oci-harden"; shows refused
}

@test "D13 annotations: a forged decision of ours from outside" {
	edit '.annotations = {"org.oci-harden.decision": "forged", "org.oci-harden.generation": "999"}'
	start_detached "$RUNC" "$WORK/runc"
	jq -e '.annotations["org.oci-harden.decision"] == "forged"' "$BUNDLE/config.json"
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	jq -e '.annotations["org.oci-harden.decision"] != "forged"' "$BUNDLE/config.json"
}

@test "D14 annotations: crun takes another filter from run.oci.seccomp_bpf_data" {
	needs crun
	# one instruction: return ALLOW
	local program; program=$(printf '\x06\x00\x00\x00\x00\x00\xff\x7f' | base64)
	edit --arg program "$program" '.annotations = {"run.oci.seccomp_bpf_data": $program}
	      | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sethostname"], "action": "SCMP_ACT_ERRNO"}]}
	      | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])'
	script 'hostname changed && hostname'
	cat > "$WORK/bare-crun" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
exec "$@"
SCRIPT
	run unshare -m sh "$WORK/bare-crun" crun --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
	shows changed
	hardened
	jq -e '.annotations | has("run.oci.seccomp_bpf_data") | not' "$BUNDLE/config.json"
	shows_not changed
}
