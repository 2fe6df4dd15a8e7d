#!/usr/bin/env bats
# No CRI-O is to be had for the tests: this is a real conmon, called with the arguments
# that CRI-O gives it, over a store as CRI-O writes it, for a pod's container.

load ../lib/engines.bash

setup_file()
{
	scratch_begin crio || return 1
}

teardown_file()
{
	scratch_end
}

setup()
{
	POD=pod$RANDOM$RANDOM
	ID=container$RANDOM$RANDOM
	PLACE=$SCRATCH/run/overlay-containers/$ID/userdata
	LAYER=$SCRATCH/graph/overlay/layer-$ID
	mkdir -p "$PLACE" "$SCRATCH/run/overlay-containers/$POD/userdata" "$SCRATCH"/{exits,sockets} \
		"$SCRATCH/graph/overlay-images" "$SCRATCH/graph/overlay-containers/$ID/userdata"
	make_rootfs "$LAYER/merged"
	echo 'nameserver 10.96.0.10' >"$SCRATCH/run/overlay-containers/$POD/userdata/resolv.conf"
	echo '[]' >"$SCRATCH/graph/overlay-images/images.json"
	write_store "$POD"
	jq -c --arg id "$ID" --arg root "$LAYER/merged" --arg source "$SCRATCH/run/overlay-containers/$POD/userdata/resolv.conf" \
		'.linux.cgroupsPath = "/kubepods/crio-" + $id | .root.path = $root | .process.args = ["/bin/sh", "-c", "id -u; cat /etc/resolv.conf"] | .mounts += [{destination:
		"/etc/resolv.conf", type: "bind", source: $source, options: ["ro", "bind"]}]
		| .annotations = {"io.kubernetes.cri-o.Namespace": "kube-system"}' \
		"$REPOSITORY/integration/attacks/docker-config.json" >"$SCRATCH/config.json"
	touch "$LAYER/merged/etc/resolv.conf"
	rm -f "$SCRATCH/log"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || { cat "$SCRATCH"/{log,pid} >&2; dump_logs; }
	"$RUNTIME" --root "$SCRATCH/runc" delete --force "$ID" >/dev/null 2>&1 || true
	find /sys/fs/cgroup -maxdepth 2 -name kubepods -exec rmdir {} + 2>/dev/null || true
	rm -rf /var/lib/oci-harden/policy
}

# write_store POD: the notes of the pod and of its container, which says it is in POD.
write_store()
{
	jq -nc --arg id "$ID" --arg pod "$POD" --arg in "$1" '[
		{id: $pod, image: "pause", layer: "other", metadata: ({"pod-id": $pod, pod: true,
			"metadata-name": "p1", namespace: "nsA"} | tojson)},
		{id: $id, image: "image", layer: ("layer-" + $id), metadata: ({"pod-id": $in,
			"metadata-name": "c1", "image-name": "registry.example/web:1"} | tojson)}]' \
		>"$SCRATCH/graph/overlay-containers/volatile-containers.json"
}

# create RUNTIME: conmon says in $SCRATCH/pid what became of it.
create()
{
	cp "$SCRATCH/config.json" "$PLACE/config.json"
	_OCI_SYNCPIPE=9 conmon -b "$PLACE" -c "$ID" --exit-dir "$SCRATCH/exits" -l "$SCRATCH/log" --log-level info \
		-n "k8s_c1_p1_nsA_uid_0" -P "$PLACE/conmon-pidfile" -p "$PLACE/pidfile" \
		--persist-dir "$SCRATCH/graph/overlay-containers/$ID/userdata" -r "$1" \
		--runtime-arg "--root=$SCRATCH/runc" --socket-dir-path "$SCRATCH/sockets" -u "$ID" \
		9>"$SCRATCH/pid" 3>&- </dev/null >/dev/null 2>&1
	wait_until 10 test -s "$SCRATCH/pid"
}

finish()
{
	"$RUNTIME" --root "$SCRATCH/runc" start "$ID"
	wait_until 10 test -e "$SCRATCH/exits/$ID"
	wait_until 10 grep -q nameserver "$SCRATCH/log"
}

last_decision()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r "$1"
}

@test "a pod's container through conmon: CRI-O's, hardened, with the pod's resolv.conf" {
	create "$BARE_RUNTIME"
	finish
	assert_contains "$(cat "$SCRATCH/log")" 'stdout F 0'
	"$BARE_RUNTIME" --root "$SCRATCH/runc" delete --force "$ID"
	rm "$SCRATCH/log" "$SCRATCH/exits/$ID"

	create "$RUNTIME"
	finish
	assert_contains "$(cat "$SCRATCH/log")" 'stdout F 65532'
	assert_equal "$(last_decision '[.engine, .namespace, .name, .verdict] | join(" ")')" 'crio nsA c1 rewritten'
}

@test "a scope for the pod's namespace holds, one for what an annotation says does not" {
	printf 'version: 1\nextends: restricted\nscopes:\n- for: {engine: crio, namespace: kube-system}\n  controls: {user: {action: off}}\n' \
		>"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
	create "$RUNTIME"
	finish
	assert_contains "$(cat "$SCRATCH/log")" 'stdout F 65532'
	"$RUNTIME" --root "$SCRATCH/runc" delete --force "$ID"
	rm "$SCRATCH/log" "$SCRATCH/exits/$ID"

	sed -i 's/kube-system/nsA/' "$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
	create "$RUNTIME"
	finish
	assert_contains "$(cat "$SCRATCH/log")" 'stdout F 0'
}

@test "what the store does not know is refused, and conmon hands the reason on" {
	write_store elsewhere
	create "$RUNTIME"
	assert_contains "$(cat "$SCRATCH/pid")" "CRI-O's store does not show what this container's pod is"
	[ ! -e "$SCRATCH/runc/$ID" ]
}
