"""What the webhooks take and refuse."""

import base64
import hashlib
import hmac
import os
import tempfile
import time
import unittest
from urllib.parse import parse_qsl, urlencode

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
            __opts__={"prunella": {"hooks": self.settings}, "cachedir": "/nonexistent"},
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

    def test_the_attempt_is_kept_with_the_job(self):
        low = self.react("states/highstate", attempt="a1")["prunella_states_highstate"]["local.state.highstate"]
        self.assertIn({"metadata": {"prunella": {"hook": "states/highstate", "attempt": "a1"}}}, low)


class SignedHookTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.settings = {"secret": SECRET, "signed": True, "targets": ["db*"], "services": ["rethinkdb"]}

    def load(self, tag, data):
        options = {"prunella": {"hooks": self.settings}, "cachedir": self.folder}
        return load("prunella/reactor/hook.sls", tag="salt/netapi/hook/" + tag, data=data, __opts__=options)

    def signed(self, hook="services/restart", identifier="id-1", at=None, key=SECRET.encode(), **fields):
        body = urlencode(dict({"tgt": "db1", "args": "rethinkdb", "hook": hook}, **fields))
        timestamp = str(int(time.time() if at is None else at))
        digest = hmac.new(key, "{}.{}.{}".format(identifier, timestamp, body).encode(), hashlib.sha256).digest()
        headers = {
            "Webhook-Id": identifier,
            "Webhook-Timestamp": timestamp,
            "Webhook-Signature": "v1," + base64.b64encode(digest).decode(),
        }
        return {"body": body, "post": dict(parse_qsl(body)), "headers": headers}

    def react(self, data, tag="services/restart"):
        return self.load(tag, data).run()

    def test_taken_once_also_after_a_restart(self):
        self.assertIn("prunella_services_restart", self.react(self.signed()))
        self.assertEqual(self.react(self.signed()), {})
        self.assertNotEqual(self.react(self.signed(identifier="id-2")), {})

    def test_as_standard_webhooks_writes_secrets(self):
        self.settings["secret"] = "whsec_" + base64.b64encode(b"k" * 24).decode()
        self.assertNotEqual(self.react(self.signed(key=b"k" * 24)), {})
        self.settings["secret"] = "whsec_no base64 at all"
        self.assertEqual(self.react(self.signed(identifier="id-2")), {})

    def test_refused_where_anything_of_it_was_changed(self):
        changed = self.signed()
        changed["body"] = changed["body"].replace("db1", "db2")
        self.assertEqual(self.react(changed), {})
        for name, value in (("Webhook-Id", "id-9"), ("Webhook-Timestamp", str(int(time.time()) - 9))):
            other = self.signed()
            other["headers"] = dict(other["headers"], **{name: value})
            self.assertEqual(self.react(other), {})
        self.assertEqual(self.react(self.signed(key=b"another secret of some length")), {})
        self.assertEqual(self.react(self.signed(), tag="services/stop"), {})
        self.assertNotEqual(self.react(self.signed()), {}, "what was refused took no id away")

    def test_refused_where_it_is_old_or_of_the_future_or_late(self):
        for away in (-301, 302):
            self.assertEqual(self.react(self.signed(at=time.time() + away)), {})
        self.assertEqual(self.react(self.signed(not_after=str(int(time.time() * 1000) - 1))), {})
        self.assertEqual(self.react(self.signed(not_after="soon")), {})
        self.assertNotEqual(self.react(self.signed(not_after=str(int(time.time() * 1000) + 5000))), {})

    def test_the_plain_secret_is_refused_where_signatures_are_asked_for(self):
        plain = {"post": {"tgt": "db1", "args": "rethinkdb", "secretkey": SECRET}, "body": ""}
        self.assertEqual(self.react(plain), {})
        self.settings["signed"] = False
        self.assertNotEqual(self.react(plain), {})

    def test_a_wrong_signature_is_not_made_good_by_the_secret(self):
        self.settings["signed"] = False
        data = self.signed(key=b"another secret of some length", secretkey=SECRET)
        self.assertEqual(self.react(data), {})
        del data["headers"]["Webhook-Signature"]
        self.assertEqual(self.react(data), {})

    def test_ids_are_bounded_and_go_when_they_can_do_no_harm(self):
        ids = os.path.join(self.folder, "prunella-hook-ids")
        os.mkdir(ids)
        for number in range(5):
            write(os.path.join(ids, str(number)), "")
        module = self.load("services/restart", self.signed())
        module.IDS_KEPT = 5
        self.assertEqual(module.run(), {})
        for number in range(5):
            old = time.time() - module.ID_KEPT_SECONDS - 1
            os.utime(os.path.join(ids, str(number)), (old, old))
        self.assertNotEqual(module.run(), {})
        self.assertEqual(len(os.listdir(ids)), 1)

    def test_where_ids_cannot_be_kept_nothing_is_taken(self):
        self.settings["ids_folder"] = "/proc/none"
        self.assertEqual(self.react(self.signed()), {})


if __name__ == "__main__":
    unittest.main()
