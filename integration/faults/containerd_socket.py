"""containerd's end of its socket, for one container: HTTP/2 and gRPC as far as it takes to
answer what oci-harden asks. All answers to what came at once go out at once, so that every
conversation takes the same system calls; or in pieces, or only so many bytes of them. Which
call is asked for is told by the digest of a blob in it, and of the others by their order: the
record, the name, and the snapshot's three."""

import json
import os
import re
import socket
import threading

from signed_image import REFERENCE, digest_of

PREFACE = 24
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS, ACKNOWLEDGED = 1, 4, 1
NOT_FOUND = b"5"


def number(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(*fields):
    """Of (number, bytes or str), as protocol buffers have it."""
    parts = [(place, value.encode() if isinstance(value, str) else value) for place, value in fields]
    return b"".join(number(place << 3 | 2) + number(len(value)) + value for place, value in parts)


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def text(value):
    return bytes([len(value)]) + value


def answer(stream, body):
    """None: there is no such thing."""
    # :status 200, and content-type without an entry in the table of headers
    out = frame(HEADERS, END_HEADERS, stream, b"\x88\x0f\x10" + text(b"application/grpc"))
    if body is not None:
        out += frame(DATA, 0, stream, b"\0" + len(body).to_bytes(4, "big") + body)
    return out + frame(HEADERS, END_HEADERS | END_STREAM, stream,
                       b"\0" + text(b"grpc-status") + text(b"0" if body is not None else NOT_FOUND))


class ContainerdSocket:
    def __init__(self, store):
        self.store = store
        # how many bytes the last conversation had, and what was asked that is no blob
        self.sent = self.asked = 0
        self.limit()
        self.move(None)
        self.blobs = {digest_of(data): data for data in (store.image.config, store.image.manifest)}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(store.top + "/containerd.sock")
        self.listener.listen()
        os.chmod(store.top + "/containerd.sock", 0o600)
        threading.Thread(target=self.serve, daemon=True).start()

    def limit(self, most=1 << 20, piece=1 << 20):
        """So many bytes of a conversation, and at once."""
        self.most, self.piece = most, piece

    def move(self, other):
        """The container stands on this folder, too, or on the image alone."""
        chain, layers = self.store.image.chain[-1], self.store.layers
        self.answers = self.first_answers(*((digest_of(b"other"), [other, *layers]) if other else (chain, layers)))

    def first_answers(self, chain, layers):
        store, reference = self.store, self.store.image_reference()
        record = [(1, store.container), (3, REFERENCE), (6, "overlayfs"), (7, store.container)]
        if reference:
            words = json.dumps({"Version": "v1", "Metadata": {"ImageRef": reference}})
            record.append((10, message((1, "io.cri-containerd.container.metadata"), (2, message((2, words))))))
        mount = [(1, "overlay"), *((4, f"{name}={value}") for name, value in (
            ("workdir", store.work), ("upperdir", store.upper), ("lowerdir", ":".join(layers))))]
        return [message((1, message(*record))),
                message((1, message((1, REFERENCE), (3, message((2, store.image.digest)))))),
                message((1, message((1, store.container), (2, chain)))),
                None,
                message((1, message(*mount)))]

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                try:
                    self.converse(connection)
                except OSError:
                    pass

    def send(self, connection, data):
        whole = len(data)
        data = data[:self.most - self.sent]
        for start in range(0, len(data), self.piece):
            connection.sendall(data[start:start + self.piece])
        self.sent += len(data)
        if len(data) < whole:
            raise OSError("no more than that is said")

    def converse(self, connection):
        received, place, self.sent, self.asked = b"", PREFACE, 0, 0
        greeting = frame(SETTINGS, 0, 0) + frame(SETTINGS, ACKNOWLEDGED, 0)
        while True:
            got = connection.recv(65536)
            if not got:
                return
            received += got
            out = b""
            while len(received) >= place + 9:
                length = int.from_bytes(received[place:place + 3], "big")
                if len(received) < place + 9 + length:
                    break
                out += self.answer(received[place:place + 9], received[place + 9:place + 9 + length])
                place += 9 + length
            if out:
                self.send(connection, greeting + out)
                greeting = b""

    def answer(self, head, payload):
        stream = int.from_bytes(head[5:], "big")
        if head[3] != DATA or not head[4] & END_STREAM:
            return b""
        digest = re.search(rb"sha256:[0-9a-f]{64}", payload)
        if not digest:
            self.asked += 1
            return answer(stream, self.answers[self.asked - 1])
        blob = self.blobs.get(digest.group().decode())
        return answer(stream, message((2, blob)) if blob is not None else None)
