#!py
"""
Lets a Salt master serve the webhooks of hook mode. Apply it to the minion that runs beside that master; the master
reads it at its next start, which this state leaves to a person.

Pillar of that minion; without `targets` and `services` the webhooks take nothing::

    prunella:
      hooks:
        secret_file: /etc/salt/prunella-hook-secret
        signed: true
        targets: ['db*']
        services: [rethinkdb]
      master_configuration: /etc/salt/master.d   # the default: master.d beside the minion's configuration

API mode needs none of this: see examples/master-api.conf.
"""

import json
import os

KNOWN = ("secret_file", "signed", "ids_folder", "targets", "services")


def run():
    settings = __pillar__.get("prunella") or {}
    hooks = settings.get("hooks") or {}
    strange = sorted(set(hooks) - set(KNOWN))
    if strange:
        text = "prunella:hooks has no {}; it has {}. A secret belongs into its secret_file.".format(
            ", ".join(strange), ", ".join(KNOWN)
        )
        return {"prunella_hooks_unknown": {"test.fail_without_changes": [{"comment": text}]}}
    if not hooks.get("secret_file"):
        text = "The pillar must name prunella:hooks:secret_file: a file on the master with the secret of the webhooks."
        return {"prunella_hooks_secret": {"test.fail_without_changes": [{"comment": text}]}}
    folder = settings.get("master_configuration") or os.path.join(os.path.dirname(__opts__["conf_file"]), "master.d")
    configuration = {
        "reactor": [
            {"salt/netapi/hook/{}/*".format(kind): ["salt://prunella/reactor/hook.sls"]}
            for kind in ("states", "services")
        ],
        "prunella": {"hooks": dict({"targets": [], "services": []}, **hooks)},
    }
    text = "Restart salt-master: it reads its reactor at its start. Then salt-api."
    return {
        "prunella_hooks": {
            "file.managed": [
                {"name": os.path.join(folder, "prunella-hooks.conf")},
                {"contents": "# Written by Salt from the pillar 'prunella'.\n" + json.dumps(configuration, indent=2)},
                {"mode": "0644"},
                {"makedirs": True},
            ]
        },
        "prunella_hooks_restart": {
            "test.show_notification": [{"text": text}, {"onchanges": [{"file": "prunella_hooks"}]}]
        },
    }
