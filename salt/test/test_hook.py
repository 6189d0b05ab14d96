"""What the webhooks take and refuse."""

import os
import tempfile
import unittest

from loaded import load, write

SECRET = "a secret of some length"


class HookTest(unittest.TestCase):
    def setUp(self):
        self.settings = {
            "secret": SECRET,
            "targets": ["db*", {"tgt": "role:db", "matcher": "grain"}],
            "services": ["rethinkdb"],
        }

    def react(self, hook, tag=None, body="", **post):
        module = load(
            "prunella/reactor/hook.sls",
            tag=tag or "salt/netapi/hook/" + hook,
            data={"post": dict({"tgt": "db*", "secretkey": SECRET}, **post), "body": body},
            __opts__={"prunella": {"hooks": self.settings}},
        )
        return module.run()

    def test_highstate(self):
        reaction = self.react("states/highstate", matcher="glob")
        low = reaction["prunella_states_highstate"]["local.state.highstate"]
        self.assertIn({"tgt": "db*"}, low)
        self.assertIn({"tgt_type": "glob"}, low)

    def test_services(self):
        for verb in ("start", "stop", "restart", "reload"):
            reaction = self.react("services/" + verb, args="rethinkdb")
            low = reaction["prunella_services_" + verb]["local.service." + verb]
            self.assertIn({"args": [{"name": "rethinkdb"}]}, low)

    def test_wrong_or_missing_secret(self):
        self.assertEqual(self.react("states/highstate", secretkey="a secret of some lengtH"), {})
        self.assertEqual(self.react("states/highstate", secretkey=""), {})
        self.assertEqual(self.react("states/highstate", secretkey=["x"]), {})

    def test_no_or_short_secret_configured_refuses_all(self):
        for secret in (None, "", "short"):
            self.settings["secret"] = secret
            self.assertEqual(self.react("states/highstate", secretkey=secret or ""), {})

    def test_secret_from_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "secret")
            self.settings = dict(self.settings, secret=None, secret_file=path)
            self.assertEqual(self.react("states/highstate"), {})
            write(path, SECRET + "\n")
            self.assertNotEqual(self.react("states/highstate"), {})

    def test_only_allowed_targets(self):
        self.assertNotEqual(self.react("states/highstate", tgt="db1"), {})
        self.assertNotEqual(self.react("states/highstate", tgt="db1,db2", matcher="list"), {})
        self.assertNotEqual(self.react("states/highstate", tgt="role:db", matcher="grain"), {})
        for target, matcher in (
            ("*", "glob"),
            ("web1", "glob"),
            ("db1,web1", "list"),
            ("db?", "glob"),
            ("db1 or *", "glob"),
            ("db* or web*", "compound"),
            ("role:web", "grain"),
            ("", "glob"),
        ):
            self.assertEqual(self.react("states/highstate", tgt=target, matcher=matcher), {}, target)

    def test_nothing_is_allowed_by_default(self):
        self.settings = {"secret": SECRET}
        self.assertEqual(self.react("states/highstate"), {})
        self.assertEqual(self.react("services/restart", args="rethinkdb"), {})

    def test_only_allowed_services(self):
        for service in ("sshd", "", "rethinkdb; id", ["rethinkdb", "sshd"]):
            self.assertEqual(self.react("services/restart", args=service), {})

    def test_only_known_hooks(self):
        for hook in ("services/mask", "states/highstate/more", "../x"):
            self.assertEqual(self.react(hook, args="rethinkdb"), {})

    def test_bounded(self):
        self.assertEqual(self.react("states/highstate", body="x" * 10000), {})
        self.assertEqual(self.react("states/highstate", tgt="db" * 2000), {})

    def test_a_template_in_the_body_stays_text(self):
        self.assertEqual(self.react("services/restart", args="{{ salt['cmd.run']('id') }}"), {})


if __name__ == "__main__":
    unittest.main()
