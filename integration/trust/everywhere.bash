# The same images under a dockerd with its classic store, a containerd with ctr and CRI, and
# Podman. Needs ../lib/engines.bash, ../lib/cri.bash and trust.bash.

ENGINES='docker containerd cri podman'
SIGNERS=(release other third)
UNSIGNED="asks for a signature by 1 of release"

# start_everywhere NAME: images good, evil and plain, keys of $SIGNERS, all engines.
start_everywhere()
{
	scratch_begin "$1" || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil && oci_image plain || return 1
	echo pause >"$SCRATCH/rootfs/name"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/pause.tar"
	make_key release && make_key other && make_key third || return 1
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	start_containerd "$RUNTIME" || return 1
	local image
	for image in good evil plain; do
		load_everywhere "$image" || return 1
	done
	client --namespace k8s.io images import "$SCRATCH/pause.tar" >/dev/null
	wait_until 30 cri_is_ready
}

stop_everywhere()
{
	pod_man rm -f -t 0 -a >/dev/null 2>&1 || true
	stop_containerd
	stop_dockerd
	scratch_end
}

# The same configuration everywhere, so the same digest.
load_everywhere()
{
	local loaded
	skopeo copy -q "oci-archive:$SCRATCH/$1.tar" "docker-archive:$SCRATCH/$1.docker:registry.example/$1:1" &&
		"$DOCKER" load -q -i "$SCRATCH/$1.docker" >/dev/null &&
		client images import "$SCRATCH/$1.tar" >/dev/null &&
		client --namespace k8s.io images import "$SCRATCH/$1.tar" >/dev/null &&
		loaded=$(pod_man load -q -i "$SCRATCH/$1.tar" 2>/dev/null) &&
		pod_man tag "${loaded##*: }" "registry.example/$1:1"
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

pod_man()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file "$@"
}

config_of()
{
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$SCRATCH/$1/index.json")
	jq -r .config.digest "$SCRATCH/$1/blobs/${manifest/:/\/}"
}

remove_containers()
{
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null 2>&1 || true
	pod_man rm -f -t 0 -a >/dev/null 2>&1 || true
	client tasks rm -f app >/dev/null 2>&1 || true
	client containers rm app >/dev/null 2>&1 || true
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod || true
	done
}
