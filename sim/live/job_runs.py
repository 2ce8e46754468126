"""The runs of jobs, paired from what the workers say; what was under way when a worker went was lost or returned."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..turns import COMPLETED, FAILED, LOST, RETURNED

ENDS = {"completed": COMPLETED, "failed": FAILED}
GONE = {"kill": LOST, "term": RETURNED}


class Run(NamedTuple):
    """One run of a job: whose, on which slot, from when to when (s), how it ended (`turns.OUTCOMES`; None: not yet)."""

    name: str
    slot: int
    picked_up_at: float
    ended_at: float
    outcome: int | None


def runs_of(events: list[dict[str, Any]]) -> Iterable[Run]:
    """The runs that the events tell of, those under way at the end."""
    under_way: dict[str, Run] = {}
    for event in sorted(events, key=lambda event: float(event["at"])):
        name, word = str(event.get("request_id")), event["event"]
        if word == "picked_up":
            under_way[name] = Run(name, int(event["place"]), event["at"], np.nan, None)
        elif word in ENDS and name in under_way:
            yield under_way.pop(name)._replace(ended_at=event["at"], outcome=ENDS[word])
        elif word == "worker_gone":
            for run in under_way.values():
                yield run._replace(ended_at=event["at"], outcome=GONE[event["how"]])
            under_way.clear()
    yield from under_way.values()
