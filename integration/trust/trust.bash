# Shared by the end-to-end tests of image trust. Needs ../lib/engines.bash.

HARDENCTL=${HARDENCTL:-$REPOSITORY/build/hardenctl}

# make_key NAME: $SCRATCH/NAME.key and NAME.pub.
make_key()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$SCRATCH/$1.key"
	openssl pkey -in "$SCRATCH/$1.key" -pubout -out "$SCRATCH/$1.pub"
}

# trust_policy DEMANDS [MORE]: applies a policy that asks DEMANDS of registry.example/**, with
# MORE lines below trust.
trust_policy()
{
	mkdir -p /etc/oci-harden/keys
	cp "$SCRATCH/release.pub" /etc/oci-harden/keys/
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: baseline
		controls:
		  apparmor: {action: audit}
		trust:
		  signers:
		    release: {key: keys/release.pub}
		  images:
		    - {match: "registry.example/**", $1}
		  ${2:-}
	END
	"$HARDENCTL" policy apply >"$SCRATCH/apply.log" 2>&1 || { cat "$SCRATCH/apply.log" >&2; return 1; }
}
