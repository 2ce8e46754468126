"""The figures, each on an example small enough to be worked by hand."""

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import servers, tied_workloads, workload_of

from sim import ASYNC, SYNC
from sim.broker import connect
from sim.cycles import CYCLES, Cycle
from sim.experiments import simulate
from sim.presets import load
from sim.scenario import Scenario
from sim.stats import (
    QueueFigures,
    Spread,
    Summary,
    in_window,
    offered_load,
    peak,
    spread,
    summarise,
    t_half_width,
    t_interval,
    too_long_alone,
)
from sim.workload import Workload, draw

CLIENT = connect("fake")
NOTHING = Spread(None, None, None, None, None)


def summary(workload: Workload, cycle: Cycle = SYNC, warmup: float = 0.0, **server: Any) -> Summary:
    scenario = Scenario.model_validate({"threads": 1, "workers": 1, **server})
    return summarise(simulate(scenario, cycle, workload=workload, redis=CLIENT).records, workload, warmup)


def drawn(workload: Workload, ends_at: float) -> Workload:
    """The workload as a generator's, whose window ends at `ends_at`."""
    return replace(workload, from_file=False, ends_at=ends_at)


# ---------------------------------------------------------------- percentiles


def test_percentiles_are_numpys_linear_ones() -> None:
    seconds = np.arange(1.0, 102.0)
    assert spread(seconds) == Spread(mean=51.0, p50=51.0, p95=96.0, p99=100.0, max=101.0)
    assert spread(np.array([1.0, 2.0])) == Spread(mean=1.5, p50=1.5, p95=None, p99=None, max=2.0)


@given(st.lists(st.integers(0, 2**40), min_size=100, max_size=250))
@settings(max_examples=100, deadline=None)
def test_percentiles_are_numpys_to_the_last_bit(ticks: list[int]) -> None:
    seconds = np.array(ticks) / 2**20
    found = spread(seconds)
    assert [found.p50, found.p95, found.p99] == np.percentile(seconds, [50, 95, 99]).tolist()
    assert found.mean == sum(ticks) / 2**20 / len(ticks)
    assert found.max == seconds.max()


@pytest.mark.parametrize(
    ("count", "p95", "p99"), [(19, False, False), (20, True, False), (99, True, False), (100, True, True)]
)
def test_a_percentile_needs_enough_values(count: int, p95: bool, p99: bool) -> None:
    found = spread(np.ones(count))
    assert (found.p95 is not None, found.p99 is not None) == (p95, p99)
    assert found.p50 == 1


def test_of_nothing_there_is_no_figure() -> None:
    assert spread(np.array([])) == NOTHING


def test_what_never_ends_is_infinitely_long() -> None:
    # 21 values have their p95 at rank 19 exactly (from 0) and their median at rank 10
    one_never = np.array([*range(1, 21), math.inf])
    assert spread(one_never) == Spread(mean=None, p50=11.0, p95=20.0, p99=None, max=None)
    two_never = np.array([math.inf, *range(1, 20), math.inf])
    assert spread(two_never) == Spread(mean=None, p50=11.0, p95=None, p99=None, max=None)
    # 20 values have it between the ranks 18 and 19: one of the two never ends, so the percentile does not either
    assert spread(np.array([*range(1, 20), math.inf])).p95 is None
    assert spread(np.array([1.0, math.inf])).p50 is None
    assert spread(np.array([1.0, 2.0, math.inf])) == Spread(mean=None, p50=2.0, p95=None, p99=None, max=None)
    assert spread(np.full(200, math.inf)) == NOTHING


def test_a_mean_of_many_is_exact_where_floats_would_lose_bits() -> None:
    seconds = np.array([2.0**33 - 2.0**-19] * 3 + [2.0**-20] * 1)
    assert spread(seconds).mean == (3 * (2**53 - 2) + 1) / 2**20 / 4


# ---------------------------------------------------------------- the summary


def test_the_fields_are_those_of_the_interface_in_its_order() -> None:
    assert " ".join(field.name for field in fields(Summary)) == (
        "requests answered reports reports_completed timed_out timeout_fraction timed_out_pages timed_out_reports "
        "response_time page_response_time completion_time waiting_time throughput thread_utilisation "
        "worker_utilisation peak_backlog peak_queue useful_time wasted_time idle_time ended_at "
        "visits visits_answered visit_time requests_per_visit rejected failed polls result_time job_waiting_time "
        "job_runs jobs_dead jobs_lost jobs_done_twice peak_retry_set worker_useful_time worker_wasted_time "
        "worker_idle_time worker_down_time core_utilisation queues"
    )
    assert [field.name for field in fields(QueueFigures)] == ["jobs", "waiting_time", "completion_time"]
    assert [field.name for field in fields(Spread)] == ["mean", "p50", "p95", "p99", "max"]


# A report of 40 s, a page that waits behind it in vain, and one that comes when all is over; the last arrival is at 50.
THREE = workload_of([(0, 1, 39), (5, 1, None), (50, 2, None)])


NOTHING_WRONG: dict[str, Any] = {
    **dict.fromkeys(["rejected", "failed", "polls", "jobs_dead", "jobs_lost", "jobs_done_twice", "peak_retry_set"], 0),
    "worker_down_time": 0.0,
    "core_utilisation": None,
}


def test_every_figure_of_a_sync_run_worked_by_hand() -> None:
    # The thread has the report from 0 to 40 (its client had an error at 30), skips the page at 40 (error at 35) and
    # has the last page from 50 to 52. The window is [0, 50]: 40 of its 50 thread-seconds are busy.
    assert summary(THREE) == Summary(
        requests=3,
        answered=1,
        reports=1,
        reports_completed=0,
        timed_out=2,
        timeout_fraction=2 / 3,
        timed_out_pages=1,
        timed_out_reports=1,
        response_time=Spread(mean=62 / 3, p50=30.0, p95=None, p99=None, max=30.0),
        page_response_time=Spread(mean=16.0, p50=16.0, p95=None, p99=None, max=30.0),
        completion_time=NOTHING,
        waiting_time=Spread(mean=35 / 3, p50=0.0, p95=None, p99=None, max=35.0),
        throughput=1 / 50,
        thread_utilisation=40 / 50,
        worker_utilisation=None,
        peak_backlog=1,
        peak_queue=0,
        useful_time=2.0,
        wasted_time=40.0,
        idle_time=10.0,
        ended_at=52.0,
        visits=3,
        visits_answered=1,
        visit_time=NOTHING,
        requests_per_visit=1.0,
        result_time=NOTHING,
        job_waiting_time=NOTHING,
        job_runs=0,
        worker_useful_time=0.0,
        worker_wasted_time=0.0,
        worker_idle_time=0.0,
        queues={},
        **NOTHING_WRONG,
    )


def test_every_figure_of_the_async_run_worked_by_hand() -> None:
    # The thread has the report for 1 s, the worker its job from 1 to 40; the pages run from 5 to 6 and from 50 to 52.
    assert summary(THREE, ASYNC) == Summary(
        requests=3,
        answered=3,
        reports=1,
        reports_completed=1,
        timed_out=0,
        timeout_fraction=0.0,
        timed_out_pages=0,
        timed_out_reports=0,
        response_time=Spread(mean=4 / 3, p50=1.0, p95=None, p99=None, max=2.0),
        page_response_time=Spread(mean=1.5, p50=1.5, p95=None, p99=None, max=2.0),
        completion_time=Spread(mean=40.0, p50=40.0, p95=None, p99=None, max=40.0),
        waiting_time=Spread(mean=0.0, p50=0.0, p95=None, p99=None, max=0.0),
        throughput=3 / 50,
        thread_utilisation=2 / 50,
        worker_utilisation=39 / 50,
        peak_backlog=0,
        peak_queue=0,
        useful_time=4.0,
        wasted_time=0.0,
        idle_time=48.0,
        ended_at=52.0,
        visits=3,
        visits_answered=3,
        visit_time=Spread(mean=4 / 3, p50=1.0, p95=None, p99=None, max=2.0),
        requests_per_visit=1.0,
        result_time=NOTHING,
        job_waiting_time=Spread(mean=0.0, p50=0.0, p95=None, p99=None, max=0.0),
        job_runs=1,
        worker_useful_time=39.0,
        worker_wasted_time=0.0,
        worker_idle_time=13.0,
        queues={
            "default": QueueFigures(
                jobs=1,
                waiting_time=Spread(mean=0.0, p50=0.0, p95=None, p99=None, max=0.0),
                completion_time=Spread(mean=40.0, p50=40.0, p95=None, p99=None, max=40.0),
            )
        },
        **NOTHING_WRONG,
    )


def test_an_async_job_completes_whatever_its_client_was_told() -> None:
    found = summary(workload_of([(0, 31, 9)]), ASYNC)
    assert (found.timed_out_reports, found.reports_completed, found.completion_time.mean) == (1, 1, 40.0)


def test_a_report_that_never_completes_leaves_the_median_and_takes_the_mean() -> None:
    found = summary(workload_of([(0, 1, 1), (10, 1, 1), (20, 1, 99)]))
    assert (found.reports, found.reports_completed) == (3, 2)
    assert found.completion_time == Spread(mean=None, p50=2.0, p95=None, p99=None, max=None)


def test_timed_out_requests_count_at_the_timeout_in_every_response_time() -> None:
    found = summary(workload_of([(0, 100, None), (100, 1, None)]))
    assert found.response_time.mean == (30 + 1) / 2
    assert found.page_response_time == found.response_time


def test_an_empty_workload_has_no_figures_and_no_end() -> None:
    for cycle in CYCLES.values():
        found = summary(drawn(workload_of([]), 100.0), cycle)
        assert (found.requests, found.answered, found.timed_out, found.timeout_fraction) == (0, 0, 0, None)
        assert found.response_time == found.completion_time == found.waiting_time == NOTHING
        assert found.ended_at is None
        assert (found.throughput, found.thread_utilisation) == (0, 0)
        assert (found.peak_backlog, found.peak_queue) == (0, 0)
        assert (found.useful_time, found.wasted_time, found.idle_time) == (0, 0, 0)
        json.dumps(found.to_json(), allow_nan=False)


# ---------------------------------------------------------------- the window


def test_the_window_begins_with_the_warmup_and_ends_before_the_duration() -> None:
    workload = drawn(workload_of([(9, 1, None), (10, 1, None), (99, 1, None), (100, 1, None)]), 100.0)
    assert in_window(workload, 10.0).tolist() == [False, True, True, False]


def test_the_window_of_a_file_ends_with_its_last_row() -> None:
    workload = workload_of([(9, 1, None), (10, 1, None), (100, 1, None), (100, 1, None)])
    assert in_window(workload, 10.0).tolist() == [False, True, True, True]


def test_only_what_is_busy_inside_the_window_is_utilisation() -> None:
    # Busy from 0 to 14 and from 95 to 105; the window [10, 100] sees 4 + 5 of its 90 seconds.
    workload = drawn(workload_of([(0, 14, None), (95, 10, None)]), 100.0)
    found = summary(workload, warmup=10.0)
    assert found.thread_utilisation == 9 / 90
    assert found.requests == 1
    assert found.throughput == 1 / 90
    # busy all the time from before the window until after it
    assert summary(drawn(workload_of([(0, 200, None)]), 100.0), warmup=10.0).thread_utilisation == 1


def test_the_workers_utilisation_is_over_all_workers() -> None:
    workload = drawn(workload_of([(0, 1, 20), (1, 1, 300)]), 100.0)
    # one job from 1 to 21, one from 2 to 302: in [11, 100] 10 s and 89 s of 3 times 89 s
    found = summary(workload, ASYNC, warmup=11.0, workers=3)
    assert found.worker_utilisation == (10 + 89) / (3 * 89)
    assert summary(workload, SYNC, warmup=11.0, workers=3).worker_utilisation is None


def test_requests_before_the_warmup_count_in_the_figures_of_the_whole_run_only() -> None:
    workload = drawn(workload_of([(0, 40, None), (0, 1, None), (1, 1, None), (60, 2, None)]), 100.0)
    found = summary(workload, warmup=50.0)
    assert (found.requests, found.timed_out, found.response_time.max) == (1, 0, 2.0)
    assert found.peak_backlog == 2
    assert (found.useful_time, found.wasted_time, found.idle_time, found.ended_at) == (2, 40, 20, 62)


def test_a_file_of_one_instant_has_no_window() -> None:
    found = summary(workload_of([(0, 1, None), (0, 1, None)]))
    assert found.requests == 2
    assert (found.throughput, found.thread_utilisation) == (None, None)


# ---------------------------------------------------------------- peaks


def test_the_peak_counts_from_entering_until_before_leaving() -> None:
    nan = math.nan
    assert peak(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])) == 1
    assert peak(np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0, 3.0])) == 2
    assert peak(np.array([1.0, 1.0, 1.0]), np.array([1.0, 2.0, 2.0])) == 2
    assert peak(np.array([0.0, 0.0]), np.array([0.0, 0.0])) == 0
    assert peak(np.array([nan, 0.0]), np.array([nan, 1.0])) == 1
    assert peak(np.array([0.0, 5.0]), np.array([nan, nan])) == 2
    assert peak(np.array([]), np.array([])) == 0


def test_gone_clients_count_in_the_backlog_until_a_thread_reaches_them() -> None:
    workload = workload_of([(0, 100, None)] + [(float(at), 1.0, None) for at in range(1, 90)])
    assert summary(workload).peak_backlog == 89


def test_the_queues_peak_is_that_of_the_jobs_waiting() -> None:
    # pushed at 1, 2 and 3; the worker has one of them from 1 to 11
    assert summary(workload_of([(0, 1, 10), (1, 1, 10), (2, 1, 10)]), ASYNC).peak_queue == 2


@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_the_peaks_are_those_seen_second_by_second(workload: Workload, server: dict[str, Any]) -> None:
    records = simulate(Scenario.model_validate(server), ASYNC, workload=workload, redis=CLIENT).records
    found = summarise(records, workload)
    seconds = np.arange(0, 400)[:, None]
    for entered, left, figure in (
        (records.arrived_at, records.reached_at, found.peak_backlog),
        (records.enqueued_at, records.picked_up_at, found.peak_queue),
    ):
        assert ((entered <= seconds) & (seconds < left)).sum(axis=1).max(initial=0) == figure


@given(tied_workloads, servers)
@settings(max_examples=60, deadline=None)
def test_the_counts_add_up(workload: Workload, server: dict[str, Any]) -> None:
    for cycle in CYCLES.values():
        found = summary(workload, cycle, **server)
        assert found.requests == found.answered + found.timed_out == len(workload)
        assert found.timed_out == found.timed_out_pages + found.timed_out_reports
        assert found.reports_completed <= found.reports
        json.dumps(found.to_json(), allow_nan=False)


# ---------------------------------------------------------------- what the lesson asks for


def test_the_workers_offered_load_is_the_jobs_work_per_worker_second() -> None:
    workload = drawn(workload_of([(0, 1, 60), (10, 1, 140)]), 100.0)
    scenario = Scenario(threads=2, workers=2)
    records = simulate(scenario, ASYNC, workload=workload, redis=CLIENT).records
    assert offered_load(records, workload) == 1.0
    assert offered_load(simulate(scenario, SYNC, workload=workload).records, workload) is None


def test_the_workers_offered_load_is_counted_in_the_window_and_there_is_none_in_no_time() -> None:
    workload = drawn(workload_of([(0, 1, 60), (10, 1, 140)]), 10.5)
    records = simulate(Scenario(threads=2, workers=2), ASYNC, workload=workload, redis=CLIENT).records
    assert offered_load(records, workload, warmup=10.0) == 140 / (2 * 0.5)
    assert offered_load(records, workload, warmup=10.5) is None


def test_the_preset_with_too_few_workers_is_overloaded() -> None:
    scenario = load("too-few-workers")
    workload = draw(scenario)
    load_of_workers = offered_load(simulate(scenario, ASYNC, workload=workload, redis=CLIENT).records, workload)
    assert load_of_workers is not None
    assert load_of_workers > 1


def test_a_request_is_too_long_alone_if_its_own_thread_time_reaches_the_timeout() -> None:
    workload = workload_of([(0, 1, 29), (0, 1, 28), (0, 30, None), (0, 29, 50)], {"middleware": 0.5})
    records = {
        cycle.name: simulate(Scenario(threads=9), cycle, workload=workload, redis=CLIENT).records
        for cycle in (SYNC, ASYNC)
    }
    # the middleware takes 1 s in all: 31, 30 (a tie), 31, 80 s in SYNC; 2, 2, 31 and 30 s, way out included, in ASYNC
    assert too_long_alone(records["sync"], workload, SYNC) == records["sync"].timed_out.sum() == 4
    assert too_long_alone(records["async"], workload, ASYNC) == records["async"].timed_out.sum() == 2


def test_the_interval_over_replications_is_students() -> None:
    # three values: mean 2, standard deviation 1, and t = 4.302652729911275 for 95 % and 2 degrees of freedom
    low, high = t_interval([1.0, 2.0, 3.0])
    assert (low + high) / 2 == pytest.approx(2)
    assert (high - low) / 2 == pytest.approx(4.302652729911275 / math.sqrt(3))
    assert t_interval([1.0, 2.0, 3.0], 0.99)[1] == pytest.approx(2 + 9.92484320091807 / math.sqrt(3))
    assert t_interval([0.0, 2.0]) == pytest.approx((1 - 12.706204736432095, 1 + 12.706204736432095))
    with pytest.raises(ValueError, match="at least 2"):
        t_interval([1.0])


def test_each_column_of_replications_has_an_interval_of_its_own() -> None:
    halves = t_half_width(np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]))
    assert halves == pytest.approx(np.array([1.0, 10.0]) * 4.302652729911275 / math.sqrt(3))
