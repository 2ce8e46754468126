"""Fields that change nothing: they say only how a rule does what it does and it is off, or nobody is there for it."""

from collections.abc import Callable, Iterable

from .scenario import Scenario

Off = Callable[[Scenario], bool]


def _nobody_is_killed(scenario: Scenario) -> bool:
    return all(how != "kill" for _, how in scenario.worker_stops)


def _no_run_is_tried_again(scenario: Scenario) -> bool:
    return not scenario.calls_fail or not scenario.job_retries


def _nobody_wants_a_report(scenario: Scenario) -> bool:
    return scenario.report_fraction == 0


def _no_slots_are_shared(scenario: Scenario) -> bool:
    return bool(scenario.queues) and all(queue.workers is not None for queue in scenario.queues)


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
    "reports": ("report_fraction = 0, so nobody wants a report", _nobody_wants_a_report),
    "questions": (
        "poll_every is not below poll_for, so nobody asks",
        lambda s: s.result == "polling" and s.poll_every >= s.poll_for,
    ),
    "files": ("only beside a workload file; here a question walks the hops", lambda s: False),
    "shared workers": ("every queue has workers of its own", _no_slots_are_shared),
}
RULES = {  # the fields that need rules of OFF to be on, the first one first
    "client_retry_delay": ("clients",),
    "poll_every": ("polls", "questions"),
    "poll_for": ("polls", "questions"),
    "poll_time": ("polls", "files"),
    "failure_time": ("failures",),
    "job_retries": ("failures",),
    "job_retry_delay": ("runs",),
    "retry_poll_time": ("runs",),
    "shutdown_time": ("terms",),
    "restart_time": ("stops",),
    "fetch": ("kills",),
    "recovery_time": ("recoveries",),
    "result": ("reports", "questions"),
    "outages": ("reports",),
    "failure_fraction": ("reports",),
    "worker_stops": ("reports",),
    "queues": ("reports",),
    "workers": ("shared workers",),
}
OF_THE_GENERATOR, OF_A_FILE = "reports", "files"  # what a workload file says itself, and what only it needs


def without_effect(scenario: Scenario, given: Iterable[str], *, from_file: bool = False) -> list[str]:
    """Of the fields that somebody has given, a line for each that changes nothing, and why."""
    told = []
    for name in dict.fromkeys(given):
        off = [OFF[rule][0] for rule in RULES.get(name, ()) if _is_off(rule, scenario, from_file)]
        told += [f"{name} has no effect here: {why}" for why in off[:1]]
    return told


def _is_off(rule: str, scenario: Scenario, from_file: bool) -> bool:
    if rule == OF_A_FILE:
        return not from_file
    return OFF[rule][1](scenario) and not (from_file and rule == OF_THE_GENERATOR)
