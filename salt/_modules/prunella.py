"""
The guard at the target: runs what a Prunella healer orders, once, if it is allowed and not overtaken.

Salt's permissions see ``prunella.apply`` and not what it wraps, so this module has a list of its own of what
may be run: ``prunella.yaml`` beside the minion's configuration, owned by root (or the minion's user) and
writable by nobody else. Without that file nothing is allowed. See the README for its fields.

Every order is written down, on disk before its function runs, in a folder outside Salt's cache. From these
records a repeated order is answered instead of run again, an older one is refused, and an order that was
interrupted is known to be of unknown outcome.
"""

import contextlib
import fnmatch
import importlib.util
import json
import logging
import os
import stat
import time

import salt.payload
import salt.utils.jid
import salt.utils.minion
import salt.utils.yaml

log = logging.getLogger(__name__)

VERSION = 1
POLICY_NAME = "prunella.yaml"
STOP_NAME = "prunella.stop"
DEFAULT_RECORDS = "var/lib/prunella/salt"
LONGEST_ATTEMPT_ID = 200
LONGEST_ORDER = 16384
LONGEST_STOP_REASON = 300
MOST_STATE_RUNS_TOLD = 20
RECORDS_MODULE = "_prunella_records.py"
#: Would let a state run past the exclusion, or put it off until nobody expects it any more.
FORBIDDEN_STATE_KEYWORDS = ("concurrent", "queue")


try:
    _specification = importlib.util.spec_from_file_location(
        "prunella_records", os.path.join(os.path.dirname(os.path.abspath(__file__)), RECORDS_MODULE)
    )
    _records = importlib.util.module_from_spec(_specification)
    _specification.loader.exec_module(_records)
except (ImportError, OSError) as _error:
    _records = None
    _missing = str(_error)


def __virtual__():
    if _records is None:
        return False, "prunella needs {} beside it, and file locks: {}".format(RECORDS_MODULE, _missing)
    return "prunella"


class Refused(Exception):
    """Nothing was run. ``code`` is stable; the text is for a person."""

    def __init__(self, code, comment):
        super().__init__(comment)
        self.code = code


def apply(function, attempt=None, fence=None, not_after=None, args=None, kwargs=None, **publication):
    """
    Run one order, once.

    function, args, kwargs
        What to run; the allow-list must hold it.
    attempt
        Id of the attempt. An id that was seen is answered with what was recorded, and not run again.
    fence
        ``{authority, generation, number}``. Must be newer than every fence seen before, of the same authority.
    not_after
        Milliseconds since the Unix epoch, by this machine's clock: not begun after that.

    Gives ``status``: ``done`` (ran now), ``repeated`` (ran before: the recorded answer), ``running`` (this
    attempt runs now), ``unknown`` (it began once and was interrupted, or its end could not be written down), or
    ``refused`` with a ``code``: nothing ran. With ``done`` come the ``state_runs`` of others that are under way now,
    so that whoever orders next need not ask for them.
    """
    try:
        order = _order(function, attempt, fence, not_after, args or [], kwargs or {})
        policy = _policy()
        folder = _records_folder(policy)
        with _records.lock(folder, order["attempt"]) as holder:
            if holder == order["attempt"]:
                return _answer("running", attempt, success=False, comment="this attempt runs now")
            if holder is not None:
                # What ran before another began is known all the same.
                known = _standing(folder, order["attempt"], "repeated")
                if known is not None:
                    return known
                raise Refused("busy", "the attempt {} runs on this minion now".format(holder))
            return _apply_locked(_records.Records(folder), order, policy, publication)
    except _records.Unusable as why:
        log.error("prunella: attempt %s: %s", attempt, why)
        return _answer("refused", attempt, success=False, code="records", comment=str(why))
    except Refused as why:
        log.warning("prunella: refused attempt %s (%s): %s", attempt, why.code, why)
        return _answer("refused", attempt, success=False, code=why.code, comment=str(why))


def look(attempt, fence=None):
    """
    What became of an attempt, without running anything: ``done``, ``running``, ``unknown``, ``never-taken``
    (provably not taken until now), or ``no-history`` where the records do not reach back to it.
    """
    try:
        folder = _records_folder(_policy())
        known = _standing(folder, attempt, "done")
        if known is not None:
            return known
        records = _records.Records(folder)
        if fence is not None and records.covers(_fence(fence)):
            return _answer("never-taken", attempt, success=False, comment="this minion has never taken it")
        return _answer(
            "no-history", attempt, success=False, comment="this minion's records do not reach back to it"
        )
    except (Refused, _records.Unusable) as why:
        return _answer("refused", attempt, success=False, code=why.code, comment=str(why))


def status():
    """Version, authority and newest fence, what is allowed, and whether the stop file is there."""
    try:
        policy = _policy()
        records = _records.Records(_records_folder(policy))
        return {
            "prunella": VERSION,
            "authority": policy.get("authority") or records.head.get("authority"),
            "newest": records.newest(),
            "history": "complete" if records.head else "no-history",
            "allow": policy["allow"],
            "stopped": _stop_reason(),
        }
    except (Refused, _records.Unusable) as why:
        return {"prunella": VERSION, "problem": str(why), "code": why.code}


def _apply_locked(records, order, policy, publication):
    known = records.find(order["attempt"])
    if known is not None:
        return _recorded(known, False, "repeated")
    reason = _stop_reason()
    if reason is not None:
        raise Refused("stopped", "stopped on this minion by {}: {}".format(_configured(STOP_NAME), reason))
    _check_allowed(order, policy["allow"])
    _check_fence(order["fence"], policy, records)
    if order["function"] not in __salt__:
        raise Refused("unknown-function", "'{}' is not available.".format(order["function"]))
    history = "complete" if records.head else "no-history"
    with _state_exclusion(order["function"], publication.get("__pub_jid")):
        if time.time() * 1000 > order["not_after"]:
            raise Refused("late", "the order came after its notAfter, by this minion's clock")
        records.begin(order)
        answer = _run(records, order, history)
    return dict(answer, **_state_runs())


@contextlib.contextmanager
def _state_exclusion(function, jid):
    """
    Salt knows that a state run is under way by the file of its job in ``proc``, which names ``prunella.apply``
    for us. So that file is made to name the state function, first, and only then is looked who else runs: of
    two that begin at once at least one sees the other. Salt's own functions do the same in the same order.
    """
    if not fnmatch.fnmatchcase(function, "state.*"):
        yield
        return
    jid = jid or salt.utils.jid.gen_jid(__opts__)
    path = os.path.join(__opts__["cachedir"], "proc", jid)
    try:
        with open(path, "rb") as file:
            before = file.read()
    except FileNotFoundError:
        before = None
    job = dict(salt.payload.loads(before) if before else {}, jid=jid, pid=os.getpid(), fun=function)
    _replace(path, salt.payload.dumps(job))
    try:
        others = __salt__["saltutil.is_running"]("state.*")
        if others:
            raise Refused(
                "state-running",
                "another state run is under way on this minion: {} as PID {} with jid {}".format(
                    others[0].get("fun"), others[0].get("pid"), others[0].get("jid")
                ),
            )
        yield
    finally:
        if before is not None:
            _replace(path, before)
        else:
            os.unlink(path)


def _replace(path, content):
    # Not opened for writing in place: Salt deletes a job's file that it reads while it is empty.
    # Not made beside it either: whatever lies in that folder counts as a job.
    os.makedirs(os.path.dirname(path), exist_ok=True)
    made = os.path.join(__opts__["cachedir"], "prunella-{}-{}".format(os.path.basename(path), os.getpid()))
    with open(made, "wb") as file:
        file.write(content)
    os.replace(made, path)


def _run(records, order, history):
    keywords = dict(order["kwargs"])
    if order["function"].startswith("state."):
        keywords["queue"] = False
    __context__["retcode"] = 0
    try:
        value = __salt__[order["function"]](*order["args"], **keywords)
        retcode = __context__.get("retcode") or (1 if value is False else 0)
    except Exception as error:  # pylint: disable=broad-except
        log.exception("prunella: %s failed", order["function"])
        value = "{}: {}".format(type(error).__name__, error)
        retcode = 1
    __context__["retcode"] = retcode
    try:
        record = records.end(order, value, retcode)
    except _records.Unusable as why:
        # It ran, so that this is no refusal; and its record says the same as of one that was interrupted.
        log.error("prunella: attempt %s: %s", order["attempt"], why)
        return _answer(
            "unknown",
            order["attempt"],
            success=False,
            comment="it ran, but how it ended could not be written down: {}".format(why),
            **{"function": order["function"]},
        )
    return _answer(
        "done",
        order["attempt"],
        success=retcode == 0,
        retcode=retcode,
        history=history,
        began_at=record["began_at"],
        ended_at=record["ended_at"],
        **{"function": order["function"], "return": value},
    )


def _state_runs():
    try:
        jobs = salt.utils.minion.running(__opts__)
        runs = [job for job in jobs if fnmatch.fnmatchcase(str(job.get("fun")), "state.*")]
    except Exception as error:  # pylint: disable=broad-except
        # The order has ended all the same; whoever does not hear of them asks.
        log.warning("prunella: which state runs are under way cannot be told: %s", error)
        return {}
    if len(runs) > MOST_STATE_RUNS_TOLD:
        return {}
    return {"state_runs": [{key: str(job.get(key, "")) for key in ("jid", "fun", "user")} for job in runs]}


def _answer(status, attempt, **rest):
    return dict({"prunella": VERSION, "status": status, "attempt": attempt}, **rest)


def _standing(folder, attempt, status_when_ended):
    """What is recorded of an attempt, asked beside whatever runs; None where nothing is."""
    record = _records.Records(folder).find(attempt)
    if record is None or record["status"] == "ended":
        return record and _recorded(record, False, status_when_ended)
    if _records.running(folder) == attempt:
        return _recorded(record, True, status_when_ended)
    # Read again: it may have ended since, and only what has not was interrupted.
    return _recorded(_records.Records(folder).find(attempt) or record, False, status_when_ended)


def _recorded(record, runs_now, status_when_ended):
    common = {"function": record["function"], "began_at": record["began_at"]}
    if record["status"] == "ended":
        return _answer(
            status_when_ended,
            record["attempt"],
            success=record["retcode"] == 0,
            retcode=record["retcode"],
            ended_at=record["ended_at"],
            **dict(common, **{"return": record["return"]}),
        )
    if runs_now:
        return _answer("running", record["attempt"], success=False, comment="it runs now", **common)
    return _answer(
        "unknown",
        record["attempt"],
        success=False,
        comment="it began and was interrupted; nobody knows how far it came",
        **common,
    )


# --- What an order is, and what is allowed --------------------------------------------------------------------


def _order(function, attempt, fence, not_after, args, kwargs):
    if not isinstance(attempt, str) or not 0 < len(attempt) <= LONGEST_ATTEMPT_ID:
        raise Refused("malformed", "attempt must be a text of 1 to {} characters".format(LONGEST_ATTEMPT_ID))
    if not isinstance(function, str) or not isinstance(args, list) or not isinstance(kwargs, dict):
        raise Refused("malformed", "function must be a text, args a list, kwargs a mapping")
    if isinstance(not_after, bool) or not isinstance(not_after, (int, float)):
        raise Refused("malformed", "not_after must be milliseconds since the Unix epoch")
    order = {
        "attempt": attempt,
        "function": function,
        "fence": _fence(fence),
        "not_after": not_after,
        "args": args,
        "kwargs": kwargs,
    }
    if len(json.dumps(order, default=str)) > LONGEST_ORDER:
        raise Refused("malformed", "the order is longer than {} bytes".format(LONGEST_ORDER))
    return order


def _fence(fence):
    if isinstance(fence, dict) and isinstance(fence.get("authority"), str) and fence["authority"]:
        numbers = (fence.get("generation"), fence.get("number"))
        if all(type(one) is int and one >= 0 for one in numbers):
            return {"authority": fence["authority"], "generation": numbers[0], "number": numbers[1]}
    raise Refused("malformed", "fence must be {authority: text, generation: integer, number: integer}")


def _rank(fence):
    return (fence["generation"], fence["number"])


def _check_fence(fence, policy, records):
    authority = policy.get("authority") or records.head.get("authority")
    if authority is not None and fence["authority"] != authority:
        raise Refused(
            "other-authority",
            "this minion obeys the installation {}, the order is of {}; if the first one is gone for good, write "
            "the second as 'authority' into {} (pillar prunella:authority, then state.apply prunella)".format(
                authority, fence["authority"][:100], _configured(POLICY_NAME)
            ),
        )
    newest = records.newest() if records.head.get("authority") == fence["authority"] else None
    if newest is not None and _rank(fence) <= tuple(newest):
        raise Refused("overtaken", "a newer order was taken: {} is not after {}".format(_rank(fence), newest))


def _check_allowed(order, allow):
    if order["function"].startswith("state."):
        for keyword in FORBIDDEN_STATE_KEYWORDS:
            if keyword in order["kwargs"]:
                raise Refused("not-allowed", "'{}' is never allowed for a state run".format(keyword))
    if not any(_matches(order, entry) for entry in allow):
        raise Refused(
            "not-allowed",
            "{} with these arguments is not in 'allow' of {}".format(
                order["function"], _configured(POLICY_NAME)
            ),
        )


def _matches(order, entry):
    if not isinstance(entry, dict) or entry.get("function") != order["function"]:
        return False
    args, kwargs = entry.get("args") or [], entry.get("kwargs") or {}
    if len(args) != len(order["args"]) or any(name not in kwargs for name in order["kwargs"]):
        return False
    pairs = list(zip(order["args"], args)) + [(value, kwargs[name]) for name, value in order["kwargs"].items()]
    return all(_equal(value, rule) for value, rule in pairs)


def _equal(value, rule):
    """A list in the allow-list names the values allowed. 1 and True are equal to Python, not to us."""
    rules = rule if isinstance(rule, list) else [rule]
    return any(type(value) is type(one) and value == one for one in rules)


def _configured(name):
    return os.path.join(os.path.dirname(os.path.abspath(__opts__["conf_file"])), name)


def _policy():
    path = _configured(POLICY_NAME)
    try:
        with open(path, encoding="utf-8") as file:
            for checked in (os.fstat(file.fileno()), os.stat(os.path.dirname(path))):
                if checked.st_uid not in (0, os.geteuid()) or checked.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    raise Refused(
                        "policy", "{} and its folder must belong to root and be writable by nobody else".format(path)
                    )
            policy = salt.utils.yaml.safe_load(file) or {}
    except FileNotFoundError:
        raise Refused("not-allowed", "nothing is allowed on this minion: there is no {}".format(path)) from None
    except (OSError, UnicodeDecodeError, salt.utils.yaml.YAMLError) as error:
        raise Refused("policy", "{} cannot be read: {}".format(path, error)) from None
    if not isinstance(policy, dict) or not isinstance(policy.get("allow") or [], list):
        raise Refused("policy", "{} must hold a mapping with a list 'allow'".format(path))
    policy["allow"] = policy.get("allow") or []
    return policy


def _records_folder(policy):
    return policy.get("records") or os.path.join(__opts__.get("root_dir") or "/", DEFAULT_RECORDS)


def _stop_reason():
    try:
        with open(_configured(STOP_NAME), encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST_STOP_REASON).strip() or "no reason given"
    except FileNotFoundError:
        return None
    except OSError as error:
        return "the stop file cannot be read: {}".format(error)
