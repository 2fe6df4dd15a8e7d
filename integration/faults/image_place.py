"""A place where the container is Docker's, and its image is what the policy asks about."""

import hashlib
import json
import os
import shutil
import subprocess

from place import HERE, Place, run

VERIFIER = "/bin/oci-harden-verify"
UNTRACED = ("-e", "trace=none")


class ImagePlace(Place):
    namespace = "moby"

    def name(self, folder, index):
        """Docker's ids are digests."""
        return hashlib.sha256(super().name(folder, index).encode()).hexdigest()

    def make_bundle(self, folder):
        """The configuration is every place's; the root and the store are Docker's."""
        super().make_bundle(folder)
        shutil.copy(self.bundle + "/config.json", self.top + "/pristine.json")
        made = run(os.path.join(HERE, "image-container"), self.top, os.path.dirname(self.shim), self.id,
                   stdout=subprocess.PIPE, text=True)
        config = json.loads(self.original)
        config["linux"]["cgroupsPath"] = "/docker/" + self.id
        config["root"]["path"] = made.stdout.strip()
        self.original = json.dumps(config, separators=(",", ":")).encode()
        # where the shim finds its verifier
        self.shim = self.top + "/bin/oci-harden"
        if self.variant.child:
            os.rename(self.top + VERIFIER, self.top + "/verify")
            run("gcc", "-static", "-O1", f'-DLINES="{self.top}/traced"', "-o", self.top + VERIFIER, HERE + "/traced.c")
            self.trace_child("/dev/null", UNTRACED)

    def trace_child(self, trace, options):
        """With what the next calls' verifier runs."""
        with open(self.top + "/traced", "w", encoding="utf-8") as stream:
            stream.write("\n".join(["/usr/bin/strace", "-qq", "-o", trace, *options, self.top + "/verify"]) + "\n")

    def call_faulty(self, trace, options):
        if not self.variant.child:
            return self.call(trace, options)
        self.trace_child(trace, options)
        return self.call("/dev/null", UNTRACED)

    def apply_policy(self, folder):
        """Shows each time that nothing but what is proven of the image can refuse it."""
        self.variant.demanding = False
        super().apply_policy(folder)
        self.mount("other-layers")
        self.must_start("nothing is asked of the image")
        self.mount("layers")
        self.variant.demanding = True
        super().apply_policy(folder)
        self.must_start("the image is signed, and from now on its verdict is cached")
        if not os.listdir("/run/oci-harden/verdicts"):
            raise SystemExit("no verdict was cached")
        {"signed": lambda: None, "unsigned": self.replace_evidence, "removed": self.remove_evidence,
         "other-layers": lambda: self.mount("other-layers")}[self.variant.image]()

    def must_start(self, why):
        self.variant.prepare(self, self.original)
        done = self.call("/dev/null", UNTRACED)
        if not os.path.exists(self.record):
            raise SystemExit(f"{why}, but it is not started: {done}")

    def mount(self, layers):
        run(os.path.join(self.top, layers))

    def remove_evidence(self):
        with open(self.top + "/digest", encoding="utf-8") as stream:
            run(self.hardenctl, "trust", "remove", stream.read().strip(), stdout=subprocess.DEVNULL)

    def replace_evidence(self):
        """The image is known, and nobody has signed it."""
        self.remove_evidence()
        run(self.hardenctl, "trust", "import", self.top + "/unsigned", stdout=subprocess.DEVNULL)
