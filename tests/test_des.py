"""The SimPy engine: traces worked by hand, the rules one by one, and a second-by-second oracle for all the ties."""

import gc
import hashlib
import itertools
import math
import os
import subprocess
import sys
import tracemalloc
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import Row, file_workloads, servers, tied_workloads, workload_of

from sim import ASYNC, SYNC
from sim.broker import BrokerError, Job, connect
from sim.checks import count_differing
from sim.cycles import CYCLES, Cycle
from sim.des import Run
from sim.experiments import Result, simulate, start
from sim.pools import Pool
from sim.presets import load
from sim.records import Records
from sim.scenario import Scenario
from sim.stats import ledger, littles_law
from sim.story import EVENTS
from sim.turns import Turns
from sim.workload import Workload, draw

CLIENT = connect("fake")
BOTH = pytest.mark.parametrize("cycle", [SYNC, ASYNC], ids=lambda cycle: cycle.name)
TICK = 2.0**-20

# Two seconds in the database, one at every other hop: the way in takes 4 s, the lookup 1 + 2 + 1 = 4 s, the way out
# 3 s. So a page holds its thread for 11 s, a report with a slow call of 20 s for 4 + 20 + 3 = 27 s in SYNC; in ASYNC
# for 4 + 1 = 5 s until its job is in the queue and 3 s more, and a worker for 20 s.
ONE_SECOND_EACH = {
    "web_server": 1.0,
    "middleware": 1.0,
    "routes": 1.0,
    "controller": 1.0,
    "model": 1.0,
    "database": 2.0,
    "queue": 1.0,
}
# A page at 0 s, a report at 1 s, a page at 2 s; one thread, one worker, a timeout of 30 s.
THREE_REQUESTS = workload_of([(0, 0, None), (1, 0, 20), (2, 0, None)], ONE_SECOND_EACH)


def run(rows: Sequence[Row] | Workload, cycle: Cycle = SYNC, **server: Any) -> Result:
    """The run of a workload, by default with one thread, one worker and a timeout of 30 s."""
    workload = rows if isinstance(rows, Workload) else workload_of(rows)
    scenario = Scenario.model_validate({"threads": 1, "workers": 1, **server})
    return simulate(scenario, cycle, workload=workload, redis=CLIENT)


def never(*values: float | None) -> list[float]:
    """A column in which None has not happened."""
    return [math.nan if value is None else value for value in values]


def same(column: Any, *values: float | None) -> bool:
    return np.array_equal(column, never(*values), equal_nan=True)


def test_three_requests_in_sync_hop_by_hop() -> None:
    # The first page has the thread from 0 to 11. The report waits from 1 to 11 and holds the thread until 38; its
    # client has had an error since 1 + 30 = 31, and the server works on. The second page's client has gone at
    # 2 + 30 = 32; the thread reaches the page at 38 and skips it in no time.
    assert list(run(THREE_REQUESTS).trace) == [
        (0.0, 0, "arrived", None),
        (0.0, 0, "started", 0),
        (0.0, 0, "reached", "web_server"),
        (1.0, 0, "reached", "middleware"),
        (1.0, 1, "arrived", None),
        (2.0, 0, "reached", "routes"),
        (2.0, 2, "arrived", None),
        (3.0, 0, "reached", "controller"),
        (4.0, 0, "reached", "model"),
        (5.0, 0, "reached", "database"),
        (7.0, 0, "reached", "model"),
        (8.0, 0, "reached", "controller"),
        (9.0, 0, "reached", "middleware"),
        (10.0, 0, "reached", "web_server"),
        (11.0, 0, "responded", None),
        (11.0, 0, "finished", 0),
        (11.0, 1, "started", 0),
        (11.0, 1, "reached", "web_server"),
        (12.0, 1, "reached", "middleware"),
        (13.0, 1, "reached", "routes"),
        (14.0, 1, "reached", "controller"),
        (15.0, 1, "reached", "external"),
        (31.0, 1, "timed_out", None),
        (32.0, 2, "timed_out", None),
        (35.0, 1, "reached", "controller"),
        (36.0, 1, "reached", "middleware"),
        (37.0, 1, "reached", "web_server"),
        (38.0, 1, "finished", 0),
        (38.0, 2, "skipped", 0),
    ]


def test_the_same_three_requests_in_async_are_all_answered() -> None:
    # The report has the thread from 11; its job is in the queue at 11 + 5 = 16 and at once with the worker, until 36.
    # The thread walks the way out from 16 to 19 meanwhile and serves the second page until 30, in time (32).
    first_page = list(run(THREE_REQUESTS).trace)[:16]
    assert list(run(THREE_REQUESTS, ASYNC).trace) == [
        *first_page,
        (11.0, 1, "started", 0),
        (11.0, 1, "reached", "web_server"),
        (12.0, 1, "reached", "middleware"),
        (13.0, 1, "reached", "routes"),
        (14.0, 1, "reached", "controller"),
        (15.0, 1, "reached", "queue"),
        (16.0, 1, "enqueued", None),
        (16.0, 1, "reached", "controller"),
        (16.0, 1, "picked_up", 0),
        (16.0, 1, "reached", "external"),
        (17.0, 1, "reached", "middleware"),
        (18.0, 1, "reached", "web_server"),
        (19.0, 1, "responded", None),
        (19.0, 1, "finished", 0),
        (19.0, 2, "started", 0),
        (19.0, 2, "reached", "web_server"),
        (20.0, 2, "reached", "middleware"),
        (21.0, 2, "reached", "routes"),
        (22.0, 2, "reached", "controller"),
        (23.0, 2, "reached", "model"),
        (24.0, 2, "reached", "database"),
        (26.0, 2, "reached", "model"),
        (27.0, 2, "reached", "controller"),
        (28.0, 2, "reached", "middleware"),
        (29.0, 2, "reached", "web_server"),
        (30.0, 2, "responded", None),
        (30.0, 2, "finished", 0),
        (36.0, 1, "completed", 0),
    ]


# A request of 6 s, then three that wait behind it; the timeout is 5 s.
BEHIND = [(0.0, 6.0, None), (1.0, 1.0, None), (2.0, 1.0, None), (2.0, 1.0, None)]


def test_finish_started_runs_what_has_started_and_skips_those_whose_clients_have_gone() -> None:
    # The thread is free at 6. Request 1 had until 1 + 5 = 6: the deadline wins the tie and it is skipped. Requests 2
    # and 3 had until 7: the first of them starts at 6 and ends at 7, which is too late; the other is skipped at 7.
    records = run(BEHIND, timeout=5.0, on_timeout="finish_started").records
    assert same(records.started_at, 0, None, 6, None)
    assert same(records.finished_at, 6, None, 7, None)
    assert same(records.skipped_at, None, 6, None, 7)
    assert records.timed_out.tolist() == [True] * 4
    assert records.responded_at.tolist() == [5, 6, 7, 7]


def test_finish_all_works_off_the_requests_of_clients_who_have_gone() -> None:
    records = run(BEHIND, timeout=5.0, on_timeout="finish_all").records
    assert same(records.started_at, 0, 6, 7, 8)
    assert same(records.finished_at, 6, 7, 8, 9)
    assert same(records.skipped_at, None, None, None, None)
    assert records.responded_at.tolist() == [5, 6, 7, 7]


def test_kill_frees_the_thread_at_the_deadline() -> None:
    # Request 0 is cut off at 5; request 1 runs from 5 to 6, which is its deadline: cut off as well. Request 2 runs
    # from 6 to 7, its deadline; request 3 has arrived with it and is the only kind that kill lets wait in vain.
    records = run(BEHIND, timeout=5.0, on_timeout="kill").records
    assert same(records.started_at, 0, 5, 6, None)
    assert same(records.finished_at, 5, 6, 7, None)
    assert same(records.skipped_at, None, None, None, 7)
    assert records.killed.tolist() == [True, True, True, False]


def test_a_request_that_would_end_exactly_at_its_deadline_is_killed() -> None:
    trace = list(run([(0, 5, None)], timeout=5.0, on_timeout="kill").trace)
    assert trace[-2:] == [(5.0, 0, "timed_out", None), (5.0, 0, "killed", 0)]
    in_time = list(run([(0, 5 - TICK, None)], timeout=5.0, on_timeout="kill").trace)
    assert in_time[-2:] == [(5 - TICK, 0, "responded", None), (5 - TICK, 0, "finished", 0)]


@pytest.mark.parametrize("pushed_after", [5.0, 6.0])
def test_a_report_killed_at_or_before_its_push_has_no_job(pushed_after: float) -> None:
    records = run([(0, pushed_after, 2)], ASYNC, timeout=5.0, on_timeout="kill").records
    assert same(records.enqueued_at, None)
    assert same(records.completed_at, None)
    assert same(records.finished_at, 5)
    assert records.completion_time.tolist() == [math.inf]


def test_a_job_that_was_pushed_runs_although_its_request_is_killed() -> None:
    # The middleware takes 2 s: in at 0..2, the controller 2..4, the push at 4, out through the middleware until 6.
    workload = workload_of([(0, 2, 10)], {"middleware": 2.0})
    result = run(workload, ASYNC, timeout=5.0, on_timeout="kill")
    assert list(result.trace)[6:] == [
        (4.0, 0, "reached", "queue"),
        (4.0, 0, "enqueued", None),
        (4.0, 0, "reached", "controller"),
        (4.0, 0, "reached", "middleware"),
        (4.0, 0, "picked_up", 0),
        (4.0, 0, "reached", "external"),
        (5.0, 0, "timed_out", None),
        (5.0, 0, "killed", 0),
        (14.0, 0, "completed", 0),
    ]
    assert same(result.records.completion_time, 14)


def test_a_report_pushed_a_tick_before_the_deadline_has_its_job() -> None:
    records = run([(0, 5 - TICK, 2)], ASYNC, timeout=5.0, on_timeout="kill").records
    assert same(records.enqueued_at, 5 - TICK)
    assert same(records.finished_at, 5 - TICK)  # the way back takes no time, so the answer is in time
    assert not records.timed_out.any()


def test_jobs_of_one_instant_queue_in_the_order_of_their_requests() -> None:
    # Requests 0 and 1 start together but in the other order of slots could push in any; 2 comes later and is quicker.
    # All three push at 3, and the one worker takes them by number.
    records = run([(0, 3, 5), (1, 2, 5), (2, 1, 5)], ASYNC, threads=3).records
    assert records.enqueued_at.tolist() == [3, 3, 3]
    assert records.picked_up_at.tolist() == [3, 8, 13]


def test_the_deadline_wins_ties() -> None:
    records = run([(0, 30, None), (0, 30 - TICK, None)], threads=2).records
    assert records.timed_out.tolist() == [True, False]
    assert records.response_time.tolist() == [30, 30 - TICK]
    assert records.finished_at.tolist() == [30, 30 - TICK]


def test_a_waiting_request_reached_at_its_deadline_is_skipped_and_a_tick_earlier_is_served() -> None:
    rows = [(0.0, 30.0, None), (0.0, 30.0 - TICK, None), (0.0, 1.0, None), (0.0, 1.0, None)]
    records = run(rows, threads=2).records
    assert same(records.started_at, 0, 0, 30 - TICK, None)
    assert same(records.skipped_at, None, None, None, 30)


def test_arrivals_stop_at_the_duration_and_the_run_goes_on_until_all_is_done() -> None:
    scenario = load("slides").replace(duration=60, external_time=100)
    for cycle in (SYNC, ASYNC):
        records = simulate(scenario, cycle, redis=CLIENT).records
        assert records.arrived_at[-1] < 60
        ended_at = records.ended_at
        assert ended_at is not None
        assert ended_at > 100
        assert not np.isnan(records.reached_at).any()
        assert np.array_equal(np.isnan(records.completed_at), np.isnan(records.enqueued_at))


def test_the_slot_that_has_been_idle_longest_is_taken() -> None:
    # Thread 0 is idle from 1, thread 1 from 2. At 5 thread 0 is taken until 6; then thread 1 has been idle longer.
    records = run([(0, 1, None), (0, 2, None), (5, 1, None), (6, 1, None), (6, 1, None)], threads=2).records
    assert records.thread is not None
    assert records.thread.tolist() == [0, 1, 0, 1, 0]


def test_slots_freed_at_one_instant_are_taken_by_number_whoever_was_freed_first() -> None:
    # All three end at 3, the last to start being on thread 2; requests 3 and 4 come at that instant, 5 a second later.
    rows = [(0.0, 3.0, None), (1.0, 2.0, None), (2.0, 1.0, None), (3.0, 9.0, None), (3.0, 9.0, None), (4.0, 9.0, None)]
    records = run(rows, threads=3).records
    assert records.thread is not None
    assert records.thread.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_slot_idle_for_longer_comes_before_those_freed_at_this_instant() -> None:
    rows = [(0.0, 2.0, None), (0.0, 2.0, None), (2.0, 1.0, None), (2.0, 1.0, None), (2.0, 1.0, None)]
    records = run(rows, threads=3).records
    assert records.thread is not None
    assert records.thread.tolist() == [0, 1, 2, 0, 1]


def test_a_thread_that_skips_a_request_is_still_the_next_in_turn() -> None:
    # Both threads are free at 10; request 2 has gone at 1 + 5 and is skipped by thread 0, which then takes request 3.
    rows = [(0.0, 10.0, None), (0.0, 10.0, None), (1.0, 1.0, None), (6.0, 1.0, None), (7.0, 1.0, None)]
    records = run(rows, threads=2, timeout=5.0).records
    assert records.thread is not None
    assert records.thread.tolist() == [0, 1, 0, 0, 1]
    assert same(records.started_at, 0, 0, None, 10, 10)


def test_a_worker_whose_job_takes_no_time_is_free_at_once() -> None:
    # Both workers are free at 5, when the jobs 2 (of no time) and 3 come.
    records = run([(0, 1, 4), (0, 1, 4), (2, 3, 0), (3, 2, 1)], ASYNC, threads=4, workers=2).records
    assert records.worker is not None
    assert records.worker.tolist() == [0, 1, 0, 0]
    assert records.completed_at.tolist() == [5, 5, 5, 6]


def test_an_empty_workload_is_served_in_no_time() -> None:
    for cycle in (SYNC, ASYNC):
        result = run([], cycle)
        assert result.records.ended_at is None
        assert list(result.trace) == []


# ---------------------------------------------------------------- second by second


def second_by_second(workload: Workload, cycle: str, server: dict[str, Any]) -> dict[str, Any]:
    """The rules once more, naively: a clock that ticks in whole seconds, and everybody asked what they do now.

    It shares no line with either engine: who waits for whom is looked up anew at every second, and the idle and the
    waiting are counted as they are seen.
    """
    takes = {hop: int(time) for hop, time in workload.hop_times.items()}
    way_in = takes["web_server"] + takes["middleware"] + takes["routes"] + takes["controller"]
    lookup = takes["model"] + takes["database"] + takes["model"]
    way_out = takes["controller"] + takes["middleware"] + takes["web_server"]
    count = len(workload.arrived_at)
    arrival = [int(at) for at in workload.arrived_at]
    work = [int(time) for time in workload.external_time]
    pushes = [bool(report) and cycle == "async" for report in workload.is_report]
    until_push, until_end = [], []
    for request in range(count):
        inside = way_in + int(workload.web_time[request])
        if pushes[request]:
            until_push.append(inside + takes["queue"])
            until_end.append(inside + takes["queue"] + way_out)
        else:
            until_push.append(-1)
            until_end.append(inside + (work[request] if workload.is_report[request] else lookup) + way_out)
    gone_at = [at + int(server["timeout"]) for at in arrival]
    kill, skips = server["on_timeout"] == "kill", server["on_timeout"] != "finish_all"

    happened: dict[str, dict[int, int]] = defaultdict(dict)
    serving: list[int | None] = [None] * server["threads"]
    thread_free_since = [0] * server["threads"]
    working: list[int | None] = [None] * server["workers"]
    worker_free_since = [0] * server["workers"]
    backlog: list[int] = []
    queue: list[int] = []
    counts = {"thread_idle": 0, "worker_idle": 0, "backlog_area": 0, "queue_area": 0}

    for now in itertools.count():
        assert now < 1000, "the run never ends"
        pushed = []
        for slot, request in enumerate(serving):
            if request is None:
                continue
            held = now - happened["started_at"][request]
            cut_off = kill and now >= gone_at[request]
            if held == until_push[request] and not cut_off:
                happened["enqueued_at"][request] = now
                pushed.append(request)
            if held == until_end[request] or cut_off:
                happened["finished_at"][request] = now
                serving[slot], thread_free_since[slot] = None, now
        for slot, request in enumerate(working):
            if request is not None and now - happened["picked_up_at"][request] == work[request]:
                happened["completed_at"][request] = now
                working[slot], worker_free_since[slot] = None, now
        backlog += [request for request in range(count) if arrival[request] == now]
        queue += sorted(pushed)
        while backlog and None in serving:
            slot = min((slot for slot, held in enumerate(serving) if held is None), key=thread_free_since.__getitem__)
            request = backlog.pop(0)
            happened["thread"][request] = slot
            if skips and now >= gone_at[request]:
                happened["skipped_at"][request] = now
            else:
                happened["started_at"][request] = now
                serving[slot] = request
        while queue and None in working:
            slot = min((slot for slot, held in enumerate(working) if held is None), key=worker_free_since.__getitem__)
            job = queue.pop(0)
            happened["worker"][job] = slot
            happened["picked_up_at"][job] = now
            if work[job]:
                working[slot] = job
            else:
                happened["completed_at"][job] = worker_free_since[slot] = now
        busy = backlog or queue or any(slot is not None for slot in serving + working)
        if not busy and now >= max(arrival, default=0):
            break
        counts["thread_idle"] += serving.count(None)
        counts["worker_idle"] += working.count(None)
        counts["backlog_area"] += len(backlog)
        counts["queue_area"] += len(queue)
    if cycle == "sync":
        counts["worker_idle"] = 0  # there are no workers
    columns = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")
    seen: dict[str, Any] = {
        name: [happened[name].get(request, math.nan) for request in range(count)] for name in columns
    }
    seen |= {name: [happened[name].get(request, -1) for request in range(count)] for name in ("thread", "worker")}
    return seen | {"accounts": counts}


def told(records: Records) -> dict[str, Any]:
    """The records in the oracle's words: seconds, and accounts in whole seconds."""
    assert records.thread is not None
    assert records.worker is not None
    columns = ("started_at", "enqueued_at", "finished_at", "skipped_at", "picked_up_at", "completed_at")
    seen: dict[str, Any] = {name: getattr(records, name).tolist() for name in columns}
    threads, workers = records.at_threads, records.at_workers
    counts = {"thread_idle": threads.idle, "worker_idle": workers.idle}
    counts |= {"backlog_area": threads.area, "queue_area": workers.area}
    accounts = {name: value / 2**20 for name, value in counts.items()}
    return seen | {"thread": records.thread.tolist(), "worker": records.worker.tolist(), "accounts": accounts}


@pytest.mark.slow
@BOTH
@example(workload_of([]), {"threads": 1, "workers": 1, "timeout": 1.0, "on_timeout": "kill"})
@given(tied_workloads, servers)
@settings(max_examples=150, deadline=None)
def test_a_naive_clock_of_whole_seconds_sees_the_same(cycle: Cycle, workload: Workload, server: dict[str, Any]) -> None:
    seen, records = second_by_second(workload, cycle.name, server), run(workload, cycle, **server).records
    for name, column in told(records).items():
        if name == "accounts":
            assert column == seen[name]
        else:
            assert np.array_equal(column, seen[name], equal_nan=True), name


# ---------------------------------------------------------------- the books


@BOTH
@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_the_books_balance_to_the_tick(cycle: Cycle, workload: Workload, server: dict[str, Any]) -> None:
    records = run(workload, cycle, **server).records
    for pool in (records.at_threads, records.at_workers):
        assert ledger(pool, records.ended_at).balances
        area, waited = littles_law(pool)
        assert area == waited


@pytest.mark.parametrize("on_timeout", ["finish_started", "finish_all", "kill"])
def test_the_books_balance_on_a_drawn_workload_too(on_timeout: str) -> None:
    scenario = load("slides").replace(on_timeout=on_timeout)
    for cycle in (SYNC, ASYNC):
        records = simulate(scenario, cycle, redis=CLIENT).records
        for pool in (records.at_threads, records.at_workers):
            book = ledger(pool, records.ended_at)
            assert book.balances
            assert pool.slots == 0 or min(book.useful, book.idle) > 0
            area, waited = littles_law(pool)
            assert area == waited
            assert waited > 0 or cycle is ASYNC or pool.slots == 0  # the backlog that async has none of


def later(turns: Turns, column: str) -> Turns:
    """The turns with the last one in a column a tick later."""
    changed = getattr(turns, column).copy()
    changed[-1] += TICK
    return replace(turns, **{column: changed})


def test_the_books_do_not_balance_when_one_tick_is_missing_anywhere() -> None:
    records = run(workload_of([(0, 3, 4), (0, 1, 2), (1, 1, 4)]), ASYNC).records
    for pool in (records.at_threads, records.at_workers):
        assert ledger(pool, records.ended_at).balances
        for wrong in (
            later(pool, "taken_at"),
            later(pool, "left_at"),
            replace(pool, idle=pool.idle + 1),
            replace(pool, slots=2),
        ):
            assert not ledger(wrong, records.ended_at).balances
        for wrong in (later(pool, "came_at"), later(pool, "taken_at"), replace(pool, area=pool.area + 1)):
            area, waited = littles_law(wrong)
            assert area != waited


@pytest.mark.parametrize("waiting", [1, 2**9, 2**10 - 1, 2**10, 2**40])
def test_the_area_under_what_waits_is_exact_beyond_the_integers_of_the_machine(waiting: int) -> None:
    pool = Pool(simpy.Environment(), 1, lambda item: False)
    pool.changed_at.extend([0.0, 2.0**32 - TICK, 2.0**32])
    pool.length.extend([waiting, 1, 0])
    assert pool.area() == waiting * (2**52 - 1) + 1


# ---------------------------------------------------------------- the trace


def read_back(result: Result) -> dict[str, list[Any]]:
    """The columns of the records as the trace alone tells them."""
    count = len(result.records)
    columns: dict[str, list[Any]] = defaultdict(lambda: [math.nan] * count)
    for slot in ("thread", "worker"):
        columns[slot] = [-1] * count
    named = {"killed": "finished_at", "responded": "responded_at", "timed_out": "responded_at"}
    slots = {"started": "thread", "skipped": "thread", "finished": "thread", "killed": "thread", "picked_up": "worker"}
    for at, request, event, place in result.trace:
        if event in slots:
            columns[slots[event]][request] = place
        if event != "reached":
            columns[named.get(event, f"{event}_at")][request] = at
    return columns


@BOTH
@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_the_records_can_be_read_back_from_the_trace(cycle: Cycle, workload: Workload, server: dict[str, Any]) -> None:
    result = run(workload, cycle, **server)
    columns = read_back(result)
    records = result.records
    for name in (
        "arrived_at",
        "started_at",
        "enqueued_at",
        "finished_at",
        "skipped_at",
        "picked_up_at",
        "completed_at",
        "responded_at",
        "thread",
        "worker",
    ):
        assert np.array_equal(columns[name], getattr(records, name), equal_nan=True), name


@BOTH
@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_the_trace_is_in_order(cycle: Cycle, workload: Workload, server: dict[str, Any]) -> None:
    keys = [
        (at, request, EVENTS.index(event))
        for at, request, event, _ in run(workload, cycle, **server).trace
        if event != "reached"
    ]
    assert keys == sorted(keys)


@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_a_job_is_told_after_its_push_and_before_its_work(workload: Workload, server: dict[str, Any]) -> None:
    result = run(workload, ASYNC, **server)
    for request in np.flatnonzero(~np.isnan(result.records.enqueued_at)).tolist():
        events = result.trace.of(request)
        told = [(event, place) for _, _, event, place in events if event != "timed_out"]  # the client's, at any instant
        pushed, taken = told.index(("enqueued", None)), [event for event, _ in told].index("picked_up")
        assert told[pushed - 1] == ("reached", "queue")
        assert all(place != "external" for _, place in told[:taken])
        assert ("reached", "external") in told[taken:]
        assert not [place for event, place in told[:pushed] if event == "reached"][5:]  # the way back comes after


def test_one_requests_events_are_those_of_the_trace() -> None:
    result = run(THREE_REQUESTS, ASYNC)
    assert result.trace.of(1) == [event for event in result.trace if event[1] == 1]
    assert result.trace.of(7) == []


# ---------------------------------------------------------------- looking in


def test_a_run_can_be_stopped_and_looked_into() -> None:
    workload = workload_of([(0, 1, 10), (1, 1, 10), (2, 1, 10)])
    scenario = Scenario(threads=1, workers=1)
    with start(scenario, ASYNC, workload=workload, redis=CLIENT) as look:
        look.until(2.0)
        assert look.waiting() == []  # the first job is with the worker; what happens at 2 has not happened yet
        look.until(2.5)
        assert look.waiting() == [Job(1, 2.0, 10.0)]
        look.until(5.0)
        assert look.waiting() == [Job(1, 2.0, 10.0), Job(2, 3.0, 10.0)]
        look.until(12.0)
        assert look.waiting() == [Job(2, 3.0, 10.0)]
        assert look.finish().completed_at.tolist() == [11, 21, 31]
    assert CLIENT.keys("*") == []


@BOTH
@given(file_workloads, servers, st.lists(st.floats(0, 30), max_size=6))
@settings(max_examples=40, deadline=None)
def test_looking_in_changes_nothing(
    cycle: Cycle, workload: Workload, server: dict[str, Any], looks: list[float]
) -> None:
    scenario = Scenario.model_validate(server)
    with start(scenario, cycle, workload=workload, redis=CLIENT) as look:
        for instant in looks:
            look.until(instant)
            look.waiting()
        records = look.finish()
    assert repr(told(records)) == repr(told(run(workload, cycle, **server).records))


def test_a_job_that_a_stranger_adds_behind_the_last_of_ours_is_noticed() -> None:
    with pytest.raises(BrokerError, match="somebody else changed this queue"):  # noqa: PT012, SIM117
        with start(Scenario(), ASYNC, workload=workload_of([(0, 1, 1)]), redis=CLIENT) as look:
            look.until(100.0)
            assert look.queue is not None
            CLIENT.lpush(look.queue.key, b"{}")
            look.finish()


def test_the_synchronous_cycle_pushes_nothing_and_needs_no_redis() -> None:
    workload = draw(load("slides"))
    records = Run(workload, SYNC, load("slides"), client=None).finish()
    for column in (records.enqueued_at, records.picked_up_at, records.completed_at):
        assert np.isnan(column).all()
    assert records.workers == 0


def test_jobs_that_stay_in_memory_fare_as_those_in_redis() -> None:
    scenario = load("too-few-workers", ["duration=200"])
    workload = draw(scenario)
    runs = [Run(workload, ASYNC, scenario, client=client) for client in (CLIENT, None)]
    for run in runs:
        run.until(150.0)
    waiting = [run.waiting() for run in runs]
    assert len(waiting[0]) > 5
    assert waiting[1] == waiting[0]
    kept, in_memory = (run.finish() for run in runs)
    assert count_differing(kept, in_memory) == 0
    assert (kept.at_workers.area, kept.at_workers.idle) == (in_memory.at_workers.area, in_memory.at_workers.idle)
    for run in runs:
        run.close()


def test_an_async_report_is_answered_before_its_job_is_done() -> None:
    scenario = load("slides").replace(external_time=10)
    records = simulate(scenario, ASYNC, redis=CLIENT).records
    answered = records.is_report & ~records.timed_out
    assert answered.sum() > 50
    assert np.all(records.responded_at[answered] + 9 < records.completed_at[answered])
    assert np.isnan(records.enqueued_at[~records.is_report]).all()


# ---------------------------------------------------------------- the same luck


def test_both_cycles_and_every_pool_get_the_same_requests() -> None:
    scenario = load("slides")
    drawn = draw(scenario)
    for cycle, threads in itertools.product(CYCLES, (2, 5, 9)):
        workload = simulate(scenario.replace(threads=threads, workers=threads), cycle, redis=CLIENT).workload
        for column in ("arrived_at", "is_report", "external_time"):
            assert np.array_equal(getattr(workload, column), getattr(drawn, column))


SCRIPT = """
import hashlib, json, sys
from sim import compare
from sim.broker import connect
digest = hashlib.sha256()
comparison = compare("rush-hour", redis=connect("fake"))
for name, result in comparison.cycles.items():
    digest.update(json.dumps([name, result.summary.to_json()]).encode())
    for column in vars(result.records).values():
        digest.update(column.tobytes() if hasattr(column, "tobytes") else repr(column).encode())
    for column in (result.trace.at, result.trace.request_id, result.trace.event, result.trace.place):
        digest.update(column.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1234")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 2 * hashlib.sha256().digest_size


def held_while_running(threads: int, workload: Workload) -> int:
    """The most memory that a SYNC run had in use at once, in bytes."""
    gc.collect()
    tracemalloc.start()
    simulate(Scenario(threads=threads), SYNC, workload=workload)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.slow
def test_many_threads_do_not_multiply_the_memory_of_many_requests() -> None:
    few, many = (workload_of([(float(at), 1.0, None) for at in range(count)]) for count in (100, 20_000))
    a_thread = (held_while_running(1_000, few) - held_while_running(1, few)) / 999
    assert a_thread < 6_000
    grown = held_while_running(1_000, many) - held_while_running(1, many)
    assert grown < 1_000 * a_thread + 1_000_000  # one byte a request and thread would be 20 million
