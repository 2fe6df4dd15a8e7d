#!/usr/bin/env bats
# What cannot be read, or could have been written by somebody else, refuses: with a clear
# message, a non-zero status, and without the backend ever being executed. What cleans up
# works all the same.

load attacks.bash

# The shim under strace, which shows every program that is executed after it. Without
# -f: it becomes the backend and never forks one. Output goes to a file, since a
# container that was created keeps it open.
traced() {
	status=0
	timeout 60 strace -qq -e trace=execve,execveat -o "$WORK/trace" \
		"$OCI_HARDEN" --root "$WORK/shim" create --bundle "$BUNDLE" "$ID" >"$WORK/output" 2>&1 </dev/null || status=$?
	output=$(cat "$WORK/output")
}

never_started() {
	[ "$status" -eq 1 ] || { echo "status $status: $output"; return 1; }
	shows "oci-harden: container"; shows "refused: "; shows "$1"
	shows_not "ermission denied"; shows_not "o such file"
	# the first line is the shim itself
	if tail -n +2 "$WORK/trace" | grep -q '^exec.*= 0'; then
		cat "$WORK/trace"; return 1
	fi
	cleans_up
}

cleans_up() {
	run "$OCI_HARDEN" --root "$WORK/shim" delete --force "$ID"
	succeeded
	run "$OCI_HARDEN" --root "$WORK/shim" state "$ID"
	shows "does not exist"
	run "$OCI_HARDEN" --root "$WORK/shim" kill "$ID" TERM
	shows "does not exist"
}

@test "bad input: a good container is executed, so that its absence means something" {
	script true
	traced
	succeeded
	tail -n +2 "$WORK/trace" | grep -q '^exec.*= 0'
}

@test "bad input: config.json missing" {
	rm "$BUNDLE/config.json"
	traced; never_started config.json
}

@test "bad input: config.json empty" {
	: > "$BUNDLE/config.json"
	traced; never_started "config.json is empty"
}

@test "bad input: config.json of 100 MB" {
	truncate -s 100M "$BUNDLE/config.json"
	traced; never_started "larger than"
}

@test "bad input: config.json is a FIFO" {
	rm "$BUNDLE/config.json"; mkfifo "$BUNDLE/config.json"
	traced; never_started "not a regular file"
}

@test "bad input: config.json is a symbolic link" {
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"; ln -s other.json "$BUNDLE/config.json"
	traced; never_started "symbolic link"
}

@test "bad input: config.json truncated" {
	truncate -s -20 "$BUNDLE/config.json"
	traced; never_started "not valid JSON"
}

@test "bad input: config.json with bytes after its end" {
	echo '{}' >> "$BUNDLE/config.json"
	traced; never_started "not valid JSON"
}

@test "bad input: 10,000 levels" {
	python3 -c 'print("{\"x\":" + "[" * 10000 + "]" * 10000 + "}")' > "$BUNDLE/config.json"
	traced; never_started "levels"
}

@test "bad input: invalid UTF-8" {
	printf '{"ociVersion": "1.0.2", "hostname": "\xff\xfe"}' > "$BUNDLE/config.json"
	traced; never_started "not valid JSON"
}

@test "bad input: sections of another type" {
	edit '.mounts = "none"'
	traced; never_started "/mounts is not an array"
}

@test "bad input: config.json that others may write" {
	chmod 0666 "$BUNDLE/config.json"
	traced; never_started "writable by group or others"
}

@test "bad input: a bundle that belongs to somebody else" {
	chown 1000 "$BUNDLE"
	traced; never_started "not to root"
}

@test "bad input: the disk is full when config.json is written" {
	mkdir "$WORK/small"; mount -t tmpfs -o size=2m,mode=0755 none "$WORK/small"
	cp -a "$BUNDLE" "$WORK/small/bundle"
	BUNDLE=$WORK/small/bundle
	cp "$BUNDLE/config.json" "$WORK/before"
	dd if=/dev/zero of="$WORK/small/fill" bs=4k 2>/dev/null || true
	traced; never_started "config.json"
	cmp "$WORK/before" "$BUNDLE/config.json"
	[ -z "$(find "$BUNDLE" -maxdepth 1 -name '.config.json.*')" ]
}

@test "bad input: config.json cannot be written, the file system being read-only" {
	mount --bind "$BUNDLE" "$BUNDLE"; mount -o remount,bind,ro "$BUNDLE"
	traced; never_started "config.json"
}

damaged_generation() {
	printf 'version: 1\n' > "$WORK/policy.yaml"
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	CLEANUP="rm -rf /var/lib/oci-harden/policy"
	GENERATION=/var/lib/oci-harden/policy/$(readlink /var/lib/oci-harden/policy/active)
}

@test "bad input: the active generation is damaged" {
	damaged_generation
	chmod u+w "$GENERATION"; printf 'x' | dd of="$GENERATION" bs=1 seek=200 conv=notrunc 2>/dev/null
	traced; never_started "hardenctl policy rollback"
}

@test "bad input: the active generation is gone" {
	damaged_generation
	rm "$GENERATION"
	traced; never_started "hardenctl policy"
}

@test "bad input: the active generation belongs to somebody else" {
	damaged_generation
	chown 1000 "$GENERATION"
	traced; never_started "not to root"
}

@test "bad input: the active generation is writable by others" {
	damaged_generation
	chmod 0666 "$GENERATION"
	traced; never_started "writable by group or others"
}

@test "bad input: no value of environment, arguments or annotations gets into a message or the log" {
	edit '.process.env += ["TOKEN=CANARY-ENV"] | .process.args += ["CANARY-ARG"] | .annotations = {"run.oci.x": "CANARY-NOTE"}
	      | .linux.namespaces = []'
	hardened
	refused_by namespaces
	shows_not CANARY
	run cat /var/log/oci-harden/decisions.jsonl
	shows '"namespaces"'; shows_not CANARY
	run "$HARDENCTL" why "$ID"
	shows_not CANARY
}
