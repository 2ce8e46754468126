"""Sweeps: one table however the work is split, honest intervals, the same luck at every point."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import theory
from sim.cli import main
from sim.experiments import compare, simulate
from sim.path import CONSTANT_HOPS
from sim.presets import load
from sim.scenario import Scenario
from sim.stats import Summary, t_interval
from sim.studies import executors
from sim.studies.estimates import DIFFERENCE, STATISTICS, estimate, figures, with_difference
from sim.studies.longrun import expected, service
from sim.studies.ranges import varied
from sim.studies.seeds import seeds_of
from sim.studies.sweeps import point_of, replicate, settings_of, sweep
from sim.studies.tables import estimate_text
from sim.workload import draw

SHORT = load("slides").replace(duration=120.0)
POINTS = {"threads": [2, 4, 8], "arrival_rate": [1.0, 2.0]}


def only(frame: pd.DataFrame, **wanted: Any) -> pd.Series:
    """The one row in which these columns have these values."""
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.equals(other) and list(one.columns) == list(other.columns)


def test_a_sweep_is_a_tidy_table_of_points_cycles_and_statistics() -> None:
    frame = sweep(SHORT, POINTS, replications=2)
    assert list(frame.columns) == [
        *("threads", "arrival_rate", "cycle", "statistic"),
        *("mean", "low", "high", "replications", "rests_on", "missing"),
    ]
    assert len(frame) == 6 * 3 * len(STATISTICS)
    settings = frame[["threads", "arrival_rate"]].drop_duplicates().to_numpy().tolist()
    assert settings == [[2, 1], [2, 2], [4, 1], [4, 2], [8, 1], [8, 2]]
    assert list(dict.fromkeys(frame["cycle"])) == ["sync", "async", "sync - async"]
    assert (frame["replications"] == 2).all()


def test_the_statistics_are_all_figures_of_a_summary_in_their_order() -> None:
    summary = simulate(SHORT, engine="exact").summary
    flat = []
    for name, value in summary.to_json().items():
        flat += [f"{name}.{part}" for part in value] if isinstance(value, dict) else [name]
    assert list(STATISTICS) == flat
    assert figures(summary)[STATISTICS.index("response_time.p95")] == summary.response_time.p95


def test_replication_r_is_the_run_with_the_scenarios_seed_r_whatever_else_is_swept() -> None:
    frame = sweep(SHORT, POINTS, replications=3)
    scenario = SHORT.replace(threads=4, arrival_rate=2.0)
    for cycle in ("sync", "async"):
        summaries = [
            simulate(scenario, cycle, workload=draw(scenario, seed), engine="simpy").summary
            for seed in seeds_of(SHORT.seed, 3)
        ]
        row = only(frame, threads=4, arrival_rate=2.0, cycle=cycle, statistic="response_time.mean")
        values = np.array([summary.response_time.mean for summary in summaries])
        own = estimate(values[:, None])
        assert row["mean"] == pytest.approx(np.mean(values), rel=1e-15)
        assert (max(0.0, own.low[0]), own.high[0]) == pytest.approx((row["low"], row["high"]), rel=1e-12)
        low, high = t_interval(values.tolist())
        assert row["low"] <= max(0.0, low) < high <= row["high"]


def test_two_seeds_share_no_run_and_the_first_run_is_that_of_compare() -> None:
    seeds = {seed: seeds_of(seed, 20) for seed in (SHORT.seed, SHORT.seed + 1)}
    assert not set(seeds[SHORT.seed]) & set(seeds[SHORT.seed + 1])
    one, next_one = (figures_of_runs(SHORT.replace(seed=seed)) for seed in seeds)
    assert one[0] == compare(SHORT).sync.summary.response_time.mean
    assert not set(one) & set(next_one)


def figures_of_runs(scenario: Scenario) -> list[float | None]:
    """The mean response time of each replication, taken from what `sweep` serves."""
    seen = []

    class Seen(ThreadPoolExecutor):
        def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Any:
            future = super().submit(call, *args, **kwargs)
            seen.extend(future.result()[:, 0, 0, STATISTICS.index("response_time.mean")].tolist())
            return future

    with Seen(1) as executor:
        replicate(scenario, 20, cycles=["sync"], executor=executor)
    return seen


def test_a_sweep_that_begins_later_has_other_replications_and_both_together_have_all() -> None:
    early, late, all_of_them = (replicate(SHORT, 3), replicate(SHORT, 3, first=3), replicate(SHORT, 6))
    mean = [only(one, cycle="sync", statistic="requests")["mean"] for one in (early, late, all_of_them)]
    assert mean[0] != mean[1]
    assert mean[2] == pytest.approx((mean[0] + mean[1]) / 2)


def test_the_engine_makes_no_difference_to_a_sweep() -> None:
    quick = SHORT.replace(duration=30.0)
    exact, simpy = (sweep(quick, {"threads": [2, 5]}, replications=2, engine=name) for name in ("exact", "simpy"))
    assert same(exact, simpy)


def test_replicate_is_a_sweep_of_one_point() -> None:
    frame = replicate(SHORT, 4)
    assert frame.columns[0] == "cycle"
    one = sweep(SHORT, {"threads": [SHORT.threads]}, replications=4)
    assert same(frame, one.drop(columns="threads"))


def test_the_difference_is_paired_so_common_luck_cancels() -> None:
    frame = replicate(SHORT.replace(arrival_rate=1.0, timeout=1000.0, duration=600.0), 10)
    rows = {
        cycle: only(frame, cycle=cycle, statistic="completion_time.mean") for cycle in ("sync", "async", "sync - async")
    }
    assert rows["sync - async"]["mean"] == pytest.approx(rows["sync"]["mean"] - rows["async"]["mean"])
    alone = [rows[cycle]["high"] - rows[cycle]["low"] for cycle in ("sync", "async")]
    paired = rows["sync - async"]["high"] - rows["sync - async"]["low"]
    requests = only(frame, cycle="sync - async", statistic="requests")
    assert (requests["low"], requests["high"]) == (0.0, 0.0)
    assert 0 < paired < min(alone)


def test_an_estimate_has_an_interval_or_says_why_it_has_none() -> None:
    values = np.array([[1.0, np.nan, np.inf, np.inf], [2.0, 1.0, 1.0, np.nan], [3.0, 1.0, 1.0, 1.0]])
    found = estimate(values)
    assert found.mean[0] == 2
    # by hand: standard deviation 1, t for two degrees of freedom 4.302653
    assert found.high[0] - found.mean[0] == pytest.approx(4.302653 / np.sqrt(3))
    assert found.rests_on.tolist() == [3, 0, 0, 0]
    assert found.missing.tolist() == ["", "too few", "never", "too few"]
    assert np.isnan(found.mean[1:]).all()


def test_never_in_both_cycles_leaves_a_difference_of_never() -> None:
    values = np.array([[[np.inf], [np.inf]], [[1.0], [2.0]], [[np.inf], [2.0]]])
    assert with_difference(values, ("sync", "async"))[:, 2, 0].tolist() == [np.inf, -1.0, np.inf]


def test_a_percentile_among_reports_that_never_complete_is_never_and_one_of_few_is_too_few() -> None:
    doomed = SHORT.replace(external_time=40.0, report_fraction=0.5)
    frame = replicate(doomed, 2)
    assert only(frame, cycle="sync", statistic="completion_time.p95")["missing"] == "never"
    assert only(frame, cycle="sync", statistic="completion_time.mean")["missing"] == "never"
    few = replicate(doomed.replace(duration=20.0, arrival_rate=1.0), 2)
    assert only(few, cycle="sync", statistic="completion_time.p99")["missing"] == "too few"
    assert np.isnan(only(few, cycle="async", statistic="completion_time.p99")["mean"])


def test_warm_up_is_left_out_of_a_sweep_as_it_is_of_a_run() -> None:
    frame = sweep(SHORT, {"warmup": [0.0, 60.0]}, replications=2)
    scenario = SHORT.replace(warmup=60.0)
    counts = [
        simulate(scenario, workload=draw(scenario, seed), engine="exact").summary.requests
        for seed in seeds_of(SHORT.seed, 2)
    ]
    assert only(frame, warmup=60.0, cycle="sync", statistic="requests")["mean"] == np.mean(counts)


class Backwards(Executor):
    """Does the work only when it is asked for, and the latest first."""

    def __init__(self) -> None:
        self.pending: list[tuple[Future[Any], Any]] = []

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        executor = self

        class Late(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                while executor.pending:
                    future, work = executor.pending.pop()
                    future.set_result(work())
                return super().result(timeout)

        future = Late()
        self.pending.append((future, lambda: call(*args, **kwargs)))
        return future


def test_results_are_identical_whatever_executor_does_the_work_and_in_whatever_order() -> None:
    alone = sweep(SHORT, POINTS, replications=4)
    assert same(alone, sweep(SHORT, POINTS, replications=4, executor=Backwards()))
    with ThreadPoolExecutor(3) as threads:
        assert same(alone, sweep(SHORT, POINTS, replications=4, executor=threads))
    with ProcessPoolExecutor(2) as processes:
        assert same(alone, sweep(SHORT, POINTS, replications=4, executor=processes))


@pytest.mark.parametrize("points_per_task", [1, 2, 5])
@pytest.mark.parametrize("ahead", [1, 3])
def test_results_are_identical_however_points_are_split(
    points_per_task: int, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = sweep(SHORT, POINTS, replications=3)
    monkeypatch.setattr("sim.studies.sweeps.POINTS_PER_TASK", points_per_task)
    monkeypatch.setattr("sim.studies.sweeps.TASKS_AHEAD", ahead)
    with ThreadPoolExecutor(2) as executor:
        assert same(alone, sweep(SHORT, POINTS, replications=3, executor=executor))


def test_a_point_has_the_same_figures_alone_and_in_company() -> None:
    company = sweep(SHORT, POINTS, replications=3)
    alone = sweep(SHORT, {"threads": [4], "arrival_rate": [2.0]}, replications=3)
    there = company[(company.threads == 4) & (company.arrival_rate == 2.0)].reset_index(drop=True)
    assert same(there, alone)


@pytest.fixture(scope="module")
def dask_cluster() -> Any:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def test_a_dask_cluster_of_two_processes_gives_the_same_table(dask_cluster: Any, tmp_path: Any) -> None:
    files = [tmp_path / "alone.csv", tmp_path / "dask.csv"]
    command = ["sweep", "slides", "--set", "duration=60", "--vary", "threads=2,4", "--replications", "3", "--csv"]
    assert main([*command, str(files[0])]) == 0
    assert main([*command, str(files[1]), "--dask", dask_cluster.scheduler_address]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def refusal_of_dask(address: str, capsys: Any) -> str:
    assert main(["sweep", "--vary", "threads=2", "--dask", address]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    return str(told.err)


def test_what_takes_the_connection_and_is_no_dask_scheduler_is_given_up(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.studies.executors.DASK_ANSWERS_WITHIN", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = refusal_of_dask(f"tcp://127.0.0.1:{silent.getsockname()[1]}", capsys)
    assert "no Dask scheduler answers there" in told


@pytest.mark.parametrize(
    "address", ["u:hunter2@host:8786", "hunter2@host:8786", "tcp://u:hunter2@host:1", "tcp://host:1?password=hunter2"]
)
def test_what_may_hold_a_password_is_no_address_of_dask_and_is_not_repeated(address: str, capsys: Any) -> None:
    told = refusal_of_dask(address, capsys)
    assert "allowed: the address of a Dask scheduler, such as tcp://localhost:8786" in told
    assert "hunter2" not in told


def test_a_dask_cluster_lost_in_the_middle_of_a_sweep_is_told_in_one_line() -> None:
    distributed = pytest.importorskip("distributed")
    small = SHORT.replace(duration=60.0)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:

        def until_the_first(runs: Any) -> Any:
            for run in runs:
                cluster.close()
                yield run

        with (
            pytest.raises(ValueError, match=r"^dask .*: the connection or a worker was lost"),
            executors.cluster(cluster.scheduler_address) as executor,
        ):
            sweep(small, {"threads": range(1, 40)}, replications=20, executor=executor, progress=until_the_first)


@pytest.fixture
def dask_processes(tmp_path: Any) -> Any:
    """A scheduler and its one worker, processes by themselves, by name; and the scheduler's address."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    started = {}
    for name, arguments in (
        ("scheduler", ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]),
        ("worker", ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path)]),
    ):
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments, "--scheduler-file", str(file)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started[name] = subprocess.Popen(command, cwd=tmp_path, **quiet)
    try:
        wait_for(file.exists)
        yield started, json.loads(file.read_text())["address"]
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def wait_for(is_so: Any) -> None:
    limit = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("lost", "by"), [("scheduler", signal.SIGKILL), ("worker", signal.SIGKILL), ("scheduler", signal.SIGSTOP)]
)
def test_a_lost_scheduler_or_last_worker_ends_a_sweep_with_one_line(
    dask_processes: Any, lost: str, by: signal.Signals
) -> None:
    import distributed

    processes, address = dask_processes
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=120)
        command = [sys.executable, "-m", "sim", "sweep", "--vary", "threads=1:99", "--replications", "999"]
        with subprocess.Popen([*command, "--dask", address], stdout=-1, stderr=-1, text=True) as sweep_itself:
            wait_for(lambda: client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) > 100)
            processes[lost].send_signal(by)
            at = time.monotonic()
            out, err = sweep_itself.communicate(timeout=120)
            assert (sweep_itself.returncode, out) == (2, ""), err
            assert err == f"error: --dask {address!r}: the connection or a worker was lost\n"
            assert time.monotonic() - at < 90  # 10 to 21 s on a machine with nothing else to do
        processes[lost].kill()  # what is frozen would be waited for


def test_a_client_that_has_closed_itself_takes_no_task_and_is_the_same_line(dask_cluster: Any) -> None:
    with (
        pytest.raises(ValueError, match=r"^dask .*: the connection or a worker was lost"),
        executors.cluster(dask_cluster.scheduler_address) as executor,
    ):
        submitted_to_a_closed_client(executor)


def submitted_to_a_closed_client(executor: Any) -> None:
    executor._client.close()  # as it does where the scheduler is gone
    executor.submit(len, ())


@pytest.mark.parametrize("left", ["KilledWorker", "CancelledError", "OSError"])
def test_whatever_dask_says_of_a_lost_worker_is_told_in_one_line(dask_cluster: Any, left: str) -> None:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    errors = {"KilledWorker": KilledWorker("task", None, 3), "CancelledError": CancelledError(), "OSError": OSError()}
    with (
        pytest.raises(ValueError, match=r"^dask .*: the connection or a worker was lost"),
        executors.cluster(dask_cluster.scheduler_address),
    ):
        raise errors[left]


def test_a_dask_cluster_that_would_be_waited_for_without_end_is_refused(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, dask_cluster: Any
) -> None:
    monkeypatch.setattr("sim.studies.executors.__package__", "not_installed_there")
    assert "a worker does not have this package" in refusal_of_dask(dask_cluster.scheduler_address, capsys)
    with type(dask_cluster)(n_workers=0, dashboard_address=":0") as empty:
        assert "the scheduler has no workers" in refusal_of_dask(empty.scheduler_address, capsys)


def test_memory_does_not_grow_with_the_number_of_points() -> None:
    def peak(points: int) -> int:
        rates = np.linspace(1.0, 2.0, points)
        tracemalloc.start()
        frame = sweep(SHORT, {"arrival_rate": rates}, replications=2, cycles=["sync"])
        size = tracemalloc.get_traced_memory()[1] - frame.memory_usage(deep=True).sum()
        tracemalloc.stop()
        return int(size)

    peak(2)  # what is imported and cached at first use is no growth
    a_point_has_requests = 2 * 180
    assert (peak(200) - peak(10)) / 190 < 50 * a_point_has_requests  # bytes; its records alone would be 100 a request


def test_progress_sees_every_task_and_its_end() -> None:
    seen = []

    def watch(tasks: Any) -> Any:
        for task in tasks:
            seen.append(task)
            yield task
        seen.append("done")

    sweep(SHORT, {"threads": [2, 3]}, replications=3, progress=watch)
    assert seen == [0, 1, 2, "done"]


def test_a_task_is_so_many_replications_as_take_a_moment_whatever_a_run_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    def tasks(scenario: Scenario, replications: int) -> list[int]:
        sizes = []

        class Counting(ThreadPoolExecutor):
            def submit(self, call: Any, task: Any, /) -> Any:  # type: ignore[override]
                sizes.append(len(task.seeds))
                return super().submit(lambda: np.zeros((len(task.seeds), 1, 1, len(STATISTICS))))

        with Counting(1) as executor:
            replicate(scenario, replications, cycles=["sync"], executor=executor)
        return sizes

    long, short = (SHORT.replace(duration=seconds, arrival_rate=3.0) for seconds in (1e6, 600.0))
    assert tasks(long, 3) == [1, 1, 1]
    sizes = tasks(short, 1000)
    assert sum(sizes) == 1000
    assert 20 < sizes[0] < 200
    monkeypatch.setattr("sim.studies.sweeps.TASK_SECONDS", 1e9)
    assert tasks(short, 1000) == [1000]


def test_a_dot_reaches_into_the_distribution() -> None:
    frame = sweep(SHORT, {"external_time.mean": [11.0, 15.0]}, replications=2, cycles=["async"])
    low, high = (
        only(frame, **{"external_time.mean": mean}, statistic="completion_time.mean")["mean"] for mean in (11.0, 15.0)
    )
    assert low < high


def test_every_number_of_what_goes_wrong_can_be_varied_also_where_its_rule_is_off() -> None:
    numbers = ["backlog_limit", "client_retries", "service_timeout", "cores", "poll_every", "poll_for", "poll_time"]
    numbers += ["failure_fraction", "failure_time", "job_retries", "retry_poll_time", "shutdown_time", "restart_time"]
    numbers += ["recovery_time", "client_retry_delay", "job_retry_delay", "client_retry_delay.first"]
    for field in numbers:
        (setting,) = settings_of(SHORT, {field: [1]})
        assert point_of(SHORT, [field], setting) == load("slides", ["duration=120", f"{field}=1"]), field


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: replicate(SHORT, 1), r"replications = 1; allowed: a whole number from 2"),
        (lambda: replicate(SHORT, 2.0), r"replications = 2\.0; allowed"),
        (lambda: replicate(SHORT, cycles=[]), r"cycles = \[\]; allowed: sync, async"),
        (lambda: replicate(SHORT, cycles=["sync", "sync"]), r"each at most once"),
        (lambda: replicate(SHORT, engine="magic"), r"engine = 'magic'; allowed: simpy, exact"),
        (lambda: sweep(SHORT, {"threads": []}), r"vary: threads has no values"),
        (lambda: sweep(SHORT, {"threads": [2, 2]}), r"vary: threads has a value twice"),
        (lambda: sweep(SHORT, {"threads": [True, 2]}), r"vary: threads = True; allowed: a whole number"),
        (lambda: sweep(SHORT, {"threads": ["two"]}), r"vary: threads = 'two'; allowed: a whole number"),
        (lambda: sweep(SHORT, {"threads": [0, 2]}), r"vary: threads = 0; allowed: a whole number from 1"),
        (lambda: sweep(SHORT, {"timeout": [float("nan")]}), r"vary: timeout = nan; allowed: seconds above 0"),
        (lambda: sweep(SHORT, {"threds": [2]}), r"vary: threds is not a field \(did you mean threads\?\)"),
        (lambda: sweep(SHORT, {"on_timeout": [2]}), r"vary: on_timeout is not a number"),
        (lambda: sweep(SHORT, {"external_time": [2]}), r"external_time is not a number; allowed: external_time\.mean"),
        (lambda: sweep(SHORT, {"external_time.median": [2]}), r"vary: external_time\.median is not a field"),
        (lambda: sweep(SHORT, {"seed": [2]}), r"vary: seed: the replications take seeds of their own"),
        (lambda: sweep(SHORT, {"outages": [2]}), r"vary: outages is not a number; allowed: a field that is one"),
        (lambda: sweep("rush-hour", {"arrival_rate": [2]}), r"vary: arrival_rate is a list of steps"),
        (lambda: sweep(SHORT, {"threads": range(1, 200), "workers": range(1, 200)}), r"39,601 points; allowed"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_one_line(call: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        call()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("threads=2,4,8", [2, 4, 8]),
        ("threads=2:4", [2, 3, 4]),
        ("threads=1,4:8:2", [1, 4, 6, 8]),
        ("arrival_rate=0.5:2:0.5", [0.5, 1.0, 1.5, 2.0]),
        ("arrival_rate=0.1:0.3:0.1", [0.1, 0.2, 0.3]),  # decimal steps: no 0.30000000000000004
        ("timeout=500ms,30s,1min", [0.5, 30.0, 60.0]),
    ],
)
def test_values_are_listed_or_a_range_with_both_ends(text: str, values: list[float]) -> None:
    (found,) = varied([text]).values()
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize(
    "text",
    ["threads", "=2", "threads=", "threads=8:2", "threads=2:8:0", "threads=2:8:-1", "threads=1:2:3:4", "threads=a",
     "threads=nan", "threads=1e400", "threads=1:99999", "threads=2,,3", "threads=\x1b[31m"],
)  # fmt: skip
def test_values_that_are_none_are_refused_and_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"^vary") as refusal:
        varied([text])
    assert str(refusal.value).isprintable()


def test_a_field_that_is_varied_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^vary threads: given twice"):
        varied(["threads=2", "threads=4"])


MM1 = Scenario(
    arrival_rate=0.5,
    report_fraction=1.0,
    external_time={"distribution": "exponential", "mean": 1.0},
    threads=1,
    duration=20_000.0,
    warmup=200.0,
    timeout=3.0,
    on_timeout="finish_all",
    **{hop.field: 0.0 for hop in CONSTANT_HOPS} | {"web_server_time": 2.0**-20},
)


@pytest.mark.parametrize(
    ("scenario", "cycle", "statistic"),
    [
        (MM1, "sync", "waiting_time.mean"),
        (MM1, "sync", "response_time.mean"),
        (MM1, "sync", "timeout_fraction"),
        (MM1, "sync", "thread_utilisation"),
        (MM1, "async", "worker_utilisation"),
        (MM1.replace(threads=2, arrival_rate=1.5), "sync", "waiting_time.mean"),
        (MM1.replace(report_fraction=0.5, external_time=1.0, database_time=0.2), "sync", "waiting_time.mean"),
    ],
)
def test_where_a_formula_applies_the_sweep_lies_about_it(scenario: Scenario, cycle: str, statistic: str) -> None:
    value = expected(scenario, cycle, statistic)
    row = only(replicate(scenario, 20), cycle=cycle, statistic=statistic)
    half = row["high"] - row["mean"]
    assert abs(row["mean"] - value) < 2 * half
    assert half < 0.1 * value


def test_the_long_run_is_what_the_formulas_say() -> None:
    assert expected(MM1, "sync", "waiting_time.mean") == pytest.approx(theory.mmc_waiting_time(0.5, 1.0, 1), rel=1e-5)
    assert expected(MM1.replace(threads=2), "sync", "thread_utilisation") == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize(
    ("scenario", "cycle", "statistic"),
    [
        (MM1.replace(on_timeout="finish_started"), "sync", "waiting_time.mean"),  # clients give up
        (MM1.replace(arrival_rate=2.0), "sync", "waiting_time.mean"),  # the queue only grows
        (MM1.replace(arrival_rate=2.0), "sync", "thread_utilisation"),
        (MM1.replace(threads=2, external_time=1.0), "sync", "waiting_time.mean"),  # M/D/2
        (MM1, "sync", "completion_time.p95"),
        (
            MM1.replace(arrival_rate=2.0, report_fraction=0.1, database_time=1.0),
            "async",
            "worker_utilisation",
        ),  # busy threads push less
        (MM1, "sync", "worker_utilisation"),
    ],
)
def test_where_no_formula_applies_there_is_none(scenario: Scenario, cycle: str, statistic: str) -> None:
    assert np.isnan(expected(scenario, cycle, statistic))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_prints_a_line_per_point_and_cycle_and_writes_all_figures(tmp_path: Any) -> None:
    table, picture, columns = (tmp_path / name for name in ("all.csv", "all.png", "all.parquet"))
    done = run(
        *("sweep", "quiet", "--set", "duration=60", "--vary", "threads=1,2", "--replications", "3"),
        *("--statistic", "response_time.mean", "--statistic", "response_time.p99", "--plot", str(picture)),
        *("--csv", str(table), "--parquet", str(columns)),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].split() == ["threads", "cycle", "response_time.mean", "response_time.p99"]
    assert [line.split()[1] for line in done.stdout.splitlines()[2:8]] == ["SYNC", "ASYNC", "SYNC"] * 2
    assert "p99 needs 100 of them in each" in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    read = pd.read_csv(table, keep_default_na=False, na_values={"mean": [""], "low": [""], "high": [""]})
    assert len(read) == 2 * 3 * len(STATISTICS) == len(pd.read_parquet(columns))


def test_what_theory_says_stands_beside_the_figures_on_the_screen_and_in_the_data(tmp_path: Any) -> None:
    queue = ["--set", 'on_timeout="finish_all"', "--set", "report_fraction=0", "--set", "threads=1"]
    queue += ["--set", "duration=60", "--vary", "arrival_rate=1,5", "--replications", "2"]
    queue += ["--statistic", "thread_utilisation", "--theory"]
    done = run("sweep", "quiet", *queue, "--csv", f"{tmp_path}/all.csv")
    assert (done.returncode, done.stderr) == (0, "")
    table = pd.read_csv(tmp_path / "all.csv")
    per_request, _ = service(load("quiet", ["report_fraction=0"]), "sync")
    of_sync = table[(table["cycle"] == "sync") & (table["statistic"] == "thread_utilisation")]["theory"]
    assert of_sync.tolist() == pytest.approx([per_request, 5 * per_request])
    assert all(f"theory {100 * share:.1f} %" in done.stdout for share in of_sync)
    told = json.loads(run("sweep", "quiet", *queue, "--json").stdout)
    assert {row["theory"] for row in told["rows"] if row["statistic"] == "throughput"} == {None}


def test_the_same_command_prints_the_same_bytes_with_one_process_and_with_two() -> None:
    command = ["sweep", "slides", "--set", "duration=60", "--vary", "workers=2:6:2", "--replications", "3", "--json"]
    one, two = run(*command), run(*command, "--jobs", "2")
    assert (two.returncode, two.stderr) == (0, "")
    assert one.stdout == two.stdout
    told = json.loads(one.stdout)
    assert told["schema"] == 1
    assert told["vary"] == ["workers"]
    assert all(row["mean"] is not None or row["missing"] for row in told["rows"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["replicate", "--replications", "1"], "replications = 1; allowed"),
        (["sweep", "--vary", "threads=8:2"], "the range is empty or reversed"),
        (["sweep", "--vary", "threds=2"], "--vary: threds is not a field (did you mean threads?)"),
        (["sweep", "--vary", "external_time.men=2"], "(did you mean external_time.mean?)"),
        (["sweep", "--vary", "threads=2", "--replications", "1"], "--replications = 1; allowed"),
        (["sweep", "--vary", "title=2"], "title is not a number"),
        (["sweep", "--vary", "threads=2", "--jobs", "0"], "--jobs 0: allowed"),
        (["sweep", "--vary", "threads=2", "--dask", "tcp://127.0.0.1:1"], "no Dask scheduler answers there"),
        (["sweep", "--vary", "threads=2", "--dask", "nonsense"], "the address of a Dask scheduler"),
        (["sweep", "--vary", "threads=2", "--jobs", "2", "--dask", "tcp://h:1"], "allowed: one of the two"),
        (["sweep", "--vary", "threads=2", "--plot", "x.gif"], "a file name ending in .png"),
        (["sweep", "--vary", "threads=2", "--csv", "/no/such/folder/x.csv"], "cannot be written"),
        (["sweep", "--vary", "threads=2", "--statistic", "p95"], "--statistic 'p95'"),
        (["sweep", "--vary", "threads=2", "--theory"], "no formula applies"),
        (["sweep", "rush-hour", "--vary", "threads=2", "--theory"], "arrival_rate is a list of steps"),
        (["sweep", "rush-hour", "--vary", "arrival_rate=2"], "arrival_rate is a list of steps"),
        (["sweep", "rush-hour", "--vary", "arrival_rate=2", "--theory"], "arrival_rate is a list of steps"),
        (["sweep", "--vary", "nope.mean=2", "--theory"], "nope.mean is not a field"),
        (["sweep", "--vary", "threads=1:200", "--vary", "workers=1:200", "--theory"], "40,000 points; allowed"),
    ],
)
def test_the_command_refuses_with_one_line(arguments: list[str], complaint: str, capsys: Any) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert complaint in told.err


def test_three_varied_fields_make_no_picture(tmp_path: Any, capsys: Any) -> None:
    vary = [argument for field in ("threads=1", "workers=1", "timeout=9") for argument in ("--vary", field)]
    assert main(["sweep", *vary, "--plot", str(tmp_path / "x.png")]) == 2
    assert "--plot with 3 varied fields; allowed: one (curves) or two (a map)" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_an_interrupt_ends_all_processes_in_a_moment() -> None:
    import signal

    import psutil

    command = [sys.executable, "-m", "sim", "sweep", "--vary", "threads=1:200", "--replications", "500", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    itself = psutil.Process(process.pid)
    wait_for(lambda: sum(each.cpu_times().user > 0.5 for each in itself.children(recursive=True)) == 2)  # at work
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to every process of the group
    out, err = process.communicate(timeout=30)  # all of it would take many times as long
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_no_process_of_a_sweep_outlives_its_killed_parent() -> None:
    import psutil

    command = [sys.executable, "-m", "sim", "sweep", "quiet", "--vary", "threads=1:999", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        itself = psutil.Process(process.pid)
        wait_for(lambda: sum(each.cpu_times().user > 0.5 for each in itself.children(recursive=True)) == 2)
        children = itself.children(recursive=True)
        process.kill()
    assert not psutil.wait_procs(children, timeout=60)[1]


def test_the_summary_has_no_figure_that_a_sweep_forgets() -> None:
    of_a_run = {name.partition(".")[0] for name in STATISTICS}
    assert of_a_run | {"queues"} == set(Summary.__dataclass_fields__)  # each queue that there is has its own


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"low": 0.5, "high": 2.5}, "1.00 s  [500 ms, 2.50 s]"),
        ({"low": -0.5, "high": 2.5, "cycle": DIFFERENCE}, "1.00 s  [−500 ms, 2.50 s]"),
        ({"low": 0.5, "high": 2.5, "rests_on": 3}, "1.00 s  [500 ms, 2.50 s] 3 differ"),
        ({"low": 0.5, "high": 2.5, "rests_on": 1}, "1.00 s  [500 ms, 2.50 s] 1 differs"),
        ({"rests_on": 0}, "1.00 s all alike"),
        ({"low": 0.5, "high": 2.5, "rests_on": 0}, "1.00 s  [500 ms, 2.50 s] all alike"),
        ({"low": 1.0, "high": 1.0, "rests_on": 0}, "1.00 s"),
        ({"mean": np.nan, "missing": "never"}, "never"),
        ({"mean": np.nan, "missing": "too few"}, "–"),
    ],
)
def test_a_figure_is_written_with_its_interval_and_how_few_runs_that_rests_on(cells: Any, text: str) -> None:
    row = {"statistic": "response_time.mean", "cycle": "sync", "missing": "", "mean": 1.0, "replications": 20}
    assert estimate_text(row | {"low": np.nan, "high": np.nan, "rests_on": 20} | cells) == text


def test_what_was_not_seen_is_said_to_be_possible(capsys: Any) -> None:
    command = ["replicate", "quiet", "--set", "duration=60", "--statistic"]
    assert main([*command, "timed_out_pages"]) == 0
    out = capsys.readouterr().out
    assert "SYNC           0  [0, 0.1391] all alike" in out
    assert "all alike: nothing else was seen in 20 runs, so up to 14 % of all runs may differ." in out
    assert "differ: from all other runs" not in out
    assert "fewer than 20" not in out
    assert main([*command, "worker_utilisation", "--replications", "12"]) == 0
    out = capsys.readouterr().out
    assert "alike" not in out
    assert "differ: from" not in out
    assert "With fewer than 20 replications an interval may miss more often than 1 time in 10." in out
    assert (
        main(["replicate", "slides", "--set", "duration=60", "--set", "threads=4", "--statistic", "timed_out_pages"])
        == 0
    )
    assert (
        "differ: from all other runs. What rests on so few may be wrong; more --replications tell."
        in capsys.readouterr().out
    )
