# A container of a real containerd, which has recorded it and its snapshot: the root is mounted
# as containerd's shim mounts it, and whoever calls the runtime looks like that shim. Sourced by
# run, behind docker.bash.

socket=$work/containerd.sock
app=bench
app_task=$work/state/io.containerd.runtime.v2.task/default/$app

client() { ctr --address "$socket" "$@"; }

# into_layout FILE: files it under its digest; prints a descriptor's digest and size.
into_layout() {
	local digest
	digest=$(sha256sum "$1" | cut -d' ' -f1)
	mv "$1" "$work/layout/blobs/sha256/$digest"
	jq -nc --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$work/layout/blobs/sha256/$digest")" \
		'{digest: $digest, size: $size}'
}

# $work/app.tar: an image of one layer, signed.
app_image() {
	local layout=$work/layout layer config manifest kind=application/vnd.oci.image
	rm -rf "$layout" "$work/signed" /var/lib/oci-harden/trust
	mkdir -p "$layout/blobs/sha256"
	tar --numeric-owner --owner=0 --group=0 -C "$work/bundle/rootfs" -cf "$layout/made" .
	layer=$(into_layout "$layout/made")
	jq -nc --argjson layer "$layer" '{architecture: "amd64", os: "linux", config: {Cmd: ["sh"]},
		rootfs: {type: "layers", diff_ids: [$layer.digest]}}' >"$layout/made"
	config=$(into_layout "$layout/made")
	jq -nc --arg kind $kind --argjson config "$config" --argjson layer "$layer" '{schemaVersion: 2,
		mediaType: "\($kind).manifest.v1+json", config: ({mediaType: "\($kind).config.v1+json"} + $config),
		layers: [{mediaType: "\($kind).layer.v1.tar"} + $layer]}' >"$layout/made"
	manifest=$(into_layout "$layout/made")
	jq -nc --arg kind $kind --argjson manifest "$manifest" '{schemaVersion: 2, manifests: [{
		mediaType: "\($kind).manifest.v1+json", annotations: {"io.containerd.image.name": "registry.example/app:1"}} +
		$manifest]}' >"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	tar -C "$layout" -cf "$work/app.tar" oci-layout index.json blobs
	"$here/../trust/sign" --reference registry.example/app --key "$work/release.key" "$layout" "$work/signed" \
		>"$work/digest"
	"$build/hardenctl" trust import "$work/signed" >"$work/import.log"
}

start_containerd() {
	printf 'version = 2\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "%s"\n' \
		"$work/containerd" "$work/state" "$socket" >"$work/containerd.toml"
	containerd --config "$work/containerd.toml" >"$work/containerd.log" 2>&1 &
	containerd=$!
	for _ in $(seq 100); do
		! client version >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	cat "$work/containerd.log"
	return 1
}

containerd_added() {
	local times set="ln -sfn $trusted /var/lib/oci-harden/policy/active" create
	type -P containerd ctr >/dev/null || return 0
	start_containerd
	app_image
	client images import "$work/app.tar" >/dev/null
	client containers create registry.example/app:1 "$app"
	mkdir -p "$app_task/rootfs"
	bash -c "$(client snapshots mounts "$app_task/rootfs" "$app")"
	jq -c '.linux.cgroupsPath = "/default/bench"' "$work/pristine.json" >"$work/app.json"
	create=("$work/bin/oci-harden" --root "$work/root/default" create --bundle "$app_task" "$app")
	times=$("$caller" -namespace default -address "$socket" -id "$app" "$rounds" \
		--copy "$work/app.json" "$app_task/config.json" \
		-- "${create[@]}" --before /bin/sh -c "ln -sfn $plain /var/lib/oci-harden/policy/active" \
		-- "${create[@]}" --before /bin/sh -c "$set" \
		-- "${create[@]}" --before /bin/sh -c "$set; rm -rf /run/oci-harden/verdicts /run/oci-harden/contents")
	row "create of a trusted image of containerd's, the verdict cached" \
		"$(more "$times" 2 1) over one without trust"
	row "the same, nothing known, one P-256 signature verified" "$(more "$times" 3 1) over one without trust"
	umount "$app_task/rootfs"
	kill "$containerd"
}
