"""How numbers and things are said: durations, shares, counts, and the names of cycles and hops. One home for all."""

import math
from typing import TYPE_CHECKING

from .path import CONSTANT_HOPS, EXTERNAL

if TYPE_CHECKING:
    from .experiments import Result

LABELS = {hop.name: hop.label for hop in (*CONSTANT_HOPS, EXTERNAL)}
COLUMNS = {"sync": "SYNC", "async": "ASYNC", "sync_same_slots": "SYNC, same slots"}  # of a comparison, by name
ARRANGEMENTS = COLUMNS | {"async_pages": "ASYNC pages", "async_all": "ASYNC pages and reports"}  # of the explorer
STACKS: dict[str, dict[str, str]] = {  # what a framework calls the slide's stations, where it has another name
    "Rails": {},
    "Django": {"routes": "urls.py", "controller": "views.py", "model": "models.py", "worker_rb": "tasks.py"},
    "Express": {"routes": "router.js", "controller": "handler.js", "model": "model.js", "worker_rb": "worker.js"},
}
MISHAPS = {  # what goes wrong in a story, by the name of the event; `place` is the number of a core or a worker
    "rejected": "turned away at once: the backlog is full (503)",
    "failed": "answered with an error (500)",
    "computes": "it has core {place}",
    "run_failed": "worker {place}: the slow call has failed",
    "run_lost": "worker {place} is killed: what it ran is gone",
    "run_returned": "worker {place} is stopped: the job goes back to the head of its queue",
    "died": "the job is given up: the dead set",
    "seen": "its client has the report",
}
NONE, NEVER, TOO_FEW = "–", "never", "too few"
UNBOUNDED = "the queue {grows} without bound as long as requests arrive, and these figures depend on {depends}."
OVERLOAD = (  # as the page says it
    "The jobs bring {load} times the work that the workers can do: " + UNBOUNDED.replace("{grows}", "grows")
)


def seconds(value: float | None) -> str:
    """A duration in a table: three significant figures, in ms below one second; "–" where there is none."""
    if value is None:
        return NONE
    if 0 < value < 0.9995:
        return f"{value * 1000:.3g} ms"
    return f"{value:,.0f} s" if value >= 99.95 or value == 0 else f"{value:#.3g} s"


def duration(value: float | None) -> str:
    """A duration as people say it: "97 ms", "12.6 s", "30 s"; "never" for infinity, NaN and None."""
    if value is None or not math.isfinite(value):
        return NEVER
    if value < 0:
        return f"-{duration(-value)}"
    number, unit = seconds(value).split(" ")
    return f"{_bare(number)} {unit}"


def _bare(number: str) -> str:
    """The number without the zeros behind its point that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def percent(fraction: float | None) -> str:
    """A fraction in a table; what is more than nothing does not look like nothing."""
    if fraction is None:
        return NONE
    return "< 0.1 %" if 0 < fraction < 0.0005 else f"{100 * fraction:.1f} %"


def share(part: float, whole: float = 1.0) -> str:
    """A share as people say it: "5.2 %", "10 %"; "0 %" and "100 %" only where it is exactly so."""
    fraction = part / whole if whole else 0.0
    if 0.9995 <= fraction < 1:
        return "> 99.9 %"
    said = percent(fraction)
    return said if said.startswith("<") else f"{_bare(said.removesuffix(' %'))} %"


def counted(number: int, noun: str) -> str:
    """A number of things: "1 report", "1,200 reports"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *others, last = parts or [""]
    return f"{', '.join(others)} and {last}" if others else last


def cycle_name(cycle: str) -> str:
    """What a cycle is called by its name, or a difference of two: "SYNC", "SYNC − ASYNC"."""
    return ARRANGEMENTS.get(cycle, cycle.upper().replace("-", "−"))


def cycle_label(result: "Result", cycles_slots: int | None = None) -> str:
    """What the cycle is called: SYNC, ASYNC; with its threads where these differ from `cycles_slots`."""
    name = cycle_name(result.cycle.name)
    threads = result.records.threads
    return name if cycles_slots in (None, threads) else f"{name} with {counted(threads, 'thread')}"


def fate(result: "Result") -> str:
    """The finding in a sentence: how many requests timed out."""
    timed_out, requests = result.summary.timed_out, result.summary.requests
    if not requests:
        return "no requests"
    if not timed_out:
        return f"none of {counted(requests, 'request')} timed out" if requests > 1 else "the only request was answered"
    if timed_out == requests:
        return f"all {requests:,} requests timed out" if requests > 1 else "the only request timed out"
    return f"{timed_out:,} of {counted(requests, 'request')} timed out"
