"""The columns of what happened, the times derived from them, and the trace as a table."""

import csv
import gc
import io
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import servers, tied_workloads, workload_of

from sim import ASYNC, SYNC
from sim.broker import connect
from sim.cycles import CYCLES
from sim.experiments import Result, simulate
from sim.records import Records, write_csv, write_runs
from sim.scenario import Scenario
from sim.story import EVENTS, trace
from sim.turns import COMPLETED, Turns, fates, last_left, no_pool
from sim.workload import Workload, draw

CLIENT = connect("fake")
NAN = math.nan
INSTANTS = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")


def turns_of(
    came_at: list[float], taken_at: list[float], left_at: list[float], outcome: Any = COMPLETED, ids: Any = None
) -> Turns:
    """Turns with these columns at a pool of one slot."""
    count = len(came_at)
    request_id = np.arange(count) if ids is None else np.array(ids)
    columns = (np.array(column, dtype=float) for column in (came_at, taken_at, left_at))
    outcomes = np.broadcast_to(np.int8(outcome) if np.isscalar(outcome) else outcome, count)
    return Turns(1, request_id.astype(np.int32), np.zeros(count, np.int16), *columns, outcomes, None, idle=0, area=0)


def records_of(
    arrived_at: list[float],
    reached_at: list[float],
    left_at: list[float],
    jobs: Turns | None = None,
    skipped: list[bool] | None = None,
    limit: float = math.inf,
) -> Records:
    """Records of reports; the timeout is 30 s."""
    count = len(arrived_at)
    gone = np.array(skipped or [False] * count, dtype=bool)
    outcome = fates(gone, np.array(left_at), np.array(arrived_at) + 30, limit)
    threads = turns_of(arrived_at, reached_at, left_at, outcome)
    return Records("async", 30.0, np.ones(count, dtype=bool), threads, jobs or no_pool())


def run(workload: Workload, cycle: Any = ASYNC, **server: Any) -> Result:
    return simulate(Scenario.model_validate(server), cycle, workload=workload, redis=CLIENT)


def test_a_request_is_answered_if_it_is_finished_before_its_deadline() -> None:
    records = records_of(
        [0.0, 0.0, 0.0, 5.0], [0.0, 0.0, 0.0, 45.0], [29.5, 30.0, 45.0, 45.0], skipped=[False, False, False, True]
    )
    assert records.timed_out.tolist() == [False, True, True, True]
    assert records.responded_at.tolist() == [29.5, 30, 30, 35]
    assert records.response_time.tolist() == [29.5, 30, 30, 30]
    assert records.waiting_time.tolist() == [0, 0, 0, 40]
    assert np.array_equal(records.started_at, [0, 0, 0, NAN], equal_nan=True)
    assert np.array_equal(records.finished_at, [29.5, 30, 45, NAN], equal_nan=True)
    assert np.array_equal(records.skipped_at, [NAN, NAN, NAN, 45], equal_nan=True)
    assert records.ended_at == 45


def test_a_report_without_a_job_exists_for_its_client_only_if_it_is_in_time() -> None:
    records = records_of([1.0, 1.0], [1.0, 1.0], [20.0, 50.0])
    assert records.completion_time.tolist() == [19, math.inf]


def test_a_job_completes_the_report_whatever_its_client_was_told() -> None:
    jobs = turns_of([1.0, 36.0], [1.0, 41.0], [41.0, 90.0])
    records = records_of([0.0, 0.0], [0.0, 35.0], [2.0, 37.0], jobs)
    assert records.timed_out.tolist() == [False, True]
    assert records.completion_time.tolist() == [41, 90]
    assert records.ended_at == 90


def test_a_job_stands_in_the_row_of_its_request() -> None:
    jobs = turns_of([1.0, 2.0], [1.0, 5.0], [5.0, 9.0], ids=[2, 0])  # request 2 was the first to push
    records = records_of([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [3.0, 3.0, 3.0], jobs)
    assert np.array_equal(records.enqueued_at, [2, NAN, 1], equal_nan=True)
    assert np.array_equal(records.picked_up_at, [5, NAN, 1], equal_nan=True)
    assert np.array_equal(records.completed_at, [9, NAN, 5], equal_nan=True)
    assert records.completion_time.tolist() == [9, 3, 5]


def test_only_a_limit_kills() -> None:
    for limit, first in ((math.inf, False), (30.0, True)):
        records = records_of([0.0] * 3, [0.0, 0.0, 30.0], [30.0, 5.0, 30.0], None, [False, False, True], limit)
        assert records.killed.tolist() == [first, False, False]
        assert records.timed_out.tolist() == [True, False, True]


def test_a_run_without_requests_never_ends() -> None:
    assert records_of([], [], []).ended_at is None
    assert last_left(turns_of([0.0], [1.0], [3.0]), no_pool()) == 3
    assert last_left() == 0


@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_every_request_has_one_fate(workload: Workload, server: dict[str, Any]) -> None:
    for cycle in CYCLES.values():
        records = run(workload, cycle, **server).records
        has = {name: ~np.isnan(getattr(records, name)) for name in INSTANTS}
        assert np.array_equal(has["started_at"], ~has["skipped_at"])
        assert np.array_equal(has["started_at"], has["finished_at"])
        assert np.array_equal(has["enqueued_at"], has["picked_up_at"])
        assert np.array_equal(has["enqueued_at"], has["completed_at"])
        assert not has["enqueued_at"][~records.is_report].any()
        assert records.timed_out[has["skipped_at"]].all()
        assert np.all(records.response_time <= records.timeout)
        assert np.all(records.response_time[records.timed_out] == records.timeout)
        assert np.all(records.waiting_time >= 0)


def test_the_records_are_written_as_the_columns_of_the_interface() -> None:
    # one thread: the report is pushed at 2 and its way out takes no time; the page has gone when the thread comes
    records = run(workload_of([(0, 40, 5), (0.5, 1, None)]), threads=1, workers=1).records
    stream = io.StringIO()
    write_csv(records, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert ",".join(rows[0]) == (
        "request_id,kind,arrived_at,started_at,enqueued_at,responded_at,status,finished_at,skipped_at,picked_up_at,"
        "completed_at,visit_id,attempt,queue,died_at,seen_at"
    )
    assert [list(row.values()) for row in rows] == [
        [
            "0",
            "report",
            "0.0",
            "0.0",
            "40.0",
            "30.0",
            "timed_out",
            "40.0",
            "",
            "40.0",
            "45.0",
            *("0", "0", "default", "", ""),
        ],
        ["1", "page", "0.5", "", "", "30.5", "timed_out", "", "40.0", "", "", *("1", "0", "", "", "")],
    ]


def test_the_runs_of_the_jobs_have_a_table_of_their_own() -> None:
    # two jobs, pushed at 1 and 2; one worker begins with the first at 1 and with the second when that is done, at 6
    workload = workload_of([(0, 1, 5), (0, 1, 5)])
    for engine, worker in (("simpy", "0"), ("exact", "")):
        records = simulate(Scenario(threads=1, workers=1), ASYNC, workload=workload, engine=engine).records
        stream = io.StringIO()
        write_runs(records, stream)
        assert stream.getvalue().splitlines() == [
            "request_id,run,queue,enqueued_at,picked_up_at,ended_at,outcome,worker",
            f"0,0,default,1.0,1.0,6.0,completed,{worker}",
            f"1,0,default,2.0,6.0,11.0,completed,{worker}",
        ]


def test_a_written_instant_is_read_back_exactly() -> None:
    awkward = [1 / 3 * 2**20 // 1 / 2**20, 1e6 + 2.0**-20]
    stream = io.StringIO()
    write_csv(records_of(awkward, awkward, awkward), stream)
    rows = csv.DictReader(io.StringIO(stream.getvalue()))
    assert [float(row["finished_at"]) for row in rows] == awkward


def test_a_hop_that_takes_no_time_is_reached_too() -> None:
    result = run(workload_of([(0, 1, None)]), SYNC)
    hops = [place for _, _, event, place in result.trace if event == "reached"]
    assert hops == [
        *["web_server", "middleware", "routes", "controller"],
        *["model", "database", "model"],
        *["controller", "middleware", "web_server"],
    ]


def test_the_controller_holds_the_web_time_on_the_way_in_only() -> None:
    result = run(workload_of([(0, 7, None)], {"controller": 2.0}), SYNC)
    assert [at for at, _, event, _ in result.trace if event == "reached"] == [0, 0, 0, 0, 9, 9, 9, 9, 11, 11]
    assert result.records.finished_at.tolist() == [11]


def test_a_killed_request_reaches_no_hop_at_or_after_its_end() -> None:
    workload = workload_of([(0, 0, 9)], {"web_server": 1.0, "controller": 2.0, "routes": 2.0})
    result = run(workload, SYNC, timeout=5.0, on_timeout="kill")
    assert list(result.trace) == [
        (0.0, 0, "arrived", None),
        (0.0, 0, "started", 0),
        (0.0, 0, "reached", "web_server"),
        (1.0, 0, "reached", "middleware"),
        (1.0, 0, "reached", "routes"),
        (3.0, 0, "reached", "controller"),
        (5.0, 0, "timed_out", None),
        (5.0, 0, "killed", 0),
    ]


def test_the_trace_is_columns_with_a_length() -> None:
    result = run(workload_of([(0, 1, 1), (0, 1, None)]))
    assert len(result.trace) == len(list(result.trace)) == len(result.trace.at)
    assert {event for _, _, event, _ in result.trace} <= set(EVENTS)


def test_records_without_slots_have_no_trace() -> None:
    workload = workload_of([(0, 1, 1)])
    with pytest.raises(ValueError, match="simpy"):
        trace(records_of([0.0], [0.0], [1.0]), workload, ASYNC)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "exact"])
def test_a_request_takes_at_most_300_bytes_of_records(engine: str) -> None:
    scenario = Scenario(arrival_rate=100.0, duration=100.0, threads=50)
    workload = draw(scenario)
    simulate(scenario, ASYNC, workload=workload, engine=engine)  # what is imported at first use is no record
    gc.collect()
    tracemalloc.start()
    records = simulate(scenario, ASYNC, workload=workload, engine=engine).records
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(records) > 9000
    assert 2 * 8 < held / len(records) < 300


@pytest.mark.slow
def test_a_trace_takes_at_most_350_bytes_a_request_while_it_is_made() -> None:
    scenario = Scenario(arrival_rate=100.0, duration=200.0, threads=50, workers=50)
    result = simulate(scenario, ASYNC)
    _ = simulate("quiet", ASYNC).trace  # what is imported at first use is no event
    gc.collect()
    tracemalloc.start()
    told = result.trace
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(told) > 13 * len(result.records) > 13 * 19_000
    assert most / len(result.records) < 350


def test_the_events_are_those_of_the_contract_in_its_order() -> None:
    assert " ".join(EVENTS) == (
        "arrived started reached enqueued picked_up completed responded timed_out finished skipped killed "
        "rejected failed computes run_failed run_lost run_returned died seen"
    )
