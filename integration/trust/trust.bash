# Shared by the end-to-end tests of image trust. Needs ../lib/engines.bash.

HARDENCTL=${HARDENCTL:-$REPOSITORY/build/hardenctl}

# make_key NAME: $SCRATCH/NAME.key and NAME.pub.
make_key()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$SCRATCH/$1.key"
	openssl pkey -in "$SCRATCH/$1.key" -pubout -out "$SCRATCH/$1.pub"
}

# trust_policy DEMANDS [MORE [REST]]: applies a policy that asks DEMANDS of registry.example/**,
# with MORE lines below trust, and a REST of its own.
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
		${3:-}
	END
	"$HARDENCTL" policy apply >"$SCRATCH/apply.log" 2>&1 || { cat "$SCRATCH/apply.log" >&2; return 1; }
}

# oci_image NAME: $SCRATCH/NAME.tar, an image registry.example/NAME:1 that has its own name in
# /name, and $SCRATCH/NAME, its layout.
oci_image()
{
	echo "$1" >"$SCRATCH/rootfs/name"
	make_oci_archive "$SCRATCH/rootfs" "registry.example/$1:1" "$SCRATCH/$1.tar"
	mkdir -p "$SCRATCH/$1"
	tar -C "$SCRATCH/$1" -xf "$SCRATCH/$1.tar"
}

# import_signed SOURCE [KEY]: signs the image in SOURCE (a layout or a `docker save` archive)
# and has the store know it; its manifest's digest is in $SCRATCH/digest.
import_signed()
{
	rm -rf "$SCRATCH/signed"
	"$REPOSITORY/integration/trust/sign" --reference "registry.example/$(basename "$1" .tar)" \
		--key "$SCRATCH/${2:-release}.key" "$1" "$SCRATCH/signed" >"$SCRATCH/digest"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

forget_all()
{
	rm -rf /var/lib/oci-harden/trust "$SCRATCH/signed"
}

# trust_of_last: [trusted, matched, signers] of the last decision.
trust_of_last()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -c '.trust | [.trusted, .matched, .signers]'
}
