# Registries for the tests of `hardenctl trust`: a network of their own with nothing but
# loopback, 127.0.0.1 and 203.0.113.5, which stands for a registry elsewhere.

HARDENCTL=${HARDENCTL:-$REPOSITORY/build/hardenctl}
LAYOUTS=$REPOSITORY/policy/trust/cases/layouts
SIGNED=sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b
ELSEWHERE=203.0.113.5

network_start()
{
	unshare --net sleep infinity 3>&- &
	NETWORK_PID=$!
	export NETWORK_PID
	wait_until 5 other_network || return 1
	in_network ip link set lo up
	in_network ip address add "$ELSEWHERE/32" dev lo
}

other_network()
{
	[ "$(readlink "/proc/$NETWORK_PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

in_network()
{
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- "$@"
}

network_stop()
{
	stop_daemon "${NETWORK_PID:-}"
}

# registry_start OPTION… LAYOUT…: registry.py; $PORT and $REQUESTS are its port and log.
registry_start()
{
	registry_stop
	rm -f "$SCRATCH/port" "$SCRATCH/requests"
	REQUESTS=$SCRATCH/requests
	# not in_network, whose shell would be what is stopped later
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- /usr/bin/python3 "$REPOSITORY/integration/registry/registry.py" --port-file "$SCRATCH/port" \
		--log "$REQUESTS" "$@" >>"$SCRATCH/registry.out" 2>&1 3>&- &
	REGISTRY_PID=$!
	wait_until 10 test -s "$SCRATCH/port" || { cat "$SCRATCH/registry.out" >&2; return 1; }
	PORT=$(cat "$SCRATCH/port")
}

registry_stop()
{
	stop_daemon "${REGISTRY_PID:-}"
	REGISTRY_PID=
}

# fetch OPTION… IMAGE: into a store of the test's own; $status, $output and $stderr.
fetch()
{
	run --separate-stderr in_network "$HARDENCTL" trust fetch --store "$SCRATCH/store" "$@"
}

# stored DIGEST: whether the store has anything for this image.
stored()
{
	"$HARDENCTL" trust list --store "$SCRATCH/store" | grep -q "$1"
}

# certificates_make FOLDER: an authority, a registry's certificate with its key, a client's.
certificates_make()
{
	mkdir -p "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
		-keyout "$1/authority.key" -out "$1/authority.pem" 2>/dev/null
	certificate_make "$1" registry "subjectAltName=IP:127.0.0.1,IP:$ELSEWHERE"
	certificate_make "$1" client extendedKeyUsage=clientAuth
	cat "$1/registry.pem" "$1/registry.key" >"$1/both.pem"
}

# certificate_make FOLDER NAME EXTENSION
certificate_make()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1/$2.key" \
		-out "$1/$2.request" 2>/dev/null
	openssl x509 -req -in "$1/$2.request" -CA "$1/authority.pem" -CAkey "$1/authority.key" -days 2 \
		-extfile <(echo "$3") -out "$1/$2.pem" 2>/dev/null
}

# distribution_start [YAML]: docker-registry on 127.0.0.1:5000 of the test's network.
distribution_start()
{
	cat >"$SCRATCH/distribution.yml" <<-END
		version: 0.1
		log: {level: warn}
		storage: {filesystem: {rootdirectory: $SCRATCH/distribution}}
		http: {addr: "127.0.0.1:5000", secret: test}
		${1:-}
	END
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- docker-registry serve "$SCRATCH/distribution.yml" >>"$SCRATCH/distribution.log" 2>&1 3>&- &
	DISTRIBUTION_PID=$!
	wait_until 10 in_network /usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 5000))'
}

distribution_stop()
{
	stop_daemon "${DISTRIBUTION_PID:-}"
	DISTRIBUTION_PID=
}

# push NAME: an image of busybox into docker-registry; its digest is in $DIGEST.
push()
{
	make_rootfs "$SCRATCH/rootfs"
	echo "$1" >"$SCRATCH/rootfs/pushed-as"
	make_oci_archive "$SCRATCH/rootfs" "$1" "$SCRATCH/image.tar"
	in_network skopeo copy -q --dest-tls-verify=false ${CREDENTIALS:+--dest-creds "$CREDENTIALS"} \
		"oci-archive:$SCRATCH/image.tar" "docker://127.0.0.1:5000/$1"
	DIGEST=$(in_network skopeo inspect --tls-verify=false ${CREDENTIALS:+--creds "$CREDENTIALS"} \
		--format '{{.Digest}}' "docker://127.0.0.1:5000/$1")
}

# push_signature REPOSITORY DIGEST [KEY]: as cosign does it, with a key of openssl's.
push_signature()
{
	local layout=$SCRATCH/signature payload size config config_size signature
	rm -rf "$layout"
	mkdir -p "$layout/blobs/sha256"
	[ -n "${3:-}" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$SCRATCH/signer.key"
	printf '{"critical":{"identity":{"docker-reference":"127.0.0.1:5000/%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
		"$1" "$2" >"$layout/payload"
	signature=$(openssl dgst -sha256 -sign "${3:-$SCRATCH/signer.key}" "$layout/payload" | base64 -w0)
	echo '{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' >"$layout/config"
	read -r payload size < <(store_blob "$layout" "$layout/payload")
	read -r config config_size < <(store_blob "$layout" "$layout/config")
	jq -nc --arg payload "sha256:$payload" --argjson size "$size" --arg config "sha256:$config" \
		--argjson config_size "$config_size" --arg signature "$signature" '{schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $config_size},
		layers: [{mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", digest: $payload, size: $size,
			annotations: {"dev.cosignproject.cosign/signature": $signature}}]}' >"$layout/manifest"
	read -r payload size < <(store_blob "$layout" "$layout/manifest")
	jq -nc --arg digest "sha256:$payload" --argjson size "$size" '{schemaVersion: 2, manifests: [{
		mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size}]}' >"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	in_network skopeo copy -q --dest-tls-verify=false ${CREDENTIALS:+--dest-creds "$CREDENTIALS"} "oci:$layout" \
		"docker://127.0.0.1:5000/$1:${2/:/-}.sig"
}
