# Shared by the end-to-end tests: private engines (each with its own folders and
# socket, nothing of the host's own engines is touched), small images made from
# busybox, and the tidying up. Sourced by *.bats.
#
# Everything stands below one new folder under /var/lib: the engines' stores must
# not have a parent that others may write, which rules out /tmp.

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUNTIME=${OCI_HARDEN:-$REPOSITORY/build/oci-harden}
BARE_RUNTIME=${OCI_HARDEN_BACKEND:-$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v runc)}
# Debian's own client, whatever else stands earlier in PATH
DOCKER=/usr/bin/docker
CRI=$REPOSITORY/integration/kubernetes/cri
# What a user sees of a refusal starts like this.
REFUSED='oci-harden: container'
export REPOSITORY RUNTIME BARE_RUNTIME DOCKER CRI REFUSED

# scratch_begin NAME: makes $SCRATCH, the folder of this test file.
scratch_begin()
{
	if [ "$(id -u)" -ne 0 ]; then
		echo "this test starts container engines and needs root" >&2
		return 1
	fi
	if [ ! -x "$RUNTIME" ]; then
		echo "$RUNTIME is not built: run make first, or set OCI_HARDEN" >&2
		return 1
	fi
	SCRATCH=$(mktemp -d "/var/lib/oci-harden-test-$1.XXXXXX") && chmod 755 "$SCRATCH"
	export SCRATCH
}

# Unmounts and removes what is below $SCRATCH; the engines have been stopped.
scratch_end()
{
	[ -n "${SCRATCH:-}" ] || return 0
	mounts_below "$SCRATCH" | sort -r | while IFS= read -r mountpoint; do
		umount -l -- "$mountpoint"
	done
	rm -rf --one-file-system -- "$SCRATCH"
}

# mounts_below FOLDER: the mount points at and below it, one a line.
mounts_below()
{
	awk -v folder="$1/" 'index($5 "/", folder) == 1 { print $5 }' /proc/self/mountinfo
}

# wait_until SECONDS COMMAND…: tries it five times a second.
wait_until()
{
	local tries=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.2
	done
}

process_gone()
{
	! kill -0 "$1" 2>/dev/null
}

# stop_daemon PID: TERM, then KILL after 15 seconds.
stop_daemon()
{
	[ -n "${1:-}" ] || return 0
	kill -TERM "$1" 2>/dev/null || return 0
	wait_until 15 process_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

# What the engines complained of last, to standard error: bats shows it where a test
# failed.
dump_logs()
{
	local log
	for log in "$SCRATCH"/*.log; do
		[ -f "$log" ] || continue
		echo "--- from $log" >&2
		grep -E 'level=(error|fatal)' "$log" | tail -n 3 | cut -c1-600 >&2
	done
	echo '--- the last decision' >&2
	tail -n 1 /var/log/oci-harden/decisions.jsonl 2>/dev/null | jq -c '{engine, container, verb, verdict,
		error, findings: [.findings[] | [.control, .outcome, .pointer, .why]]}' | cut -c1-3000 >&2 || true
}

# make_rootfs FOLDER: busybox, a few accounts, a world-writable /tmp.
make_rootfs()
{
	local applet
	mkdir -p "$1"/{bin,etc,tmp,root,proc,sys,dev,run,var,data}
	cp /bin/busybox "$1/bin/busybox"
	for applet in sh cat id sleep ls mount mkdir touch grep ps chown chmod ping echo stat dd \
		true false wc mknod rm readlink head; do
		ln -sf busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\ndisk:x:6:\nnogroup:x:65534:\n' >"$1/etc/group"
	chmod 1777 "$1/tmp"
	chmod 700 "$1/root"
}

# store_blob LAYOUT FILE: files it under its digest, prints "DIGEST SIZE".
store_blob()
{
	local digest
	digest=$(sha256sum "$2" | cut -d' ' -f1)
	cp "$2" "$1/blobs/sha256/$digest"
	echo "$digest $(stat -c %s "$2")"
}

# make_oci_archive ROOTFS NAME ARCHIVE: an OCI image layout in a tar, with one
# layer, which `ctr images import` and `podman load` take; sleeps by default.
make_oci_archive()
{
	local layout digest size config_digest config_size layer_digest layer_size
	layout=$(mktemp -d "$SCRATCH/layout.XXXXXX")
	mkdir -p "$layout/blobs/sha256"
	tar --numeric-owner --owner=0 --group=0 -C "$1" -cf "$layout/layer" .
	read -r layer_digest layer_size < <(store_blob "$layout" "$layout/layer")
	jq -nc --arg diff "sha256:$layer_digest" '{architecture: "amd64", os: "linux",
		config: {Env: ["PATH=/bin"], Cmd: ["sleep", "1000"]},
		rootfs: {type: "layers", diff_ids: [$diff]}}' >"$layout/config"
	read -r config_digest config_size < <(store_blob "$layout" "$layout/config")
	jq -nc --arg config "sha256:$config_digest" --argjson config_size "$config_size" \
		--arg layer "sha256:$layer_digest" --argjson layer_size "$layer_size" '{schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json",
			digest: $config, size: $config_size},
		layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar",
			digest: $layer, size: $layer_size}]}' >"$layout/manifest"
	read -r digest size < <(store_blob "$layout" "$layout/manifest")
	jq -nc --arg digest "sha256:$digest" --argjson size "$size" --arg name "$2" '{schemaVersion: 2,
		manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json",
			digest: $digest, size: $size, annotations: {
			"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": $name}}]}' \
		>"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	tar -C "$layout" -cf "$3" oci-layout index.json blobs
	rm -rf -- "$layout"
}

# start_dockerd OPTION…: a private dockerd without any network of its own. Its
# configuration is $SCRATCH/daemon.json where the test wrote one.
start_dockerd()
{
	[ -f "$SCRATCH/daemon.json" ] || echo '{}' >"$SCRATCH/daemon.json"
	DOCKER_HOST=unix://$SCRATCH/docker.sock
	export DOCKER_HOST
	dockerd --config-file "$SCRATCH/daemon.json" --iptables=false --ip6tables=false \
		--bridge=none --data-root "$SCRATCH/docker" --exec-root "$SCRATCH/exec" \
		--pidfile "$SCRATCH/docker.pid" --host "$DOCKER_HOST" "$@" \
		>>"$SCRATCH/dockerd.log" 2>&1 3>&- &
	DOCKERD_PID=$!
	export DOCKERD_PID
	wait_until 30 "$DOCKER" version || { dump_logs; return 1; }
}

stop_dockerd()
{
	stop_daemon "${DOCKERD_PID:-}"
}

# start_containerd BINARY: a private containerd whose CRI uses BINARY as its
# runtime "runc"; a handler "bare" runs without hardening. Pods get no network:
# their CNI plugin is a script that reports success.
start_containerd()
{
	mkdir -p "$SCRATCH/cni/conf" "$SCRATCH/cni/bin"
	echo '{"cniVersion":"0.4.0","name":"none","plugins":[{"type":"none"}]}' \
		>"$SCRATCH/cni/conf/10-none.conflist"
	cp "$REPOSITORY/integration/lib/cni-none" "$SCRATCH/cni/bin/none"
	cp "$REPOSITORY/integration/lib/cni-none" "$SCRATCH/cni/bin/loopback"
	CONTAINERD_SOCKET=$SCRATCH/containerd.sock
	export CONTAINERD_SOCKET
	cat >"$SCRATCH/containerd.toml" <<-END
		version = 2
		root = "$SCRATCH/containerd"
		state = "$SCRATCH/state"
		oom_score = 0
		[grpc]
		  address = "$CONTAINERD_SOCKET"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "docker.io/test/busybox:1"
		  restrict_oom_score_adj = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "$SCRATCH/cni/bin"
		    conf_dir = "$SCRATCH/cni/conf"
		  [plugins."io.containerd.grpc.v1.cri".containerd]
		    default_runtime_name = "runc"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		        BinaryName = "$1"
		    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bare]
		      runtime_type = "io.containerd.runc.v2"
		      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bare.options]
		        BinaryName = "$BARE_RUNTIME"
	END
	containerd --config "$SCRATCH/containerd.toml" >>"$SCRATCH/containerd.log" 2>&1 3>&- &
	CONTAINERD_PID=$!
	export CONTAINERD_PID
	wait_until 30 ctr --address "$CONTAINERD_SOCKET" version || { dump_logs; return 1; }
}

stop_containerd()
{
	stop_daemon "${CONTAINERD_PID:-}"
}

# make_socket PATH: a listening socket's file, with nobody behind it.
make_socket()
{
	/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
}

# cgroups_named PART: every cgroup folder whose path has PART in it.
cgroups_named()
{
	find /sys/fs/cgroup -type d -name "*$1*" 2>/dev/null
}

# fails COMMAND…: bats does not take `! command` for a check.
fails()
{
	if "$@"; then
		echo "this should have failed: $*" >&2
		return 1
	fi
}

# status_of FIELD TEXT: the value of a field of /proc/PID/status.
status_of()
{
	awk -v field="$1:" '$1 == field { print $2 }' <<<"$2"
}

# Assertions; what was seen is printed where they fail.
assert_equal()
{
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1" >&2; return 1; }
}

assert_contains()
{
	[[ "$1" == *"$2"* ]] || { printf 'expected in it: %s\ngot: %s\n' "$2" "$1" >&2; return 1; }
}

assert_lacks()
{
	[[ "$1" != *"$2"* ]] || { printf 'not expected in it: %s\ngot: %s\n' "$2" "$1" >&2; return 1; }
}

# assert_hardened STATUS: what every hardened process shows in /proc/self/status:
# root in no id or group, no capability, no way to gain one, a filter. The bounding
# set may have NET_BIND_SERVICE, which the profile `restricted` lets a container ask
# for; without it in the other sets it gives nothing.
assert_hardened()
{
	local field
	assert_lacks "$(grep -E '^(Uid|Gid|Groups):' <<<"$1" | tr '\t' ' ') " ' 0 ' || return 1
	for field in CapInh CapPrm CapEff CapAmb; do
		assert_equal "$field $(status_of "$field" "$1")" "$field 0000000000000000" || return 1
	done
	assert_equal "CapBnd $((16#$(status_of CapBnd "$1") & ~(1 << 10)))" 'CapBnd 0' || return 1
	assert_equal "NoNewPrivs $(status_of NoNewPrivs "$1")" 'NoNewPrivs 1' || return 1
	assert_equal "Seccomp $(status_of Seccomp "$1")" 'Seccomp 2'
}
