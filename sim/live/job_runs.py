"""The runs of jobs, paired from what the workers say; what was under way when a worker went was lost or returned."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..turns import COMPLETED, FAILED, LOST, RETURNED

ENDS = {"completed": COMPLETED, "failed": FAILED}
GONE = {"kill": LOST, "term": RETURNED}


class Run(NamedTuple):
    """One run of a job: whose, on which slot, from when to when (s), how it ended (`turns.OUTCOMES`; None: not yet).

    `enqueued_at` is when the job was last pushed (NaN: nobody said); one that is put back keeps its instant.
    """

    name: str
    slot: int
    enqueued_at: float
    picked_up_at: float
    ended_at: float
    outcome: int | None


def _pushes(events: list[dict[str, Any]]) -> dict[str, list[float]]:
    """When each job was pushed: by its request, and again after each failure."""
    pushes = defaultdict[str, list[float]](list)
    for event in events:
        if event["event"] == "enqueued":
            pushes[str(event.get("request_id"))].append(float(event["at"]))
    return pushes


def runs_of(events: list[dict[str, Any]]) -> Iterable[Run]:
    """The runs that the events tell of, those under way at the end."""
    under_way: dict[str, Run] = {}
    ordered = sorted(events, key=lambda event: float(event["at"]))
    pushes, failures = _pushes(ordered), Counter[str]()
    for event in ordered:
        name, word = str(event.get("request_id")), event["event"]
        if word == "picked_up":
            pushed = pushes.get(name, [np.nan])  # a program may say so only when the job has been picked up
            pushed_at = pushed[min(failures[name], len(pushed) - 1)]
            under_way[name] = Run(name, int(event["place"]), pushed_at, event["at"], np.nan, None)
        elif word in ENDS and name in under_way:
            failures[name] += word == "failed"
            yield under_way.pop(name)._replace(ended_at=event["at"], outcome=ENDS[word])
        elif word == "worker_gone":
            for run in under_way.values():
                yield run._replace(ended_at=event["at"], outcome=GONE[event["how"]])
            under_way.clear()
    yield from under_way.values()
