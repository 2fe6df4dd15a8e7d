#!/usr/bin/python3
"""A registry for tests, which serves OCI layouts and can misbehave.

registry.py --port-file FILE --log FILE [OPTION…] LAYOUT…

Every blob of the layouts is served in the repository `tiny`, as blob and as manifest.
--tag NAME=DIGEST names one; --referrers KIND says how referrers are found: `interface`
(pages of --page), `tag` (the index at sha256-<hex>), `none`. --auth basic|token|identity
asks who is there (user "user", password "secret"). --fault NAME misbehaves: see FAULTS.
The log has a line of JSON for each request: path, host, and whether somebody said who
they are."""

import argparse
import base64
import hashlib
import http.server
import json
import os
import ssl
import threading
import time
import urllib.parse

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BASIC = "Basic " + base64.b64encode(b"user:secret").decode()
TOKEN = "opaque-token-of-the-test"
IDENTITY = "identity-token-of-the-test"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Store:
    """Blobs by digest, tags, and who refers to whom."""

    def __init__(self, layouts, tags):
        self.blobs = {}
        for layout in layouts:
            folder = os.path.join(layout, "blobs", "sha256")
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), "rb") as stream:
                    data = stream.read()
                self.blobs[digest_of(data)] = data
        self.tags = dict(tag.split("=", 1) for tag in tags)
        self.subjects = {}
        for digest, data in self.blobs.items():
            subject = self.document(data).get("subject", {}).get("digest")
            if subject:
                self.subjects.setdefault(subject, []).append(digest)

    @staticmethod
    def document(data):
        try:
            value = json.loads(data)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def descriptor(self, digest):
        data = self.blobs[digest]
        return {"mediaType": self.document(data).get("mediaType", MANIFEST), "digest": digest, "size": len(data)}

    def referrers(self, digest):
        return [self.descriptor(referrer) for referrer in sorted(self.subjects.get(digest, []))]

    @staticmethod
    def index(descriptors):
        return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors}).encode()


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self):
        line = json.dumps({"method": self.command, "path": self.path, "host": self.headers.get("Host", ""),
                           "authorization": (self.headers.get("Authorization") or "").split(" ")[0]})
        with self.server.lock, open(self.server.options.log, "a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def answer(self, status, body=b"", content_type="application/octet-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def own(self, path=""):
        scheme = "https" if self.server.options.certificate else "http"
        return f"{scheme}://{self.headers['Host']}{path}"

    def challenge(self):
        realm = self.server.options.realm or self.own("/token")
        if self.server.options.auth == "basic":
            return 'Basic realm="test"'
        return f'Bearer realm="{realm}",service="the test, quoted",scope="repository:tiny:pull"'

    def is_known(self):
        wanted = {"": None, "basic": BASIC, "token": "Bearer " + TOKEN, "identity": "Bearer " + TOKEN}
        expected = wanted[self.server.options.auth]
        return expected is None or self.headers.get("Authorization") == expected

    def do_POST(self):
        self.note()
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form.get("refresh_token") == [IDENTITY] and form.get("grant_type") == ["refresh_token"]
        self.answer(200 if good else 401, json.dumps({"access_token": TOKEN}).encode())

    def give_token(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        good = self.headers.get("Authorization") == BASIC and query.get("service") == ["the test, quoted"]
        fault = TOKEN_FAULTS.get(self.server.options.fault)
        if fault:
            fault(self)
        else:
            self.answer(200 if good else 401, json.dumps({"token": TOKEN, "expires_in": 60}).encode())

    def do_GET(self):
        self.note()
        path = urllib.parse.urlsplit(self.path).path
        if path == "/token":
            self.give_token()
        elif path.startswith("/storage/"):
            self.answer(200, self.server.store.blobs[path[len("/storage/"):]])
        elif not self.is_known():
            self.answer(401, WWW_Authenticate=self.challenge())
        elif path == "/v2/":
            self.answer(200, b"{}", "application/json")
        else:
            self.serve(path)

    def serve(self, path):
        parts = path.split("/")
        if len(parts) != 5 or parts[2] != "tiny":
            self.answer(404)
            return
        kind, name = parts[3:]
        fault = FAULTS.get(self.server.options.fault)
        if fault and fault(self, kind, name):
            return
        {"manifests": self.manifest, "blobs": self.blob, "referrers": self.list_referrers}[kind](name)

    def manifest(self, name):
        store, options = self.server.store, self.server.options
        subject = name.replace("-", ":", 1)
        if options.referrers == "tag" and name.startswith("sha256-") and store.referrers(subject):
            self.answer(200, store.index(store.referrers(subject)), INDEX)
            return
        data = store.blobs.get(store.tags.get(name, name))
        if data is None:
            self.answer(404)
        else:
            self.answer(200, data, store.document(data).get("mediaType", MANIFEST),
                        Docker_Content_Digest=digest_of(data))

    def blob(self, name):
        data = self.server.store.blobs.get(name)
        if data is None:
            self.answer(404)
        elif self.server.options.storage:
            self.answer(307, Location=f"{self.server.options.storage}/storage/{name}")
        else:
            self.answer(200, data)

    def list_referrers(self, name):
        if self.server.options.referrers != "interface":
            self.answer(404)
            return
        descriptors, size = self.server.store.referrers(name), self.server.options.page
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        start = int(query.get("from", ["0"])[0])
        headers = {}
        if start + size < len(descriptors):
            headers["Link"] = f'</v2/tiny/referrers/{name}?from={start + size}>; rel="next"'
        self.answer(200, self.server.store.index(descriptors[start:start + size]), INDEX, **headers)

    def endless(self, start=b""):
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST)
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(start)
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            pass


def on_manifest(serve):
    """A fault of the manifest that `serve` answers with."""
    def fault(request, kind, name):
        if kind != "manifests" or name not in request.server.store.tags:
            return False
        serve(request, request.server.store.blobs[request.server.store.tags[name]])
        return True
    return fault


def on_blob(serve):
    def fault(request, kind, name):
        if kind != "blobs":
            return False
        serve(request, request.server.store.blobs[name])
        return True
    return fault


def redirect_to(url):
    return on_blob(lambda request, data: request.answer(307, Location=url.format(digest=digest_of(data))))


def referrers(pages, each):
    """Thousands of referrers that are not there, on pages without an end."""
    def fault(request, kind, name):
        if kind != "referrers":
            return False
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        start = int(query.get("from", ["0"])[0])
        descriptors = [{"mediaType": MANIFEST, "size": 2, "digest": digest_of(b"%d" % (start * each + number))}
                       for number in range(each)]
        headers = {} if start + 1 >= pages else {"Link": f'<?from={start + 1}>; rel="next"'}
        request.answer(200, request.server.store.index(descriptors), INDEX, **headers)
        return True
    return fault


def slowly(request, _):
    request.send_response(200)
    request.send_header("Content-Type", MANIFEST)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    try:
        for _ in range(1000):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.2)
    except OSError:
        pass


def slow_headers(request, _):
    try:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(1000):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.2)
    except OSError:
        pass


def short(request, data):
    request.send_response(200)
    request.send_header("Content-Type", MANIFEST)
    request.send_header("Content-Length", str(len(data) + 100))
    request.end_headers()
    request.wfile.write(data)
    request.close_connection = True


def huge_headers(request, data):
    request.answer(200, data, MANIFEST, **{f"X_{number}": "x" * 60000 for number in range(50)})


def both_kinds(request, data):
    document = json.loads(data)
    document["manifests"] = []
    request.answer(200, json.dumps(document).encode(), MANIFEST)


def busy(status, seconds, times):
    """Answers `times` times that it is busy."""
    def fault(request, kind, name):
        request.server.counter += 1
        if kind != "manifests" or request.server.counter > times:
            return False
        request.answer(status, Retry_After=str(seconds))
        return True
    return fault


def reset(times):
    def fault(request, *_):
        request.server.counter += 1
        request.close_connection = request.server.counter <= times
        return request.close_connection
    return fault


FAULTS = {
    "endless-manifest": on_manifest(lambda request, data: request.endless(data)),
    "endless-blob": on_blob(lambda request, data: request.endless(data)),
    "slow-body": on_manifest(slowly),
    "slow-headers": on_manifest(slow_headers),
    "short-body": on_manifest(short),
    "huge-headers": on_manifest(huge_headers),
    "other-blob": on_blob(lambda request, data: request.answer(200, data[:-1] + b" ")),
    "other-manifest": lambda request, kind, name: kind == "manifests" and name.startswith("sha256:") and (
        request.answer(200, request.server.store.blobs[name] + b" ", MANIFEST) or True),
    "wrong-header-digest": on_manifest(
        lambda request, data: request.answer(200, data, MANIFEST, Docker_Content_Digest=digest_of(b""))),
    "wrong-type": on_manifest(lambda request, data: request.answer(200, data, "text/html")),
    "index-as-manifest": on_manifest(lambda request, data: request.answer(200, data, INDEX)),
    "both-kinds": on_manifest(both_kinds),
    "compressed": on_manifest(lambda request, data: request.answer(200, data, MANIFEST, Content_Encoding="gzip")),
    "to-file": redirect_to("file:///etc/passwd"),
    "to-metadata": redirect_to("https://169.254.169.254/latest/{digest}"),
    "to-loopback-by-name": redirect_to("https://localtest.example:1/{digest}"),
    "to-http": redirect_to("http://storage.example/{digest}"),
    "to-user": redirect_to("https://user:secret@storage.example/{digest}"),
    "loop": redirect_to("/v2/tiny/blobs/{digest}"),
    "thousands-of-referrers": referrers(1, 1000),
    "thousands-of-pages": referrers(100000, 1),
    "page-elsewhere": lambda request, kind, name: kind == "referrers" and (request.answer(
        200, request.server.store.index([]), INDEX, Link='<https://other.example/v2/x>; rel="next"') or True),
    "broken-link": lambda request, kind, name: kind == "referrers" and (request.answer(
        200, request.server.store.index([]), INDEX, Link='</v2/x; rel="next"') or True),
    "html-referrers": lambda request, kind, name: kind == "referrers" and (
        request.answer(200, b"<html>", "text/html") or True),
    "busy": busy(429, 1, 2),
    "busy-for-hours": busy(429, 7200, 1000),
    "failing": busy(503, 0, 1000),
    "resets": reset(2),
    "broken-challenge": lambda request, *_: request.answer(401, WWW_Authenticate='Bearer realm="http://x') or True,
}

TOKEN_FAULTS = {
    "endless-token": lambda request: request.endless(b'{"token":"'),
    "header-in-token": lambda request: request.answer(200, json.dumps({"token": "a\r\nX-Evil: 1"}).encode()),
    "no-token": lambda request: request.answer(200, b'{"token":1}'),
    "token-redirect": lambda request: request.answer(302, Location="http://storage.example/"),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--referrers", choices=["interface", "tag", "none"], default="interface")
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--auth", choices=["", "basic", "token", "identity"], default="")
    parser.add_argument("--realm", default="")
    parser.add_argument("--storage", default="")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--certificate", default="")
    parser.add_argument("--client-authority", default="")
    parser.add_argument("--fault", choices=["", *FAULTS, *TOKEN_FAULTS], default="")
    parser.add_argument("layouts", nargs="+")
    return parser.parse_args()


def main():
    options = arguments()
    server = http.server.ThreadingHTTPServer((options.address, 0), Registry)
    server.options, server.store = options, Store(options.layouts, options.tag)
    server.lock, server.counter = threading.Lock(), 0
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
        if options.client_authority:
            context.load_verify_locations(options.client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(options.port_file + ".new", "w", encoding="utf-8") as stream:
        stream.write(str(server.server_address[1]))
    os.rename(options.port_file + ".new", options.port_file)
    server.serve_forever()


main()
