"""Where a worker's runs take place: a bundle laid out like containerd's, the shim's
view of this host, and for exec and update a container that runs."""

import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
RUNC = "/usr/sbin/runc"
RESULT = 'cat /proc/self/status; touch /written 2>/dev/null && echo root is writable; echo all said'


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


class Place:
    namespace = "default"

    def __init__(self, folder, index, variant):
        self.variant, self.shim, self.hardenctl = variant, os.environ["OCI_HARDEN"], os.environ["HARDENCTL"]
        self.id = self.name(folder, index)
        self.top = os.path.join(folder, str(index))
        self.bundle = f"{self.top}/io.containerd.runtime.v2.task/{self.namespace}/{self.id}"
        self.root = f"{self.top}/runc/{self.namespace}"
        self.record, self.log, self.document = (os.path.join(self.top, name) for name in ("record", "log", "document"))
        self.tracer = os.path.join(folder, "containerd-shim-runc-v2")
        for mounted in ("/run/oci-harden", "/var/log/oci-harden", "/var/lib/oci-harden"):
            run("mount", "-t", "tmpfs", "-o", "mode=0755", "none", mounted)
        self.make_bundle(folder)
        if variant.verb != "create":
            self.start_container()
        if variant.applied:
            self.apply_policy(folder)

    def name(self, folder, index):
        """The container's id."""
        return f"faults-{os.path.basename(folder)[-8:]}-{index}"

    def call(self, trace, options):
        """The variant's command, traced. Looks like containerd's shim to whom it starts: the
        engine is recognised by that."""
        return subprocess.run([self.tracer, "-E", "-namespace=" + self.namespace, "-E", "-id=" + self.id, "-qq", "-b",
                               "execve", "-o", trace, *options, *self.variant.command(self)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={"PATH": "/usr/sbin:/usr/bin", "RECORD": self.record}, timeout=60)

    def call_faulty(self, trace, options):
        """The same, with the options for what faults are injected into: the shim."""
        return self.call(trace, options)

    @staticmethod
    def prepare_all(folder, variant):
        # not on a disk: thousands of runs are not to wait for it
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "none", folder)
        run("gcc", "-static", "-O1", "-o", folder + "/runc", HERE + "/recorder.c")
        shutil.copy("/usr/bin/strace", folder + "/containerd-shim-runc-v2")
        rootfs = folder + "/rootfs"
        for name in ("bin", "proc", "sys", "dev", "tmp", "run", "etc", "var/tmp", "data"):
            os.makedirs(os.path.join(rootfs, name))
        shutil.copy("/bin/busybox", rootfs + "/bin/busybox")
        os.symlink("../proc", rootfs + "/data/link")
        for applet in ("sh", "cat", "echo", "true", "sleep", "touch"):
            os.symlink("busybox", f"{rootfs}/bin/{applet}")

    def make_bundle(self, folder):
        os.makedirs(self.bundle)
        os.makedirs(self.root)
        shutil.copytree(folder + "/rootfs", self.bundle + "/rootfs", symlinks=True)
        with open(os.path.join(HERE, "../attacks/docker-config.json"), encoding="utf-8") as stream:
            config = json.load(stream)
        # as containerd does; a container for exec and update is started by hand in
        # containerd's folders, which is no engine: only the policy's own parents count
        parent = "/default/" if self.variant.verb == "create" else "/docker/"
        config["linux"]["cgroupsPath"] = parent + self.id
        script = "sleep 1000" if self.variant.verb != "create" else RESULT
        config["process"]["args"] = ["/bin/sh", "-c", script]
        if self.variant.edit:
            self.variant.edit(config)
        self.original = json.dumps(config, separators=(",", ":")).encode()
        with open(self.bundle + "/config.json", "wb") as stream:
            stream.write(self.original)

    def start_container(self):
        """Hardened, by runc, under the built-in policy."""
        run(self.shim, "--root", self.root, "run", "--detach", "--bundle", self.bundle, self.id,
            stdout=subprocess.DEVNULL)
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
        for index in os.listdir(folder):
            root = os.path.join(folder, index, "runc/default")
            for container in os.listdir(root) if os.path.isdir(root) else ():
                subprocess.run([RUNC, "--root", root, "delete", "--force", container], check=False)
        run("umount", "-l", folder)
        os.rmdir(folder)
