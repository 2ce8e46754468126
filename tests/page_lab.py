"""The random scenarios of `lab_cases`, asked of the page's event loop in node, many at once."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab_cases import Case, Row
from page_model import PageModel

from sim.draws import CLIENT_RETRIES, FAILURES, HAND_OUTS, JOB_RETRIES, LOOKS
from sim.player.data import cycles


def _mixed(value: int, number: int) -> int:
    value = (value ^ number) * 0x85EBCA6B & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


@dataclass(frozen=True)
class HashedLuck:
    """Unit draws made from what they are for, as tests/js/luck.mjs makes them; in quarters, where much is alike."""

    seed: int
    in_quarters: bool

    def _draw(self, stream: int, k: int, n: int) -> float:
        value = _mixed(self.seed, 1)
        for number in (stream, k, n):
            value = _mixed(value, number)
        drawn = value / 2**32
        return int(drawn * 4) / 4 if self.in_quarters else drawn

    def client(self, retry: int, visit: int) -> float:
        return self._draw(CLIENT_RETRIES, retry, visit)

    def job(self, retry: int, visit: int) -> float:
        return self._draw(JOB_RETRIES, retry, visit)

    def failure(self, call: int, visit: int) -> float:
        return self._draw(FAILURES, call, visit)

    def look(self, number: int) -> float:
        return self._draw(LOOKS, 0, number)

    def hand_out(self, number: int) -> float:
        return self._draw(HAND_OUTS, 0, number)

    def looks(self) -> Iterator[float]:
        return map(self.look, itertools.count())

    def hand_outs(self) -> Iterator[float]:
        return map(self.hand_out, itertools.count())


def hashed(case: Case) -> Case:
    """The case with draws that the page can make as well."""
    return replace(case, luck=HashedLuck(case.luck.seed, case.luck.in_quarters))  # type: ignore[arg-type]


def told_by_page(page: PageModel, of: Sequence[Case], cycle: str) -> list[tuple[list[Row], list[Row]]]:
    """The page's requests and runs of each case, as the reference's are told."""
    answer = page.ask("lab", cycle=cycles()[cycle], cases=[_sent(case) for case in of])
    return [tuple([tuple(row) for row in rows] for rows in one) for one in answer]  # type: ignore[misc]


def _sent(case: Case) -> dict[str, Any]:
    names = case.queue_names
    workload = case.workload()
    columns = {name: getattr(workload, name) for name in ("arrived_at", "is_report", "web_time", "external_time")}
    queue = [names.index(visit.queue) for visit in case.visits]
    constants = {"hop_times": workload.hop_times, "ends_at": workload.ends_at, "from_file": True}
    luck = {"seed": case.luck.seed, "in_quarters": case.luck.in_quarters}
    return {
        "workload": columns | {"queue": queue} | constants,
        "scenario": case.scenario().model_dump(mode="json", warnings=False),
        "luck": luck,
        "queues": names,
    }
