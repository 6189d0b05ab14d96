"""What a power cut would leave: only what was synced, in the folders whose names were synced after it."""

import hashlib
import json
import os
import tempfile
import time
import unittest
from unittest import mock

import test_hook
from loaded import load, write


class Disk:
    """
    Keeps what each sync brought to disk. A file without a sync of its own is there without content, and a name that
    was made or replaced after the last sync of its folder is not there.
    """

    def __init__(self, test):
        self.contents = {}
        self.names = {}
        self.refuses = False
        for name in ("fsync", "fdatasync"):
            real = getattr(os, name)
            patch = mock.patch.object(os, name, lambda opened, real=real: self._sync(opened, real))
            patch.start()
            test.addCleanup(patch.stop)

    def _sync(self, opened, real):
        if self.refuses:
            raise OSError(5, "Input/output error")
        real(opened)
        path = os.readlink("/proc/self/fd/{}".format(opened))
        if os.path.isdir(path):
            self.names[path] = {name: os.stat(os.path.join(path, name)).st_ino for name in os.listdir(path)}
        else:
            with open(path, "rb") as file:
                self.contents[os.fstat(opened).st_ino] = file.read()

    def left_in(self, folder):
        names = self.names.get(os.path.realpath(folder), {})
        return {name: self.contents.get(inode) for name, inode in names.items()}


class OrderOnDiskTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.records = os.path.join(folder.name, "records")
        self.disk = Disk(self)
        self.at_the_start = []
        self.policy = {"allow": [{"function": "test.function"}], "records": self.records}
        self.policy_file = os.path.join(folder.name, "prunella.yaml")
        write(self.policy_file, json.dumps(self.policy))
        self.module = load(
            "_modules/prunella.py",
            __opts__={"conf_file": os.path.join(folder.name, "minion"), "cachedir": folder.name},
            __context__={},
            __salt__={"test.function": self.function},
        )

    def function(self):
        self.at_the_start.append(self.disk.left_in(self.records))
        return "done"

    def order(self, number, authority="one"):
        return self.module.apply(
            "test.function",
            attempt="attempt-{}".format(number),
            fence={"authority": authority, "generation": 100, "number": number},
            not_after=time.time() * 1000 + 30000,
        )

    def read(self, left):
        """The head, and the records by their attempts."""
        found = {name: json.loads(text or b"null") for name, text in left.items()}
        head = found.pop("head.json", None)
        records = [one for name, one in found.items() if name.endswith(".json")]
        self.assertNotIn(None, [head, *records], "the head, or a record, is not there or without its content")
        return head, {one["attempt"]: one for one in records}

    def left(self):
        return self.read(self.disk.left_in(self.records))

    def test_an_order_is_on_disk_before_its_function_starts(self):
        for number in (1, 2):
            self.assertEqual(self.order(number)["status"], "done")
            head, records = self.read(self.at_the_start[-1])
            self.assertEqual((head["authority"], head["first"]), ("one", [100, 1]))
            self.assertEqual(records["attempt-{}".format(number)]["status"], "running")

    def test_its_end_is_on_disk_before_it_is_told(self):
        self.order(1)
        _, records = self.left()
        self.assertEqual((records["attempt-1"]["status"], records["attempt-1"]["return"]), ("ended", "done"))

    def test_nothing_starts_where_the_disk_does_not_take_it(self):
        self.order(1)
        self.disk.refuses = True
        answer = self.order(2)
        self.assertEqual((answer["status"], answer["code"]), ("refused", "records"))
        self.assertEqual(len(self.at_the_start), 1)

    def test_what_ran_is_not_refused_where_the_disk_does_not_take_its_end(self):
        def function():
            self.disk.refuses = True

        self.module.__salt__["test.function"] = function
        self.assertEqual(self.order(1)["status"], "unknown")
        self.disk.refuses = False
        self.assertEqual(self.order(1)["status"], "unknown")

    def dropped(self, act):
        """Of each record that went meanwhile its rank, and up to where the head on disk claimed nothing then."""
        gone = []
        unlink = os.unlink

        def watched(path, **rest):
            gone.append((self.module._records._rank_of(os.path.basename(path)), self.left()[0]["pruned"]))
            unlink(path, **rest)

        with mock.patch.object(os, "unlink", watched):
            act()
        return gone

    def test_that_a_record_is_dropped_is_on_disk_before_it_is_gone(self):
        self.module._records.KEPT = 2
        self.module._records.THROWN_AWAY_TOGETHER = 2
        gone = self.dropped(lambda: [self.order(number) for number in range(1, 7)])
        self.assertGreater(len(gone), 2)
        for rank, pruned in gone:
            self.assertGreaterEqual(pruned or [], rank)

    def test_so_it_is_with_those_of_another_installation(self):
        self.order(1)
        self.order(2)
        write(self.policy_file, json.dumps(dict(self.policy, authority="two")))
        gone = self.dropped(lambda: self.order(3, authority="two"))
        self.assertEqual(gone, [([100, 1], [100, 2]), ([100, 2], [100, 2])])

    def test_a_crash_while_those_go_claims_nothing_of_them(self):
        self.order(1)
        write(self.policy_file, json.dumps(dict(self.policy, authority="two")))
        records = self.module._records.Records
        written = records._write

        def dies(at, name, value):
            if value.get("authority") == "two":
                raise KeyboardInterrupt
            written(at, name, value)

        with mock.patch.object(records, "_write", dies), self.assertRaises(KeyboardInterrupt):
            self.order(2, authority="two")
        fence = {"authority": "one", "generation": 100, "number": 1}
        self.assertEqual(self.module.look("attempt-1", fence)["status"], "no-history")
        self.assertEqual(self.order(2, authority="two")["status"], "done")

    def test_another_installation_is_on_disk_before_its_first_function_starts(self):
        self.order(1)
        write(self.policy_file, json.dumps(dict(self.policy, authority="two")))
        self.assertEqual(self.order(2, authority="two")["status"], "done")
        head, records = self.read(self.at_the_start[-1])
        self.assertEqual(head["authority"], "two")
        self.assertEqual(records["attempt-2"]["status"], "running")


class HookOnDiskTest(unittest.TestCase):
    setUpSigned = test_hook.SignedHookTest.setUp
    load, signed, react = test_hook.SignedHookTest.load, test_hook.SignedHookTest.signed, test_hook.SignedHookTest.react

    def setUp(self):
        self.setUpSigned()
        self.disk = Disk(self)

    def left(self):
        return self.disk.left_in(os.path.join(self.folder, "prunella-hook-ids"))

    def test_an_id_is_on_disk_before_anything_is_ordered(self):
        taken = hashlib.sha256(b"id-1").hexdigest()
        self.assertIn("prunella_services_restart", self.react(self.signed()))
        self.assertEqual(self.left(), {taken: b""})
        self.assertNotEqual(self.react(self.signed(identifier="id-2")), {})
        self.assertEqual(len(self.left()), 2)

    def test_nothing_is_ordered_where_the_disk_does_not_take_the_id(self):
        self.disk.refuses = True
        self.assertEqual(self.react(self.signed()), {})
        self.disk.refuses = False
        self.assertNotEqual(self.react(self.signed(identifier="id-2")), {})


if __name__ == "__main__":
    unittest.main()
