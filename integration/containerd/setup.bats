#!/usr/bin/env bats
# setup and remove edit containerd's configuration and give it back byte for byte.

load ../lib/engines.bash

setup_file()
{
	scratch_begin containerd-setup
}

teardown_file()
{
	scratch_end
}

script()
{
	"$REPOSITORY/integration/containerd/$1" --config "$SCRATCH/config.toml" --no-restart "${@:2}"
}

# setting PATH: of the configuration as containerd itself reads it.
setting()
{
	containerd --config "$SCRATCH/config.toml" config dump 2>/dev/null |
		awk -v table="$1" -v key="$2" '/^ *\[/ { gsub(/^ *\[|\]$/, ""); inside = $0 == table; next }
			inside && $1 == key { gsub(/"/, "", $3); print $3 }'
}

CONTAINERD='plugins."io.containerd.grpc.v1.cri".containerd'

# there_and_back [OPTION…]: set up twice, remove twice.
there_and_back()
{
	cp "$SCRATCH/config.toml" "$SCRATCH/first.toml"
	script setup --runtime "$RUNTIME" "$@"
	cp "$SCRATCH/config.toml" "$SCRATCH/second.toml"
	assert_equal "$(setting "$CONTAINERD.runtimes.oci-harden.options" BinaryName)" "$RUNTIME"
	assert_equal "$(setting "$CONTAINERD.runtimes.oci-harden" runtime_type)" io.containerd.runc.v2
	script setup --runtime "$RUNTIME" "$@"
	cmp "$SCRATCH/config.toml" "$SCRATCH/second.toml"
}

and_back()
{
	script remove
	cmp "$SCRATCH/config.toml" "$SCRATCH/first.toml"
	script remove
	cmp "$SCRATCH/config.toml" "$SCRATCH/first.toml"
}

@test "Debian's own configuration" {
	cat >"$SCRATCH/config.toml" <<-END
		version = 2

		[plugins]
		  [plugins."io.containerd.grpc.v1.cri"]
		    [plugins."io.containerd.grpc.v1.cri".cni]
		      bin_dir = "/usr/lib/cni"
		      conf_dir = "/etc/cni/net.d"
		  [plugins."io.containerd.internal.v1.opt"]
		    path = "/var/lib/containerd"
	END
	there_and_back
	assert_equal "$(setting "$CONTAINERD" default_runtime_name)" runc
	assert_equal "$(setting 'plugins."io.containerd.grpc.v1.cri".cni' bin_dir)" /usr/lib/cni
	and_back
	there_and_back --default
	assert_equal "$(setting "$CONTAINERD" default_runtime_name)" oci-harden
	and_back
}

@test "a complete configuration with another default" {
	containerd config default | sed 's/default_runtime_name = "runc"/default_runtime_name = "mine"/' \
		>"$SCRATCH/config.toml"
	there_and_back --default
	assert_equal "$(setting "$CONTAINERD" default_runtime_name)" oci-harden
	and_back
	assert_equal "$(setting "$CONTAINERD" default_runtime_name)" mine
}

@test "no configuration at all, and --dry-run" {
	rm -f "$SCRATCH/config.toml"
	run script setup --runtime "$RUNTIME" --dry-run
	assert_equal "$status" 0
	assert_contains "$output" oci-harden
	[ ! -e "$SCRATCH/config.toml" ]
	script setup --runtime "$RUNTIME"
	assert_equal "$(setting "$CONTAINERD.runtimes.oci-harden.options" BinaryName)" "$RUNTIME"
}

@test "a file that containerd cannot read, and a form that is not known, are left alone" {
	local text
	for text in 'version = 2
[plugins' 'disabled_plugins = ["cri"]' 'version = 9'; do
		printf '%s\n' "$text" >"$SCRATCH/config.toml"
		cp "$SCRATCH/config.toml" "$SCRATCH/first.toml"
		run script setup --runtime "$RUNTIME"
		[ "$status" -ne 0 ]
		assert_contains "$output" 'left as it was'
		cmp "$SCRATCH/config.toml" "$SCRATCH/first.toml"
	done
}

@test "a runtime that a user could replace is not set up" {
	install -m 0777 "$BARE_RUNTIME" "$SCRATCH/loose"
	printf 'version = 2\n' >"$SCRATCH/config.toml"
	run script setup --runtime "$SCRATCH/loose"
	[ "$status" -ne 0 ]
	assert_contains "$output" 'chmod go-w'
	run script setup --runtime relative/path
	[ "$status" -ne 0 ]
	assert_contains "$output" absolute
}
