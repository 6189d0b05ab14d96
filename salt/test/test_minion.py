"""What the state prunella.minion puts onto a minion."""

import json
import unittest

from loaded import load


def states(pillar):
    return load("prunella/minion.sls", __pillar__=pillar, __opts__={"conf_file": "/etc/salt/minion"}).run()


class MinionTest(unittest.TestCase):
    def test_brings_the_list_and_says_nothing_more(self):
        allow = [{"function": "state.highstate"}]
        found = states({"prunella": {"allow": allow, "authority": "a"}})
        self.assertEqual(sorted(found), ["prunella_modules", "prunella_policy"])
        name, contents = found["prunella_policy"]["file.managed"][:2]
        self.assertEqual(name, {"name": "/etc/salt/prunella.yaml"})
        policy = json.loads(contents["contents"].split("\n", 1)[1])
        self.assertEqual(policy, {"allow": allow, "authority": "a"})

    def test_says_that_an_empty_list_allows_nothing(self):
        for pillar in ({}, {"prunella": None}, {"prunella": {"allow": []}}):
            said = states(pillar)["prunella_allows_nothing"]["test.show_notification"]
            self.assertIn("every order will be refused", said[0]["text"])


if __name__ == "__main__":
    unittest.main()
