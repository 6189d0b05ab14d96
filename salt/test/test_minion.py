"""What the states of the formula put onto minions."""

import json
import unittest

from loaded import load


def states(pillar):
    return load("prunella/minion.sls", __pillar__=pillar, __opts__={"conf_file": "/etc/salt/minion"}).run()


class MinionTest(unittest.TestCase):
    def test_brings_the_list_and_says_nothing_more(self):
        allow = [{"function": "state.highstate"}]
        found = states({"prunella": {"allow": allow, "authority": "a"}})
        self.assertEqual(sorted(found), ["prunella_modules", "prunella_policy", "prunella_records"])
        self.assertIn({"name": "/var/lib/prunella/salt"}, found["prunella_records"]["file.directory"])
        name, contents = found["prunella_policy"]["file.managed"][:2]
        self.assertEqual(name, {"name": "/etc/salt/prunella.yaml"})
        policy = json.loads(contents["contents"].split("\n", 1)[1])
        self.assertEqual(policy, {"allow": allow, "authority": "a"})

    def test_says_that_an_empty_list_allows_nothing(self):
        for pillar in ({}, {"prunella": None}, {"prunella": {"allow": []}}):
            said = states(pillar)["prunella_allows_nothing"]["test.show_notification"]
            self.assertIn("every order will be refused", said[0]["text"])


class MasterTest(unittest.TestCase):
    def states(self, hooks, **rest):
        options = {"conf_file": "/etc/salt/minion"}
        pillar = {"prunella": dict(rest, hooks=hooks)}
        return load("prunella/master.sls", __pillar__=pillar, __opts__=options).run()

    def test_takes_nothing_by_default(self):
        found = self.states({"secret_file": "/s"})["prunella_hooks"]["file.managed"]
        self.assertEqual(found[0], {"name": "/etc/salt/master.d/prunella-hooks.conf"})
        written = json.loads(found[1]["contents"].split("\n", 1)[1])
        self.assertEqual(written["prunella"]["hooks"], {"secret_file": "/s", "targets": [], "services": []})

    def test_refuses_what_it_does_not_know_and_a_secret_in_pillar(self):
        for hooks in ({}, {"secret": "x" * 20}, {"secret_file": "/s", "target": ["*"]}):
            (only,) = self.states(hooks).values()
            self.assertIn("test.fail_without_changes", only)


if __name__ == "__main__":
    unittest.main()
