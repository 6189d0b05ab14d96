"""
Services under supervisor, with the functions that Salt's ``service`` modules have.

Where supervisor is the service manager, put this into the minion's configuration::

    providers:
      service: prunella_supervisor
    prunella_supervisor:
      configuration: /etc/supervisor/supervisord.conf

Then ``service.restart``, ``service.running`` and all else that says ``service`` goes through
``supervisorctl``. Salt's own module ``supervisord`` answers with texts, also for failures; these functions
answer true or false, and true only for what ``supervisorctl status`` confirms.
"""

import logging
import re

log = logging.getLogger(__name__)

__func_alias__ = {"reload_": "reload"}

_STATUS_LINE = re.compile(r"^(\S+)\s+(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)\b")


def __virtual__():
    if _settings().get("configuration"):
        return True
    return False, "prunella_supervisor:configuration is not set in this minion's configuration"


def _settings():
    return __opts__.get("prunella_supervisor") or {}


def _supervisorctl(*arguments):
    command = [_settings().get("command", "supervisorctl"), "-c", _settings()["configuration"]]
    return __salt__["cmd.run_all"](
        command + list(arguments), python_shell=False, ignore_retcode=True, timeout=120
    )


def _states():
    states = {}
    for line in _supervisorctl("status")["stdout"].splitlines():
        found = _STATUS_LINE.match(line)
        if found:
            states[found.group(1)] = found.group(2)
    return states


def _runs(name):
    return _states().get(name) == "RUNNING"


def get_all():
    """The names of all services."""
    return sorted(_states())


def available(name):
    """Whether supervisor knows a service of this name."""
    return name in _states()


def missing(name):
    """The contrary of ``available``."""
    return not available(name)


def status(name, sig=None):
    """Whether the service runs. ``sig`` is accepted and not used: supervisor knows its own processes."""
    return _runs(name)


def start(name):
    """Start the service; true when it runs."""
    if not available(name):
        return False
    _supervisorctl("start", name)
    return _runs(name)


def stop(name):
    """Stop the service; true when it does not run."""
    if not available(name):
        return False
    _supervisorctl("stop", name)
    return not _runs(name)


def restart(name):
    """Stop the service where it runs, then start it; true when it runs."""
    if not available(name):
        return False
    _supervisorctl("restart", name)
    return _runs(name)


def reload_(name):
    """Send SIGHUP to the service; true when it took the signal and still runs."""
    if not _runs(name):
        return False
    answer = _supervisorctl("signal", "HUP", name)
    return answer["retcode"] == 0 and _runs(name)


def enabled(name, **kwargs):
    """Whether supervisor knows it: what is declared is what is enabled."""
    return available(name)


def disabled(name, **kwargs):
    """The contrary of ``enabled``."""
    return not available(name)


def enable(name, **kwargs):
    """True where it is declared; declaring is done in supervisor's configuration."""
    return available(name)


def disable(name, **kwargs):
    """False: a service is disabled in supervisor's configuration."""
    return False
