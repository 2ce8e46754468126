"""The slow calls: which of a visit's fail, and how long they take then (R16)."""

from collections import defaultdict

import simpy

from ..draws import Luck
from ..scenario import Scenario


class Calls:
    """The calls of each visit, counted as they begin over all its requests and runs: both cycles meet the same luck."""

    def __init__(self, scenario: Scenario, env: simpy.Environment, luck: Luck) -> None:
        self.scenario, self.env, self.luck = scenario, env, luck
        self.number: dict[int, int] = defaultdict(int)
        self.fate: dict[int, tuple[bool, float]] = {}

    def of(self, visit: int, length: float) -> tuple[bool, float]:
        """Whether the visit's call that begins now fails, and how long it takes (s)."""
        self.number[visit] += 1
        if not self._fails(visit):
            return False, length
        failing = self.scenario.failure_time
        return True, length if failing is None else failing

    def _fails(self, visit: int) -> bool:
        if any(from_at <= self.env.now < until_at for from_at, until_at in self.scenario.outages):
            return True
        share = self.scenario.failure_fraction
        return share > 0 and self.luck.failure(self.number[visit], visit) < share

    def begin(self, request: int, visit: int, length: float) -> None:
        """Count a call of a job's run that begins at this instant; those of one instant by request_id."""
        self.fate[request] = self.of(visit, length)

    def begun(self, request: int) -> tuple[bool, float]:
        """What `begin` found."""
        return self.fate.pop(request)
