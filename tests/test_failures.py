"""The engine in which more goes wrong, held against the reference of all rules: request by request, run by run."""

from typing import Any

import pytest
from lab_cases import Case, Row, cases, told

from sim.cycles import CYCLES
from sim.failures.application import OUTCOMES
from sim.failures.door import KINDS, STATUSES
from sim.failures.run import Run

CASES_AT_ONCE = 60


def served(case: Case, cycle: str) -> Run:
    names = case.queue_names
    queue_of = [names.index(visit.queue) for visit in case.visits]
    return Run(case.workload(), CYCLES[cycle], case.scenario(), case.luck, queue_of).run()  # type: ignore[arg-type]


def told_by(run: Run, names: list[str]) -> tuple[list[Row], list[Row]]:
    """The engine's requests and runs, as the reference's are told."""
    rows, runs = run.rows, []
    picked_up_at: dict[int, float] = {}
    completed_at: dict[int, float] = {}
    if run.application:
        made = run.application.runs
        for n, request in enumerate(made.request_id):
            outcome = OUTCOMES[made.outcome[n]]
            queue, worker = names[made.queue[n]], made.worker[n]
            taken_at, ended_at = made.picked_up_at[n], made.ended_at[n]
            runs.append((taken_at, request, made.run[n], queue, worker, outcome, made.enqueued_at[n], ended_at))
            picked_up_at.setdefault(request, taken_at)
            if outcome == "completed":
                completed_at[request] = ended_at

    def happened(n: int, *columns: str) -> list[float | None]:
        instants = [getattr(rows, column)[n] for column in columns]
        return [None if at != at else at for at in instants]

    requests = [
        (
            *(rows.visit[n], rows.attempt[n], KINDS[rows.kind[n]]),
            STATUSES[rows.status[n]] if rows.status[n] >= 0 else None,
            rows.thread[n] if rows.thread[n] >= 0 else None,
            *happened(n, "arrived_at", "started_at", "enqueued_at", "responded_at", "finished_at", "skipped_at"),
            *(picked_up_at.get(n), completed_at.get(n), *happened(n, "died_at", "seen_at")),
        )
        for n in range(rows.count)
    ]
    return requests, sorted(runs)


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("first", range(0, 360, CASES_AT_ONCE))
def test_every_request_and_run_fares_as_in_the_reference(first: int, cycle: str) -> None:
    for case in cases(range(first, first + CASES_AT_ONCE)):
        assert told_by(served(case, cycle), case.queue_names) == told(case.reference(cycle))


def test_the_cases_have_everything_that_can_go_wrong() -> None:
    seen: dict[str, set[Any]] = {"status": set(), "kind": set(), "outcome": set()}
    attempts, runs = 0, 0
    for case in cases(range(120)):
        requests, made = told(case.reference("async"))
        attempts = max(attempts, *(row[1] for row in requests))
        runs = max(runs, *(row[2] for row in made), 0)
        seen["kind"] |= {row[2] for row in requests}
        seen["status"] |= {row[3] for row in requests}
        seen["outcome"] |= {row[5] for row in made}
    assert seen["kind"] == set(KINDS)
    assert seen["status"] == set(STATUSES)
    assert seen["outcome"] == set(OUTCOMES)
    assert attempts > 3
    assert runs > 3
