"""Where a worker's runs take place: a bundle laid out like containerd's, the shim's
view of this host, and for exec and update a container that runs."""

import glob
import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
RUNC = "/usr/sbin/runc"
UNTRACED = ("-e", "trace=none")
RESULT = 'cat /proc/self/status; touch /written 2>/dev/null && echo root is writable; echo all said'


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


class Place:
    namespace = "default"
    gives_root = True
    # the trace of a call under a policy that asks nothing of the image
    plain = None

    def __init__(self, folder, index, variant):
        self.variant, self.shim, self.hardenctl = variant, os.environ["OCI_HARDEN"], os.environ["HARDENCTL"]
        self.id = f"faults-{os.path.basename(folder)[-8:]}-{index}"
        self.top = os.path.join(folder, str(index))
        os.mkdir(self.top)
        self.record, self.log, self.document = (os.path.join(self.top, name) for name in ("record", "log", "document"))
        for mounted in ("/run/oci-harden", "/var/log/oci-harden", "/var/lib/oci-harden"):
            run("mount", "-t", "tmpfs", "-o", "mode=0755", "none", mounted)
        self.lay_out(folder)
        self.make_bundle(folder)
        if variant.verb != "create":
            self.start_container()
        if variant.applied:
            self.apply_policy(folder)

    def lay_out(self, folder):
        """Where everything stands."""
        self.bundle = f"{self.top}/io.containerd.runtime.v2.task/{self.namespace}/{self.id}"
        self.root = f"{self.top}/runc/{self.namespace}"
        self.tracer = os.path.join(folder, "containerd-shim-runc-v2")

    def words(self):
        """What the engine's program has on its command line."""
        return ["-namespace=" + self.namespace, "-id=" + self.id]

    def by_engine(self, command, trace="/dev/null", options=UNTRACED):
        """Traced. Looks like the engine's program to whom it starts: the engine is recognised by
        that. What hangs is an error."""
        words = [part for word in self.words() for part in ("-E", word)]
        return subprocess.run([self.tracer, *words, "-qq", "-o", trace, *options, *command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={"PATH": "/usr/sbin:/usr/bin", "RECORD": self.record}, timeout=60, check=False)

    def call(self, trace="/dev/null", options=UNTRACED):
        """The variant's command; the backend is not traced."""
        return self.by_engine(self.variant.command(self), trace, ["-b", "execve", *options])

    def call_faulty(self, trace, options):
        """The same, with the options for what faults are injected into: the shim."""
        return self.call(trace, options)

    @staticmethod
    def prepare_all(folder, variant):
        # not on a disk: thousands of runs are not to wait for it
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "none", folder)
        run("gcc", "-static", "-O1", "-o", folder + "/runc", HERE + "/recorder.c")
        for caller in ("containerd-shim-runc-v2", "conmon"):
            shutil.copy("/usr/bin/strace", os.path.join(folder, caller))
        rootfs = folder + "/rootfs"
        for name in ("bin", "proc", "sys", "dev", "tmp", "run", "etc", "var/tmp", "data"):
            os.makedirs(os.path.join(rootfs, name))
        shutil.copy("/bin/busybox", rootfs + "/bin/busybox")
        os.symlink("../proc", rootfs + "/data/link")
        for applet in ("sh", "cat", "echo", "true", "sleep", "touch"):
            os.symlink("busybox", f"{rootfs}/bin/{applet}")

    def make_rootfs(self, folder):
        shutil.copytree(folder + "/rootfs", self.bundle + "/rootfs", symlinks=True)

    def edit(self, config):
        if self.variant.edit:
            self.variant.edit(config)

    def make_bundle(self, folder):
        os.makedirs(self.bundle, exist_ok=True)
        os.makedirs(self.root)
        self.make_rootfs(folder)
        with open(os.path.join(HERE, "../attacks/docker-config.json"), encoding="utf-8") as stream:
            config = json.load(stream)
        config["linux"]["cgroupsPath"] = f"/{self.namespace}/{self.id}"
        script = "sleep 1000" if self.variant.verb != "create" else RESULT
        config["process"]["args"] = ["/bin/sh", "-c", script]
        self.edit(config)
        self.original = json.dumps(config, separators=(",", ":")).encode()
        with open(self.bundle + "/config.json", "wb") as stream:
            stream.write(self.original)

    def start_container(self):
        """Hardened, by runc, under the built-in policy."""
        # not through pipes, which it would keep open
        quiet = ["/bin/sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh"]
        done = self.by_engine([*quiet, self.shim, "--root", self.root, "run", "--detach", "--bundle", self.bundle,
                               self.id])
        if done.returncode:
            raise SystemExit(f"no container could be started: {done}")
        with open(self.bundle + "/config.json", "rb") as stream:
            self.original = stream.read()

    def apply_policy(self, folder):
        policy = os.path.join(self.top, "policy.yaml")
        with open(policy, "w", encoding="utf-8") as stream:
            stream.write(self.variant.policy(RUNC if self.variant.real else folder + "/runc"))
        run(self.hardenctl, "policy", "apply", policy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        if self.variant.verb != "create":
            run(RUNC, "--root", self.root, "delete", "--force", self.id)

    @staticmethod
    def end_all(folder, variant):
        """Also where a worker ended with an error: its container goes."""
        for container in glob.glob(folder + "/*/runc/*/*"):
            root, name = os.path.split(container)
            subprocess.run([RUNC, "--root", root, "delete", "--force", name], check=False)
        run("umount", "-l", folder)
        os.rmdir(folder)
