#!py
"""
Guards a minion: brings the module, its folder of records, and the list of what `prunella.apply` may run, which
comes from pillar.

Pillar, all of it optional; without `allow` nothing is allowed, which a state of its own then says::

    prunella:
      allow:
        - function: state.highstate
        - function: service.restart
          args: [rethinkdb]
      authority: the installation's id
      records: /var/lib/prunella/salt
"""

import json
import os

#: As in _modules/prunella.py.
DEFAULT_RECORDS = "var/lib/prunella/salt"


def run():
    settings = __pillar__.get("prunella") or {}
    policy = {key: settings[key] for key in ("authority", "records") if settings.get(key)}
    policy["allow"] = settings.get("allow") or []
    path = os.path.join(os.path.dirname(__opts__["conf_file"]), "prunella.yaml")
    records = settings.get("records") or os.path.join(__opts__.get("root_dir") or "/", DEFAULT_RECORDS)
    states = {
        "prunella_modules": {"module.run": [{"saltutil.sync_modules": []}]},
        "prunella_records": {"file.directory": [{"name": records}, {"mode": "0700"}, {"makedirs": True}]},
        "prunella_policy": {
            "file.managed": [
                {"name": path},
                {"contents": "# Written by Salt from the pillar 'prunella'.\n" + json.dumps(policy, indent=2)},
                {"mode": "0600"},
                {"show_changes": True},
            ]
        },
    }
    if not policy["allow"]:
        text = "Nothing is allowed on this minion, every order will be refused: write `prunella: allow:` into its pillar."
        states["prunella_allows_nothing"] = {"test.show_notification": [{"text": text}]}
    return states
