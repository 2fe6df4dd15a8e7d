"""What the faults are injected into: the command lines of the shim, and what each is
given. A variant's `command` is made for one worker's folder; `prepare` puts the files
there that the command reads."""

import json
import os
import shutil

from image_place import ImagePlace
from place import Place

CAPABILITIES = ("bounding", "effective", "permitted", "inheritable", "ambient")


def process(user, capabilities, no_new_privileges):
    return {"terminal": False, "user": {"uid": user, "gid": user}, "args": ["/bin/sh", "-c", "true"],
            "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": no_new_privileges,
            "capabilities": {name: capabilities for name in CAPABILITIES}}


TIGHT = process(65532, [], True)
WIDE = process(0, ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"], False)
FEWER = ("EIO", "ENOMEM", "KILL")
LOOSE_LIMITS = {"pids": {"limit": 1000000}, "memory": {"limit": 1 << 40}}


class Variant:
    """verb: create, exec or update. log_required, scoped: which policy holds. first: the
    backend's version is not known yet. edit: of the configuration. real: with runc, the
    container's own words are judged. applied: a policy was, else the built-in one holds.
    every: of the faults only one in so many."""

    place = Place
    # of the shim's, into which the faults are injected in its stead
    child = False

    def __init__(self, name, verb="create", log_required=False, scoped=False, first=False, edit=None, document=None,
                 options=(), real=False, applied=True, every=1, errors=None):
        self.name, self.verb, self.log_required, self.scoped, self.first = name, verb, log_required, scoped, first
        self.edit, self.document, self.options, self.real, self.every = edit, document, options, real, every
        self.applied, self.errors = applied, errors
        # of an exec that asks for more, both are good
        self.expected = "refused" if edit else "hardened" if verb == "create" or document is TIGHT else None

    def policy(self, backend):
        lines = ["version: 1", "extends: restricted", f"backend: {{path: {backend}}}",
                 f"log: {{required: {str(self.log_required).lower()}}}",
                 # a pattern that this host has something of
                 "controls: {hidden-paths: {masked: {add: [\"/sys/devices/system/cpu/cpu*/topology\"]}}}"]
        if self.scoped:
            lines[1] = "extends: baseline"
            lines += ["scopes:", "  - for: {engine: containerd}", "    extends: restricted"]
        return "\n".join(lines) + "\n"

    def command(self, place):
        command = [place.shim, "--root", place.root, "--log", place.log, "--log-format", "json"]
        if self.verb == "create":
            return command + ["run" if self.real else "create", "--bundle", place.bundle, place.id]
        if self.document:
            option = "--process" if self.verb == "exec" else "--resources"
            command += [self.verb, option, place.document]
        else:
            command += [self.verb, *self.options]
        return command + [place.id] + (["/bin/sh", "-c", "true"] if self.verb == "exec" and not self.document else [])

    def prepare(self, place, original):
        """`original`: the text of config.json, from before the call."""
        known = [entry.path for entry in os.scandir("/run/oci-harden")] if self.first else []
        for path in (place.record, place.log, "/var/log/oci-harden/decisions.jsonl", *known):
            if os.path.exists(path):
                os.unlink(path)
        if self.document:
            with open(place.document, "w", encoding="utf-8") as stream:
                json.dump(self.document, stream)
        if self.verb == "create":
            for name in os.listdir(place.bundle):
                if name != "rootfs":
                    os.unlink(os.path.join(place.bundle, name))
            with open(os.path.join(place.bundle, "config.json"), "wb") as stream:
                stream.write(original)
            os.symlink(f"{place.top}/io.containerd.runtime.v2.task/{place.namespace}/{place.id}",
                       place.bundle + "/work")
            shutil.rmtree(os.path.join(place.root, place.id), ignore_errors=True)


class ImageVariant(Variant):
    """Of a container of Docker's, where nothing but its image is refused. image: what there is
    of it (image_place.py). child: the faults are in the program that verifies. cached: the
    verdict of a call before may hold."""

    place = ImagePlace

    def __init__(self, name, image, child=False, cached=True, every=1, errors=FEWER):
        super().__init__(name, every=every, errors=errors)
        self.image, self.child, self.cached, self.demanding = image, child, cached, True
        self.expected = "hardened" if image == "signed" else "refused"

    def policy(self, backend):
        text = super().policy(backend)
        if not self.demanding:
            return text
        # what no rule names may run: a fault that hides the image's name must not make it so
        return text + "\n".join([
            "trust:", "  signers: {release: {key: release.pub}}", "  unmatched: allow", "  images:",
            "    - {match: \"registry.example/**\", signed-by: {at-least: 1, of: [release]}}"]) + "\n"

    def prepare(self, place, original):
        super().prepare(place, original)
        if not self.cached:
            shutil.rmtree("/run/oci-harden/verdicts", ignore_errors=True)


def namespace(kind, path=None):
    def edit(config):
        rest = [entry for entry in config["linux"]["namespaces"] if entry["type"] != kind]
        config["linux"]["namespaces"] = rest + ([{"type": kind, "path": path}] if path else [])
    return edit


def bind(source):
    return lambda config: config["mounts"].append({"destination": "/data", "type": "bind", "source": source,
                                                   "options": ["rbind"]})


def mount(kind, source, destination="/data"):
    return lambda config: config["mounts"].append({"destination": destination, "type": kind, "source": source})


def root(path):
    return lambda config: config["root"].update(path=path)


def disk(config):
    config["linux"]["devices"] = [{"path": "/dev/disk", "type": "b", "major": 7, "minor": 0}]


def map_root(config):
    config["linux"]["namespaces"].append({"type": "user"})
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 0, "size": 1000}]


def listener(config):
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/run/listener"}


# One danger each: were there two, a fault that hides one would not be seen.
DANGERS = {
    "host-network": namespace("network"),
    "host-network-by-path": namespace("network", "/proc/1/ns/net"),
    "host-processes": namespace("pid"),
    "host-folder": bind("/etc"),
    "socket": bind("/dev/log"),
    "own-policy": bind("/var/lib/oci-harden"),
    "second-proc": mount("proc", "proc"),
    "host-disk": mount("ext4", "/dev/vda"),
    "over-root": mount("tmpfs", "tmpfs", "/"),
    "over-proc-by-link": mount("tmpfs", "tmpfs", "/data/link"),
    "host-root": root("/"),
    "host-root-by-proc": root("/proc/self/root"),
    "device": disk,
    "user-map": map_root,
    "listener": listener,
}
VARIANTS = {variant.name: variant for variant in (
    Variant("create"),
    Variant("create-required-log", log_required=True, errors=("ENOSPC", "EIO", "KILL")),
    Variant("create-first-call", first=True, errors=FEWER),
    Variant("create-first-call-on-runc", first=True, real=True, applied=False, every=7),
    *(Variant("refused-" + name, edit=edit, errors=("EIO",)) for name, edit in
      DANGERS.items()),
    # Reading who called fails with EPERM where a process belongs to somebody else, which is no fault.
    Variant("create-scoped", scoped=True, errors=("EIO", "ENOMEM", "ENOSPC", "EINTR", "KILL")),
    Variant("create-on-runc", real=True, every=23),
    Variant("exec", verb="exec", document=TIGHT),
    Variant("exec-wider", verb="exec", document=WIDE),
    Variant("exec-options", verb="exec", options=("--user", "0", "--cap", "CAP_SYS_ADMIN"), errors=FEWER),
    Variant("exec-on-runc", verb="exec", document={**TIGHT, "args": ["/bin/cat", "/proc/self/status"]}, real=True,
            every=23),
    Variant("update", verb="update", document=LOOSE_LIMITS, errors=FEWER),
    ImageVariant("image-unsigned", "unsigned", errors=("EIO", "ENOMEM", "ENOSPC")),
    ImageVariant("image-other-layers", "other-layers", errors=("EIO", "ENOMEM")),
    ImageVariant("image-removed", "removed", errors=("EIO", "ENOMEM")),
    ImageVariant("image-signed", "signed", every=2),
    ImageVariant("image-signed-anew", "signed", cached=False, every=2),
    ImageVariant("verifier-unsigned", "unsigned", child=True),
    ImageVariant("verifier-signed", "signed", child=True, cached=False),
)}
