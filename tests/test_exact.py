"""Two engines that share no line about who waits for whom agree on every request, with `==`."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim import ASYNC, SYNC, exact
from sim.broker import connect
from sim.cycles import Cycle
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.presets import PRESETS, load
from sim.records import Records
from sim.scenario import Scenario
from sim.stats import ledger, littles_law
from sim.turns import Turns
from sim.workload import Workload, draw

CLIENT = connect("fake")
POLICIES = ("finish_started", "finish_all", "kill")
CYCLES = pytest.mark.parametrize("cycle", [SYNC, ASYNC], ids=lambda cycle: cycle.name)


def differences(one: Records, other: Records) -> set[str]:
    """The constants, and the columns and counts of the turns, in which two records differ, but for the slots."""
    found = {name for name in ("cycle", "timeout") if getattr(one, name) != getattr(other, name)}
    for pool in ("at_threads", "at_workers"):
        ours, theirs = getattr(one, pool), getattr(other, pool)
        names = [field.name for field in fields(Turns) if field.name != "slot"]
        found |= {f"{pool}.{name}" for name in names if not np.array_equal(getattr(ours, name), getattr(theirs, name))}
    return found


def both(scenario: Scenario, cycle: Cycle, workload: Workload) -> tuple[Records, Records]:
    computed = simulate(scenario, cycle, workload=workload, engine="exact")
    told = simulate(scenario, cycle, workload=workload, engine="simpy", redis=CLIENT)
    assert computed.summary == told.summary
    return computed.records, told.records


def workload_of(rows: list[tuple[float, float, float | None]], hop_times: dict[str, float] | None = None) -> Workload:
    """A workload of rows (arrived_at, web_time, external_time or None for a page), sorted by arrival."""
    rows = sorted(rows, key=lambda row: row[0])
    arrived_at, web_time, external_time = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    is_report = np.array([time is not None for time in external_time])
    return Workload(
        arrived_at.astype(float),
        is_report,
        web_time.astype(float),
        np.where(is_report, external_time, 0.0).astype(float),
        hop_times or {hop.name: 0.0 for hop in CONSTANT_HOPS},
        ends_at=float(arrived_at[-1]),
        from_file=True,
    )


SECONDS = st.integers(0, 6).map(float)
ROWS = st.lists(
    st.tuples(st.integers(0, 12).map(float), st.integers(1, 5).map(float), st.none() | SECONDS),
    min_size=1,
    max_size=24,
)
HOP_TIMES = st.fixed_dictionaries({hop.name: st.integers(0, 2).map(float) for hop in CONSTANT_HOPS})
SERVERS = st.builds(
    dict,
    threads=st.integers(1, 4),
    workers=st.integers(1, 4),
    timeout=st.integers(1, 12).map(float),
    on_timeout=st.sampled_from(POLICIES),
)


@pytest.mark.slow
@CYCLES
@settings(max_examples=150, deadline=None)
@given(rows=ROWS, server=SERVERS)
@example(
    # three jobs of one instant, from requests that came and started at different ones
    rows=[(0.0, 3.0, 5.0), (1.0, 2.0, 1.0), (1.0, 2.0, 0.0)],
    server={"threads": 3, "workers": 1, "timeout": 30.0, "on_timeout": "finish_started"},
)
def test_both_engines_agree_on_workload_files_full_of_ties(
    cycle: Cycle, rows: list[Any], server: dict[str, Any]
) -> None:
    assert differences(*both(Scenario(**server), cycle, workload_of(rows))) == set()


@pytest.mark.slow
@CYCLES
@settings(max_examples=150, deadline=None)
@given(rows=ROWS, hop_times=HOP_TIMES, server=SERVERS)
def test_both_engines_agree_where_every_hop_takes_whole_seconds(
    cycle: Cycle, rows: list[Any], hop_times: dict[str, float], server: dict[str, Any]
) -> None:
    assert differences(*both(Scenario(**server), cycle, workload_of(rows, hop_times))) == set()


@CYCLES
@pytest.mark.parametrize("on_timeout", POLICIES)
@pytest.mark.parametrize("name", PRESETS)
def test_both_engines_agree_on_every_preset(name: str, on_timeout: str, cycle: Cycle) -> None:
    scenario = load(name).replace(on_timeout=on_timeout)
    assert differences(*both(scenario, cycle, draw(scenario))) == set()


@pytest.mark.slow
@CYCLES
def test_both_engines_agree_on_a_hundred_thousand_requests(cycle: Cycle) -> None:
    scenario = load("slides").replace(duration=34_000.0, on_timeout="kill" if cycle is ASYNC else "finish_started")
    workload = draw(scenario)
    assert len(workload) >= 100_000
    assert differences(*both(scenario, cycle, workload)) == set()


@CYCLES
def test_both_engines_agree_that_nothing_happens_without_requests(cycle: Cycle) -> None:
    scenario = Scenario(arrival_rate=0.0)
    computed, told = both(scenario, cycle, draw(scenario))
    assert differences(computed, told) == set()
    assert len(computed) == 0


@pytest.mark.slow
@CYCLES
@settings(max_examples=100, deadline=None)
@given(rows=ROWS, hop_times=HOP_TIMES, server=SERVERS)
def test_every_slot_second_is_accounted_for_and_littles_law_holds(
    cycle: Cycle, rows: list[Any], hop_times: dict[str, float], server: dict[str, Any]
) -> None:
    records = exact.serve(workload_of(rows, hop_times), cycle, Scenario(**server))
    for pool in (records.at_threads, records.at_workers):
        assert ledger(pool, records.ended_at).balances
        area, waited = littles_law(pool)
        assert area == waited


def test_a_request_starts_when_it_has_come_and_the_earliest_slot_is_free() -> None:
    served = exact.pool(2, np.array([0.0, 1.0, 2.0, 20.0]), np.array([10.0, 3.0, 1.0, 1.0]))
    assert served.reached_at.tolist() == [0.0, 1.0, 4.0, 20.0]
    assert served.gaps.tolist() == [0.0, 1.0, 0.0, 15.0]  # the second slot until 1 s, and from 5 s to 20 s
    assert sorted(served.free_at) == [10.0, 21.0]
    assert served.idle_until(21.0) == (1 + 15 + 11) * 2**20


def test_a_client_that_has_gone_takes_no_time_and_its_deadline_wins_the_tie() -> None:
    served = exact.pool(1, np.array([0.0, 1.0, 2.0]), np.array([11.0, 5.0, 5.0]), patience=10.0)
    assert served.reached_at.tolist() == [0.0, 11.0, 11.0]
    assert served.free_at == [16.0]


def test_a_request_that_is_killed_frees_its_slot_at_its_deadline() -> None:
    served = exact.pool(1, np.array([0.0, 1.0]), np.array([50.0, 5.0]), patience=10.0, limit=10.0)
    assert served.reached_at.tolist() == [0.0, 10.0]
    assert served.free_at == [11.0]


def test_the_area_is_exact_beyond_the_integers_of_the_machine() -> None:
    came_at, reached_at = np.zeros(4096), np.full(4096, 2.0**32 - 1)
    assert exact._area(came_at, reached_at) == 4096 * (2**32 - 1) * 2**20


def test_records_of_the_exact_engine_name_no_slots_and_tell_no_story() -> None:
    result = simulate("quiet", "async", engine="exact")
    assert result.records.thread is None
    assert result.records.worker is None
    with pytest.raises(ValueError, match="the records name no slots"):
        _ = result.trace


def test_a_rule_that_the_exact_engine_does_not_know_is_refused_by_name() -> None:
    class Bounded(Scenario):
        backlog_limit: int | None = None

    workload = draw(Scenario())
    assert len(exact.serve(workload, SYNC, Bounded())) == len(workload)
    with pytest.raises(ValueError, match=r'^backlog_limit = 5: not with the engine "exact"; allowed: "simpy"$'):
        exact.serve(workload, SYNC, Bounded(backlog_limit=5))


@pytest.mark.parametrize(
    ("asked", "name"), [({"redis": CLIENT}, "redis"), ({"redis": "env:REDIS"}, "redis"), ({"pace": 2.0}, "pace")]
)
def test_what_needs_a_redis_is_refused_by_name(asked: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f'^{name}: not with the engine "exact"'):
        simulate("quiet", "async", engine="exact", **asked)


def test_the_test_of_agreement_can_fail() -> None:
    scenario = Scenario(threads=1)
    workload = draw(scenario)
    records = exact.serve(workload, SYNC, scenario)
    other = exact.serve(workload, SYNC, scenario.replace(on_timeout="finish_all"))
    changed = ("taken_at", "left_at", "outcome", "area")
    assert differences(records, other) == {f"at_threads.{name}" for name in changed}
