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
