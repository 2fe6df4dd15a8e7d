#!/usr/bin/python3
"""worker.py KIND BACKEND BUILD-FOLDER SEED FROM TO STEP: runs the real backend with each
command line of the range, and where oci-harden takes it once more with the canonical words
that it would hand on, and compares all that can be seen of the two: the container's own account of itself, state folders, limits, pid files,
console sockets, logs and messages. In a mount namespace of its own, which it covers with
its fixtures. Prints JSON: counts for each class, and the disagreements."""

import json
import os
import re
import select
import subprocess
import sys
import time

from fixtures import Fixtures
from generate import generate

SEPARATOR = "\x1f"
# what differs between two runs of the same command
VOLATILE = [(re.compile(r'time="[^"]*"|"time":"[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z?:? |\x1b\[[\d;]*m'), ""),
            (re.compile(r"\b(pid|process|write) \d+|/proc/\d+"), "N"), (re.compile(r"runc-process\d+|0xc[0-9a-f]+"), "N"),
            # of the cgroups one is tried first at random
            (re.compile(r"/sys/fs/cgroup/\w+/"), "/sys/fs/cgroup/"),
            # whether a terminal's last words still come through is a race
            (re.compile(r"(?s)\A.*tcgetattr: .*\Z"), "no terminal"),
            # the place in a text that crun makes of its options
            (re.compile(r"(?s)lexical error.*"), "lexical error")]
USAGE = re.compile(r"flag provided but not defined|unrecognized option|invalid option|is ambiguous|requires an argument|"
                   r"flag needs an argument|doesn't allow an argument|requires a (?:min|max)imum|Cannot use two forms")


def ask_oci_harden(build, kind, lines):
    text = "".join("".join(word + SEPARATOR for word in words) + "\n" for words in lines)
    answer = subprocess.run([f"{build}/grammar-canonical", kind], input=text, stdout=subprocess.PIPE, text=True,
                            cwd="/mnt/b1", check=True).stdout.splitlines()
    assert len(answer) == len(lines), (len(answer), len(lines))
    return [line.split(SEPARATOR) for line in answer]


class Observer:
    def __init__(self, backend, fixtures):
        self.backend, self.fixtures = backend, fixtures

    def read(self, process):
        """Both outputs up to their end, or until a container was created that waits to be started."""
        streams = {process.stdout.fileno(): b"", process.stderr.fileno(): b""}
        left, end = set(streams), time.monotonic() + 10
        while left and time.monotonic() < end:
            for number in select.select(left, [], [], 0.02)[0]:
                data = os.read(number, 65536)
                streams[number] += data
                if not data:
                    left.discard(number)
            if left and process.poll() is not None and self.fixtures.waiting():
                break
        else:
            if left:
                streams[process.stderr.fileno()] += b"TIMEOUT"
        process.wait(10)
        return [text.decode("utf-8", "replace") for text in streams.values()]

    def run(self, words):
        start = time.monotonic()
        self.fixtures.reset()
        sockets = self.fixtures.listen()
        process = subprocess.Popen([self.backend, *words], cwd="/mnt/b1", stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(3, 4, 5, 6),
                                   env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, start_new_session=True)
        out, err = self.read(process)
        seen = {"status": process.returncode, "out": out, "err": err, "sockets": self.fixtures.called(sockets),
                **self.fixtures.look()}
        self.fixtures.clean_up()
        if os.environ.get("SHOW_SLOW") and time.monotonic() - start > 1:
            print("slow", time.monotonic() - start, json.dumps(words), seen["err"][-200:], file=sys.stderr)
        process.stdout.close()
        process.stderr.close()
        for pattern, instead in VOLATILE:
            seen["out"], seen["err"] = pattern.sub(instead, seen["out"]), pattern.sub(instead, seen["err"])
        if process.returncode and USAGE.search(out + err):
            seen["out"], seen["err"] = "", "usage"
        if "debug" in " ".join(words):
            seen["err"] = re.sub(r"(?m)^.*(?:level=debug|\[debug\]|DEBUG|debug).*\n?", "", seen["err"])
        return seen


def compare(verdict, asked, given):
    """None, or what differs. Whoever asked for help or the version started nothing."""
    if verdict == "help":
        keys = ("containers", "files", "limits", "sockets")
    else:
        keys = asked.keys()
    different = {key: [asked[key], given[key]] for key in keys if asked[key] != given[key]}
    return different or None


def main():
    kind, backend, build, seed = sys.argv[1:5]
    start, end, step = map(int, sys.argv[5:8])
    fixtures = Fixtures(kind, backend, build)
    observer = Observer(backend, fixtures)
    generated = [generate(seed, kind, index) for index in range(start, end, step)]
    answers = ask_oci_harden(build, kind, [words for words, _ in generated])
    counts, disagreements = {}, []
    for (words, classes), (verdict, *canonical) in zip(generated, answers):
        asked = observer.run(words)
        outcome = "refused-by-both" if asked["status"] else "refused"
        if verdict != "refused":
            given = observer.run(canonical)
            different = compare(verdict, asked, given)
            obeyed = asked["containers"] or "argument" in asked["out"] or asked["limits"] != fixtures.limits
            outcome = "obeyed" if obeyed else "agreed"
            if different:
                outcome = "disagreed"
                disagreements.append({"words": words, "canonical": canonical, "different": different})
        if outcome == "refused" and os.environ.get("SHOW_REFUSED"):
            print(json.dumps([words, canonical]), file=sys.stderr)
        for name in classes:
            counts.setdefault(name, {}).setdefault(outcome, 0)
            counts[name][outcome] += 1
        counts.setdefault("all", {}).setdefault(outcome, 0)
        counts["all"][outcome] += 1
    fixtures.end()
    json.dump({"counts": counts, "disagreements": disagreements}, sys.stdout)


os.environ["LC_ALL"] = "C"
main()
