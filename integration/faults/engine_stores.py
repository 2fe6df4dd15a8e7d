"""A container of an image as each engine has it when it calls the runtime: the layers' folders,
the engine's own records of them, the root that it has mounted, and who the caller looks
like. Made by hand, so that nothing but oci-harden runs when faults are injected."""

import base64
import json
import os

from containerd_socket import ContainerdSocket
from signed_image import REFERENCE, SignedImage, hexadecimal, run

STORED_POD = {"pod": True, "metadata-name": "pod", "namespace": "space", "uid": "0"}


class EngineStore:
    """layers: of the image, their folders, the topmost first. other: a folder that is no layer.
    upper: what the container writes goes there."""

    caller = "containerd-shim-runc-v2"
    namespace = None
    # runc's, which Podman does not give
    gives_root = True

    def __init__(self, top, container, image):
        self.top, self.container, self.image = top, container, image
        self.layers, self.records = [], []
        self.make()
        self.other = self.folder("other")
        self.write("other/file", "other\n")

    def folder(self, path):
        path = os.path.join(self.top, path)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, path, content):
        path = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        content = content if isinstance(content, (bytes, str)) else json.dumps(content)
        SignedImage.write(path, content.encode() if isinstance(content, str) else content)

    def lay(self, folders):
        """The image's layers into folders, the lowest first; `layers` has the topmost first."""
        for layer, path in zip(self.image.layers, folders):
            layer.unpack(self.folder(path))
            self.layers.insert(0, os.path.join(self.top, path))

    def lower(self):
        return self.layers

    def mount(self, more=()):
        """Anew, with folders that are none of the image's above its layers."""
        if os.path.ismount(self.root):
            run("umount", self.root)
        # overlayfs wants nothing of what another mount worked in
        lower = ":".join([*more, *self.lower()])
        run("mount", "-t", "overlay", "-o", f"lowerdir={lower},upperdir={self.upper},workdir={self.work}", "overlay",
            self.root)

    def tasks_bundle(self):
        return f"{self.top}/io.containerd.runtime.v2.task/{self.namespace}/{self.container}"

    def words(self):
        """The caller's options."""
        return ["-namespace=" + self.namespace, "-id=" + self.container, "-address=" + self.top + "/containerd.sock"]

    def edit(self, config):
        config["root"]["path"] = self.root
        config["linux"]["cgroupsPath"] = f"/{self.namespace}/{self.container}"

    def end(self):
        run("umount", "-l", self.root)


class Docker(EngineStore):
    namespace = "moby"

    def make(self):
        name, home = hexadecimal("upper"), "docker/overlay2/"
        layerdb, own = "docker/image/overlay2/layerdb/", self.top + "/" + home + name
        self.lay([home + hexadecimal(layer.diff_id) + "/diff" for layer in self.image.layers])
        for layer, chain in zip(self.image.layers, self.image.chain):
            record = layerdb + chain.replace(":", "/")
            self.write(record + "/cache-id", hexadecimal(layer.diff_id))
            self.write(record + "/tar-split.json.gz", layer.tar_split())
        self.upper, self.work, self.root = (self.folder(f"{own}/{part}") for part in ("diff", "work", "merged"))
        self.init = self.folder(f"{home}{name}-init/diff")
        self.folder(home + "l")
        for part in ("dev", "etc", "proc", "sys"):
            self.folder(f"{self.init}/{part}")
        mounts = f"{layerdb}mounts/{self.container}/"
        self.write(mounts + "mount-id", name)
        self.write(mounts + "init-id", name + "-init")
        self.write(mounts + "parent", self.image.chain[-1])
        record = f"docker/containers/{self.container}/"
        self.write(record + "config.v2.json", {
            "ID": self.container, "Image": self.image.id, "Name": "/app", "Driver": "overlay2", "MountPoints": {},
            "State": {"StartedAt": "0001-01-01T00:00:00Z"}, "Config": {"Image": REFERENCE, "Labels": {}}})
        self.write(record + "hostconfig.json", {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}})
        self.bundle = self.tasks_bundle()

    def lower(self):
        return [self.init, *self.layers]

    def edit(self, config):
        super().edit(config)
        config["linux"]["cgroupsPath"] = "/docker/" + self.container


class Containerd(EngineStore):
    namespace = "default"

    def make(self):
        home = "io.containerd.snapshotter.v1.overlayfs/snapshots/"
        self.lay([f"{home}{number}/fs" for number in range(1, 3)])
        self.upper, self.work = (self.folder(f"{home}9/{part}") for part in ("fs", "work"))
        self.bundle = self.tasks_bundle()
        self.root = self.folder(self.bundle + "/rootfs")
        self.socket = ContainerdSocket(self)

    def image_reference(self):
        """What CRI notes of the container."""
        return None

    def edit(self, config):
        super().edit(config)
        config["root"]["path"] = "rootfs"


class Cri(Containerd):
    namespace = "k8s.io"

    def make(self):
        super().make()
        self.pod = hexadecimal("pod")
        self.folder("io.containerd.grpc.v1.cri/containers/" + self.container)
        self.folder("io.containerd.grpc.v1.cri/sandboxes/" + self.pod)

    def image_reference(self):
        return self.image.id

    def words(self):
        return [word if word != "-id=" + self.container else "-id=" + self.pod for word in super().words()]

    def edit(self, config):
        super().edit(config)
        config["annotations"] = {"io.kubernetes.cri." + key: value for key, value in {
            "container-type": "container", "sandbox-id": self.pod, "sandbox-namespace": "space", "sandbox-name": "pod",
            "sandbox-uid": "u-1", "container-name": "app", "image-name": REFERENCE}.items()}


class Podman(EngineStore):
    caller = "conmon"
    gives_root = False

    def make(self):
        own = hexadecimal("upper")
        names = [hexadecimal(layer.diff_id) for layer in self.image.layers]
        self.lay([f"graph/overlay/{name}/diff" for name in names])
        self.upper, self.work, self.root = (self.folder(f"graph/overlay/{own}/{part}")
                                            for part in ("diff", "work", "merged"))
        self.folder("graph/overlay/l")
        layers = [{"id": name, "parent": parent, "diff-digest": layer.diff_id}
                  for name, parent, layer in zip(names, [None, *names], self.image.layers)]
        del layers[0]["parent"]
        self.write("graph/overlay-layers/layers.json", [*layers, {"id": own, "parent": names[-1]}])
        for name, layer in zip(names, self.image.layers):
            self.write(f"graph/overlay-layers/{name}.tar-split.gz", layer.tar_split())
        image = self.image.id[7:]
        self.write("graph/overlay-images/images.json", [{
            "id": image, "digest": self.image.digest, "names": [REFERENCE], "layer": names[-1],
            "big-data-digests": {"manifest": self.image.digest, self.image.id: self.image.id}}])
        # a file is called by its key in base64
        name = "=" + base64.b64encode(self.image.id.encode()).decode()
        self.write(f"graph/overlay-images/{image}/{name}", self.image.config)
        self.write("graph/overlay-containers/containers.json", self.containers(image, own))
        self.bundle = self.folder(f"{self.bundles()}/{self.container}/userdata")

    def containers(self, image, layer):
        notes = {"image-name": REFERENCE, "image-id": image, "name": "app"}
        return [{"id": self.container, "image": image, "layer": layer, "metadata": json.dumps(notes)}]

    def bundles(self):
        return self.top + "/graph/overlay-containers"

    def words(self):
        return ["-c=" + self.container, "-b=" + self.bundle, "--exit-command=/usr/bin/podman"]

    def edit(self, config):
        super().edit(config)
        config["linux"]["cgroupsPath"] = "/libpod_parent/libpod-" + self.container


class Crio(Podman):
    gives_root = True

    def containers(self, image, layer):
        pod = hexadecimal("pod")
        notes = {"pod-id": pod, "image-name": REFERENCE, "metadata-name": "app"}
        return [{"id": self.container, "image": image, "layer": layer, "metadata": json.dumps(notes)},
                {"id": pod, "image": image, "layer": "", "metadata": json.dumps({**STORED_POD, "pod-id": pod})}]

    def bundles(self):
        return self.top + "/run/overlay-containers"

    def words(self):
        persistent = f"{self.top}/graph/overlay-containers/{self.container}/userdata"
        return ["-c=" + self.container, "-b=" + self.bundle, "--exit-dir=" + self.folder("crio/exits"),
                "--persist-dir=" + persistent, f"--runtime-arg=--root={self.top}/runc/None"]

    def edit(self, config):
        super().edit(config)
        config["linux"]["cgroupsPath"] = "/kubepods/crio-" + self.container


STORES = {"docker": Docker, "containerd": Containerd, "cri": Cri, "podman": Podman, "crio": Crio}
