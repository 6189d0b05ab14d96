"""
What ``prunella.apply`` remembers on a minion: one file for each order, its lock, and where history begins.

Salt's loader passes over files that begin with ``_``: nothing in here can be called from outside.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time

#: Orders that are kept at least. So many more are gathered before they go: each time costs two fsyncs.
KEPT = 100
THROWN_AWAY_TOGETHER = 20
LARGEST_RETURN = 262144
LONGEST_COMMENT = 200
LOCK_PATIENCE_SECONDS = 2.0


class Unusable(Exception):
    """The records cannot be trusted or written: nothing may run without them."""

    code = "records"


class Records:
    """
    ``head.json`` says whose orders these are, which was the first, and up to which fence records were thrown
    away. An order's file is named by its fence, so the newest fence is the last name.
    """

    def __init__(self, folder):
        self.folder = folder
        self.head = self._read("head.json") or {}

    def newest(self):
        """``[generation, number]`` of the newest order taken, or None."""
        ranks = [_rank_of(name) for name in self._names()]
        if self.head.get("pruned"):
            ranks.append(self.head["pruned"])
        return max(ranks, default=None)

    def find(self, attempt):
        wanted = _digest(attempt)
        for name in self._names():
            if name.split("-")[2] == wanted + ".json":
                record = self._read(name)
                if record is not None and record.get("attempt") == attempt:
                    return record
        return None

    def covers(self, fence):
        """Whether an order with this fence would be in the records, had it been taken."""
        if self.head.get("authority") != fence["authority"]:
            return False
        rank = [fence["generation"], fence["number"]]
        return rank >= self.head["first"] and (not self.head.get("pruned") or rank > self.head["pruned"])

    def begin(self, order):
        """On disk when this returns: only then may the function run."""
        fence = order["fence"]
        rank = [fence["generation"], fence["number"]]
        if not self.head:
            self.head = {"version": 1, "authority": fence["authority"], "first": rank, "pruned": None}
            self._write("head.json", self.head)
        elif self.head["authority"] != fence["authority"]:
            # Only where the policy names the new authority: the old one's records say nothing about it. Until the
            # new one is in the head a crash may leave the old: it must not claim that what is gone was never taken.
            self._drop(self._names())
            self.head = {"version": 1, "authority": fence["authority"], "first": rank, "pruned": None}
            self._write("head.json", self.head)
        self._prune()
        self._write(
            _name_of(order),
            {
                "attempt": order["attempt"],
                "fence": fence,
                "function": order["function"],
                "args": order["args"],
                "kwargs": order["kwargs"],
                "status": "running",
                "pid": os.getpid(),
                "began_at": _now(),
            },
        )

    def end(self, order, value, retcode):
        name = _name_of(order)
        record = dict(self._read(name) or {}, status="ended", retcode=retcode, ended_at=_now())
        record["return"] = _bounded(value)
        self._write(name, record)
        return record

    def _prune(self):
        names = self._names()
        surplus = names[: max(0, len(names) - KEPT + 1)]
        if len(surplus) >= THROWN_AWAY_TOGETHER:
            self._drop(surplus)
        for name in os.listdir(self.folder):
            # Left by a process that died while it wrote: never a record.
            if name.endswith(".new"):
                os.unlink(os.path.join(self.folder, name))

    def _drop(self, oldest):
        """First said, then done: a crash between the two forgets nothing that is still claimed."""
        if oldest:
            self.head["pruned"] = _rank_of(oldest[-1])
            self._write("head.json", self.head)
        for name in oldest:
            os.unlink(os.path.join(self.folder, name))

    def _names(self):
        try:
            return sorted(name for name in os.listdir(self.folder) if _is_record(name))
        except FileNotFoundError:
            return []

    def _read(self, name):
        path = os.path.join(self.folder, name)
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Unusable("the record {} cannot be read: {}".format(path, error)) from None

    def _write(self, name, value):
        path = os.path.join(self.folder, name)
        try:
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(value, file, default=str)
                file.flush()
                os.fsync(file.fileno())
            os.replace(path + ".new", path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise Unusable("the record {} cannot be written: {}".format(path, error)) from None


@contextlib.contextmanager
def lock(folder, attempt):
    """One order at a time on this machine. Gives None, or the attempt that holds it where that does not end."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        file = open(os.path.join(folder, "lock"), "a+", encoding="utf-8")
    except OSError as error:
        raise Unusable("the records' folder {} cannot be used: {}".format(folder, error)) from None
    with file:
        holder = _take(file)
        if holder is None:
            file.truncate(0)
            file.write(attempt)
            file.flush()
        yield holder


def running(folder):
    """The attempt that runs now, or None."""
    try:
        with open(os.path.join(folder, "lock"), "r+", encoding="utf-8") as file:
            return _take(file, patience_seconds=0)
    except FileNotFoundError:
        return None


def _take(file, patience_seconds=LOCK_PATIENCE_SECONDS):
    gives_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            # Released by the kernel when the process dies, however it dies.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            if time.monotonic() >= gives_up_at:
                file.seek(0)
                return file.read(1000)
            time.sleep(0.05)


def _name_of(order):
    fence = order["fence"]
    return "{:016d}-{:016d}-{}.json".format(fence["generation"], fence["number"], _digest(order["attempt"]))


def _rank_of(name):
    parts = name.split("-")
    return [int(parts[0]), int(parts[1])]


def _is_record(name):
    parts = name.split("-")
    return name.endswith(".json") and len(parts) == 3 and parts[0].isdigit() and parts[1].isdigit()


def _digest(attempt):
    return hashlib.sha256(attempt.encode("utf-8")).hexdigest()[:16]


def _now():
    return int(time.time() * 1000)


def _bounded(value):
    """The value as JSON can hold it; of one that is too large, what is needed to judge it."""
    text = json.dumps(value, default=str)
    if len(text) <= LARGEST_RETURN:
        return json.loads(text)
    if isinstance(value, dict) and all(isinstance(one, dict) and "result" in one for one in value.values()):
        short = {
            key: {"result": one["result"], "comment": str(one.get("comment", ""))[:LONGEST_COMMENT]}
            for key, one in value.items()
        }
        failed = {key: one for key, one in short.items() if one["result"] is False}
        for candidate in (short, failed):
            if candidate and len(json.dumps(candidate)) <= LARGEST_RETURN:
                return candidate
        # Those that went through last: without some of them the rest is judged the same.
        bare = sorted(((key, {"result": one["result"]}) for key, one in value.items()), key=_went_through)
        while len(json.dumps(dict(bare))) > LARGEST_RETURN:
            bare = bare[: len(bare) // 2]
        if bare:
            return dict(bare)
    return text[:LARGEST_RETURN]


def _went_through(item):
    return item[1]["result"] is True
