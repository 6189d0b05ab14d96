#!py
"""
Serves the webhooks ``states/highstate`` and ``services/{start,stop,restart,reload}`` of salt-api.

This is Python and not a template: nothing of the request's body is ever rendered. What may be asked for is
written in the master's configuration and empty by default; everything else is refused, with a line in the
master's log that says why and never contains the secret.

The body, as a form or as JSON: ``tgt``, ``matcher`` (default ``glob``), ``args`` (the service), ``secretkey``.
"""

import fnmatch
import hashlib
import hmac
import logging
import re

log = logging.getLogger("salt.prunella.hook")

TAG_PREFIX = "salt/netapi/hook/"
HOOKS = {
    "states/highstate": ("state.highstate", False),
    "services/start": ("service.start", True),
    "services/stop": ("service.stop", True),
    "services/restart": ("service.restart", True),
    "services/reload": ("service.reload", True),
}
FIELDS = {"tgt": 1024, "matcher": 32, "args": 256, "secretkey": 1024}
SHORTEST_SECRET = 16
LONGEST_BODY = 8192
PLAIN_ID = re.compile(r"^[A-Za-z0-9_.:@-]+$")


class Refused(Exception):
    """Why a request is not served."""


def run():
    try:
        return _reaction(tag, data, (__opts__.get("prunella") or {}).get("hooks") or {})
    except Refused as why:
        log.warning("prunella: refused the webhook %r: %s", tag[:100], why)
        return {}


def _reaction(tag, data, settings):
    hook = tag[len(TAG_PREFIX) :] if tag.startswith(TAG_PREFIX) else tag
    if hook not in HOOKS:
        raise Refused("there is no such hook; there are {}".format(", ".join(sorted(HOOKS))))
    function, takes_service = HOOKS[hook]
    fields = _fields(data)
    _check_secret(fields["secretkey"], _secret(settings))
    matcher = fields["matcher"] or "glob"
    _check_target(fields["tgt"], matcher, settings.get("targets") or [])
    reaction = [
        {"tgt": fields["tgt"]},
        {"tgt_type": matcher},
        {"metadata": {"prunella": {"hook": hook}}},
    ]
    if takes_service:
        _check_service(fields["args"], settings.get("services") or [])
        reaction.append({"args": [{"name": fields["args"]}]})
    elif fields["args"]:
        raise Refused("this hook takes no args")
    return {"prunella_" + hook.replace("/", "_"): {"local." + function: reaction}}


def _fields(data):
    body = data.get("body") or ""
    if len(body) > LONGEST_BODY:
        raise Refused("the body is longer than {} bytes".format(LONGEST_BODY))
    post = data.get("post")
    if not isinstance(post, dict):
        raise Refused("the body is neither a form nor a JSON object")
    fields = {}
    for name, longest in FIELDS.items():
        value = post.get(name, "")
        if name == "args" and isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            raise Refused("the field {} is not a text".format(name))
        if len(value) > longest:
            raise Refused("the field {} is longer than {} characters".format(name, longest))
        fields[name] = value
    return fields


def _secret(settings):
    path = settings.get("secret_file")
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                secret = file.read(FIELDS["secretkey"] + 2).strip()
        except OSError as error:
            raise Refused("prunella:hooks:secret_file cannot be read: {}".format(error)) from None
    else:
        secret = settings.get("secret")
    if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
        raise Refused(
            "prunella:hooks:secret_file (or secret) in the master's configuration must hold "
            "at least {} characters".format(SHORTEST_SECRET)
        )
    return secret


def _check_secret(given, secret):
    # Digests of equal length, so that not even the length is told by the time that it takes.
    expected = hashlib.sha256(secret.encode()).digest()
    if not hmac.compare_digest(expected, hashlib.sha256(given.encode()).digest()):
        raise Refused("wrong secretkey")


def _check_target(target, matcher, allowed):
    """
    Allowed are: exactly what an entry says (a text is a glob; ``{tgt: …, matcher: …}`` anything), minion ids
    that match an entry's glob, one or in a list, and every glob and list where an entry is ``*``.
    """
    if not target:
        raise Refused("the field tgt is empty")
    globs = []
    for entry in allowed:
        if isinstance(entry, dict):
            if (target, matcher) == (entry.get("tgt"), entry.get("matcher", "glob")):
                return
        elif (target, matcher) == (entry, "glob"):
            return
        else:
            globs.append(entry)
    if matcher in ("glob", "list"):
        if "*" in globs:
            return
        ids = target.split(",") if matcher == "list" else [target]
        if all(_is_allowed_id(one, globs) for one in ids):
            return
    raise Refused("the target {!r} ({}) is not in prunella:hooks:targets".format(target[:100], matcher[:32]))


def _is_allowed_id(target, globs):
    return bool(PLAIN_ID.match(target)) and any(fnmatch.fnmatchcase(target, glob) for glob in globs)


def _check_service(service, allowed):
    if not service:
        raise Refused("the field args does not name a service")
    if service not in allowed:
        raise Refused("the service {!r} is not in prunella:hooks:services".format(service[:100]))
