"""Figures for each label that a workload has: how the requests of one kind of path fared."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .records import POLL, REJECTED, Records
from .stats import Spread, in_window, spread
from .visits import completion_times
from .workload import Workload

UNLABELLED = "others"


@dataclass(frozen=True)
class Labelled:
    """The figures of the requests with one label, and of their visits; times in seconds, of those that count."""

    requests: int
    reports: int
    reports_completed: int
    timed_out: int
    response_time: Spread
    completion_time: Spread

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return asdict(self)


def as_json(labels: dict[str, Labelled]) -> dict[str, Any]:
    """The figures of all labels as plain data, under `labels`; nothing where there are none."""
    return {"labels": {label: figures.to_json() for label, figures in labels.items()}} if labels else {}


def by_label(records: Records, workload: Workload, warmup: float = 0.0) -> dict[str, Labelled]:
    """The figures of each label, the most frequent first, those without one as `others` last; {} without labels."""
    return dict(_by_label(records, workload, warmup))


def _by_label(records: Records, workload: Workload, warmup: float) -> Iterator[tuple[str, Labelled]]:
    if workload.label is None:
        return
    counts = np.bincount(workload.label + 1, minlength=len(workload.labels) + 1)
    order = sorted(range(len(workload.labels)), key=lambda code: -counts[code + 1])
    others = [-1, *(code for code in order if workload.labels[code] == UNLABELLED)]  # a file may say it, too
    counted, response_time, completion_time = (
        in_window(workload, warmup),
        records.response_time,
        completion_times(records, workload),
    )
    asked = records.kind != POLL
    for codes in (*([code] for code in order if code not in others), others):
        visits = counted & np.isin(workload.label, codes)
        if not visits.any():
            continue
        mine = visits[records.visit_id] & asked
        completed = completion_time[visits & workload.is_report]
        yield (
            UNLABELLED if codes is others else workload.labels[codes[0]],
            Labelled(
                requests=int(mine.sum()),
                reports=len(completed),
                reports_completed=int(np.isfinite(completed).sum()),
                timed_out=int((mine & records.timed_out).sum()),
                response_time=spread(response_time[mine & (records.status != REJECTED)]),
                completion_time=spread(completed),
            ),
        )
