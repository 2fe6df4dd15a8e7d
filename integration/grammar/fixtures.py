"""What the command lines of generate.py name: bundles, process files, limits, state
folders, sockets, running containers; below /mnt, on a file system of this worker alone."""

import glob
import json
import os
import shutil
import socket
import subprocess

ROOTS = {"runc": ["/mnt/r1", "/mnt/r2", "/run/runc"], "crun": ["/mnt/r1", "/mnt/r2", "/run/crun"]}
LIMITS = ("pids.max", "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "cpu.shares", "cpu.cfs_quota_us",
          "cpu.cfs_period_us", "blkio.weight", "memory.max", "memory.low", "cpu.max", "cpu.weight", "io.weight")
STATE = {"runc": "state.json", "crun": "status"}


def write(path, value):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(value if isinstance(value, str) else json.dumps(value))


def process(arguments, terminal=False):
    held = ["CAP_CHOWN", "CAP_KILL"]
    return {"terminal": terminal, "user": {"uid": 0, "gid": 0}, "args": ["/probe", *arguments], "cwd": "/",
            "env": ["HOME=/"], "noNewPrivileges": False,
            "capabilities": {"bounding": held, "effective": held, "permitted": held}}


class Fixtures:
    def __init__(self, kind, backend, build):
        self.kind, self.backend, self.prefix = kind, backend, f"/oht-grammar-{os.getpid()}"
        subprocess.run(["mount", "-t", "tmpfs", "grammar", "/mnt"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "grammar", "/run"], check=True)
        if os.path.ismount("/sys/fs/cgroup/unified"):
            subprocess.run(["umount", "/sys/fs/cgroup/unified"], check=True)
        for folder in ("rootfs/proc", "rootfs/dev", "rootfs/tmp", "rootfs/mnt", "out", "r1", "r2"):
            os.makedirs("/mnt/" + folder)
        shutil.copy(f"{build}/grammar-probe", "/mnt/rootfs/probe")
        for number in range(3, 7):
            write(f"/mnt/file{number}", "")
            opened = os.open(f"/mnt/file{number}", os.O_RDONLY)
            os.dup2(opened, 100 + number)
            os.close(opened)
        for number in range(3, 7):
            os.dup2(100 + number, number)
            os.close(100 + number)
        self.bundle("b1", ["b1"])
        self.bundle("b2", ["b2"], terminal=True)
        self.bundle("b3", ["b3"])
        self.bundle("b4", ["b4"])
        write("/mnt/b3/config.json", "{\"ociVersion\": 17}")
        write("/mnt/process1", process(["process1"]))
        write("/mnt/process2", process(["process2"]))
        write("/mnt/limits1", {"pids": {"limit": 111}})
        write("/mnt/limits2", {"pids": {"limit": 222}})
        self.living = [("/mnt/r1", "c1"), ("/mnt/r1", "c2"), (ROOTS[kind][2], "d1")]
        for root, name in self.living:
            self.bundle(name, ["sleep"])
            with open("/mnt/start.log", "wb") as log:
                subprocess.run([backend, "--root", root, "run", "-d", "--bundle", f"/mnt/{name}", name], check=True,
                               stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.states = {}
        for root, name in self.living:
            path = f"{root}/{name}/{STATE[kind]}"
            with open(path, "rb") as stream:
                self.states[path] = stream.read()
        self.limits = self.read_limits()

    def bundle(self, name, arguments, terminal=False):
        os.makedirs(f"/mnt/{name}")
        mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
                  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
                  {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance"]}]
        write(f"/mnt/{name}/config.json", {
            "ociVersion": "1.0.2", "process": process(arguments, terminal), "hostname": name, "mounts": mounts,
            "root": {"path": "/mnt/rootfs", "readonly": True},
            "linux": {"cgroupsPath": f"{self.prefix}-{name}",
                      "namespaces": [{"type": word} for word in ("mount", "pid", "uts", "ipc")]}})

    def limit_files(self):
        for _, name in self.living:
            for limit in LIMITS:
                yield from glob.glob(f"/sys/fs/cgroup/*{self.prefix}-{name}/{limit}")
                yield from glob.glob(f"/sys/fs/cgroup{self.prefix}-{name}/{limit}")

    def read_limits(self):
        limits = {}
        for path in self.limit_files():
            with open(path, encoding="utf-8") as stream:
                limits[path] = stream.read().strip()
        return limits

    def reset(self):
        for path in ["/mnt/out", *glob.glob("/mnt/b?/*"), *glob.glob("/mnt/b?/.[!.]*")]:
            if not path.endswith("/config.json"):
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        os.makedirs("/mnt/out")
        for path, content in self.states.items():
            with open(path, "wb") as stream:
                stream.write(content)
        for path, value in self.read_limits().items():
            if value != self.limits[path]:
                write(path, self.limits[path])

    def listen(self):
        sockets = {}
        for name in ("/mnt/s1", "/mnt/s2"):
            if os.path.exists(name):
                os.unlink(name)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(name)
            listener.listen()
            listener.setblocking(False)
            sockets[name] = listener
        return sockets

    def called(self, sockets):
        names = []
        for name, listener in sockets.items():
            try:
                listener.accept()[0].close()
                names.append(name)
            except BlockingIOError:
                pass
            listener.close()
        return names

    def others(self):
        """The containers that a command line made: (root, ID). A root may be any word."""
        for root in ROOTS[self.kind] + ["/mnt/b?/*", "/mnt/b?"]:
            for path in sorted(glob.glob(f"{root}/*/{STATE[self.kind]}")):
                found = tuple(os.path.dirname(path).rsplit("/", 1))
                if found not in self.living:
                    yield found

    def waiting(self):
        return any(os.path.exists(f"{root}/{name}/exec.fifo") for root, name in self.others())

    def look(self):
        containers = []
        for root, name in self.others():
            with open(f"{root}/{name}/{STATE[self.kind]}", encoding="utf-8") as stream:
                bundle = sorted(set(part.strip('",]}') for part in stream.read().replace("bundle\":\"", "bundle=")
                                    .replace("bundle\": \"", "bundle=").split('"') if part.startswith("bundle=")))
            containers.append([root, name, os.path.exists(f"{root}/{name}/exec.fifo"), bundle])
        files = sorted(path for folder in ("out", "b?") for path in
                       glob.glob(f"/mnt/{folder}/**", recursive=True))
        return {"containers": containers, "files": files, "limits": self.read_limits()}

    def delete(self, root, name):
        subprocess.run([self.backend, "--root", root, "delete", "--force", name], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def clean_up(self):
        for root, name in list(self.others()):
            self.delete(root, name)
        # what a failed start left
        for root in ROOTS[self.kind]:
            for name in os.listdir(root) if os.path.isdir(root) else []:
                if (root, name) not in self.living:
                    shutil.rmtree(f"{root}/{name}", ignore_errors=True)

    def end(self):
        self.clean_up()
        for root, name in self.living:
            self.delete(root, name)
