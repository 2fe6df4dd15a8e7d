#!/usr/bin/env bats
# No fault opens the gate: for every system call that the shim makes, its failure and
# the shim's death there. What each run may end as, judge.py says; the tables calls ×
# faults → outcomes stand in the suite's log.

setup_file() {
	: "${OCI_HARDEN:=$BATS_TEST_DIRNAME/../../build/oci-harden}"
	: "${HARDENCTL:=$BATS_TEST_DIRNAME/../../build/hardenctl}"
	OCI_HARDEN=$(readlink -f "$OCI_HARDEN")
	HARDENCTL=$(readlink -f "$HARDENCTL")
	export OCI_HARDEN HARDENCTL
}

# inject PATTERN…, of the names in variants.py: the tables go to the log also where all is
# well, so that what failed is told again.
inject() {
	local pattern status=0 table=$BATS_TEST_TMPDIR/table
	for pattern; do
		"$BATS_TEST_DIRNAME/inject" "$pattern" >"$table" 2>&1 || { status=1; grep -v '^[a-z0-9_]*  ' "$table" | head -n 40; }
		sed 's/^/# /' "$table" >&3
	done
	return $status
}

@test "create: started as the policy lets it, refused with a message, or killed" {
	inject create
}

@test "create, where the backend's version is asked for first" {
	inject 'create-first-call*'
}

@test "create, where the decision has to be logged: refused where it cannot be" {
	inject create-required-log
}

@test "create, where a stricter scope is for the engine: never the looser rules of others" {
	inject create-scoped
}

@test "create of what is refused, one danger at a time: never started" {
	inject 'refused-*'
}

@test "create, where only the signature of the image is missing: never started" {
	inject image-unsigned
}

@test "create of an image whose verdict is cached, and other layers or no evidence any more: never started" {
	inject image-other-layers image-removed
}

@test "create of a signed image: started as the policy lets it, refused with a message, or killed" {
	inject 'image-signed*'
}

@test "the program that verifies images: where it fails or dies nothing unsigned is started" {
	inject 'verifier-*'
}

@test "create where little memory is left: started as the policy lets it, or refused with a message" {
	inject 'memory-*'
}

@test "create by containerd, asked over its socket, and the processes that read an image's documents" {
	inject 'containerd-*'
}

@test "create by CRI: an image that is not signed, and the scope for it" {
	inject 'cri-*'
}

@test "create by Podman and by CRI-O, by what their store has" {
	inject 'podman-*' 'crio-*'
}

@test "bind: content, and what is kept of layers that were seen: an edited file is never run" {
	inject 'content-*'
}

@test "empty-upper-directory: what was put into the container, or hides the image, is never run" {
	inject 'upper-*'
}

@test "trust/deny: never started, whatever an exception says" {
	inject 'deny*'
}

@test "exceptions for a signer's images and for a digest: for no others" {
	inject 'excepted-*'
}

@test "run on runc: what the kernel says inside" {
	inject create-on-runc
}

@test "exec that is no looser than the container" {
	inject exec exec-on-runc
}

@test "exec that asks for more, by process.json and by options: never looser" {
	inject exec-wider exec-options
}

@test "exec that an exception allows a signer's images: for no others; none where trust/deny has the image" {
	inject 'exec-excepted-*' exec-denied
}

@test "update: never beyond the policy's limits" {
	inject update update-of-signed
}
