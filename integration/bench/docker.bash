# A container as Docker's classic store with overlay2 has it, made by hand: the data root is
# $work/docker, the bundle is a task's of containerd, and whoever calls the runtime looks like
# containerd's shim. Sourced by run.

container=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
task=$work/state/io.containerd.runtime.v2.task/moby/$container
caller=$work/bin/containerd-shim-runc-v2

digest_of() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

# docker_layers NUMBER: layers of one file each; sets $diff_ids, $chain (the topmost one's) and
# $lower, as the overlay's option wants it.
docker_layers() {
	local i diff name link layerdb=$work/docker/image/overlay2/layerdb
	diff_ids=() chain='' lower=''
	for ((i = 1; i <= $1; i++)); do
		diff=$(digest_of "layer $i") name=$(digest_of "folder $i")
		link=$(printf 'LINK%022d' "$i")
		chain=${chain:+$(digest_of "sha256:$chain sha256:$diff")}
		chain=${chain:-$diff}
		mkdir -p "$work/docker/overlay2/$name/diff/bin" "$layerdb/sha256/$chain"
		echo "$i" >"$work/docker/overlay2/$name/diff/bin/file-$i"
		ln -sf "../$name/diff" "$work/docker/overlay2/l/$link"
		printf %s "$name" >"$layerdb/sha256/$chain/cache-id"
		diff_ids+=("sha256:$diff") lower=l/$link:$lower
	done
	lower=${lower%:}
}

# The image's configuration and manifest, without its layers, signed; sets $image.
docker_image() {
	local layout=$work/layout config manifest
	rm -rf "$layout" "$work/signed"
	mkdir -p "$layout/blobs/sha256"
	printf '%s\n' "${diff_ids[@]}" | jq -Rnc '[inputs] | {architecture: "amd64", os: "linux",
		config: {Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["sh"]},
		history: [range(length) | {created: "2026-01-01T00:00:00Z", created_by: "RUN step \(.) # buildkit"}],
		rootfs: {type: "layers", diff_ids: .}}' >"$layout/config"
	config=$(sha256sum "$layout/config" | cut -d' ' -f1)
	jq -nc --arg digest "sha256:$config" --argjson size "$(stat -c %s "$layout/config")" '{schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $digest, size: $size},
		layers: []}' >"$layout/manifest"
	manifest=$(sha256sum "$layout/manifest" | cut -d' ' -f1)
	jq -nc --arg digest "sha256:$manifest" --argjson size "$(stat -c %s "$layout/manifest")" '{schemaVersion: 2,
		manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size}]}' \
		>"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	mv "$layout/config" "$layout/blobs/sha256/$config"
	mv "$layout/manifest" "$layout/blobs/sha256/$manifest"
	image=sha256:$config
	"$here/../trust/sign" --reference registry.example/app --key "$work/release.key" "$layout" "$work/signed" \
		>"$work/digest"
	"$build/hardenctl" trust import "$work/signed" >"$work/import.log"
}

forget_container() {
	local root=$work/docker/overlay2/$(digest_of upper)/merged
	! mountpoint -q "$root" || umount "$root"
	rm -rf "$work/docker/overlay2" "$work/docker/image" /var/lib/oci-harden/trust
}

# docker_container LAYERS: $image, the container, its root mounted as dockerd mounts it, and
# the bundle $task.
docker_container() {
	local data=$work/docker name mounts
	forget_container
	name=$(digest_of upper)
	mounts=$data/image/overlay2/layerdb/mounts/$container
	mkdir -p "$data/overlay2/l" "$mounts" "$task" "$data/containers/$container" \
		"$data/overlay2/$name"/{diff,work,merged} "$data/overlay2/$name-init/diff"/{dev,etc,proc,sys}
	docker_layers "$1"
	docker_image
	touch "$data/overlay2/$name-init/diff/etc"/{hostname,hosts,resolv.conf}
	ln -sf "../$name-init/diff" "$data/overlay2/l/LINKINIT"
	printf %s "$name" >"$mounts/mount-id"
	printf %s "$name-init" >"$mounts/init-id"
	printf %s "sha256:$chain" >"$mounts/parent"
	(cd "$data/overlay2" && mount -t overlay -o "lowerdir=l/LINKINIT:$lower,upperdir=$name/diff,workdir=$name/work" \
		overlay "$name/merged")
	jq -nc --arg id "$container" --arg image "$image" '{ID: $id, Image: $image, Name: "/bench", Driver: "overlay2",
		State: {StartedAt: "0001-01-01T00:00:00Z"}, MountPoints: {},
		Config: {Image: "registry.example/app", Labels: {}}}' >"$data/containers/$container/config.v2.json"
	echo '{"RestartPolicy":{"Name":"no","MaximumRetryCount":0}}' >"$data/containers/$container/hostconfig.json"
	jq -c --arg id "$container" --arg root "$data/overlay2/$name/merged" '.root.path = $root |
		.linux.cgroupsPath = "/docker/\($id)"' "$work/pristine.json" >"$work/docker.json"
	mkdir -p "$work/bin"
	install -m 755 "$build/oci-harden" "$build/oci-harden-verify" "$work/bin/"
	install -m 755 "$measure" "$caller"
}

# A key, and the two generations that are active in turn: $plain asks nothing of images,
# $trusted asks for a signature of that key.
trust_policies() {
	local active=/var/lib/oci-harden/policy/active
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/release.key"
	mkdir -p /etc/oci-harden/keys
	openssl pkey -in "$work/release.key" -pubout -out /etc/oci-harden/keys/release.pub
	cat >"$work/trust.yaml" <<-END
		trust:
		  signers:
		    release: {key: keys/release.pub}
		  images:
		    - {match: "registry.example/**", signed-by: {at-least: 1, of: [release]}}
	END
	apply "path: $fake"
	plain=$(readlink "$active")
	apply "path: $fake" "$work/trust.yaml"
	trusted=$(readlink "$active")
}

# in_turn COMMAND…: measure's commands, called as by containerd's shim.
in_turn() {
	"$caller" -namespace moby -id "$container" "$rounds" --copy "$work/docker.json" "$task/config.json" "$@"
}

processor() { awk -v line="$1" 'NR == line { print $3 }' <<<"$2"; }
# more TIMES LINE OTHER; in percent: greater.
more() {
	printf '%s ms (processor %s ms)' "$(calculate %.3f "($(us "$2" "$1") - $(us "$3" "$1")) / 1000")" \
		"$(calculate %.3f "($(processor "$2" "$1") - $(processor "$3" "$1")) / 1000")"
}
greater() {
	printf '%s %% (processor %s %%)' "$(calculate %+.1f "($(us "$2" "$1") / $(us "$3" "$1") - 1) * 100")" \
		"$(calculate %+.1f "($(processor "$2" "$1") / $(processor "$3" "$1") - 1) * 100")"
}

# trust_added LAYERS: what a rule costs a create.
trust_added() {
	local times set="ln -sfn $trusted /var/lib/oci-harden/policy/active"
	docker_container "$1"
	local create=("$work/bin/oci-harden" --root "$work/root/moby" create --bundle "$task" "$container")
	times=$(in_turn -- "${create[@]}" --before /bin/sh -c "ln -sfn $plain /var/lib/oci-harden/policy/active" \
		-- "${create[@]}" --before /bin/sh -c "$set" \
		-- "${create[@]}" --before /bin/sh -c "$set; rm -rf /run/oci-harden/verdicts /run/oci-harden/contents")
	row "create of a trusted image of $1 layers, the verdict cached" \
		"$(more "$times" 2 1) over one without trust (aim: at most 0.3)"
	row "the same, one P-256 signature verified" "$(more "$times" 3 1) over one without trust (aim: at most 3)"
}

# The last container's image among others.
large_store() {
	local times store=/var/lib/oci-harden/trust forget="rm -rf /run/oci-harden/verdicts" create
	local mount=("$(type -P mount)" --bind) umount=("$(type -P umount)" "$store")
	create=("$work/bin/oci-harden" --root "$work/root/moby" create --bundle "$task" "$container")
	mkdir "$work/few" "$work/many"
	cp -a "$store/." "$work/few" && cp -a "$store/." "$work/many"
	"$here/fill-store" "$work/few" 9
	"$here/fill-store" "$work/many" 99999
	times=$(in_turn -- "${create[@]}" --before "${mount[@]}" "$work/few" "$store" --after "${umount[@]}" \
		-- "${create[@]}" --before "${mount[@]}" "$work/many" "$store" --after "${umount[@]}")
	row "create with a store of 100,000 images, in turn with 10, cached" "$(greater "$times" 2 1) (aim: at most +10)"
	times=$(in_turn -- "${create[@]}" --before /bin/sh -c "mount --bind $work/few $store; $forget" --after "${umount[@]}" \
		-- "${create[@]}" --before /bin/sh -c "mount --bind $work/many $store; $forget" --after "${umount[@]}")
	row "the same, one P-256 signature verified" "$(greater "$times" 2 1) (aim: at most +10)"
}
