# The guest that systemd runs: its image is the other guests' and what Debian's packages of systemd, dbus and the
# engines installed on this machine, with oci-harden from `make install`. Sourced by run, whose variables it uses.
# shellcheck shell=bash disable=SC2154

packages=(systemd dbus dbus-daemon dbus-system-bus-common docker.io containerd docker-registry)
# of no use in the guest, where every megabyte is copied by the emulated processor
left_out='^/usr/share/(doc|man|locale|lintian|bug|bash-completion|zsh|fish|docker\.io)/|/(dnet|ovrouter|docker-proxy)$'
left_out+='|/containerd-(shim|shim-runc-v1|stress)$|^/etc/init\.d/'

is_elf() {
	[[ $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]]
}

# add_file FILE: a package's file at its own path.
add_file() {
	mkdir -p "$image$(dirname "$1")"
	if [[ -L $1 ]]; then
		cp -P "$1" "$image$1"
	elif is_elf "$1"; then
		add_program "$1" "$1"
	else
		cp "$1" "$image$1"
	fi
}

add_packages() {
	local package file
	for package in "${packages[@]}"; do
		dpkg-query -W "$package" >/dev/null || cannot_start "the package $package is not installed"
		while read -r file; do
			[[ $file =~ $left_out || ! -f $file ]] || add_file "$file"
		done < <(dpkg-query -L "$package")
	done
}

add_accounts() {
	grep -E '^(messagebus|docker-registry|systemd-[a-z]+):' /etc/passwd >>"$image/etc/passwd"
	grep -vE '^(root|nogroup):' /etc/group >>"$image/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files\n' >"$image/etc/nsswitch.conf"
	echo '127.0.0.1 localhost vm' >"$image/etc/hosts"
	# else systemd takes this for the first boot and asks
	echo 00000000000000000000000000000001 >"$image/etc/machine-id"
}

# The one module that is not built into the kernel, which containerd's unit loads.
add_overlay_module() {
	local kernel=${VM_KERNEL:-$(newest_kernel)} modules module=kernel/fs/overlayfs/overlay.ko
	modules=${kernel%/boot/*}/lib/modules/${kernel##*/vmlinuz-}
	[[ -f $modules/$module ]] || cannot_start "$modules/$module is missing"
	install -D -m 644 "$modules/$module" "$image/lib/modules/${modules##*/}/$module"
	echo "$module:" >"$image/lib/modules/${modules##*/}/modules.dep"
	ln -s ../bin/busybox "$image/usr/sbin/modprobe"
}

# As an administrator sets them up; the registry asks for a password.
configure_engines() {
	local file=$image/etc/docker/registry/config.yml
	cat >"$file" <<-'END'
		version: 0.1
		storage: {filesystem: {rootdirectory: /var/lib/docker-registry}}
		http: {addr: "127.0.0.1:5000", secret: test}
		auth: {htpasswd: {realm: test, path: /vm/htpasswd}}
	END
	/usr/bin/python3 -W ignore -c 'import crypt
print("user:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >"$image/vm/htpasswd"
	cat >"$image/etc/docker/daemon.json" <<-'END'
		{"iptables": false, "ip6tables": false, "bridge": "none",
		 "runtimes": {"oci-harden": {"path": "/usr/local/sbin/oci-harden"}}}
	END
}

# Layouts in /vm: the images signed and plain, signed's signature with its key, and signed's digest.
add_images() {
	local name
	SCRATCH=$work/scratch
	mkdir "$SCRATCH"
	openssl ecparam -name prime256v1 -genkey -noout -out "$SCRATCH/key"
	openssl pkey -in "$SCRATCH/key" -pubout -out "$image/vm/release.pub"
	make_rootfs "$SCRATCH/rootfs"
	for name in signed plain; do
		echo "$name" >"$SCRATCH/rootfs/name"
		make_oci_archive "$SCRATCH/rootfs" "$name" "$SCRATCH/$name.tar"
		mkdir "$image/vm/$name"
		tar -C "$image/vm/$name" -xf "$SCRATCH/$name.tar"
	done
	"$top/integration/trust/sign" --reference 127.0.0.1:5000/signed --key "$SCRATCH/key" "$image/vm/signed" \
		"$image/vm/signature" >"$image/vm/digest"
}

# The cases run as a service of systemd.
add_case_service() {
	local units=$image/etc/systemd/system
	mkdir -p "$units/multi-user.target.wants"
	cat >"$units/vm-cases.service" <<-'END'
		[Unit]
		After=sysinit.target
		[Service]
		Type=oneshot
		PassEnvironment=VM_CASES VM_SHELL
		ExecStart=/init under-systemd
	END
	ln -s ../vm-cases.service "$units/multi-user.target.wants/"
	ln -s /lib/systemd/system/multi-user.target "$units/default.target"
	ln -s /dev/null "$units/getty.target"
}

# build_systemd_image: in $image, which is a complete image of the other guests'.
build_systemd_image() {
	local program
	# shellcheck source-path=SCRIPTDIR source=../lib/engines.bash
	. "$top/integration/lib/engines.bash"
	for program in skopeo mount umount; do
		rm -f "$image/bin/$program" # busybox's own: systemd asks more of mount
		add_program "$(type -P "$program")" "/usr/bin/$program"
	done
	add_packages
	add_accounts
	add_overlay_module
	# what is built is installed, not built again with the flags of this call
	make --no-print-directory -C "$top" B="$build" -o all -o "$build/flags" install DESTDIR="$image" >/dev/null
	add_libraries "$build/hardenctl"
	install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/ca-certificates.crt"
	configure_engines
	add_images
	add_case_service
}
