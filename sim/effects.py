"""Fields that say only how a rule does what it does: which of them say nothing, because the rule is off."""

from collections.abc import Callable, Iterable

from .scenario import Scenario

Off = Callable[[Scenario], bool]


def _nobody_is_killed(scenario: Scenario) -> bool:
    return all(how != "kill" for _, how in scenario.worker_stops)


def _no_run_is_tried_again(scenario: Scenario) -> bool:
    return not scenario.calls_fail or not scenario.job_retries


OFF: dict[str, tuple[str, Off]] = {  # a rule: what is so where it is off, and whether it is
    "clients": ("client_retries = 0, so no client tries again", lambda s: not s.client_retries),
    "polls": ('result is not "polling", so nobody asks', lambda s: s.result != "polling"),
    "failures": ("failure_fraction = 0 and there are no outages, so no call fails", lambda s: not s.calls_fail),
    "runs": ("no job is run again: no call fails, or job_retries = 0", _no_run_is_tried_again),
    "stops": ("worker_stops is empty, so the workers are never stopped", lambda s: not s.worker_stops),
    "terms": ('worker_stops has no "term"', lambda s: all(how != "term" for _, how in s.worker_stops)),
    "kills": ('worker_stops has no "kill"', _nobody_is_killed),
    "recoveries": (
        'no job is put back after a kill: worker_stops has no "kill", or fetch = "basic"',
        lambda s: _nobody_is_killed(s) or s.fetch == "basic",
    ),
}
RULES = {  # the fields that need a rule, one of OFF
    "client_retry_delay": "clients",
    "poll_every": "polls",
    "poll_for": "polls",
    "poll_time": "polls",
    "failure_time": "failures",
    "job_retries": "failures",
    "job_retry_delay": "runs",
    "retry_poll_time": "runs",
    "shutdown_time": "terms",
    "restart_time": "stops",
    "fetch": "kills",
    "recovery_time": "recoveries",
}


def without_effect(scenario: Scenario, given: Iterable[str]) -> list[str]:
    """Of the fields that somebody has given, a line for each that changes nothing, and why."""
    named = [name for name in dict.fromkeys(given) if name in RULES and OFF[RULES[name]][1](scenario)]
    return [f"{name} has no effect here: {OFF[RULES[name]][0]}" for name in named]
