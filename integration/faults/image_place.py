"""A place where the container is an engine's, and its image is what the policy asks about."""

import os
import shutil
import subprocess
import time

from engine_stores import STORES
from place import HERE, UNTRACED, Place
from signed_image import SignedImage, hexadecimal, run

VERIFIER = "/bin/oci-harden-verify"


class ImagePlace(Place):
    def lay_out(self, folder):
        self.id = hexadecimal(self.id)
        self.image = SignedImage(self.top)
        self.store = STORES[self.variant.engine](self.top, self.id, self.image)
        self.namespace, self.bundle = self.store.namespace, self.store.bundle
        self.root = f"{self.top}/runc/{self.namespace}"
        self.gives_root = self.store.gives_root
        self.tracer = os.path.join(folder, self.store.caller)
        self.store.mount()
        self.variant.image_id = self.image.id

    def words(self):
        return self.store.words()

    def make_rootfs(self, folder):
        """The image's own, in which a container for exec finds what it runs."""
        if self.variant.verb != "create":
            shutil.copytree(folder + "/rootfs", self.store.root, symlinks=True, dirs_exist_ok=True)

    def edit(self, config):
        self.store.edit(config)
        super().edit(config)

    def make_bundle(self, folder):
        super().make_bundle(folder)
        # where the shim finds its verifier
        build = os.path.dirname(self.shim)
        os.makedirs(self.top + "/bin", exist_ok=True)
        for program in ("oci-harden", "oci-harden-verify"):
            shutil.copy(os.path.join(build, program), self.top + "/bin")
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
        return self.call()

    def call_over_socket(self, **limits):
        self.store.socket.limit(**limits)
        done = self.call()
        self.store.socket.limit()
        return done

    def apply_policy(self, folder):
        """Shows each time that nothing but what is proven of the image can refuse it."""
        if self.variant.trust is None:
            super().apply_policy(folder)
            return
        spoil, mend = self.spoiling()
        self.import_layout("signed")
        self.variant.demanding = False
        super().apply_policy(folder)
        spoil()
        self.must_start("nothing is asked of the image")
        mend()
        # what changed this lately is not remembered of a layer's content
        if "  bind: content" in self.variant.trust:
            time.sleep(3)
        self.plain = self.top + "/plain"
        self.must_start("nothing is asked of the image", self.plain, ())
        self.variant.demanding = True
        super().apply_policy(folder)
        self.must_start("the image is signed, and from now on its verdict is cached")
        if self.variant.trust and not os.listdir("/run/oci-harden/verdicts"):
            raise SystemExit("no verdict was cached")
        spoil()
        if self.variant.image == "denied":
            self.variant.denied = self.image.id
            super().apply_policy(folder)
        # so that every run finds the same in the caches
        self.variant.prepare(self, self.original)
        self.call()

    def must_start(self, why, *traced):
        self.variant.prepare(self, self.original)
        done = self.call(*traced)
        if not os.path.exists(self.record):
            raise SystemExit(f"{why}, but it is not started: {done}")

    def spoiling(self):
        """(what makes the image one that is refused, what makes it good again)"""
        store, layer = self.store, self.image.layers[-1]
        edited, kept = os.path.join(store.layers[0], layer.file), self.top + "/kept"
        above = os.path.join(store.upper, layer.folder)

        def edit():
            shutil.copy2(edited, kept)
            with open(edited, "r+", encoding="utf-8") as stream:
                stream.write("lie")

        def hide():
            """A folder that shows nothing of the image's below it."""
            os.mkdir(above)
            os.setxattr(above, "trusted.overlay.opaque", b"y")

        def empty():
            shutil.rmtree(above)
            store.mount()

        ways = {
            "unsigned": (self.replace_evidence, lambda: self.import_layout("signed")),
            "removed": (self.remove_evidence, lambda: self.import_layout("signed")),
            "other-layers": (lambda: store.mount([store.other]), store.mount),
            "moved": (lambda: (store.socket.move(store.other), store.mount([store.other])),
                      lambda: (store.socket.move(None), store.mount())),
            "edited": (edit, lambda: shutil.copy2(kept, edited)),
            "filled": (lambda: (store.write(above + "/added", "put"), store.mount()), empty),
            "hidden": (lambda: (hide(), store.mount()), empty),
        }
        return ways.get(self.variant.image, (lambda: None, lambda: None))

    def import_layout(self, name):
        run(self.hardenctl, "trust", "import", f"{self.top}/{name}", stdout=subprocess.DEVNULL)

    def remove_evidence(self):
        run(self.hardenctl, "trust", "remove", self.image.digest, stdout=subprocess.DEVNULL)

    def replace_evidence(self):
        """The image is known, and nobody has signed it."""
        self.remove_evidence()
        self.import_layout("unsigned")

    def end(self):
        super().end()
        self.store.end()
