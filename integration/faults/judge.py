"""What a run with a fault may end as: started exactly as without the fault, refused
with a message, or killed; and nothing half-written or left over."""

import glob
import json
import os
import re
import subprocess

from place import UNTRACED
from variants import LEFT_BY_KILL

DECISIONS = "/var/log/oci-harden/decisions.jsonl"
OWN_ANNOTATION = "org.oci-harden."
# The C library's own calls before main() and under a lock: it ends the program itself.
ENDS_THE_LIBRARY = {"arch_prctl": [b"cannot set %fs"], "mprotect": [b"memory protection after relocation"],
                    "futex": [b"futex facility"], "brk": [b""]}
TEMPORARY = re.compile(r"\.[^/]+\.[0-9a-f]{16}")
# What calls keep for each other, and when a verdict was made.
CACHES = "/run/oci-harden/*/*"
MADE = re.compile(rb"^\d+$", re.MULTILINE)


def log_record(path, value=None):
    """Writes `value`, or reads what is there."""
    with open(path, "r" if value is None else "w", encoding="utf-8") as stream:
        return json.load(stream) if value is None else json.dump(value, stream)


def mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        return set(stream)


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def kept():
    """All that is in the caches: (file, question) → answer, a verdict or what was seen of layers."""
    parts = [(path, MADE.sub(b"", read(path)).rpartition(b"\n{")) for path in glob.glob(CACHES, include_hidden=True)]
    return {(path, question): brace + answer for path, (question, brace, answer) in parts}


def document(data):
    """The JSON value without what differs from call to call: the decision's own id, and
    the order of rules of one action (qsort(3) asks for the memory's size, and sorts in
    another way where there is no answer)."""
    value = json.loads(data)
    seccomp = value.get("linux", {}).get("seccomp")
    if seccomp:
        seccomp["syscalls"].sort(key=lambda rule: json.dumps(rule, sort_keys=True))
    annotations = value.get("annotations", {})
    for key in [key for key in annotations if key.startswith(OWN_ANNOTATION)]:
        del annotations[key]
    return value


def allowed_calls(value):
    """Of a filter that denies by default."""
    return {(name, json.dumps(rule.get("args"))) for rule in value["linux"]["seccomp"]["syscalls"]
            for name in rule["names"] if rule["action"] == "SCMP_ACT_ALLOW"}


def is_tighter(value, good):
    """The same but for a filter that allows fewer calls: where uname(2) does not tell
    the kernel's version, what needs one is left out."""
    if good is None or allowed_calls(value) >= allowed_calls(good):
        return False
    copies = [json.loads(json.dumps(each)) for each in (value, good)]
    for copy in copies:
        del copy["linux"]["seccomp"]["syscalls"]
    return copies[0] == copies[1] and value["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_ERRNO"


class Judge:
    def __init__(self, variant, place, clean_run):
        self.variant, self.place = variant, place
        self.mounts, self.kept = mounts(), kept()
        self.good, self.clean = None, "refused"
        if variant.real:
            complaint = self.facts(clean_run)
            if complaint:
                raise SystemExit(f"without a fault: {complaint}: {clean_run}")
            self.clean = "hardened"
        elif os.path.exists(place.record):
            self.good, self.clean = document(read(place.record)), "hardened"
            complaint = self.looser(self.good)
            if complaint:
                raise SystemExit(f"without a fault: {complaint}")
        if variant.expected not in (None, self.clean):
            raise SystemExit(f"without a fault it is {self.clean}, not {variant.expected}: {clean_run}")

    def looser(self, value):
        """Why the document of the clean run is not a hardened one."""
        if self.variant.verb == "update":
            limit = value.get("pids", {}).get("limit", 0)
            return None if 0 < limit <= 4096 else f"pids.limit {limit}"
        process = value["process"] if self.variant.verb == "create" else value
        user, capabilities = process["user"], process.get("capabilities")
        if user["uid"] == 0 or user.get("gid", 0) == 0 or 0 in user.get("additionalGids", []):
            return f"user {user}"
        if not process.get("noNewPrivileges") or not isinstance(capabilities, dict):
            return f"no_new_privileges {process.get('noNewPrivileges')}, capabilities {capabilities}"
        beyond = {name: held for name, held in capabilities.items() if set(held) - {"CAP_NET_BIND_SERVICE"}}
        return f"capabilities {beyond}" if beyond else None

    def facts(self, done):
        """What the kernel said inside, on runc."""
        said = dict(re.findall(r"^(\w+):\s*(.*?)\s*$", done.stdout.decode(), re.MULTILINE))
        expected = {"Uid": "65532\t65532\t65532\t65532", "CapEff": "0" * 16, "CapPrm": "0" * 16, "CapAmb": "0" * 16,
                    "CapInh": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
        wrong = {name: said.get(name) for name, value in expected.items() if said.get(name) != value}
        if wrong or b"root is writable" in done.stdout:
            return f"the container says {wrong} {done.stdout[-40:]}"
        if self.variant.verb == "create" and b"all said" not in done.stdout:
            return "the container did not run to its end"
        return None

    def outcome(self, done, call, fault, hit):
        """(hardened, refused, killed or ended; None or what is wrong)"""
        started = bool(done.stdout) if self.variant.real else os.path.exists(self.place.record)
        complaint = self.files(started) or self.caches(fault) or self.decisions(started)
        if not hit:
            complaint = complaint or "the fault was not reached"
        if started:
            return "hardened", complaint or self.started(done)
        if fault == "KILL" and done.returncode == -9:
            return "killed", complaint
        ends = () if self.variant.child or self.variant.children else ENDS_THE_LIBRARY.get(call, ())
        if any(words in done.stderr for words in ends):
            return "ended", complaint
        return "refused", complaint or self.refused(done)

    def started(self, done):
        if done.returncode or done.stderr:
            return f"exit status {done.returncode}, standard error {done.stderr!r}"
        if os.path.exists(self.place.log) and b"oci-harden" in read(self.place.log):
            return f"it started, but the log says {read(self.place.log)!r}"
        if self.variant.real:
            return self.facts(done)
        got = read(self.place.record)
        if self.good is None:
            return f"without the fault it is refused, but this was started: {got[:2000]!r}"
        value = document(got)
        if value != self.good and not (self.variant.verb == "create" and is_tighter(value, self.good)):
            return f"started otherwise than without the fault: {got[:4000]!r}"
        return None

    def refused(self, done):
        """Where the fault hits one of the two places of the message, the other has it."""
        status = 255 if self.variant.verb == "exec" else 1
        log = read(self.place.log) if os.path.exists(self.place.log) else b""
        if done.returncode != status:
            return f"exit status {done.returncode}, standard error {done.stderr!r}"
        if done.stderr.startswith(b"oci-harden: ") and done.stderr.endswith(b"\n"):
            return None
        try:
            record = json.loads(log)
        except ValueError:
            record = {}
        if record.get("level") == "error" and record.get("msg", "").startswith("oci-harden: "):
            return None
        return f"no message: standard error {done.stderr!r}, log {log!r}"

    def files(self, started):
        """config.json is the original or the hardened one, whole, and stands alone."""
        place = self.place
        data = read(place.bundle + "/config.json")
        if data != place.original:
            try:
                value = document(data)
            except ValueError:
                return f"config.json is half-written: {data[:200]!r}"
            if self.variant.verb != "create" or (not self.variant.real and value != self.good and
                                                   not is_tighter(value, self.good)):
                return f"config.json is neither the original nor the hardened one: {data[:4000]!r}"
        left = set(os.listdir(place.bundle)) - {"config.json", "rootfs", "work"}
        # a start that was killed has left it (variants.py), and the next one takes it away
        if not started or self.variant.verb != "create":
            left.discard(LEFT_BY_KILL)
        return f"left in the bundle: {left}" if left else None

    def caches(self, fault):
        """Whole, and to a question that is asked without the fault, too, the same answer or none: the
        next call believes it."""
        odd = []
        for (path, question), answer in kept().items():
            if TEMPORARY.fullmatch(os.path.basename(path)):
                os.unlink(path)
                odd += [] if fault == "KILL" else [path]
            elif answer and answer != self.kept.get((path, question), answer):
                odd.append((path, answer))
            elif question:
                json.loads(answer)
        return f"kept for later calls: {odd}" if odd else None

    def decisions(self, started):
        lines = read(DECISIONS).splitlines() if os.path.exists(DECISIONS) else []
        try:
            records = [json.loads(line) for line in lines]
        except ValueError:
            return f"the decision log has {lines!r}"
        if started and self.variant.log_required and len(records) != 1:
            return f"started with {len(records)} lines in a log that is required"
        return None

    def about_the_log(self, done, outcome):
        """The log's disk is full: what then, log.required says."""
        expected = "refused" if self.variant.log_required else self.clean
        if outcome != expected:
            return f"the log cannot be written and the container is {outcome}, not {expected}"
        if self.variant.log_required and b"log.required" not in done.stderr:
            return f"the reason is not told: {done.stderr!r}"
        return None

    def at_the_end(self):
        """No container, cgroup or mount of a run is there; the next call ends as ever."""
        self.variant.prepare(self.place, self.place.original)
        outcome, complaint = self.outcome(self.place.call_faulty("/dev/null", UNTRACED), None, None, True)
        if outcome != self.clean or complaint:
            return f"the next call is {outcome}, not {self.clean}: {complaint}"
        if self.variant.verb != "create":
            return None
        left = os.listdir(self.place.root) + sorted(mounts() - self.mounts)
        found = subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", "*" + self.place.id + "*"],
                               stdout=subprocess.PIPE, text=True, check=False)
        left += found.stdout.split()
        return f"left behind: {left}" if left else None
