# From `make install` to a pull and a run with nothing manual, under a live systemd: the unit oci-harden-watch, and
# docker, containerd and docker-registry by Debian's own units.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

REGISTRY=127.0.0.1:5000
UNIT=oci-harden-watch.service
digest=$(cat /vm/digest)
export SYSTEMD_PAGER='' SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0

# log_of UNIT: what it wrote since mark_log
log_of() {
	journalctl --output cat --unit "$1" --after-cursor "$log_mark"
}

mark_log() {
	log_mark=$(journalctl --lines 1 --show-cursor --output cat | sed -n 's/^-- cursor: //p')
}

logged() {
	log_of "$UNIT" | grep -qF -e "$1"
}

is_stored() {
	hardenctl trust list | grep -qF -e "$digest"
}

# signature_is_fetched NAME COMMAND…: a pull after which the store has what it did not have.
signature_is_fetched() {
	fetched_by=$1
	shift
	rm -rf /var/lib/oci-harden/trust/*
	"$@" >/run/pull.log 2>&1
	check "$fetched_by" retry 60 is_stored
}

# push LAYOUT[:NAME] NAME
push() {
	skopeo copy --quiet --insecure-policy --preserve-digests --dest-tls-verify=false --dest-creds user:secret \
		"oci:/vm/$1" "docker://$REGISTRY/$2"
}

# Sets status and output, for expect.
by_docker() {
	output=$(docker run --rm --pull never --network none --runtime "$1" "$REGISTRY/$2:1" cat /name 2>&1) &&
		status=0 || status=$?
}

by_containerd() {
	output=$(ctr run --rm --runc-binary "$1" "$REGISTRY/$2:1" "$2" cat /name 2>&1) && status=0 || status=$?
}

ctr_pull() {
	ctr images pull --plain-http --user user:secret "$REGISTRY/$1:1"
}

# A process that the unit's filter ends is a fetch that is tried again; the kernel records it as 1326.
nothing_was_denied() {
	! journalctl --unit "$UNIT" | grep -E 'not permitted|not implemented|tried again' && ! dmesg | grep 'type=1326'
}

demand_signatures() {
	mkdir -p /etc/oci-harden/keys
	cp /vm/release.pub /etc/oci-harden/keys/
	use_policy <<-END
		version: 1
		extends: baseline
		controls:
		  apparmor: {action: audit}
		trust:
		  unmatched: refuse
		  signers: {release: {key: keys/release.pub}}
		  images:
		    - {match: "$REGISTRY/**", signed-by: release}
	END
}

mark_log
check 'make install: systemd finds the unit, and verifies it' systemd-analyze verify --man=no "$UNIT"
check 'its exposure is at most 3 of 10' systemd-analyze security --threshold=30 "$UNIT" >/run/exposure

# no engine is there yet, nor the folder of the store
systemctl enable --now "$UNIT"
check 'it starts where no engine is' retry 20 logged 'Docker: opening it: does not exist'
mkdir /var/lib/docker-registry
chown docker-registry: /var/lib/docker-registry
systemctl start docker-registry docker
docker login --username user --password secret "$REGISTRY"
push signed signed:1
push "signature:$(echo "$digest" | tr : -).sig" "signed:$(echo "$digest" | tr : -).sig"
push plain plain:1
check 'it finds Docker and containerd once they are there' retry 30 logged 'Docker answers again'

demand_signatures
signature_is_fetched 'docker pull: the signature is fetched, with the credentials of docker login' \
	docker pull "$REGISTRY/signed:1"
by_docker oci-harden signed
expect 'Docker: the signed image runs' 0 '^signed$'
docker pull --quiet "$REGISTRY/plain:1"
check 'docker pull: that an image is not signed is said' retry 60 logged 'nothing that is signed'
by_docker runc plain
expect 'Docker, bare runc: the unsigned image runs' 0 '^plain$'
by_docker oci-harden plain
expect 'Docker: the unsigned image is refused' 125 'asks for a signature by 1 of release'

signature_is_fetched 'ctr images pull: the signature is fetched' ctr_pull signed
ctr_pull plain >/run/pull.log 2>&1
by_containerd /usr/local/sbin/oci-harden signed
expect 'containerd: the signed image runs' 0 '^signed$'
by_containerd /usr/sbin/runc plain
expect 'containerd, bare runc: the unsigned image runs' 0 '^plain$'
by_containerd /usr/local/sbin/oci-harden plain
expect 'containerd: the unsigned image is refused' 1 'asks for a signature by 1 of release'

# docker.socket listens on, and would have Docker started for whoever connects
mark_log
systemctl stop docker containerd
sleep 8
check 'a Docker that was stopped stays stopped' test "$(systemctl is-active docker)" = inactive
systemctl start docker
check 'it finds Docker again' retry 60 logged 'Docker answers again'
signature_is_fetched 'and sees the next pull' docker pull "$REGISTRY/signed:1"

for signal in TERM KILL; do
	rm -rf /var/lib/oci-harden/trust/*
	systemctl restart "$UNIT"
	sleep 1
	systemctl kill --signal "$signal" "$UNIT"
	hardenctl trust list
done
check 'however it is ended, it starts again and the store is sound' retry 60 is_stored
by_docker oci-harden signed
expect 'and the signed image runs' 0 '^signed$'
memory=$(cat "/sys/fs/cgroup/system.slice/$UNIT/memory.peak")
check 'it uses less than a quarter of its MemoryMax' test "$memory" -lt $((256 << 20))
systemctl stop "$UNIT"
check 'it ends in peace' test "$(systemctl show --property Result --value "$UNIT")" = success
check 'no system call was denied to it' nothing_was_denied
journalctl --unit "$UNIT" --output short-monotonic >/dev/console
echo "memory.peak: $memory; uptime: $(cat /proc/uptime)" >/dev/console
