"""How long jobs wait in each queue: measured, simulated, and simulated for a run's own disturbances."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..records import Records
from ..units import Seconds

Bounds = list[float | None]  # median and 95 %, s
ByQueue = dict[str, Bounds]


def middle_and_p95(seconds: Seconds) -> Bounds:
    """The median and the 95 % of the times that are known, s; None where none is."""
    known = seconds[~np.isnan(seconds)]
    return [round(float(value), 3) for value in np.quantile(known, [0.5, 0.95])] if len(known) else [None, None]


def waits_of(records: Records) -> ByQueue:
    """From each push of a job to its run."""
    waited = records.at_workers.taken_at - records.run_enqueued_at
    return {name: middle_and_p95(waited[records.run_queue == number]) for number, name in enumerate(records.queues)}


@dataclass(frozen=True)
class Waits:
    """By queue; `disturbed` has those that the model gives for this run's disturbances. All empty for one queue."""

    simulated: ByQueue = field(default_factory=dict)
    measured: ByQueue = field(default_factory=dict)
    disturbed: tuple[ByQueue, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain values; `range` is of the 95 %."""
        return {name: {"waiting_time": self._of(name)} for name in self.simulated}

    def _of(self, name: str) -> dict[str, Bounds]:
        known = [late for _, late in (one[name] for one in self.disturbed) if late is not None]
        bounds: Bounds = [min(known), max(known)] if known else [None, None]
        return {"simulated": self.simulated[name], "measured": self.measured[name], "range": bounds}
