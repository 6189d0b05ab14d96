"""Tells a Prunella healer what this process sees of the resources that it uses. Standard library only.

    reporter = Reporter("shop")              # the healer's address and the token come from the environment
    guard = reporter.guard
    with guard("rethinkdb/main"):            # one call: how it ends is what is told
        run_a_query()

The protocol is in docs/report-protocol.md. The healer is never waited for: without one, all works as before.
"""
import atexit, errno, http.client, json, os, random, re, socket, threading, time, urllib.error, urllib.parse, urllib.request, uuid, warnings
from collections import deque
from contextlib import contextmanager

WINDOW_S = 10.0            # calls of so many seconds make the condition
COALESCE_S = 0.02          # changes within this are one report
TIMEOUT_S = 5.0
POLL_MS = 25_000
IDLE_PING_S = 30.0
# By class or by the name of one, so that no driver has to be imported. What is missing here is `unknown`.
KINDS = {
    ConnectionError: "unreachable", TimeoutError: "timeout", socket.gaierror: "local",
    "ReqlTimeoutError": "timeout", "ReqlAuthError": "auth", "ReqlDriverError": "unreachable",
    "ReqlPermissionsError": "auth", "ReqlOpFailedError": "not-primary", "ReqlQueryLogicError": "caller",
    "OperationalError": "unreachable", "InterfaceError": "unreachable", "ProgrammingError": "caller",
    "IntegrityError": "caller", "DataError": "caller",
    TypeError: "caller", ValueError: "caller", LookupError: "caller", AttributeError: "caller",
}
OWN_FAULT = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL}


def classify(error, kinds=KINDS):
    """The kind of fault of an exception, or of the one that it was raised from."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in OWN_FAULT:
            return "local"
        for cls in type(error).__mro__:
            kind = kinds.get(cls) or kinds.get(cls.__name__)
            if kind:
                return kind
        error = error.__cause__ or error.__context__
    return "unknown"


def _sample(error):
    text = f"{type(error).__name__}: {error}"[:2_000]
    text = re.sub(r"//[^/@\s]*@", "//…@", re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", text))
    return re.sub(r"(?i)\b(password|passwd|secret|token)\b\s*[=:]\s*\S+", r"\1=…", text)[:300]


class _Guard:
    """What this process sees of one resource."""

    def __init__(self, resource, ping, kinds):
        self.resource, self.ping, self.kinds = resource, ping, {**KINDS, **(kinds or {})}
        self.condition, self.since = "unknown", time.monotonic()
        self.successes, self.faults = 0, {}
        self.calls = deque(maxlen=1_000)    # (when it ended, whether it passed), for the window
        self.first_fault_at = self.last_success_began_at = self.newest_fault_at = self.used_at = None
        self.last_kind = self.last_sample = None
        self.looking = threading.Lock()     # a ping that hangs is one thread, and no report waits for it

    def note(self, began_at, error):
        """True where the condition is another one now."""
        now = self.used_at = time.monotonic()
        kind = None if error is None else classify(error, self.kinds)
        if kind is None:
            self.successes += 1
            self.last_success_began_at = max(began_at, self.last_success_began_at or began_at)
        else:
            self.faults[kind] = self.faults.get(kind, 0) + 1
            if kind in ("caller", "local"):
                return False                # it says nothing of the resource
            self.last_kind, self.last_sample, self.newest_fault_at = kind, _sample(error), now
            self.first_fault_at = self.first_fault_at or now
        self.calls.append((now, kind is None))
        return self.turn(now, recovered=kind is None and began_at >= (self.newest_fault_at or 0))

    def turn(self, now, recovered=False):
        while self.calls and self.calls[0][0] < now - WINDOW_S and len(self.calls) > 1:
            self.calls.popleft()
        passed = {ok for _, ok in self.calls}
        if self.condition == "down" and recovered:
            self.calls = deque([self.calls[-1]], maxlen=1_000)
            passed = {True}                 # a call begun after the newest fault ends it at once
        condition = "degraded" if len(passed) == 2 else "ok" if True in passed else "down" if passed else "unknown"
        if condition == "ok":
            self.first_fault_at = None
        changed, self.condition = condition != self.condition, condition
        if changed:
            self.since = now
        return changed

    def told(self, now):
        age = lambda at: max(0.0, (now - at) * 1_000)
        said = {"resource": self.resource, "condition": self.condition, "sinceMs": age(self.since),
                "successes": self.successes, "faults": dict(self.faults)}
        if self.last_success_began_at is not None:
            said["lastSuccessAgeMs"] = age(self.last_success_began_at)
        if self.condition in ("down", "degraded"):
            said.update(lastFaultKind=self.last_kind, sample=self.last_sample)
            if self.first_fault_at is not None:
                said["firstFaultAgeMs"] = age(self.first_fault_at)
        return said


class Reporter:
    """All guards of one process. Make it after a fork: a report is of one process."""

    def __init__(self, service, healer=None, token=None, token_file=None, sick_s=5.0, ok_s=30.0):
        self._healer = (healer or os.environ.get("PRUNELLA_HEALER", "")).rstrip("/")
        self._token, self._token_file = token or os.environ.get("PRUNELLA_TOKEN"), token_file or os.environ.get("PRUNELLA_TOKEN_FILE")
        self._sick_s, self._ok_s = sick_s, ok_s
        self._host, self._epoch = socket.gethostname(), uuid.uuid4().hex
        self._about = {"protocol": 1, "service": service, "host": self._host, "epoch": self._epoch,
                       "instance": f"{service}/{self._host}/{self._epoch[:12]}"}
        self._guards, self._sequence, self._warned = {}, 0, set()
        self._lock, self._sending = threading.RLock(), threading.Lock()
        self._changed, self._sick, self._stopped = threading.Event(), threading.Event(), threading.Event()
        if self._healer:
            threading.Thread(target=self._report_often, name="prunella-reports", daemon=True).start()
            threading.Thread(target=self._follow_directives, name="prunella-directives", daemon=True).start()
            atexit.register(self.goodbye)

    @contextmanager
    def guard(self, resource, ping=None, kinds=None):
        """One call to a resource. `ping`, given once, is a cheap call that is made when the healer asks to look."""
        known = self.declare(resource, ping, kinds)
        began_at = time.monotonic()
        try:
            yield
        except Exception as error:          # what interrupts a program, such as Ctrl-C, tells nothing
            self._note(known, began_at, error)
            raise
        else:
            self._note(known, began_at, None)

    def _note(self, known, began_at, error):
        with self._lock:
            if known.note(began_at, error):
                self._changed.set()

    def declare(self, resource, ping=None, kinds=None):
        with self._lock:
            known = self._guards.setdefault(resource, _Guard(resource, ping, kinds))
            known.ping = ping or known.ping
            return known

    def goodbye(self):
        """An orderly end: without it the healer sees silence."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._send(goodbye=True, timeout_s=1.0)

    def _report_often(self):
        while not self._stopped.is_set():
            try:
                self._report_once()
            except Exception as error:      # such as an answer that makes no sense: the next report says it all again
                self._warn("reports", f"a report came to nothing: {error!r}; reporting goes on")
                self._stopped.wait(min(1.0, self._sick_s))

    def _report_once(self):
        with self._lock:
            now = time.monotonic()
            for each in self._guards.values():
                each.turn(now)
            sick = any(each.condition in ("down", "degraded") for each in self._guards.values())
            idle = [each for each in self._guards.values() if each.ping and each.used_at and not each.looking.locked() and now - each.used_at > IDLE_PING_S]
        (self._sick.set if sick else self._sick.clear)()
        for each in idle:
            looking = threading.Thread(target=self._look, args=[each], daemon=True)
            looking.start()
            looking.join(1.0)               # an observer must not call old evidence `ok`
        self._send()
        if self._changed.wait(self._sick_s if sick else self._ok_s):
            time.sleep(COALESCE_S)
            self._changed.clear()

    def _send(self, goodbye=False, timeout_s=TIMEOUT_S):
        # One at a time, so that sequence numbers arrive in order; a healer that hangs keeps no program from its end.
        if not self._sending.acquire(timeout=timeout_s):
            return
        try:
            with self._lock:
                self._sequence += 1
                now = time.monotonic()
                said = [each.told(now) for each in self._guards.values()]
                sick = any(each["condition"] in ("down", "degraded") for each in said)
                report = {**self._about, "sequence": self._sequence, "conditions": said,
                          "heartbeatMs": (self._sick_s if sick else self._ok_s) * 1_000}
                if goodbye:
                    report.update(goodbye=True, conditions=[])
            answer = self._ask("/v1/reports", {"reports": [report]}, timeout_s)
        finally:
            self._sending.release()
        for refusal in (answer or {}).get("refused", []):
            if refusal["code"] != "sequence-old":
                self._warn(refusal["code"], refusal["reason"])

    def _follow_directives(self):
        state = (None, {})
        while not self._stopped.is_set():
            if not self._sick.wait(1.0):    # only who is not well is told something
                continue
            try:
                state = self._follow_once(*state)
            except Exception as error:
                self._warn("directives", f"no directive could be read: {error!r}; reporting goes on")
                self._stopped.wait(1.0)

    def _follow_once(self, cursor, newest):
        query = {"instance": self._about["instance"], "epoch": self._epoch, "waitMs": POLL_MS}
        if cursor is not None:
            query["after"] = cursor
        began_at = time.monotonic()
        answer = self._ask("/v1/directives?" + urllib.parse.urlencode(query), None, POLL_MS / 1_000 + TIMEOUT_S)
        cursor = (answer or {}).get("cursor", cursor)
        for directive in (answer or {}).get("directives", []):
            incident, sequence = directive["incident"], directive["sequence"]
            if directive["directive"] in ("probe", "recovered") and sequence > newest.get(incident, -1):
                newest = {**dict(list(newest.items())[-255:]), incident: sequence}
                spread_s = min(directive.get("spreadMs", 0) / 1_000, 300)
                timer = threading.Timer(random.uniform(0, spread_s), self._obey, [directive["resource"]])
                timer.daemon = True
                timer.start()
        if not (answer or {}).get("directives"):
            self._stopped.wait(max(0.0, min(1.0, 1.0 - (time.monotonic() - began_at))))
        return cursor, newest

    def _obey(self, resource):
        with self._lock:
            known = self._guards.get(resource)
        if known is not None and known.ping is not None and not self._stopped.is_set():
            self._look(known)
            self._changed.set()             # the healer waits for what was seen, also where it is the same

    def _look(self, known):
        if not known.looking.acquire(blocking=False):
            return
        try:
            with self.guard(known.resource):
                known.ping()
        except Exception:
            pass                            # it is counted; nobody else has asked
        finally:
            known.looking.release()

    def _ask(self, path, body, timeout_s):
        """The healer's answer; None where there is none. What is told next says it all again."""
        try:
            headers = {"content-type": "application/json"}
            token = self._token
            if self._token_file:            # read each time: a new token needs no restart
                with open(self._token_file) as file:
                    token = file.read().strip()
            if token:
                headers["authorization"] = f"Bearer {token}"
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(self._healer + path, data, headers)
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:
                said = json.loads(answer.read(262_144))
                return said if isinstance(said, dict) else None
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                self._warn(error.code, f"the healer answered {error.code}: {error.read(2_000).decode(errors='replace')}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._warn("away", f"no healer at {self._healer}: {error}; reporting goes on")
        return None

    def _warn(self, what, text):
        if what not in self._warned and not self._stopped.is_set():
            self._warned.add(what)
            warnings.warn(f"prunella: {text}", stacklevel=2)
