"""Command lines for runc and crun: every option in every spelling, at every place, twice,
without its value, cut short, in clusters, around `--`. The same seed gives the same."""

import random

# name, letter, kind of value
CREATE = [("bundle", "b", "bundle"), ("console-socket", "", "socket"), ("pid-file", "", "pid-file"),
          ("preserve-fds", "", "count"), ("no-pivot", "", None), ("no-new-keyring", "", None)]
OPTIONS = {
    "create": CREATE,
    "run": CREATE + [("detach", "d", None), ("keep", "", None), ("no-subreaper", "", None)],
    "exec": [("process", "p", "process"), ("cwd", "", "folder"), ("env", "e", "variable"), ("tty", "t", None),
             ("user", "u", "user"), ("additional-gids", "g", "group"), ("detach", "d", None),
             ("pid-file", "", "pid-file"), ("console-socket", "", "socket"), ("process-label", "", "label"),
             ("apparmor", "", "label"), ("no-new-privs", "", None), ("cap", "c", "capability"),
             ("preserve-fds", "", "count"), ("cgroup", "", "cgroup"), ("ignore-paused", "", None)],
    "update": [("resources", "r", "resources"), ("pids-limit", "", "limit"), ("cpu-share", "", "limit"),
               ("memory", "", "memory"), ("cpu-quota", "", "limit"), ("cpu-period", "", "period"),
               ("memory-reservation", "", "memory"), ("blkio-weight", "", "limit")],
    "checkpoint": [("image-path", "", "images"), ("work-path", "", "images"), ("leave-running", "", None),
                   ("tcp-established", "", None), ("file-locks", "", None), ("pre-dump", "", None),
                   ("parent-path", "", "images"), ("manage-cgroups-mode", "", "mode"), ("empty-ns", "", "namespace")],
    "restore": [("bundle", "b", "bundle"), ("image-path", "", "images"), ("work-path", "", "images"),
                ("detach", "d", None), ("pid-file", "", "pid-file"), ("no-subreaper", "", None),
                ("no-pivot", "", None), ("shell-job", "", None), ("lsm-profile", "", "label")],
    "state": [], "list": [],
}
GLOBALS = [("root", "", "root"), ("log", "", "log"), ("log-format", "", "format"), ("debug", "", None),
           ("rootless", "", "rootless"), ("log-level", "", "level"), ("cgroup-manager", "", "manager"),
           ("version", "v", None), ("help", "h", None), ("criu", "", "images")]
VALUES = {
    "bundle": ["/mnt/b1"] * 5 + ["/mnt/b2"] * 2 + ["/mnt/b4"] * 5 + ["/mnt/b3", "/mnt/./b4", "../b4", ".", "/mnt/none"],
    "socket": ["/mnt/s1", "/mnt/s2"], "pid-file": ["/mnt/out/p1", "/mnt/out/p2", "../out/p3"],
    "count": ["0", "1", "2", "3"] * 4 + ["02", "0x1", "-1", "1k"], "process": ["/mnt/process1", "/mnt/process2"],
    "folder": ["/tmp", "/proc"], "variable": ["A=1", "B=2,C=3", "A=x y", "D"], "user": ["5", "5:6", "0"] * 3 + ["x"],
    "group": ["7", "8"], "label": ["", "unconfined", "a:b"], "capability": ["CAP_CHOWN", "CAP_KILL"],
    "cgroup": ["sub", "pids:sub"], "resources": ["/mnt/limits1", "/mnt/limits2"],
    "limit": ["300", "500"] * 4 + ["0400", "-1"], "memory": ["33554432", "0", "64M"], "period": ["50000", "90000"],
    "images": ["/mnt/out/i1", "/mnt/out/i2", "out"], "mode": ["soft", "full"], "namespace": ["network"],
    "root": ["/mnt/r1", "/mnt/r2"], "log": ["/mnt/out/log1", "/mnt/out/log2"], "format": ["json", "text"],
    "rootless": ["auto", "false"] * 3 + ["true"], "level": ["error", "debug"], "manager": ["cgroupfs", "disabled"],
}
IDS = ["n1", "n2"] * 6 + ["c1", "-n1", ".", "a/b"]
LIVING = ["c1", "c2"] * 6 + ["d1", "n1"]
# options that mostly end in an error when they are obeyed are tried less often
RARE = ("console-socket", "process-label", "apparmor", "cgroup", "blkio-weight")


class Line:
    def __init__(self, seed, kind):
        self.random, self.kind, self.classes = random.Random(seed), kind, set()

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def name(self, name, letter, likely):
        """The option without its value, and whether a value would stick to it."""
        choices = [("long", "--" + name)] * 4
        if letter:
            choices += [("letter", "-" + letter)] * 3 + [("stuck", "-" + letter)]
        if self.kind == "runc" or self.one_in(25):
            choices += [("one-dash", "-" + name), ("letter-two-dashes", "--" + letter if letter else "-" + name)]
        if (self.kind == "crun" or self.one_in(25)) and len(name) > 3:
            choices += [("cut-short", "--" + name[:self.random.randrange(len(name) // 3 + 1, len(name))])] * 3
        if self.one_in(50):
            choices = [("odd", self.random.choice(["---" + name, "--" + name.upper(), "-" + name[:2], "--=" + name]))]
        label, word = self.random.choice(choices)
        if label != "long" or likely:
            self.classes.add(label)
        return label, word

    def option(self, name, letter, values):
        label, word = self.name(name, letter, True)
        if values is None:
            return self.flag(word)
        value = self.random.choice(VALUES[values])
        if self.one_in(50):
            value = self.random.choice(["", "-", "--", "--no-pivot", "-d"])
            self.classes.add("odd-value")
        if self.one_in(60):
            self.classes.add("no-value")
            return [word]
        if label == "stuck":
            return [word + value]
        if self.one_in(2):
            self.classes.add("equals")
            return [word + "=" + value]
        return [word, value]

    def flag(self, word):
        if self.one_in(5 if self.kind == "runc" else 15):
            self.classes.add("flag-value")
            return [word + self.random.choice(["=true", "=false", "=1", "=no", "=", "=TRUE"])]
        return [word]

    def cluster(self):
        self.classes.add("cluster")
        return [self.random.choice(["-td", "-dt", "-tdp/mnt/process1", "-db/mnt/b2", "-db", "-tu5", "-du5:6", "-tno"])]

    def unknown(self):
        self.classes.add("unknown")
        return [self.random.choice(["--frob", "--frob=1", "-x", "--pidfd-socket=/mnt/s1", "--config=/mnt/b2/config.json",
                                    "-f/mnt/b2/config.json", "--usage", "--HANG=0", "--program-name=x", "-?"])]

    def options(self, table, most):
        chosen = []
        table = table + [row for row in table if row[0] not in RARE] * 3
        for _ in range(self.random.randrange(most + 1)):
            chosen.append(self.option(*self.random.choice(table)))
        if chosen and self.one_in(6):
            self.classes.add("duplicate")
            chosen.append(self.option(*self.random.choice(table)))
            chosen.append(self.random.choice(chosen))
        return chosen

    def globals(self, verb):
        rows = GLOBALS if self.one_in(5) else GLOBALS[:3]
        words = self.options(rows, 1)
        if verb in ("exec", "update", "checkpoint", "state"):
            words.append(self.option("root", "", "root")) if self.one_in(8) else words.append(["--root", "/mnt/r1"])
        if self.one_in(30):
            self.classes.add("dashes-before-verb")
            words.append(["--"])
        return words

    def build(self):
        verb = self.random.choice(["create"] * 6 + ["run"] * 6 + ["exec"] * 7 + ["update"] * 4 + ["restore"] * 2 +
                                  ["checkpoint", "state", "list"])
        self.classes.add("verb-" + verb)
        front = self.globals(verb)
        table = OPTIONS[verb]
        before = self.options(table, 3) if table else []
        if verb in ("create", "run", "restore") and not self.one_in(5):
            before.append(self.option("bundle", "b", "bundle"))
        if self.one_in(8 if self.kind == "crun" else 40):
            before.append(self.cluster())
        if self.one_in(20):
            before.append(self.unknown())
        self.random.shuffle(before)
        identity = [self.random.choice(LIVING if verb in ("exec", "update", "checkpoint", "state") else IDS)]
        if verb == "list" or self.one_in(40):
            identity = []
        behind = []
        if table and verb != "exec" and self.one_in(2 if self.kind == "runc" else 20):
            self.classes.add("behind-the-id")
            cut = self.random.randrange(len(before) + 1)
            before, behind = before[:cut], before[cut:]
        words = sum(before, [])
        if self.one_in(10):
            self.classes.add("dashes")
            words.append("--")
        words += identity + sum(behind, [])
        if self.one_in(25):
            self.classes.add("dashes-behind")
            words.append("--")
        if verb == "exec" and not self.one_in(8):
            words += self.random.choice([["/probe", "x"], ["/probe", "--tty", "-u", "0"], ["--", "/probe"], ["/probe"]])
        elif self.one_in(30):
            self.classes.add("extra-word")
            words.append("extra")
        return sum(front, []) + [verb] + words


def generate(seed, kind, index):
    line = Line(f"{seed}/{kind}/{index}", kind)
    words = line.build()
    return words, sorted(line.classes)
