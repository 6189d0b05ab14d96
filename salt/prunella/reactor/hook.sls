#!py
"""
Serves the webhooks ``states/highstate`` and ``services/{start,stop,restart,reload}`` of salt-api.

This is Python and not a template: nothing of the request's body is ever rendered. What may be asked for is
written in the master's configuration and empty by default; everything else is refused, with a line in the
master's log that says why and never contains the secret.

The body, as a form or as JSON: ``tgt``, ``matcher`` (default ``glob``), ``args`` (the service), ``secretkey``.
``attempt`` is kept in the metadata of the job, by which the healer finds it.

Instead of sending the secret a request can be signed with it, as Standard Webhooks 1.0 does: HMAC-SHA256 over the
headers ``webhook-id`` and ``webhook-timestamp`` and the body. Then the body names its ``hook``, too, each id is taken
once, and ``not_after`` (ms since the Unix epoch) may end its time.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import logging
import os
import re
import time

log = logging.getLogger("salt.prunella.hook")

TAG_PREFIX = "salt/netapi/hook/"
HOOKS = {
    "states/highstate": ("state.highstate", False),
    "services/start": ("service.start", True),
    "services/stop": ("service.stop", True),
    "services/restart": ("service.restart", True),
    "services/reload": ("service.reload", True),
}
FIELDS = {
    "tgt": 1024,
    "matcher": 32,
    "args": 256,
    "secretkey": 1024,
    "attempt": 200,
    "hook": 64,
    "not_after": 20,
}
SHORTEST_SECRET = 16
LONGEST_BODY = 8192
LONGEST_ID = 200
#: How far the time of a signed request may be from the master's clock.
TOLERANCE_SECONDS = 300
#: An id is kept for longer than any request with it can be young enough.
ID_KEPT_SECONDS = 2 * TOLERANCE_SECONDS + 60
#: More than this many ids at a time are refused, never forgotten.
IDS_KEPT = 10000
PLAIN_ID = re.compile(r"^[A-Za-z0-9_.:@-]+$")


class Refused(Exception):
    """Why a request is not served."""


def run():
    try:
        return _reaction(tag, data, (__opts__.get("prunella") or {}).get("hooks") or {}, __opts__["cachedir"])
    except Refused as why:
        log.warning("prunella: refused the webhook %r: %s", tag[:100], why)
        return {}


def _reaction(tag, data, settings, cache):
    hook = tag[len(TAG_PREFIX) :] if tag.startswith(TAG_PREFIX) else tag
    if hook not in HOOKS:
        raise Refused("there is no such hook; there are {}".format(", ".join(sorted(HOOKS))))
    function, takes_service = HOOKS[hook]
    fields = _fields(data)
    signature = _signature(data.get("headers"))
    if signature:
        _check_signature(signature, data.get("body") or "", hook, fields, _secret(settings))
    elif settings.get("signed"):
        raise Refused("it is not signed, and prunella:hooks:signed is set")
    else:
        _check_secret(fields["secretkey"], _secret(settings))
    matcher = fields["matcher"] or "glob"
    _check_target(fields["tgt"], matcher, settings.get("targets") or [])
    reaction = [
        {"tgt": fields["tgt"]},
        {"tgt_type": matcher},
        {"metadata": {"prunella": dict({"hook": hook}, **_attempt(fields))}},
    ]
    if takes_service:
        _check_service(fields["args"], settings.get("services") or [])
        reaction.append({"args": [{"name": fields["args"]}]})
    elif fields["args"]:
        raise Refused("this hook takes no args")
    if signature:
        # At last, so that a request which is refused for its content may be corrected and signed again.
        _take_id(signature["webhook-id"], settings.get("ids_folder") or os.path.join(cache, "prunella-hook-ids"))
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


def _attempt(fields):
    return {"attempt": fields["attempt"]} if fields["attempt"] else {}


def _signature(headers):
    """The three headers; an empty map where there is none of them."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    found = {name.lower(): value for name, value in (headers or {}).items() if name.lower() in names}
    if found and (len(found) < len(names) or not all(isinstance(one, str) for one in found.values())):
        raise Refused("of {} one is missing".format(", ".join(names)))
    return found


def _check_signature(signature, body, hook, fields, secret):
    identifier, timestamp = signature["webhook-id"], signature["webhook-timestamp"]
    if not 0 < len(identifier) <= LONGEST_ID or not re.match(r"^[0-9]{1,12}$", timestamp):
        raise Refused("webhook-id or webhook-timestamp is malformed")
    signed = "{}.{}.{}".format(identifier, timestamp, body).encode()
    expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    given = signature["webhook-signature"][:1024].split(" ")
    if not any(hmac.compare_digest(("v1," + expected).encode(), one.encode()) for one in given):
        raise Refused("the signature is not one of this secret")
    away = int(timestamp) - time.time()
    if abs(away) > TOLERANCE_SECONDS:
        raise Refused("it was signed {:.0f} s from now, by this master's clock".format(away))
    if fields["hook"] != hook:
        raise Refused("it was signed for the hook {!r}".format(fields["hook"][:64]))
    if fields["not_after"]:
        if not re.match(r"^[0-9]{1,16}$", fields["not_after"]):
            raise Refused("not_after is no time in ms")
        if time.time() * 1000 > int(fields["not_after"]):
            raise Refused("it came after its notAfter, by this master's clock")


def _key(secret):
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret[len("whsec_") :], validate=True)
    except (binascii.Error, ValueError):
        raise Refused("the secret begins with whsec_ and is not base64 after it") from None


def _take_id(identifier, folder):
    """On disk before anything is ordered, so that a master which is restarted takes it no second time."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        names = os.listdir(folder)
        kept = 0
        for name in names:
            path = os.path.join(folder, name)
            if os.stat(path).st_mtime < time.time() - ID_KEPT_SECONDS:
                os.unlink(path)
            else:
                kept += 1
        if kept >= IDS_KEPT:
            raise Refused("{} signed webhooks came within {} s already".format(kept, ID_KEPT_SECONDS))
        name = hashlib.sha256(identifier.encode()).hexdigest()
        # Made by exactly one of several that come at the same moment.
        file = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        for opened in (file, os.open(folder, os.O_RDONLY)):
            os.fsync(opened)
            os.close(opened)
    except FileExistsError:
        raise Refused("a webhook with this webhook-id was taken before") from None
    except OSError as error:
        raise Refused("the ids that were taken cannot be kept in {}: {}".format(folder, error)) from None


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
