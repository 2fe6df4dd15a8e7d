"""An image of two layers that is signed, as its layers' folders, as what engines note of a
layer's archive, and as the trust store wants it."""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = "registry.example/app"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def hexadecimal(text):
    """Stands for a name that an engine makes up: 64 digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def checksum(data):
    """CRC-64 of ISO 3309, by which tar-split marks a file's bytes."""
    value = (1 << 64) - 1
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xd800000000000000 if value & 1 else value >> 1
    return (value ^ (1 << 64) - 1).to_bytes(8, "big")


class Layer:
    """One folder, which no other layer has, and one file."""

    def __init__(self, number):
        buffer = io.BytesIO()
        self.folder, self.file = f"folder-{number}", f"folder-{number}/file"
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            folder = tarfile.TarInfo(self.folder)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
            file = tarfile.TarInfo(self.file)
            file.size, file.mode = 6, 0o755
            archive.addfile(file, io.BytesIO(b"say %d\n" % number))
        self.bytes = buffer.getvalue()
        self.diff_id = digest_of(self.bytes)

    def unpack(self, folder):
        with tarfile.open(fileobj=io.BytesIO(self.bytes)) as archive:
            archive.extractall(folder)
        os.chmod(folder, 0o755)

    def tar_split(self):
        lines, end = [], 0

        def add(**line):
            lines.append(json.dumps({**line, "position": len(lines)}))

        def add_bytes(start, stop):
            add(type=2, payload=base64.b64encode(self.bytes[start:stop]).decode())

        with tarfile.open(fileobj=io.BytesIO(self.bytes)) as archive:
            for member in archive:
                add_bytes(end, member.offset_data)
                end = member.offset_data + member.size
                # a folder's name has a slash at its end that tarfile takes away
                name = member.name + "/" * member.isdir()
                data = self.bytes[member.offset_data:end]
                add(type=1, name=name, size=member.size,
                    payload=base64.b64encode(checksum(data)).decode() if data else None)
        add_bytes(end, len(self.bytes))
        return gzip.compress(("\n".join(lines) + "\n").encode())


class SignedImage:
    """Below `top`: release.key and release.pub, and the layouts signed and unsigned."""

    def __init__(self, top):
        self.top = top
        self.layers = [Layer(1), Layer(2)]
        self.config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]}, "rootfs": {
            "type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]}}).encode()
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": {"mediaType": CONFIG, "digest": digest_of(self.config), "size": len(self.config)}}).encode()
        self.id, self.digest = digest_of(self.config), digest_of(self.manifest)
        self.chain = []
        for layer in self.layers:
            pair = f"{self.chain[-1]} {layer.diff_id}".encode() if self.chain else None
            self.chain.append(digest_of(pair) if pair else layer.diff_id)
        self.make_layouts()

    def make_layouts(self):
        source, key = self.top + "/layout", self.top + "/release.key"
        os.makedirs(source + "/blobs/sha256")
        for data in (self.config, self.manifest):
            self.write(source + "/blobs/sha256/" + digest_of(data)[7:], data)
        self.write(source + "/index.json", json.dumps({"schemaVersion": 2, "manifests": [
            {"mediaType": MANIFEST, "digest": self.digest, "size": len(self.manifest)}]}).encode())
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        run("openssl", "pkey", "-in", key, "-pubout", "-out", self.top + "/release.pub")
        sign = [os.path.join(HERE, "../trust/sign"), "--reference", REFERENCE]
        run(*sign, source, self.top + "/unsigned", stdout=subprocess.DEVNULL)
        run(*sign, "--key", key, source, self.top + "/signed", stdout=subprocess.DEVNULL)

    @staticmethod
    def write(path, data):
        with open(path, "wb") as stream:
            stream.write(data)
