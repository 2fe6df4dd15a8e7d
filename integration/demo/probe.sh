#!/bin/sh
# Runs inside the containers of the demo: one line for each question to the kernel,
# "KEY<tab>ANSWER". busybox is all that the container has.

answer() {
	printf '%s\t%s\n' "$1" "$2"
}

# status FIELD: a field of this process' /proc/self/status.
status() {
	busybox awk -v field="$1:" '$1 == field { print $2 }' /proc/self/status
}

# attempt KEY COMMAND…: "yes", or the kernel's reason why not.
attempt() {
	key=$1
	shift
	if said=$("$@" 2>&1 >/dev/null); then
		answer "$key" yes
	else
		answer "$key" "no: ${said##*: }"
	fi
}

write_to() {
	busybox sh -c 'echo 1 >"$0"' "$1"
}

readable() {
	[ -n "$(busybox head -c 1 "$1")" ] || {
		echo ": hidden" >&2
		return 1
	}
}

mount_options() {
	busybox awk -v place="$1" '$2 == place { options = $4 } END { print options ? options : "not mounted" }' /proc/mounts
}

pids_limit() {
	busybox cat /sys/fs/cgroup/pids.max 2>/dev/null || busybox cat /sys/fs/cgroup/pids/pids.max
}

answer user "$(busybox id -u):$(busybox id -g)"
answer effective "$(status CapEff)"
answer bounding "$(status CapBnd)"
answer no-new-privileges "$(status NoNewPrivs)"
answer seccomp "$(status Seccomp)"
answer root "$(mount_options / | busybox cut -d, -f1)"
attempt write-image busybox touch /bin/planted
attempt write-tmp busybox touch /tmp/scratch
attempt device busybox mknod /tmp/device b 7 0
attempt user-namespace busybox unshare -U busybox true
attempt proc-sys write_to /proc/sys/kernel/domainname
attempt interrupts readable /proc/interrupts
answer pids "$(pids_limit)"
answer apparmor "$(busybox cat /proc/self/attr/current 2>/dev/null)"
answer data "$(mount_options /data)"
