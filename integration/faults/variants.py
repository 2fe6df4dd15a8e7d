"""What the faults are injected into: the command lines of the shim, and what each is
given. A variant's `command` is made for one worker's folder; `prepare` puts the files
there that the command reads."""

import json
import os
import shutil
from datetime import date, timedelta

from image_place import ImagePlace
from place import Place

CAPABILITIES = ("bounding", "effective", "permitted", "inheritable", "ambient")


def process(user, capabilities, no_new_privileges):
    return {"terminal": False, "user": {"uid": user, "gid": user}, "args": ["/bin/sh", "-c", "true"],
            "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": no_new_privileges,
            "capabilities": {name: capabilities for name in CAPABILITIES}}


TIGHT = process(65532, [], True)
WIDE = process(0, ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"], False)
# What a start leaves in the bundle that is killed between making and renaming.
LEFT_BY_KILL = ".config.json.new"
FEWER = ("EIO", "ENOMEM", "KILL")
FAILURES = ("EIO", "ENOMEM")
# and the other end that hangs up, or an answer that does not come
OVER_A_SOCKET = ("EIO", "ENOMEM", "EAGAIN", "EINTR", "NOTHING", "KILL")
SIGNED = ("  images:", "    - {match: \"registry.example/**\", signed-by: {at-least: 1, of: [release]}}")
LOOSE_LIMITS = {"pids": {"limit": 1000000}, "memory": {"limit": 1 << 40}}


class Variant:
    """verb: create, exec or update. log_required: the policy's. scoped: for whom a scope is
    that is stricter than the rest. first: the backend's version is not known yet. edit: of
    the configuration. real: with runc, the container's own words are judged. applied: a
    policy was, else the built-in one holds. every: of the faults only one in so many."""

    place = Place
    # of the shim's, into which the faults are injected in its stead: a program, or what it forks
    child = children = False
    # only the calls that a policy adds which asks something of the image
    added = False
    # instead of faults: MEMORY, how little of it there is, or SOCKET, what containerd says in pieces
    # or not to its end
    instead = None

    def __init__(self, name, verb="create", log_required=False, scoped=None, first=False, edit=None, document=None,
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
            lines += ["scopes:", f"  - for: {{{self.scoped}}}", "    extends: restricted"]
        return "\n".join(lines) + "\n"

    def command(self, place):
        root = ["--root", place.root] if place.gives_root else []
        command = [place.shim, *root, "--log", place.log, "--log-format", "json"]
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
            with open(os.path.join(place.bundle, LEFT_BY_KILL), "w", encoding="utf-8") as stream:
                stream.write("half of a configurat")
            if place.namespace:
                os.symlink(f"{place.top}/io.containerd.runtime.v2.task/{place.namespace}/{place.id}",
                           place.bundle + "/work")
            shutil.rmtree(os.path.join(place.root, place.id), ignore_errors=True)


class ImageVariant(Variant):
    """Of an engine's container, where nothing but its image is refused. image: what there is of
    it (image_place.py). trust: what the policy asks of images; None: nothing. excepted: what an
    exception allows that is refused else, and for which images. cached: verdicts of calls before
    may hold; contents: so may what was seen of layers. child, children, added, instead: above."""

    place = ImagePlace

    def __init__(self, name, image, engine="docker", trust=SIGNED, excepted=None, cached=True, contents=True,
                 child=False, children=False, added=False, instead=None, errors=FEWER, **more):
        super().__init__(name, errors=errors, **more)
        self.child, self.children, self.added, self.instead = child, children, added, instead
        self.image, self.engine, self.trust, self.excepted = image, engine, trust, excepted
        self.cached, self.contents = cached, contents
        # as the place goes on; image_id: the image's, denied: that of one that is on the deny list
        self.demanding, self.image_id, self.denied = True, None, None
        self.expected = "hardened" if image == "signed" else "refused"

    def policy(self, backend):
        lines = [super().policy(backend)]
        if self.excepted:
            lines.append(self.excepted.strict)
        if self.excepted and not self.demanding:
            lines += ["scopes:", f"  - {{for: {{engine: {self.engine}}}, {self.excepted.scoped}}}"]
        if self.demanding and self.trust is not None:
            # what no rule names may run: a fault that hides the image's name must not make it so
            lines += ["trust:", "  signers: {release: {key: release.pub}}", "  unmatched: allow", *self.trust]
            if self.denied:
                lines.append(f"  deny: [\"{self.denied}\"]")
        if self.demanding and self.excepted:
            lines += ["exceptions:", f"  - {{name: loose, for: {{{self.excepted.bound.format(id=self.image_id)}}},",
                      f"     {self.excepted.loose}, reason: tests, expires: {date.today() + timedelta(days=60)}}}"]
        return "\n".join(lines) + "\n"

    def prepare(self, place, original):
        super().prepare(place, original)
        for kept, name in ((self.cached, "verdicts"), (self.contents, "contents")):
            if not kept:
                shutil.rmtree("/run/oci-harden/" + name, ignore_errors=True)


class Excepted:
    """What is refused by the policy (`strict`) and let run by an exception (`loose`) for images that
    are `bound` to it; scoped: by a scope, where nothing is asked of images."""

    def __init__(self, loose, bound, strict="", scoped=None):
        self.loose, self.bound, self.strict, self.scoped = loose, bound, strict, scoped or loose


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


BY_SIGNER = "signed-by: release, image: \"registry.example/**\""
BY_DIGEST = "digest: \"{id}\""
HOST_NETWORK = "controls: {namespaces: {allow-host: [network]}}"
NO_EXEC = "exec: {action: refuse}"
CONTENT = (*SIGNED, "  bind: content")
EMPTY = (*SIGNED, "  empty-upper-directory: true")
AUDITED = Excepted("trust: {action: audit}", BY_DIGEST, scoped="mode: enforce")

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
    Variant("create-scoped", scoped="engine: containerd", errors=("EIO", "ENOMEM", "ENOSPC", "EINTR", "KILL")),
    Variant("create-on-runc", real=True, every=23),
    Variant("exec", verb="exec", document=TIGHT),
    Variant("exec-wider", verb="exec", document=WIDE),
    Variant("exec-options", verb="exec", options=("--user", "0", "--cap", "CAP_SYS_ADMIN"), errors=FEWER),
    Variant("exec-on-runc", verb="exec", document={**TIGHT, "args": ["/bin/cat", "/proc/self/status"]}, real=True,
            every=23),
    Variant("update", verb="update", document=LOOSE_LIMITS, errors=FEWER),
    ImageVariant("image-unsigned", "unsigned", errors=("EIO", "ENOMEM", "ENOSPC")),
    ImageVariant("image-other-layers", "other-layers", errors=FAILURES),
    ImageVariant("image-removed", "removed", errors=FAILURES),
    ImageVariant("image-signed", "signed", every=2),
    ImageVariant("image-signed-anew", "signed", cached=False, every=2),
    ImageVariant("verifier-unsigned", "unsigned", child=True),
    ImageVariant("verifier-signed", "signed", child=True, cached=False),
    ImageVariant("memory-unsigned", "unsigned", instead="MEMORY"),
    ImageVariant("memory-signed", "signed", instead="MEMORY", cached=False),
    ImageVariant("containerd-unsigned", "unsigned", engine="containerd", contents=False, added=True,
                 errors=OVER_A_SOCKET, every=2),
    ImageVariant("containerd-moved", "moved", engine="containerd", contents=False, added=True, errors=OVER_A_SOCKET),
    ImageVariant("containerd-other-layers", "other-layers", engine="containerd", added=True, errors=FAILURES),
    ImageVariant("containerd-signed", "signed", engine="containerd", added=True, errors=OVER_A_SOCKET),
    *(ImageVariant(f"containerd-socket-{image}", image, engine="containerd", contents=False, instead="SOCKET")
      for image in ("moved", "signed")),
    *(ImageVariant("containerd-child-" + image, image, engine="containerd", contents=False, children=True)
      for image in ("unsigned", "signed")),
    ImageVariant("cri-unsigned", "unsigned", engine="cri", errors=FAILURES, every=2),
    ImageVariant("cri-signed", "signed", engine="cri", added=True, every=2),
    *(ImageVariant(engine + "-scoped", "signed", engine=engine, trust=None, errors=FAILURES,
                   scoped=f"engine: {engine}") for engine in ("cri", "podman", "crio")),
    *(ImageVariant(f"{engine}-{image}", image, engine=engine, errors=FAILURES, every=2)
      for engine in ("podman", "crio") for image in ("unsigned", "other-layers")),
    *(ImageVariant(engine + "-signed", "signed", engine=engine, added=True) for engine in ("podman", "crio")),
    *(ImageVariant(f"content-edited-{engine}", "edited", engine=engine, trust=CONTENT, added=True, errors=FAILURES)
      for engine in ("docker", "podman")),
    ImageVariant("content-child", "edited", trust=CONTENT, children=True),
    ImageVariant("content-signed", "signed", trust=CONTENT, added=True, every=2),
    ImageVariant("content-signed-anew", "signed", trust=CONTENT, added=True, contents=False, every=2),
    *(ImageVariant("upper-" + image, image, trust=EMPTY, added=True, errors=FAILURES)
      for image in ("filled", "hidden")),
    ImageVariant("upper-empty", "signed", trust=EMPTY, added=True),
    ImageVariant("deny", "denied", errors=FAILURES, every=2),
    ImageVariant("deny-excepted", "denied", excepted=AUDITED, errors=FAILURES, every=2),
    ImageVariant("excepted-unsigned", "unsigned", trust=(), cached=False, edit=namespace("network"), errors=FAILURES,
                 every=2, excepted=Excepted(HOST_NETWORK, BY_SIGNER)),
    ImageVariant("excepted-other-layers", "other-layers", trust=(), edit=namespace("network"), errors=FAILURES,
                 every=2, excepted=Excepted(HOST_NETWORK, BY_SIGNER)),
    ImageVariant("excepted-signed", "signed", trust=(), edit=namespace("network"), added=True,
                 excepted=Excepted(HOST_NETWORK, BY_SIGNER)),
    ImageVariant("excepted-moved", "moved", engine="containerd", trust=(), edit=namespace("network"), errors=FAILURES,
                 every=2, excepted=Excepted(HOST_NETWORK, BY_DIGEST)),
    ImageVariant("exec-excepted-unsigned", "unsigned", trust=(), verb="exec", document=TIGHT, cached=False,
                 errors=FAILURES, every=2, excepted=Excepted("exec: {action: hold}", BY_SIGNER, NO_EXEC)),
    ImageVariant("exec-excepted-signed", "signed", trust=(), verb="exec", document=TIGHT, added=True,
                 excepted=Excepted("exec: {action: hold}", BY_SIGNER, NO_EXEC)),
    ImageVariant("exec-denied", "denied", verb="exec", document=TIGHT, errors=FAILURES, every=2),
    ImageVariant("update-of-signed", "signed", verb="update", document=LOOSE_LIMITS, added=True),
)}
