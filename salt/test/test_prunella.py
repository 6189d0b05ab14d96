"""The rules of prunella.apply, with stand-ins for Salt's functions. Real minions: packages/healer/test/salt."""

import json
import multiprocessing
import os
import tempfile
import time
import unittest
import unittest.mock

from loaded import load, write

POLICY = {
    "allow": [
        {"function": "service.restart", "args": [["rethinkdb", "redis"]]},
        {"function": "state.highstate", "kwargs": {"test": [True, False]}},
        {"function": "test.crash"},
        {"function": "test.large"},
    ]
}


class OrderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.records = os.path.join(self.folder, "records")
        self.ran = []
        self.active = []
        self.policy(POLICY)
        self.module = self.load()

    def policy(self, policy, mode=0o600):
        write(os.path.join(self.folder, "prunella.yaml"), json.dumps(dict(policy, records=self.records)), mode)

    def load(self):
        def restart(name):
            self.ran.append(name)
            return name != "redis"

        def crash():
            raise ValueError("no")

        def highstate(**keywords):
            self.ran.append(keywords)
            with open(os.path.join(self.folder, "cache", "proc", "7"), "rb") as file:
                self.marked = b"state.highstate" in file.read()
            return {"a_|-b": {"result": True}}

        def large():
            return {"s{}".format(i): {"result": i != 5, "comment": "x" * 1000} for i in range(2000)}

        return load(
            "_modules/prunella.py",
            __opts__={
                "conf_file": os.path.join(self.folder, "minion"),
                "cachedir": os.path.join(self.folder, "cache"),
                "multiprocessing": True,
            },
            __context__={},
            __salt__={
                "service.restart": restart,
                "state.highstate": highstate,
                "test.crash": crash,
                "test.large": large,
                "cmd.run": self.ran.append,
                "saltutil.is_running": lambda pattern: self.active,
            },
        )

    def order(self, number, function="service.restart", args=("rethinkdb",), attempt=None, **rest):
        order = {
            "attempt": attempt or "attempt-{}".format(number),
            "fence": {"authority": "one", "generation": 100, "number": number},
            "not_after": time.time() * 1000 + 30000,
            "args": list(args),
            "__pub_jid": "7",
        }
        return self.module.apply(function, **dict(order, **rest))

    def assert_refused(self, answer, code):
        self.assertEqual((answer["status"], answer.get("code")), ("refused", code), answer)
        self.assertFalse(answer["success"])
        self.assertEqual(self.ran, [])

    def test_runs_what_is_allowed_once_and_answers_the_same_again(self):
        first = self.order(1)
        again = self.order(1)
        self.assertEqual((first["status"], first["return"], first["success"]), ("done", True, True))
        self.assertEqual((again["status"], again["return"], again["success"]), ("repeated", True, True))
        self.assertEqual(self.ran, ["rethinkdb"])

    def test_a_function_that_says_false_or_throws_did_not_succeed(self):
        self.assertEqual(self.order(1, args=["redis"])["success"], False)
        thrown = self.order(2, function="test.crash", args=[])
        self.assertEqual((thrown["status"], thrown["success"], thrown["return"]), ("done", False, "ValueError: no"))

    def test_nothing_is_allowed_without_a_list(self):
        os.unlink(os.path.join(self.folder, "prunella.yaml"))
        self.assert_refused(self.order(1), "not-allowed")

    def test_an_empty_list_allows_nothing(self):
        self.policy({"allow": []})
        self.assert_refused(self.order(1), "not-allowed")

    def test_functions_and_arguments_beside_the_list_are_refused(self):
        self.assert_refused(self.order(1, function="cmd.run", args=["id"]), "not-allowed")
        self.assert_refused(self.order(1, args=["sshd"]), "not-allowed")
        self.assert_refused(self.order(1, args=["rethinkdb", "more"]), "not-allowed")
        self.assert_refused(self.order(1, kwargs={"no_block": True}), "not-allowed")
        self.assert_refused(self.order(1, function="state.highstate", args=[], kwargs={"test": 1}), "not-allowed")

    def test_a_state_run_may_never_ask_to_run_beside_others(self):
        self.policy({"allow": [{"function": "state.highstate", "kwargs": {"concurrent": True, "queue": True}}]})
        for keyword in ("concurrent", "queue"):
            order = self.order(1, function="state.highstate", args=[], kwargs={keyword: True})
            self.assert_refused(order, "not-allowed")

    def test_a_list_that_others_may_write_is_not_obeyed(self):
        self.policy(POLICY, mode=0o666)
        self.assert_refused(self.order(1), "policy")

    def test_a_list_that_is_no_list_is_said_so(self):
        write(os.path.join(self.folder, "prunella.yaml"), "allow: [")
        self.assert_refused(self.order(1), "policy")

    def test_an_overtaken_order_is_refused(self):
        self.order(5)
        self.ran.clear()
        self.assert_refused(self.order(4), "overtaken")
        self.assert_refused(self.order(5, attempt="other"), "overtaken")
        older = {"authority": "one", "generation": 99, "number": 900}
        self.assert_refused(self.order(6, fence=older), "overtaken")

    def test_an_order_of_a_newer_generation_is_taken_whatever_its_number(self):
        self.order(5)
        answer = self.order(1, fence={"authority": "one", "generation": 101, "number": 1})
        self.assertEqual(answer["status"], "done")

    def test_the_order_of_another_installation_is_refused(self):
        self.order(1)
        self.ran.clear()
        other = {"authority": "two", "generation": 200, "number": 9}
        self.assert_refused(self.order(2, fence=other), "other-authority")

    def test_the_list_can_name_the_installation(self):
        self.order(1)
        self.ran.clear()
        self.policy(dict(POLICY, authority="two"))
        self.assert_refused(self.order(2), "other-authority")
        answer = self.order(1, attempt="new", fence={"authority": "two", "generation": 1, "number": 1})
        self.assertEqual(answer["status"], "done")

    def test_an_order_past_its_time_is_refused(self):
        self.assert_refused(self.order(1, not_after=time.time() * 1000 - 1), "late")

    def test_a_refused_order_leaves_no_record(self):
        self.order(1, not_after=0)
        self.assertEqual(self.order(1)["status"], "done")

    def test_the_stop_file_stops(self):
        stop = os.path.join(self.folder, "prunella.stop")
        write(stop, "moving the disks\n")
        answer = self.order(1)
        self.assert_refused(answer, "stopped")
        self.assertIn("moving the disks", answer["comment"])
        os.unlink(stop)
        self.assertEqual(self.order(1)["status"], "done")

    def test_malformed_orders_are_refused(self):
        self.assert_refused(self.order(1, attempt="x" * 300), "malformed")
        self.assert_refused(self.order(1, fence={"authority": "one"}), "malformed")
        self.assert_refused(self.order(1, fence={"authority": "one", "generation": True, "number": 1}), "malformed")
        self.assert_refused(self.order(1, not_after="soon"), "malformed")
        self.assert_refused(self.order(1, args=["x" * 20000]), "malformed")

    def test_an_unknown_function_is_refused_and_leaves_no_record(self):
        self.policy({"allow": [{"function": "no.such"}]})
        self.assert_refused(self.order(1, function="no.such", args=[]), "unknown-function")
        self.assertEqual(self.module.look("attempt-1")["status"], "no-history")

    def test_a_process_that_died_in_the_middle_leaves_unknown(self):
        def die():
            os._exit(9)

        self.policy({"allow": [{"function": "test.die"}, {"function": "service.restart", "args": ["rethinkdb"]}]})
        self.module.__salt__["test.die"] = die
        child = multiprocessing.get_context("fork").Process(
            target=self.order, args=(1,), kwargs={"function": "test.die", "args": []}
        )
        child.start()
        child.join()
        self.assertEqual(child.exitcode, 9)
        self.assertEqual(self.module.look("attempt-1")["status"], "unknown")
        self.assertEqual(self.order(1, function="test.die", args=[])["status"], "unknown")
        self.assertEqual(self.order(2)["status"], "done")

    def test_one_order_at_a_time_between_processes(self):
        with self.module._records.lock(self.records, "attempt-1") as holder:
            self.assertIsNone(holder)
            self.assertEqual(self.order(1)["status"], "running")
            self.assert_refused(self.order(2), "busy")
        self.assertEqual(self.order(2)["status"], "done")

    def test_what_ran_before_is_answered_from_its_record_while_another_runs(self):
        done = self.order(1)
        self.ran.clear()
        with self.module._records.lock(self.records, "attempt-2"):
            again = self.order(1)
        self.assertEqual((again["status"], again["return"]), ("repeated", done["return"]))
        self.assertEqual(self.ran, [])

    def test_a_state_run_is_marked_as_one_and_gives_way_to_another(self):
        proc = os.path.join(self.folder, "cache", "proc")
        self.assertEqual(self.order(1, function="state.highstate", args=[])["status"], "done")
        self.assertEqual((self.ran, self.marked, os.listdir(proc)), ([{"queue": False}], True, []))
        self.ran.clear()
        self.active.append({"fun": "state.apply", "pid": 4, "jid": "5"})
        self.assert_refused(self.order(2, function="state.highstate", args=[]), "state-running")
        self.active.clear()
        self.assertEqual(self.order(2, function="state.highstate", args=[])["status"], "done")

    def running(self, jobs):
        return unittest.mock.patch("salt.utils.minion.running", lambda opts: jobs)

    def test_an_order_that_ended_tells_which_state_runs_of_others_are_under_way(self):
        of_others = {"jid": "5", "fun": "state.apply", "user": "root", "pid": 4, "arg": ["secret"]}
        with self.running([of_others, {"jid": "6", "fun": "test.ping", "pid": 5}]):
            told = self.order(1)["state_runs"]
        self.assertEqual(told, [{"jid": "5", "fun": "state.apply", "user": "root"}])
        self.assertEqual(self.order(2)["state_runs"], [])

    def test_where_they_are_not_known_the_order_has_ended_all_the_same(self):
        with unittest.mock.patch("salt.utils.minion.running", side_effect=OSError("no such folder")):
            answer = self.order(1)
        self.assertEqual((answer["status"], answer["success"], "state_runs" in answer), ("done", True, False))
        with self.running([{"jid": str(n), "fun": "state.apply"} for n in range(21)]):
            self.assertNotIn("state_runs", self.order(2))

    def test_records_that_are_too_many_go_together(self):
        self.module._records.KEPT = 5
        self.module._records.THROWN_AWAY_TOGETHER = 3
        written = []
        for number in range(1, 13):
            self.order(number)
            written.append(os.stat(os.path.join(self.records, "head.json")).st_mtime_ns)
        # Once when the first order came, then with the eighth and the eleventh.
        self.assertEqual([n + 1 for n in range(1, 12) if written[n] != written[n - 1]], [8, 11])

    def test_of_states_too_many_to_record_how_they_ended_is_kept(self):
        def states(count, result):
            key = "file_|-{0}_|-{0}_|-managed"
            return {key.format(n): {"result": result(n), "comment": "x" * 300} for n in range(count)}

        def recorded(number, value):
            self.module.__salt__["test.large"] = lambda: value
            self.order(number, function="test.large", args=[])
            return self.order(number, function="test.large", args=[])["return"]

        self.assertEqual(len(recorded(1, states(2000, lambda n: True))), 2000)
        for count in (2000, 20000):
            kept = recorded(count, states(count, lambda n: None if n == count - 1 else True))
            self.assertEqual([one["result"] for one in kept.values() if one["result"] is not True], [None])
        kept = recorded(30000, states(5000, lambda n: n % 2 == 0))
        self.assertIn(False, [one["result"] for one in kept.values()])

    def test_records_that_cannot_be_read_are_told_by_whoever_asks(self):
        self.order(1)
        write(os.path.join(self.records, "head.json"), "{")
        fence = {"authority": "one", "generation": 100, "number": 2}
        for answer in (self.order(2), self.module.look("attempt-2", fence), self.module.status()):
            self.assertEqual(answer["code"], "records")
            self.assertIn("head.json", answer.get("problem") or answer["comment"])

    def test_without_records_it_says_no_history(self):
        fence = {"authority": "one", "generation": 100, "number": 2}
        self.assertEqual(self.module.look("attempt-2", fence)["status"], "no-history")
        self.assertEqual(self.order(1)["history"], "no-history")
        self.assertEqual(self.order(3)["history"], "complete")
        self.assertEqual(self.module.look("attempt-2", fence)["status"], "never-taken")
        self.assertEqual(self.module.look("attempt-1")["status"], "done")
        self.assertEqual(self.module.look("before", dict(fence, number=0))["status"], "no-history")

    def test_records_are_bounded_and_what_was_dropped_is_not_claimed(self):
        self.module._records.KEPT = 5
        self.module._records.THROWN_AWAY_TOGETHER = 2
        for number in range(1, 11):
            self.assertEqual(self.order(number)["status"], "done")
        self.assertLessEqual(len(os.listdir(self.records)), 5 + 1 + 2)
        self.assertEqual(self.module.look("attempt-6")["status"], "done")
        fence = {"authority": "one", "generation": 100, "number": 3}
        self.assertEqual(self.module.look("attempt-3", fence)["status"], "no-history")
        self.ran.clear()
        self.assert_refused(self.order(3), "overtaken")

    def test_what_a_dying_process_left_half_written_is_no_record_and_is_cleared(self):
        self.order(1)
        left = os.path.join(self.records, "{:016d}-{:016d}-x.json.new".format(100, 9))
        write(left, "{")
        self.assertEqual(self.order(2)["status"], "done")
        self.assertFalse(os.path.exists(left))

    def test_a_large_return_is_kept_short_but_still_shows_what_failed(self):
        self.order(1, function="test.large", args=[])
        recorded = self.module.look("attempt-1")["return"]
        self.assertEqual([key for key, one in recorded.items() if one["result"] is False], ["s5"])
        self.assertLess(len(json.dumps(recorded)), 300000)

    def test_a_damaged_record_stops_orders_instead_of_being_passed_over(self):
        self.order(1)
        self.ran.clear()
        write(os.path.join(self.records, "head.json"), "{")
        self.assert_refused(self.order(2), "records")


if __name__ == "__main__":
    unittest.main()
